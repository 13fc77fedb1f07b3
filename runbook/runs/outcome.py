"""What a front end gets back: a plan with what was found and what it costs, what came of a run, a stack as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runbook.cost.plan_prices import PlanPrices
from runbook.diagnose.verdict import Verdict
from runbook.engine.executor import Report
from runbook.engine.lock import Holder
from runbook.engine.plan import Plan
from runbook.engine.planner import Ours
from runbook.engine.survey import Surveyed
from runbook.model import CheckResult
from runbook.runs.applied import Applied


@dataclass(frozen=True)
class Planned:
    """A plan, and what was found while it was made.

    Parameters
    ----------
    found: per id the surveyed resource.
    reads: reads that went to AWS, by operation.
    prices: what it costs, now and afterwards.
    applied: the settings applied last and how they differ; None when nothing was applied yet.
    """

    plan: Plan
    found: Mapping[str, Surveyed]
    reads: Mapping[str, int]
    prices: PlanPrices
    applied: Applied | None = None


@dataclass(frozen=True)
class RunResult:
    """What became of an apply or a destroy."""

    run: str
    report: Report
    checks: tuple[CheckResult, ...] = ()
    warnings: tuple[str, ...] = ()
    left: tuple[Ours, ...] = ()
    """After a destroy: what still belongs to the stack."""

    @property
    def exit_code(self) -> int:
        """The exit code of the command line's contract."""
        failed = any(check.outcome == "failed" for check in self.checks)
        return self.report.exit_code or (1 if failed else 0)


@dataclass(frozen=True)
class Status:
    """A stack at one moment."""

    found: Mapping[str, Surveyed]
    holder: Holder | None
    last_run: str
    last_outcome: str
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """Resource id -> why a service is not steady."""
