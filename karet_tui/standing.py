"""How far one section is, as far as this session knows: in a symbol and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from karet_tui.plain import counted

if TYPE_CHECKING:
    from runbook.checks import CheckResult
    from runbook.cost.plan_prices import PlanPrices
    from runbook.engine.executor import StepReport
    from runbook.model import Change
    from runbook.runs.runs import Planned, RunResult

Tone: TypeAlias = Literal["quiet", "good", "busy", "attention", "bad"]

_ENDED: Mapping[str, tuple[str, str, Tone]] = {
    "failed": ("✗", "failed", "bad"),
    "waiting": ("‖", "waits for you", "attention"),
    "cancelled": ("■", "stopped half-way", "attention"),
}


@dataclass(frozen=True)
class Mark:
    """A state for people: the symbol and the words say it without the colour."""

    symbol: str
    words: str
    tone: Tone
    more: str = ""
    """What else is to be said where there is room."""


@dataclass(frozen=True)
class Standing:
    """What is known of one section.

    Parameters
    ----------
    built: whether the runbook has more than its text.
    doing: what is being done to it right now, in one word; empty when nothing is.
    changes: what was found and would have to change; None while nobody has looked.
    planned: the plan that `a` applies; None when there is none, or it is used up.
    prices: what the changes cost; None while nobody has planned.
    ended: how its last run in this session ended; empty when there was none since the last plan.
    steps: per step of that run what became of it.
    removed: whether that run removed the section.
    checks: the results of its last verification or run; empty when there are none that still count.
    verified: whether they are those of a verification, which checks more than a run does.
    check_opened: whether the operator has seen why one of them failed.
    failed_again: whether only those have failed since that the operator has seen fail.
    """

    built: bool = True
    doing: str = ""
    changes: tuple[Change, ...] | None = None
    planned: Planned | None = None
    prices: PlanPrices | None = None
    ended: str = ""
    steps: Mapping[str, StepReport] = field(default_factory=dict)
    removed: bool = False
    checks: tuple[CheckResult, ...] = ()
    verified: bool = False
    check_opened: bool = False
    failed_again: bool = False

    # -- what has happened ---------------------------------------------------------------------------------------

    def busy(self, doing: str) -> Standing:
        """Something is being done to it."""
        return replace(self, doing=doing)

    def looked(self, changes: tuple[Change, ...]) -> Standing:
        """Its resources were looked at; a plan that was made is worth more."""
        if self.planned:
            return self
        return replace(self, changes=changes, prices=None, doing="", ended="", steps={}, removed=False)

    def with_plan(self, planned: Planned) -> Standing:
        """It was planned."""
        return Standing(
            self.built,
            changes=planned.plan.changes,
            planned=planned,
            prices=planned.prices,
            checks=self.checks,
            verified=self.verified,
        )

    def checked(self, results: Sequence[CheckResult]) -> Standing:
        """It was verified."""
        fresh = replace(self, doing="", checks=tuple(results), verified=True)
        again = self.check_opened and set(fresh.failed_checks) <= set(self.failed_checks)
        return replace(fresh, check_opened=again, failed_again=again)

    def after(self, planned: Planned, result: RunResult) -> Standing:
        """A run of its plan has come to an end."""
        plan = planned.plan
        return Standing(
            self.built,
            changes=plan.changes,
            prices=planned.prices,
            ended=result.report.outcome,
            steps={one.change.step or one.change.id: one for one in result.report.steps},
            removed=plan.destroys,
            checks=() if plan.destroys else result.checks,
        )

    def for_removal(self, planned: Planned) -> Standing:
        """It is about to be removed: what goes is what is shown."""
        return Standing(self.built, changes=planned.plan.changes, prices=planned.prices)

    def forgotten(self) -> Standing:
        """Another section's run has touched it, so what was known counts no more."""
        return Standing(self.built)

    # -- what that means -----------------------------------------------------------------------------------------

    @property
    def stops(self) -> tuple[Change, ...]:
        """What keeps its plan from being applied."""
        return self.planned.plan.stops if self.planned else ()

    @property
    def acting(self) -> tuple[Change, ...]:
        """What its plan would do."""
        return tuple(one for one in self.changes or () if one.action != "none")

    @property
    def as_declared(self) -> bool:
        """Whether everything is as it should be, by the last plan, look or run."""
        if self.ended:
            return self.ended == "done" and not self.removed
        return self.changes is not None and not self.acting and not self.stops

    @property
    def begun(self) -> bool:
        """Whether the operator has done more about it than reading."""
        return bool(self.planned or self.ended or self.checks or self.verified)

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Ids of the checks that failed in the last verification."""
        return tuple(one.id for one in self.checks if one.outcome == "failed")

    @property
    def unfinished(self) -> bool:
        """Whether somebody has looked, and something is still to be done."""
        return self.built and self.changes is not None and not self.as_declared

    @property
    def mark(self) -> Mark:
        """Symbol and words."""
        if self.doing:
            return Mark("…", self.doing, "busy")
        if not self.built:
            return Mark("·", "text only", "quiet")
        if self.ended in _ENDED:
            return Mark(*_ENDED[self.ended])
        if self.removed:
            return Mark("○", "undone", "quiet")
        if self.stops:
            return Mark("!", "cannot be applied yet", "attention")
        if self.failed_checks and self.as_declared:
            return Mark("✗", f"{counted(len(self.failed_checks), 'check')} failed", "bad")
        if self.as_declared:
            if not self.verified:
                return Mark("●", "as declared", "good")
            unproven = sum(one.outcome == "not_rehearsed" for one in self.checks)
            return Mark("●", "verified", "good", f"{unproven} not rehearsed" if unproven else "")
        if self.changes is None:
            return Mark("○", "not looked at", "quiet")
        return Mark("▲", counted(len(self.acting), "change"), "attention")
