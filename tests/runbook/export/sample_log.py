"""A run for the tests of exports, written through the journal: calls, a retry, a failure, checks, a signature."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runbook.aws.session import Identity
from runbook.engine.journal import Journal
from runbook.runs.place import Place
from runbook.settings import Deployment, applied_settings, load

ACCOUNT = "123456789012"
VPC = "vpc-0a1b2c3d4e5f60718"


class Ticking:
    """A clock that goes on by 10 ms at each look."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=10)
        return self.moment

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def deployment() -> Deployment:
    loaded = load(None, (), environ={}, profile_region=lambda: None, region_flag="us-east-1", rehearsal=True)
    return loaded.deployment.for_account(ACCOUNT)


def place_in(folder: Path) -> Place:
    """A place whose journal lies in the folder; nobody asks AWS there."""
    session: Any = None
    identity = Identity(account=ACCOUNT, arn=f"arn:aws:sts::{ACCOUNT}:user/moto")
    return Place(deployment(), "test", session, identity, folder / "journal.db", Ticking(), rehearsal=True)


def change(id_: str, section: int, kind: str, action: str = "create", **more: Any) -> dict[str, Any]:
    told = {"id": id_, "step": id_, "kind": kind, "section": section, "action": action, "reason": "does not exist"}
    return {**told, "differences": [], "needs": [], "monthly_usd": None, "expected_s": 1.0, **more}


def write_run(place: Place, calls: int = 3, *, text: str = "as usual", **planted: Any) -> str:
    """Write one run into the journal and give its id.

    Parameters
    ----------
    calls: how many subnets it makes.
    text: stands wherever AWS or a person may write: settings, answers, errors, evidence.
    planted: more fields of parameters.
    """
    place.journal.parent.mkdir(parents=True, exist_ok=True)
    ids = [f"network.subnet-{number}" for number in range(calls)]
    changes = [
        change("network.vpc", 5, "Vpc", monthly_usd="0.5"),
        *(change(id_, 5, "Subnet", needs=["network.vpc"]) for id_ in ids),
        change("services.web", 6, "Service", needs=["network.vpc"]),
        change("s3.bucket", 2, "Bucket", "none", reason="is as declared"),
        change("logs.web", 10, "LogGroup", needs=["services.web"]),
    ]
    settings = {**applied_settings(place.deployment), "tags": {"note": text}}
    with Journal.open(place.journal, clock=place.clock) as journal:
        run = journal.begin_run(
            user="ana",
            host="machine",
            principal=place.identity.arn,
            tool_version="0.1.0",
            command=f"karet apply {text}",
            account=ACCOUNT,
            region="us-east-1",
            stack="karet",
            plan_hash="ab" * 32,
            more={
                "rehearsal": True,
                "python": "3.11.7",
                "document": "0123456789ab",
                "sections": list(range(1, 14)),
                "settings": settings,
                "plan": {"changes": changes, "destroys": False, "left": []},
            },
        )
        journal.event(
            run,
            "prices",
            {
                "before_usd": 0.0,
                "after_usd": 123.4,
                "delta_usd": 123.4,
                "at_least": True,
                "usage": "typical",
                "source": "snapshot",
                "as_of": "2026-10-07",
                "usd_per_hour_running": 0.2,
                "problem": "",
            },
        )
        _make(journal, run, "network.vpc", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, "Vpc.VpcId", VPC)
        for number, id_ in enumerate(ids):
            params = {"VpcId": VPC, "CidrBlock": f"10.0.{number % 250}.0/24", **planted}
            _make(journal, run, id_, "CreateSubnet", params, "Subnet.SubnetId", f"subnet-{number:017x}", text)
        intent = journal.intent(
            run, "services.web", service="ecs", operation="CreateService", params={"serviceName": text}, digest="d1"
        )
        journal.event(
            run,
            "call_retried",
            {"intent": intent, "code": "ThrottlingException", "error": text, "attempt": 1, "request_id": "r-1"},
            "services.web",
        )
        journal.again(intent, run=run, attempt=2)
        journal.result(
            intent, outcome="refused", duration_s=0.2, attempts=2, code="InvalidParameterException", error=text
        )
        journal.event(
            run,
            "step_ended",
            {
                "step": "services.web",
                "action": "create",
                "became": "failed",
                "error": text,
                "hint": text,
                "because": [],
                "verdict": None,
            },
            "services.web",
        )
        journal.event(
            run,
            "step_ended",
            {
                "step": "logs.web",
                "action": "create",
                "became": "not_started",
                "error": "",
                "hint": "",
                "because": ["services.web"],
                "verdict": None,
            },
            "logs.web",
        )
        for outcome in ("passed", "failed"):
            journal.check(
                run,
                check_id="network.vpc",
                statement=f"the VPC is as declared {text}",
                outcome=outcome,
                evidence=[{"call": "ec2.DescribeVpcs {}", "answer": text}],
                resource="network.vpc",
                more={"section": 5, "detail": text, "hint": text},
            )
        journal.event(
            run,
            "sign_off",
            {
                "item": "parity.web",
                "statement": text,
                "by": place.identity.arn,
                "at": "2026-11-23T12:00:00+00:00",
                "note": text,
                "evidence_hash": "0f" * 32,
            },
        )
        journal.end_run(run, outcome="failed", counts={"done": calls + 1, "failed": 1})
    return run.id


def _make(
    journal: Journal, run: Any, id_: str, operation: str, params: Any, path: str, value: str, text: str = ""
) -> None:
    digest = f"digest of {id_}"
    intent = journal.intent(
        run, id_, service="ec2", operation=operation, params=params, digest=digest, more={"keep": {"id": path}}
    )
    journal.result(intent, outcome="ok", duration_s=0.1, outputs={"id": value, "said": text}, request_id="req-1")
    journal.event(
        run,
        "step_over",
        {"action": "create", "outputs": {"id": value}, "sources": {"id": {"digest": digest, "path": path}}},
        id_,
    )
