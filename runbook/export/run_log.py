"""The log of a run as data, section by section: every format is made of it, and of nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from runbook.engine.journal_entry import Entry
from runbook.model import Correction

CallOutcome = Literal["ok", "refused", "unclear", "unanswered"]


@dataclass(frozen=True)
class LoggedRetry:
    """A refusal after which a call was sent again."""

    at: datetime
    code: str
    error: str
    request_id: str


@dataclass(frozen=True)
class LoggedCall:
    """One changing call: what was sent, how often, and what came of it.

    Parameters
    ----------
    seq: number of the entry that says it is about to be sent.
    params: as they may be shown.
    keep: output -> JMESPath of the answer.
    read: value in the parameters -> the read that brought it.
    outcome: `unanswered` when the run ended before an answer was recorded.
    settled: what a later look found about an answer that nobody saw.
    """

    seq: int
    intent: str
    resource: str
    service: str
    operation: str
    params: Mapping[str, Any]
    digest: str
    sent_at: datetime
    answered_at: datetime | None
    outcome: CallOutcome
    code: str = ""
    error: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""
    duration_s: float = 0.0
    attempts: int = 1
    retries: tuple[LoggedRetry, ...] = ()
    pages: tuple[Mapping[str, Any], ...] = ()
    settled: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`service.Operation`."""
        return f"{self.service}.{self.operation}"

    @property
    def took_effect(self) -> bool:
        """Whether AWS did it, as far as the run found out."""
        return self.outcome == "ok" or (self.outcome in ("unclear", "unanswered") and "ready" in self.settled)


@dataclass(frozen=True)
class LoggedStep:
    """What the run did about one resource.

    Parameters
    ----------
    became: `done`, `failed`, `waiting`, `not_started`, or `cut off` when the run recorded no end of it.
    because: the steps that kept it from being started.
    needs: ids that had to be ready first.
    told: its outputs, where they came from and what was waited for; None when it was not seen ready.
    """

    id: str
    step: str
    kind: str
    section: int
    action: str
    reason: str
    became: str
    calls: tuple[LoggedCall, ...] = ()
    differences: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    hint: str = ""
    because: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    verdict: Mapping[str, Any] | None = None
    monthly_usd: float | None = None
    expected_s: float = 0.0
    ended_at: datetime | None = None
    ended_seq: int = 0
    told: Mapping[str, Any] | None = None

    @property
    def began_at(self) -> datetime | None:
        """When its first call was sent."""
        return self.calls[0].sent_at if self.calls else None


@dataclass(frozen=True)
class LoggedCheck:
    """A check with what it read and what came back."""

    id: str
    section: int
    statement: str
    outcome: str
    detail: str
    hint: str
    at: datetime
    evidence: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class LoggedSection:
    """One section of the document with what the run did in it."""

    number: int
    name: str
    title: str
    text: str
    corrections: tuple[Correction, ...]
    chosen: bool
    steps: tuple[LoggedStep, ...]
    checks: tuple[LoggedCheck, ...]

    @property
    def calls(self) -> int:
        """Changing calls that were sent."""
        return sum(len(step.calls) for step in self.steps)

    @property
    def summary(self) -> str:
        """What was done in it, in one line; a section in which nothing was done says so."""
        if not self.calls and not self.checks:
            if not self.steps:
                return "Nothing was done: the run was not about this section."
            as_declared = sum(step.action == "none" and step.became == "done" for step in self.steps)
            rest = len(self.steps) - as_declared
            return f"Nothing was done: as declared {as_declared}, not begun {rest}."
        became = Counter(step.became for step in self.steps if step.action != "none")
        outcomes = Counter(check.outcome for check in self.checks)
        parts = [f"{number} {word.replace('_', ' ')}" for word, number in became.items()]
        parts += [f"{self.calls} call{'s' if self.calls > 1 else ''}"] if self.calls else []
        parts += [
            f"{number} check{'s' if number > 1 else ''} {word.replace('_', ' ')}" for word, number in outcomes.items()
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class SignedOff:
    """A signature under a point of the checklist, and the entry that holds it."""

    seq: int
    item: str
    statement: str
    by: str
    at: str
    note: str
    evidence_hash: str


@dataclass(frozen=True)
class RunLog:
    """The log of one run.

    Parameters
    ----------
    start: what the run said at its beginning: user, host, principal, command, tool_version, document, python, account,
        region, stack, plan_hash, rehearsal.
    entries: the journal's own entries of the run, from which all of this follows.
    redacted: numbers of entries in which something was hidden only now, so that their hash cannot be computed.
    """

    id: str
    start: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    counts: Mapping[str, int]
    settings: Mapping[str, Any]
    prices: Mapping[str, Any] | None
    destroys: bool
    left: tuple[Mapping[str, Any], ...]
    sections: tuple[LoggedSection, ...]
    sign_offs: tuple[SignedOff, ...]
    stopped: str
    not_rehearsed: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    entries: tuple[Entry, ...]
    redacted: tuple[int, ...] = ()

    @property
    def steps(self) -> tuple[LoggedStep, ...]:
        """All steps, in the document's order."""
        return tuple(step for section in self.sections for step in section.steps)

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """All calls, in the order in which they were sent."""
        return tuple(sorted((call for step in self.steps for call in step.calls), key=lambda call: call.seq))

    @property
    def checks(self) -> tuple[LoggedCheck, ...]:
        """All checks, in the document's order."""
        return tuple(check for section in self.sections for check in section.checks)

    @property
    def rehearsal(self) -> bool:
        """Whether it was a run on the embedded AWS."""
        return bool(self.start.get("rehearsal"))

    @property
    def seconds(self) -> float | None:
        """From its first entry to its last one; None when it recorded no end."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()

    @property
    def title(self) -> str:
        """What it was, in a line."""
        what = "Rehearsal" if self.rehearsal else "Run"
        return f"{what} {self.id}: {self.start.get('command', '')}"
