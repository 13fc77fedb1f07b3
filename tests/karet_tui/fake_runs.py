"""Stands in for `Runs` in the tests of the app: the same methods, everything decided by the test, no AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from runbook.calls import Call, File, Json, Secret
from runbook.checks import CheckResult, Evidence
from runbook.cost.estimate import Estimate, PricedLine
from runbook.cost.plan_prices import PlanPrices, Price
from runbook.engine.events import CallStarted, ChangeFinished, ChangeStarted, ResourceLooked, RunEnded, RunStarted
from runbook.engine.executor import Report, StepReport
from runbook.engine.plan import Left, Plan
from runbook.engine.tasks import Stop
from runbook.errors import CancelledError, RunbookError, WaitingError
from runbook.model import Change, Correction, Difference, Section, State
from runbook.settings import Deployment

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:user/ada"

MONTHLY = Decimal("1.83")


def prices_of(plan: Plan) -> PlanPrices:
    """As if every step that is not the policy's came to the same few dollars, and all of them by use."""
    steps = {one.step or one.id: Price(after=MONTHLY) for one in plan.acting if one.kind != "BucketPolicy"}
    before, after = (
        Estimate("eu-central-1", "snapshot", NOW.date(), tuple(_line(step, usd) for step in steps))
        for usd in (Decimal(0), MONTHLY)
    )
    return PlanPrices(before, after, steps, "typical")


def _line(resource: str, usd: Decimal) -> PricedLine:
    facts = {"label": "storage", "rate_key": "s3.storage_gib_month", "service_code": "AmazonS3", "usage_type": "any"}
    return PricedLine(
        resource,
        2,
        **facts,
        unit="GB-Mo",
        quantity=Decimal(1),
        usd_per_unit=usd,
        usd_per_month=usd,
        sku="",
        as_of=NOW.date(),
        source="snapshot",
        basis="",
        fixed=False,
    )


