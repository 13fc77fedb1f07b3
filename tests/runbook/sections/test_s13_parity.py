"""Section 13 on the embedded AWS: every point is proven and can fail, and the probe leaves only its evidence."""

from __future__ import annotations

import json
import ssl
from typing import Any

import pytest

from runbook.model import Finding
from runbook.rehearsal.embedded import Embedded
from runbook.runs.sign_off import ChecklistItem, checklist
from runbook.sections import s13_live
from runbook.sections.s13_live import Reply
from runbook.sections.s13_points import POINTS
from runbook.sections.s13_probe import probe_key
from runbook.settings import Deployment

BUCKET, DEAD = "karet-data-123456789012", "karet-uploads-dead"
NOT_HERE = {"api-key", "https"}
"""Points that an embedded AWS shows in part only."""


def points(runs: Any) -> dict[str, ChecklistItem]:
    return {one.id: one for one in checklist(runs)}


def outcomes(runs: Any) -> dict[str, str]:
    return {id_: one.outcome for id_, one in points(runs).items()}


def changed(runs: Any, before: dict[str, str]) -> set[str]:
    """The points that say something else than before."""
    now = outcomes(runs)
    return {id_ for id_ in now if now[id_] != before[id_]}


def versions(runs: Any) -> list[str]:
    found = runs.place.session.read("s3", "ListObjectVersions", {"Bucket": BUCKET})
    return [one["Key"] for one in (*found.get("Versions", []), *found.get("DeleteMarkers", []))]


