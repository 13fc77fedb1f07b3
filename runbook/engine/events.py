"""What the engine tells any front end while it works: one frozen record per fact, through one callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, TypeAlias

from runbook.errors import AwsError, RunbookError


@dataclass(frozen=True, slots=True)
class _Fact:
    """What all events have: a time, a JSON form and a line of text."""

    at: datetime

    def as_json(self) -> dict[str, Any]:
        """The event as JSON data; `event` names its class."""
        body: dict[str, Any] = {"event": type(self).__name__}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, datetime):
                value = value.astimezone(UTC).isoformat(timespec="milliseconds")
            elif isinstance(value, Mapping):
                value = dict(value)
            body[one.name] = value
        return body

    def line(self) -> str:
        """The event as one plain line: the time in UTC, then what happened."""
        text = f"{self.at.astimezone(UTC):%H:%M:%S}Z {self._says()}"
        # Texts come from AWS and from people too: a line break or an escape sequence must not reach the pipe.
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())

    def _says(self) -> str:
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class RunStarted(_Fact):
    """A run has its id and its first journal entry."""

    run: str
    command: str
    account: str
    region: str
    stack: str

    def _says(self) -> str:
        return f"run {self.run}: {self.command} on stack {self.stack} in account {self.account}, {self.region}"


@dataclass(frozen=True, slots=True)
class PlanMade(_Fact):
    """The plan is known; `counts` says how many resources each action has."""

    hash: str
    counts: Mapping[str, int]

    def _says(self) -> str:
        return f"plan {self.hash[:12]}: {_counts(self.counts)}"


@dataclass(frozen=True, slots=True)
class ResourceLooked(_Fact):
    """A resource was looked up in the account."""

    id: str
    status: str

    def _says(self) -> str:
        return f"{self.id}: {self.status}"


@dataclass(frozen=True, slots=True)
class ChangeStarted(_Fact):
    """The first call of a change is about to be made."""

    id: str
    action: str

    def _says(self) -> str:
        return f"{self.id}: {self.action}"


@dataclass(frozen=True, slots=True)
class CallStarted(_Fact):
    """A call is about to be sent; `call` is `service.operation`, the first attempt is 1."""

    id: str
    call: str
    attempt: int = 1

    def _says(self) -> str:
        return f"{self.id}: {self.call}" + (f" (attempt {self.attempt})" if self.attempt > 1 else "")


@dataclass(frozen=True, slots=True)
class CallFinished(_Fact):
    """A call was answered with success."""

    id: str
    service: str
    operation: str
    duration_s: float
    request_id: str = ""

    def _says(self) -> str:
        answer = f", request {self.request_id}" if self.request_id else ""
        return f"{self.id}: {self.service}.{self.operation} answered in {self.duration_s:.2f} s{answer}"


@dataclass(frozen=True, slots=True)
class CallRetried(_Fact):
    """A call failed in a way that another attempt can cure."""

    id: str
    service: str
    operation: str
    code: str
    why: str
    in_s: float

    def _says(self) -> str:
        return f"{self.id}: {self.service}.{self.operation} got {self.code} ({self.why}), again in {self.in_s:.1f} s"


@dataclass(frozen=True, slots=True)
class WaitProgress(_Fact):
    """Something is being waited for; `typical_s` is None when nobody knows how long it usually takes."""

    id: str
    what: str
    waited_s: float
    at_most_s: float
    typical_s: float | None = None
    detail: str = ""

    def _says(self) -> str:
        usual = f", usually {self.typical_s:.0f} s" if self.typical_s is not None else ""
        detail = f": {self.detail}" if self.detail else ""
        waited = f"{self.waited_s:.0f} s of at most {self.at_most_s:.0f} s{usual}"
        return f"{self.id}: waiting for {self.what}, {waited}{detail}"


@dataclass(frozen=True, slots=True)
class ChangeFinished(_Fact):
    """A change came to its end without an error; `outcome` says which end."""

    id: str
    action: str
    outcome: str

    def _says(self) -> str:
        return f"{self.id}: {self.action} {self.outcome}"


@dataclass(frozen=True, slots=True)
class ChangeFailed(_Fact):
    """A change stopped with an error; service, operation, code and request id are empty when AWS was not the cause."""

    id: str
    action: str
    error: str
    hint: str = ""
    service: str = ""
    operation: str = ""
    code: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, at: datetime, resource_id: str, action: str, error: RunbookError) -> ChangeFailed:
        """The event for an error, with AWS's own fields when AWS was the cause."""
        if not isinstance(error, AwsError):
            return cls(at, resource_id, action, error.message, error.hint)
        return cls(
            at,
            resource_id,
            action,
            error.text,
            error.hint,
            service=error.service,
            operation=error.operation,
            code=error.code,
            request_id=error.request_id,
        )

    def _says(self) -> str:
        call = f"{self.service}.{self.operation}" if self.service else ""
        because = " ".join(part for part in (call, self.code) if part)
        hint = f" Next: {self.hint}" if self.hint else ""
        return f"{self.id}: {self.action} FAILED: {because + ': ' if because else ''}{self.error}{hint}"


@dataclass(frozen=True, slots=True)
class CheckFinished(_Fact):
    """A statement was checked with a fresh read."""

    id: str
    statement: str
    outcome: str
    detail: str = ""

    def _says(self) -> str:
        return f"check {self.id}: {self.outcome}: {self.statement}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Message(_Fact):
    """Anything else that a person should read; `level` is info, warning or error."""

    level: str
    text: str

    def _says(self) -> str:
        return self.text if self.level == "info" else f"{self.level}: {self.text}"


@dataclass(frozen=True, slots=True)
class RunEnded(_Fact):
    """The run is over; `counts` says how many changes came to which end."""

    outcome: str
    counts: Mapping[str, int] = field(default_factory=dict)

    def _says(self) -> str:
        return f"run ended: {self.outcome}: {_counts(self.counts)}"


Event: TypeAlias = (
    RunStarted
    | PlanMade
    | ResourceLooked
    | ChangeStarted
    | CallStarted
    | CallFinished
    | CallRetried
    | WaitProgress
    | ChangeFinished
    | ChangeFailed
    | CheckFinished
    | Message
    | RunEnded
)

OnEvent: TypeAlias = Callable[[Event], None]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing to do"
