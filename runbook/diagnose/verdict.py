"""One verdict: the cause, what it rests on, and what to do next; and the error of a failed rollout that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runbook.checks import Evidence
from runbook.errors import RunbookError

UNKNOWN = "unknown"
"""The cause when nothing that was read names one; a verdict is never a guess."""


@dataclass(frozen=True)
class Verdict:
    """Why a rollout fails.

    Parameters
    ----------
    cause: stable id, a row of docs/verdicts.md or `unknown`.
    next_step: what to do, with the setting or the command that does it.
    source: where the recognised text or reason code is described.
    transient: it goes away by itself; ECS tries again.
    firm: waiting longer does not help.
    """

    cause: str
    service: str
    statement: str
    evidence: tuple[Evidence, ...]
    next_step: str
    source: str = ""
    transient: bool = False
    firm: bool = False

    def as_json(self) -> dict[str, Any]:
        """The verdict as JSON data."""
        return {
            "cause": self.cause,
            "service": self.service,
            "statement": self.statement,
            "evidence": [{"call": one.call, "answer": one.answer} for one in self.evidence],
            "next_step": self.next_step,
            "source": self.source,
            "transient": self.transient,
            "firm": self.firm,
        }

    def lines(self) -> list[str]:
        """The cause, the evidence and the source, without the next step."""
        told = [f"verdict {self.cause}: {self.statement}"]
        told += [f"  read: {one.call}: {one.answer}" for one in self.evidence]
        return [*told, f"  source: {self.source}"] if self.source else told


class RolloutError(RunbookError):
    """A rollout that failed, with the verdict on it.

    Parameters
    ----------
    error: what the wait for the rollout ended with.
    """

    def __init__(self, error: RunbookError, verdict: Verdict) -> None:
        super().__init__("\n".join([error.message, *verdict.lines()]), hint=verdict.next_step)
        self.exit_code = error.exit_code
        self.verdict = verdict