@pytest.mark.long
def test_the_points_are_proven_each_can_fail_and_a_probe_leaves_only_its_evidence(
    open_runs: Any, embedded: Embedded
) -> None:
    runs = open_runs()
    result = runs.apply(runs.plan(), command="test")
    assert [str(step.error) for step in result.report.steps if step.error] == []
    found = points(open_runs())
    assert [one.number for one in found.values()] == list(range(1, 13))
    proven = {id_: one.outcome for id_, one in found.items()}
    assert proven == {
        one.id: "not_rehearsed" if one.id in NOT_HERE else "needs_person" if one.judgement else "passed"
        for one in POINTS
    }
    # Evidence: every check that ran says what it read and what came back.
    read = [one for point in found.values() for one in point.results if one.outcome == "passed"]
    assert all(one.evidence and one.detail for one in read)
    assert "SecretString" in str(read)
    assert "•••" in str(next(one for one in read if one.id == "parity.api-key").evidence)

    # The probe: the real poller brought one file, nothing is left of it, and the same way is not proven twice.
    assert [one["key"] for one in embedded.uploads()] == ["raw/_karet-probe-karet.csv"]
    assert versions(open_runs()) == ["config/pipeline.json"]
    send, find = runs.place.session.send, runs.place.session.read
    kept = json.loads(find("ssm", "GetParameter", {"Name": "/karet/proven/upload"})["Parameter"]["Value"])
    assert kept["wiring"]["key"] == "raw/_karet-probe-karet.csv"
    assert float(kept["seconds"]) < 60

    # A file that a killed run left is found and removed, and the way is proven anew.
    send("ssm", "DeleteParameter", {"Name": "/karet/proven/upload"})
    send("s3", "PutObject", {"Bucket": BUCKET, "Key": "raw/_karet-probe-karet.csv", "Body": b"left"})
    again = open_runs()
    planned = again.plan(["13"])
    assert [(one.id, one.action) for one in planned.plan.acting] == [("parity.upload", "replace")]
    assert "cut off" in planned.plan.acting[0].reason
    assert again.apply(planned, command="test").exit_code == 0
    assert versions(open_runs()) == ["config/pipeline.json"]
    assert open_runs().plan(["13"]).plan.acting == ()
    # Another way is another plan; the same images and another prefix.
    other = open_runs("app.upload_prefix=pipelines/").plan(["13"]).plan
    assert "parity.upload" in {one.id for one in other.acting if one.action == "replace"}

    # Whoever removes a part of the way removes what was proven about it, and is not kept from it.
    removal = open_runs().plan_destroy(["10"], delete_data=True).plan
    assert "parity.upload" in {one.id for one in removal.acting}
    assert not [one.id for one in removal.stops if "parity" in one.stop]

    # Each point says so when it stops being true.
    send("s3", "PutBucketVersioning", {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Suspended"}})
    assert changed(open_runs(), proven) == {"bucket"}
    send("s3", "PutBucketVersioning", {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}})
    dead = find("sqs", "GetQueueUrl", {"QueueName": DEAD})["QueueUrl"]
    send("sqs", "SendMessage", {"QueueUrl": dead, "MessageBody": "x"})
    assert changed(open_runs(), proven) == {"upload"}
    send("sqs", "PurgeQueue", {"QueueUrl": dead})
    send("cloudwatch", "DisableAlarmActions", {"AlarmNames": ["karet-web-5xx"]})
    assert points(open_runs())["alarms"].outcome == "failed"
    send("logs", "DeleteLogGroup", {"logGroupName": "/karet/web"})
    send("ecs", "UpdateService", {"cluster": "karet", "service": "karet-svc", "desiredCount": 1})
    send("ecs", "UpdateService", {"cluster": "karet", "service": "karet-worker-svc", "desiredCount": 0})
    failed = {id_ for id_, outcome in outcomes(open_runs()).items() if outcome == "failed"}
    assert {"alarms", "logs", "worker"} <= failed


@pytest.mark.parametrize("setting", ["events=none", "worker.count=0"])
def test_without_events_or_workers_no_file_is_sent_and_the_point_needs_a_person(setting: str, open_runs: Any) -> None:
    runs = open_runs(setting)
    change = runs.plan(["13"]).plan
    probe = next(one for one in change.changes if one.id == "parity.upload")
    assert (probe.action, probe.calls) == ("none", ())
    upload = points(runs)["upload"]
    assert upload.outcome == "needs_person"
    assert "no file was sent" in upload.evidence


@pytest.mark.parametrize(
    ("prefix", "suffix", "key"),
    [
        ("raw/", "", "raw/_karet-probe-karet.csv"),
        ("pipelines/", "", "pipelines/sales/raw/_karet-probe-karet.csv"),
        ("pipelines/sales/", ".parquet", "pipelines/sales/raw/_karet-probe-karet.parquet"),
        ("", "", "pipelines/sales/raw/_karet-probe-karet.csv"),
        ("in", ".csv", "in/_karet-probe-karet.csv"),
    ],
)
def test_the_file_lies_where_the_notification_reports(prefix: str, suffix: str, key: str) -> None:
    app = {"upload_prefix": prefix, "upload_suffix": suffix, "probe_pipeline": "sales"}
    assert probe_key(Deployment(region="us-east-1", tls="none", app=app)) == key
    assert key.startswith(prefix)
    assert key.endswith(suffix)


# -- live questions --------------------------------------------------------------------------------------------------

HTTPS = Deployment(region="us-east-1", account="123456789012", domain="karet.example.com", tls="acm")


class Says:
    """A network that answers what a test wants, or fails as a real one does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bool]] = []

    def handshake(self, host: str) -> str:
        return str(self._said(host, "", True))

    def get(self, host: str, path: str, *, tls: bool) -> Reply:
        said = self._said(host, path, tls)
        assert isinstance(said, Reply)
        return said

    def _said(self, *asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asked(question: Any, answer: Any, deployment: Deployment = HTTPS) -> tuple[Finding, Says]:
    network = Says(answer)
    return question(deployment, network, None, None), network


def test_an_api_that_wants_a_key_says_401_and_any_other_answer_fails() -> None:
    found, network = asked(s13_live.refuses, Reply(401))
    assert found.outcome == "passed"
    assert network.asked == [("karet.example.com", "/api/pipelines", True)]
    assert asked(s13_live.refuses, Reply(200))[0].outcome == "failed"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(301, "https://karet.example.com:443/"), "passed"),
        (Reply(302, "https://karet.example.com/"), "failed"),
        (Reply(301, "https://elsewhere.example.com/"), "failed"),
        (Reply(301, "https://karet.example.com.evil.example/"), "failed"),
        (Reply(200), "failed"),
    ],
)
def test_plain_http_has_to_lead_to_https_of_the_same_host_for_good(reply: Reply, outcome: str) -> None:
    assert asked(s13_live.redirects, reply)[0].outcome == outcome


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        ("TLSv1.3, certificate valid until 2027", "passed", "TLSv1.3"),
        (ssl.SSLCertVerificationError(1, "hostname mismatch"), "failed", "not trusted"),
        (TimeoutError("timed out"), "waiting", "not reached"),
        (ConnectionRefusedError(111, "refused"), "waiting", "not reached"),
    ],
)
def test_a_certificate_that_nobody_trusts_fails_and_a_closed_door_waits_for_a_person(
    answer: Any, outcome: str, said: str
) -> None:
    found, _ = asked(s13_live.handshake, answer)
    assert found.outcome == outcome
    assert said in found.detail


def test_plain_http_by_choice_fails_without_asking() -> None:
    plain = Deployment(region="us-east-1", account="123456789012", tls="none")
    for question in (s13_live.handshake, s13_live.redirects):
        found, network = asked(question, Reply(200), plain)
        assert (found.outcome, network.asked) == ("failed", [])
