"""Searching: the text of every section, the resources with their calls, and the log of this session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from karet_tui.plain import one_line, unmarked

if TYPE_CHECKING:
    from karet_tui.walk import Walk
    from runbook.model import Change

MOST = 200
"""Places that are listed; more than anybody reads."""


@dataclass(frozen=True)
class Place:
    """Where something was found.

    Parameters
    ----------
    section: its number; 0 for the log.
    pane: text, resources or log.
    at: how far down, from 0 to 1, in a text or the log.
    key: the row in a table.
    line: what stands there.
    """

    section: int
    pane: str
    line: str
    at: float = 0.0
    key: str = ""


def find(walk: Walk, log: Sequence[str], words: str) -> list[Place]:
    """Every place where the words stand, upper and lower case alike; the section on the screen first."""
    wanted = words.strip().casefold()
    if not wanted:
        return []
    return list(islice(_places(walk, log, wanted), MOST))


def _places(walk: Walk, log: Sequence[str], wanted: str) -> Iterator[Place]:
    numbers = sorted((one.number for one in walk.sections), key=lambda one: (one != walk.number, one))
    for number in numbers:
        lines = walk.texts.get(number, "").splitlines()
        for at, line in enumerate(lines):
            # As it is read, without the signs that only make it bold or a table.
            read = unmarked(line)
            if wanted in read.casefold():
                yield Place(number, "text", read, at / max(1, len(lines) - 1))
        for change in walk.standings[number].changes or ():
            found = next((line for line in _lines(change) if wanted in line.casefold()), "")
            if found:
                yield Place(number, "resources", one_line(f"{change.id}: {found}"), key=change.step or change.id)
    for at, line in enumerate(log):
        if wanted in line.casefold():
            yield Place(0, "log", line, at / max(1, len(log) - 1))


def _lines(change: Change) -> Iterator[str]:
    from runbook.readable import readable

    yield change.id
    yield f"{change.kind} {change.found.name}"
    yield change.reason
    for call in change.calls:
        yield call.name
        yield from (f"{call.name} {line.strip()}" for line in readable(call.params))
