"""The upload probe waits within bounds, says why it did not arrive, and removes its file whatever comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from runbook.engine.clock import FakeClock
from runbook.engine.performers import Workbench
from runbook.engine.probing import ProbeBench, ProbePerformer
from runbook.errors import AwsError, CancelledError, ProbeError
from runbook.kinds.kind import Owner
from runbook.kinds.s3_probe import UploadProbe
from runbook.kinds.s3_probe_watch import UPLOAD_LOOPS, WITHIN_S
from runbook.model import Call, Known, State

KEY = "raw/_karet-probe-karet.csv"
PARAMS = {"Bucket": "b", "ExpectedBucketOwner": "1", "Key": KEY, "LogGroup": "/karet/worker", "DeadLetters": "dead"}


class Account:
    """A bucket with versions, a log and a dead-letter queue, on a clock that a test moves.

    Parameters
    ----------
    poller: called at each look at the log with what was put so far; gives the lines that there are.
    """

    def __init__(self, poller: Callable[[Account], list[dict[str, Any]]]) -> None:
        self.clock, self.poller = FakeClock(), poller
        self.versions: list[str] = []
        self.puts: list[str] = []
        self.dead = 0
        self.pages: list[Any] = []
        self.stop = False

    @property
    def bench(self) -> ProbeBench:
        return ProbeBench(self, "token", self.pages.append, lambda: self.stop, self.clock)  # type: ignore[arg-type]

    def read(self, service: str, operation: str, params: Any) -> dict[str, Any]:
        if operation == "ListObjectVersions":
            other = {"Key": f"{KEY}.other", "VersionId": "theirs"}
            return {"Versions": [*({"Key": KEY, "VersionId": one} for one in self.versions), other]}
        if operation == "HeadObject":
            return {"LastModified": self.clock.now()}
        if operation == "GetQueueAttributes":
            return {"Attributes": {"ApproximateNumberOfMessages": str(self.dead)}}
        assert params["filterPattern"] == '"etag"'
        return {"events": self.poller(self)}

    def send(self, service: str, operation: str, params: Any) -> tuple[dict[str, Any], str]:
        if operation == "PutObject":
            self.puts.append(params["Body"].decode())
            self.versions.append(f"v{len(self.puts)}")
            return {"ETag": '"etag"'}, ""
        assert operation == "DeleteObject"
        assert params["Key"] == KEY
        self.versions.remove(params["VersionId"])
        return {}, ""

    def line(self, event: str, **facts: Any) -> dict[str, Any]:
        text = json.dumps({"event": event, "probe": "etag", **facts})
        return {"timestamp": int(self.clock.now().timestamp() * 1000), "message": text}


def run(account: Account) -> dict[str, Any]:
    return UPLOAD_LOOPS["SendUpload"].run(PARAMS, account.bench)


def test_what_the_poller_says_is_the_evidence_and_the_file_is_gone() -> None:
    account = Account(lambda it: [it.line("done")] if it.clock.monotonic() >= 30 else [])
    account.versions = ["left-by-a-run-that-was-killed"]
    seen = run(account)
    assert seen["seconds"] == "30.0"
    assert "deleted" in seen["seen"]
    assert (account.versions, len(account.puts)) == ([], 1)


def test_an_upload_before_the_notification_works_is_put_again() -> None:
    account = Account(lambda it: [it.line("done")] if len(it.puts) >= 3 else [])
    assert run(account)["seconds"] == "240.0"
    assert (account.versions, len(set(account.puts))) == ([], 1)


@pytest.mark.parametrize(
    "line",
    [
        {"message": "no json", "timestamp": 0},
        {"message": '["etag"]', "timestamp": 0},
        {"message": '{"event": "done", "probe": "another"}', "timestamp": 0},
        {"message": '{"event": "started", "probe": "etag"}', "timestamp": 0},
    ],
)
def test_no_other_line_counts_and_the_waiting_has_an_end(line: dict[str, Any]) -> None:
    account = Account(lambda _: [line])
    with pytest.raises(ProbeError, match=f"not seen at the worker within {WITHIN_S:.0f} s"):
        run(account)
    assert account.clock.monotonic() < WITHIN_S + 60
    assert account.versions == []


def test_a_dead_letter_ends_the_waiting_with_what_the_poller_said() -> None:
    def refused(it: Account) -> list[dict[str, Any]]:
        it.dead = 1
        return [it.line("handed back", why="HTTP 500")]

    account = Account(refused)
    with pytest.raises(ProbeError, match="dead letter after 0 s; the poller said last: HTTP 500"):
        run(account)
    assert account.versions == []


def test_a_wish_to_stop_and_a_refusal_of_aws_leave_no_file_either() -> None:
    account = Account(lambda _: [])
    account.stop = True
    with pytest.raises(CancelledError):
        run(account)
    assert account.versions == []

    def denied(_: Account) -> list[dict[str, Any]]:
        raise AwsError("denied", service="logs", operation="FilterLogEvents", code="AccessDenied")

    account = Account(denied)
    with pytest.raises(AwsError):
        run(account)
    assert account.versions == []


def test_dead_letters_that_were_there_before_are_nobodys_fault() -> None:
    account = Account(lambda it: [it.line("done")])
    account.dead = 7
    assert run(account)["seen"]


def test_the_performer_of_probes_brings_a_clock_and_checks_the_parameters() -> None:
    account = Account(lambda it: [it.line("done")])
    performer = ProbePerformer(UPLOAD_LOOPS, account.clock)
    call = Call("probe", "SendUpload", PARAMS)
    assert performer.problems(call) == []
    assert performer.problems(Call("probe", "SendUpload", {"Bucket": "b"})) != []
    bench = Workbench(account, "token", account.pages.append, lambda: False)  # type: ignore[arg-type]
    assert performer.perform(call, bench).body["seen"]
    assert [page for page in account.pages if "put" in page] == [{"put": KEY, "etag": "etag"}]


# -- the kind --------------------------------------------------------------------------------------------------------

PROBE = UploadProbe(
    id="parity.upload",
    owner=Owner("karet", 13),
    name="/karet/proven/upload",
    region="us-east-1",
    account="123456789012",
    bucket="b",
    key=KEY,
    queue="q",
    dead_letters="https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    dead_letters_arn="arn:aws:sqs:us-east-1:123456789012:dead",
    log_group="/karet/worker",
    wiring={"worker": "sha256:1"},
)


def test_what_was_seen_goes_into_the_parameter_after_the_probe() -> None:
    probe, keep = PROBE.create(State.ABSENT)
    assert (probe.name, keep.name) == ("probe.SendUpload", "ssm.PutParameter")
    assert set(probe.params) == set(UPLOAD_LOOPS["SendUpload"].params)
    document = keep.params["Value"].document
    assert {document[name] for name in probe.keep} == {f"${{parity.upload.{name}}}" for name in probe.keep}
    actions = {one.action for one in probe.permissions}
    assert {"s3:PutObject", "s3:DeleteObjectVersion", "logs:FilterLogEvents", "sqs:GetQueueAttributes"} <= actions


class Found:
    """An account with one parameter."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, value: str) -> None:
        self.value = value

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> Any:
        arn = "arn:aws:ssm:us-east-1:123456789012:parameter/karet/proven/upload"
        return {"Parameter": {"Value": self.value, "ARN": arn}} if operation == "GetParameter" else {}

    def read(self, service: str, operation: str, **params: Any) -> Any:
        return {"TagList": PROBE.tag_list()}


@pytest.mark.parametrize(
    ("document", "action"),
    [
        ({**PROBE.settings(), "seen": "yes", "at": "now", "seconds": "1"}, "none"),
        ({"wiring": {**PROBE.settings()["wiring"], "worker": "sha256:0"}, "seen": "yes"}, "replace"),
        ("nothing that we wrote", "replace"),
    ],
)
def test_another_way_than_the_proven_one_is_proven_anew(document: Any, action: str) -> None:
    known = Known({})
    state = PROBE.look(Found(json.dumps(document)), known)  # type: ignore[arg-type]
    change = PROBE.plan(state, known)
    assert change.action == action
    if action == "replace":
        # The old evidence goes first, so that a probe that fails leaves none.
        names = [call.name for call in change.calls]
        assert names.index("ssm.DeleteParameter") < names.index("probe.SendUpload")


def test_the_time_of_what_was_seen_is_the_time_by_which_aws_took_the_file() -> None:
    account = Account(lambda it: [it.line("done")])
    account.clock.advance(timedelta(days=2).total_seconds())
    assert run(account)["at"] == account.clock.now().isoformat(timespec="seconds")
