"""Finds entries of the journal by what a person asks for: their numbers first, then only the rows on the screen."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from runbook.engine.journal_entry import Entry
from runbook.engine.journal_file import INTENT_ID, open_for_reading
from runbook.engine.journal_read import JournalReader

Sort: TypeAlias = Literal["all", "calls", "checks", "trouble", "sign-offs"]

SORTS: Final[tuple[Sort, ...]] = ("all", "calls", "checks", "trouble", "sign-offs")
"""`calls` are those that change something; reads are evidence of checks and no entries of their own."""

_OUTCOME = "json_extract({}, '$.outcome')"
_ANSWER_OF = f"""
FROM entries AS answer WHERE answer.kind IN ('result', 'settled') AND answer.kind = 'result'
AND {INTENT_ID.replace("body", "answer.body")} = {INTENT_ID.replace("body", "entries.body")}
AND answer.seq > entries.seq
"""
_BAD = "('refused', 'unclear', 'failed', 'waiting', 'cancelled')"
_WHERE: Final[Mapping[Sort, str]] = {
    "all": "",
    "calls": " AND kind = 'intent'",
    "checks": " AND kind = 'check'",
    "trouble": f""" AND (
        kind IN ('check', 'run_ended') AND {_OUTCOME.format("body")} IN {_BAD}
        OR kind = 'settled'
        OR kind = 'intent' AND ifnull((SELECT {_OUTCOME.format("answer.body")} {_ANSWER_OF}
                                       ORDER BY answer.seq LIMIT 1), 'unclear') <> 'ok')""",
    "sign-offs": " AND kind = 'event' AND json_extract(body, '$.event') = 'sign_off'",
}
_TEXT = f"""
 AND (instr(lower(resource), ?) > 0 OR instr(lower(body), ?) > 0
      OR kind = 'intent' AND EXISTS (SELECT 1 {_ANSWER_OF} AND instr(lower(answer.body), ?) > 0))
"""


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Parameters
    ----------
    run: one run; empty for all of them.
    text: what must stand somewhere in an entry, or in the answer to its call, in whatever case.
    """

    run: str = ""
    sort: Sort = "all"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry with the answer to it, where it is a call that was answered."""

    entry: Entry
    answer: Mapping[str, Any] | None = None

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.entry.time


class JournalSearch(JournalReader):
    """A reader that finds; an answer is told with its call and is no line of its own."""

    @classmethod
    def read(cls, path: Path) -> JournalSearch:
        """Open for reading only; see `JournalReader.read` for what it raises."""
        return cls(path, open_for_reading(path))

    def find(self, wanted: Wanted) -> Sequence[int]:
        """The numbers of the entries that are asked for, oldest first; eight bytes each, however long a run is."""
        query = "SELECT seq FROM entries WHERE kind <> 'result'"
        values: list[str] = []
        if wanted.run:
            query, values = f"{query} AND run = ?", [wanted.run]
        query += _WHERE[wanted.sort]
        if text := wanted.text.strip().lower():
            # The body is JSON with everything beyond ASCII escaped.
            escaped = json.dumps(text)[1:-1].lower()
            query += _TEXT
            values += [text, escaped, escaped]
        return array("q", (row[0] for row in self._rows("search the journal", f"{query} ORDER BY seq", *values)))

    def told(self, numbers: Sequence[int]) -> list[Told]:
        """These entries, in the order of the numbers, each with the answer to it."""
        if not numbers:
            return []
        marks = ", ".join("?" * len(numbers))
        fields = "seq, run, at, kind, resource, body, previous, hash"
        rows = self._rows(
            "read entries",
            f"SELECT {fields}, (SELECT answer.body {_ANSWER_OF} ORDER BY answer.seq LIMIT 1) "  # noqa: S608
            f"FROM entries WHERE seq IN ({marks})",
            *numbers,
        )
        found = {row[0]: row for row in rows}
        return [self._told(found[number]) for number in numbers if number in found]

    def _told(self, row: tuple[Any, ...]) -> Told:
        entry = self._entry(row[:8])
        answered = entry.kind == "intent" and row[8] is not None
        return Told(entry, self._body(entry.seq, row[8]) if answered else None)