BUCKET = Change(
    id="s3.bucket",
    action="create",
    reason="does not exist",
    kind="Bucket",
    section=2,
    step="s3.bucket",
    expected_s=2.0,
    calls=(
        Call("s3", "CreateBucket", {"Bucket": "karet-data-123456789012", "ObjectOwnership": "BucketOwnerEnforced"}),
        Call("s3", "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    ),
)
POLICY = Change(
    id="s3.policy",
    action="update",
    reason="1 setting differs",
    kind="BucketPolicy",
    section=2,
    step="s3.policy",
    needs=("s3.bucket",),
    differences=(Difference("policy", None, Json({"Effect": "Deny"})),),
    found=State("ready", name="karet-data-123456789012", foreign=("the statement AuditorsRead",)),
    calls=(
        Call(
            "s3",
            "PutBucketPolicy",
            {
                "Bucket": "karet-data-123456789012",
                "Policy": Json({"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "${s3.bucket.arn}/*"}]}),
            },
        ),
    ),
)
CONFIG = Change(
    id="s3.config",
    action="none",
    reason="is as declared",
    kind="SeedObject",
    section=2,
    step="s3.config",
    found=State("ready", name="config/pipeline.json"),
)
SECRET = Change(
    id="secrets.api-key",
    action="create",
    reason="does not exist",
    kind="SecretValue",
    section=1,
    step="secrets.api-key",
    calls=(
        Call("secretsmanager", "CreateSecret", {"Name": "/karet/prod/api-key", "SecretString": Secret(48)}),
        Call("s3", "PutObject", {"Body": File("pipeline.json", "ab" * 32, 250)}),
    ),
)
ROLE = Change(id="iam.web-role", action="create", reason="does not exist", kind="Role", section=3, step="iam.web-role")
CHANGES = {1: (SECRET,), 2: (BUCKET, POLICY, CONFIG), 3: (ROLE,)}

SECTIONS = (
    Section(1, "prerequisites", "Prerequisites", "Account {{account}} in {{region}}.\n\n## Decide\n\n- the region\n"),
    Section(
        2,
        "s3",
        "S3 bucket",
        "The bucket {{bucket}} holds all data.\n\n| Setting | Effect |\n|---|---|\n| Versioning | nothing is lost |\n",
        corrections=(
            Correction("2.1", "Names no region.", "Sends the region.", "AWS refuses it otherwise.", "AWS docs: S3"),
            Correction("2.2", "Trusts the name.", "Says who has to own it.", "Names can be taken.", "AWS docs: S3"),
        ),
    ),
    Section(3, "iam", "IAM roles", "Three roles.\n"),
    Section(4, "load-balancer", "Load balancer, certificate and domain", "Later.\n", built=False),
)


def done(change: Change) -> Change:
    """The change as it is planned once everything is there."""
    found = State("ready", name=change.found.name or f"the {change.id}")
    return replace(change, action="none", reason="is as declared", calls=(), differences=(), found=found)


def check(change: Change, outcome: str = "passed") -> CheckResult:
    """The result of looking at one resource."""
    return CheckResult(
        id=change.id,
        section=change.section,
        statement=f"{change.id} is as declared",
        outcome=outcome,  # type: ignore[arg-type]
        detail="looked at it",
        at=NOW,
        hint="" if outcome == "passed" else "Plan again.",
        evidence=(Evidence('s3.HeadBucket {"Bucket":"karet"}', '{"BucketRegion":"eu-central-1","Tags":["a"]}'),),
    )


@dataclass
class FakeRuns:
    """A stack that exists in memory only.

    Parameters
    ----------
    hold_plan, hold_apply: while set, plan or apply wait for these, so that a test sees the app meanwhile.
    """

    journal: Path = Path("/nonexistent/journal.db")
    rehearsal: bool = True
    sections: Sequence[Section] = SECTIONS
    changes: dict[int, tuple[Change, ...]] = field(default_factory=lambda: dict(CHANGES))
    outcomes: dict[str, str] = field(default_factory=dict)
    plan_error: RunbookError | None = None
    apply_error: RunbookError | None = None
    fails: dict[str, RunbookError] = field(default_factory=dict)
    left: tuple[Left, ...] = (Left("s3.bucket", "Bucket", "karet-data", "holds data; --delete-data removes it too"),)
    depends: bool = False
    foreseen: list[Any] = field(default_factory=list)
    hold_plan: threading.Event | None = None
    hold_apply: threading.Event | None = None
    log: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ("a sample pipeline config is used",)

    @property
    def place(self) -> Any:
        return SimpleNamespace(
            deployment=Deployment(region="eu-central-1", domain="karet.example.com").for_account(ACCOUNT),
            identity=SimpleNamespace(account=ACCOUNT, arn=ARN),
            rehearsal=self.rehearsal,
            region_source="karet.toml",
            notes=self.notes,
            journal=self.journal,
        )

    def _planned(self, number: int, changes: Iterable[Change], **more: Any) -> Any:
        plan = Plan(ACCOUNT, "eu-central-1", "karet", (number,), tuple(changes), **more)
        return SimpleNamespace(plan=plan, found={}, reads={}, applied=None, prices=prices_of(plan))

    def status(self) -> Any:
        found = {
            one.id: SimpleNamespace(resource=SimpleNamespace(section=one.section), change=one)
            for changes in self.changes.values()
            for one in changes
        }
        return SimpleNamespace(found=found)

    def plan(self, words: Sequence[str], *, adopt: Sequence[str] = (), on_event: Callable[[Any], None]) -> Any:
        number = int(words[0])
        self.log.append(f"plan {number}" + (f" adopt {','.join(adopt)}" if adopt else ""))
        if self.hold_plan:
            self.hold_plan.wait(10)
        if self.plan_error:
            raise self.plan_error
        for one in self.changes[number]:
            on_event(ResourceLooked(NOW, one.id, one.found.status))
        taken = tuple(replace(one, stop="") if one.id in adopt else one for one in self.changes[number])
        return self._planned(number, taken)

    def plan_destroy(self, words: Sequence[str], *, with_dependents: bool, on_event: Callable[[Any], None]) -> Any:
        number = int(words[0])
        self.log.append(f"plan_destroy {number}" + (" with dependents" if with_dependents else ""))
        stop = "iam.web-role depend on it; take them along" if self.depends and not with_dependents else ""
        changes = [replace(one, action="delete", reason="is removed", stop=stop) for one in self.changes[number]]
        return self._planned(number, changes, left=self.left, destroys=True)

    def apply(self, planned: Any, *, command: str, on_event: Callable[[Any], None], stop: Stop) -> Any:
        self.log.append(command)
        if self.apply_error:
            raise self.apply_error
        on_event(RunStarted(NOW, "run-1", command, ACCOUNT, "eu-central-1", "karet"))
        steps = []
        halted = None
        for change in planned.plan.acting:
            if stop.requested:
                halted = CancelledError("stopped by the operator, between two calls", hint="Run again.")
                steps.append(StepReport(change, "not_started"))
                continue
            on_event(ChangeStarted(NOW, change.id, change.action))
            for call in change.calls:
                on_event(CallStarted(NOW, change.id, call.name))
            if self.hold_apply:
                self.hold_apply.wait(10)
            error = self.fails.get(change.id)
            end: Any = "waiting" if isinstance(error, WaitingError) else "failed" if error else "done"
            steps.append(StepReport(change, end, 1.0, error))
            on_event(ChangeFinished(NOW, change.id, change.action, end))
        report = Report(tuple(steps), halted)
        if report.outcome == "done" and not planned.plan.destroys:
            for number in planned.plan.sections:
                self.changes[number] = tuple(done(one) for one in self.changes[number])
        on_event(RunEnded(NOW, report.outcome, report.counts))
        checks = () if planned.plan.destroys else tuple(check(one) for one in planned.plan.acting)
        return SimpleNamespace(report=report, checks=checks, warnings=(), left=())

    def verify(self, words: Sequence[str], *, command: str = "", on_event: Callable[[Any], None]) -> list[CheckResult]:
        number = int(words[0])
        self.log.append(command or f"verify {number} unrecorded")
        return [check(one, self.outcomes.get(one.id, "passed")) for one in self.changes[number]]
