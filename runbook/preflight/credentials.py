"""Whether the credentials last as long as the plan takes."""

from __future__ import annotations

from datetime import datetime

from runbook.engine.plan import Plan
from runbook.preflight.finding import Item

_STATEMENT = "The credentials last longer than the run"
_MARGIN = 1.5
"""Runs take longer than usual now and then; nobody knows how often, so half as long again is asked for."""


def expected_seconds(plan: Plan) -> float:
    """How long a plan usually takes: its longest chain, because what does not depend on each other runs at once."""
    took: dict[str, float] = {}
    for change in plan.changes:
        before = max((took.get(id_, 0.0) for id_ in change.needs), default=0.0)
        took[change.id] = max(took.get(change.id, 0.0), before + (change.expected_s if change.calls else 0.0))
    return max(took.values(), default=0.0)


def credentials_item(plan: Plan, ends: datetime | None, now: datetime) -> Item:
    """The time that is left against the time that the plan usually takes.

    Parameters
    ----------
    ends: when the credentials end; None when they do not, or nobody can tell.
    """
    usual = expected_seconds(plan)
    takes = f"the plan usually takes {_span(usual)}"
    if ends is None:
        return Item("account.credentials", "ok", _STATEMENT, f"they do not say that they end; {takes}")
    left = (ends - now).total_seconds()
    detail = f"they end at {ends:%H:%M} UTC, in {_span(max(left, 0.0))}; {takes}"
    if left >= usual * _MARGIN:
        return Item("account.credentials", "ok", _STATEMENT, detail)
    fix = "Log in again first. A run whose credentials end waits for you; the next apply goes on where it stopped."
    return Item("account.credentials", "failed" if left < usual else "warning", _STATEMENT, detail, fix=fix)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
