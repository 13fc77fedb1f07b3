"""A check is a statement that must be true, with evidence: the read it made and what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from runbook.refs import Known

if TYPE_CHECKING:
    from runbook.model import ReadOnlyAws

Outcome = Literal["passed", "failed", "not_rehearsed", "waiting"]


@dataclass(frozen=True)
class Evidence:
    """One read that a check made, and what came back (cut to a bounded length)."""

    call: str
    answer: str


@dataclass(frozen=True)
class Finding:
    """What a check found out."""

    outcome: Outcome
    detail: str
    hint: str = ""


@dataclass(frozen=True)
class Check:
    """A statement that must be true.

    Parameters
    ----------
    run: reads and judges; it gets AWS behind the guard.
    not_rehearsed: why an embedded AWS proves nothing about it; empty when it does.
    """

    id: str
    statement: str
    run: Callable[[ReadOnlyAws, Known], Finding]
    not_rehearsed: str = ""


@dataclass(frozen=True)
class CheckResult:
    """A check with its outcome and the evidence for it."""

    id: str
    section: int
    statement: str
    outcome: Outcome
    detail: str
    at: datetime
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as JSON data."""
        return {
            "id": self.id,
            "section": self.section,
            "statement": self.statement,
            "outcome": self.outcome,
            "detail": self.detail,
            "hint": self.hint,
            "at": self.at.isoformat(),
            "evidence": [{"call": item.call, "answer": item.answer} for item in self.evidence],
        }
