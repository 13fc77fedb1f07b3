"""One entry of the journal: its fields, its JSON body, and the hash that ties it to the one before."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from runbook.errors import JournalError

Kind: TypeAlias = Literal["run_started", "intent", "page", "result", "settled", "check", "event", "run_ended"]

GENESIS = "0" * 64
"""What the first entry has as the hash of the one before."""

BODY_LIMIT = 256 * 1024
"""Characters of a body as canonical JSON; what is longer is cut, with a marker that says how much."""

DEPTH_LIMIT = 64
"""How deep lists and objects may be nested in a body."""

# Each step allows shorter texts, then shorter lists, until the body fits; top-level fields are the last to go.
_CUTS: tuple[tuple[int, int | None], ...] = (
    (16384, None),
    (4096, None),
    (1024, None),
    (1024, 100),
    (256, 100),
    (256, 10),
)
_FIELD_LIMIT = 4096

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record, as it stands in the file."""

    seq: int
    """Place in the file, counted from 1."""
    run: str
    """Id of the run that wrote it; empty for what the journal notes about itself."""
    at: str
    """Time in UTC with microseconds, such as `2026-11-23T03:17:33.512000Z`."""
    kind: str
    resource: str
    """Id of the resource it is about; empty when it is about none."""
    body: Mapping[str, Any]
    previous: str
    """Hash of the entry before."""
    hash: str

    @property
    def time(self) -> datetime:
        """When it was written."""
        return read_time(self.at)

    def as_json(self) -> dict[str, Any]:
        """All fields, so that a reader of an export can compute the hash again."""
        return {
            "seq": self.seq,
            "run": self.run,
            "at": self.at,
            "kind": self.kind,
            "resource": self.resource,
            "body": dict(self.body),
            "previous": self.previous,
            "hash": self.hash,
        }

    def computed_hash(self) -> str:
        """The hash that the fields should have."""
        return seal(self.seq, self.run, self.at, self.kind, self.resource, canonical(self.body), self.previous)


def canonical(value: object) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, ASCII only, no NaN."""
    return _CANONICAL.encode(value)


def seal(seq: int, run: str, at: str, kind: str, resource: str, body: str, previous: str) -> str:
    """The hash of an entry: SHA-256 over the canonical JSON array of its fields.

    Parameters
    ----------
    body: the body as canonical JSON, taken as it stands; so a changed byte in the file is a changed hash.
    """
    head = canonical([seq, run, at, kind, resource])
    return hashlib.sha256(f"{head[:-1]},{body},{canonical(previous)}]".encode()).hexdigest()


def write_time(moment: datetime) -> str:
    """A time as the journal writes it."""
    if moment.tzinfo is None:
        raise JournalError(
            f"the time {moment.isoformat()} has no time zone, so it cannot be recorded",
            hint="This is a mistake in the runbook: its clock must give aware times.",
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: str) -> datetime:
    """A time that the journal wrote."""
    try:
        # A tenth of the time that strptime takes; it reads other forms too, which the journal does not write.
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or write_time(moment) != text:
            raise ValueError(text)
        return moment
    except ValueError as error:
        raise JournalError(
            f"{text!r} is not a time as the journal writes it",
            hint="An entry was changed from outside; `karet log verify` names it.",
        ) from error


def bounded(body: Mapping[str, Any]) -> str:
    """A body as canonical JSON of at most BODY_LIMIT characters.

    Raises
    ------
    JournalError: something in it is no JSON data (the place and the type are named, never the value), or it
        has so many fields that cutting does not help.
    """
    data = _json_data(body, (None, "body"), 0)
    text = canonical(data)
    for chars, items in _CUTS:
        if len(text) <= BODY_LIMIT:
            return text
        text = canonical(_cut(data, chars, items))
    if len(text) > BODY_LIMIT:
        text = canonical({key: _leave_out(value) for key, value in data.items()})
    if len(text) > BODY_LIMIT:
        raise JournalError(
            f"an entry with {len(data)} fields is {len(text):,} characters long; the journal takes {BODY_LIMIT:,}",
            hint="This is a mistake in the runbook: long data belongs below a few named fields.",
        )
    return text


_Place: TypeAlias = tuple["_Place | None", str | int]
"""Where in a body a value stands: the place of what holds it, and its key or number there."""


def _json_data(value: object, place: _Place, depth: int) -> Any:
    # Exact types only: a subclass of str can be a secret that hides its value.
    if value is None or type(value) in (str, bool, int):
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise _no_json(place, "a float without a finite value")
        return value
    if depth > DEPTH_LIMIT:
        raise _no_json(place, f"nested deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, Mapping):
        plain: dict[str, Any] = {}
        for key, one in value.items():
            if type(key) is not str:
                raise _no_json(place, f"an object with a key of type {type(key).__name__}")
            plain[key] = _json_data(one, (place, key), depth + 1)
        return plain
    if isinstance(value, list | tuple):
        return [_json_data(one, (place, number), depth + 1) for number, one in enumerate(value)]
    raise _no_json(place, f"of type {type(value).__name__}")


def _no_json(place: _Place, what: str) -> JournalError:
    names: list[str] = []
    step: _Place | None = place
    while step is not None:
        step, name = step
        names.append(f"[{name}]" if isinstance(name, int) else f".{name}")
    return JournalError(
        f"{''.join(reversed(names))[1:200]} is {what}, which is no JSON data and cannot be recorded",
        hint="This is a mistake in the runbook: turn the value into text or numbers before it is recorded.",
    )


def _cut(value: Any, chars: int, items: int | None) -> Any:
    if isinstance(value, str):
        more = len(value) - chars
        return value if more <= 0 else f"{value[:chars]}...[cut: {more:,} more characters]"
    if isinstance(value, dict):
        return {key: _cut(one, chars, items) for key, one in value.items()}
    if isinstance(value, list):
        kept = [_cut(one, chars, items) for one in value[:items]]
        more = len(value) - len(kept)
        return [*kept, f"[cut: {more:,} more entries]"] if more else kept
    return value


def _leave_out(value: Any) -> Any:
    length = len(canonical(value))
    return value if length <= _FIELD_LIMIT else f"[left out: {length:,} characters of JSON]"
