"""Reads the journal: entries, runs, open intents and the state of the chain, also while another process writes."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from runbook.engine.journal_chain import ChainReport, Link, check_chain
from runbook.engine.journal_entry import GENESIS, Entry, read_time, seal
from runbook.engine.journal_file import INTENT_ID, open_for_reading, translated
from runbook.errors import JournalError

_PAGE = 500
"""Entries read in one go, so that a long read neither fills the memory nor holds up the writer's checkpoints."""

_FIELDS = "seq, run, at, kind, resource, body, previous, hash"

# An answer that is not clear (no reply came) leaves the question open until a look settles it, and a repeated call
# stands open again under the same id.
_ANSWERED = f"""
EXISTS (SELECT 1 FROM entries AS answer WHERE answer.kind IN ('result', 'settled')
        AND {INTENT_ID.replace("body", "answer.body")} = {INTENT_ID.replace("body", "intent.body")}
        AND answer.seq > intent.seq
        AND (answer.kind = 'settled' OR json_extract(answer.body, '$.outcome') <> 'unclear'))
"""  # noqa: S608  only constants
_OPEN_INTENTS = f"SELECT {_FIELDS} FROM entries AS intent WHERE kind = 'intent' AND NOT {_ANSWERED} ORDER BY seq"  # noqa: S608

_RUNS = """
SELECT start.seq, start.run, start.at, start.body,
       (SELECT at FROM entries WHERE run = start.run AND kind = 'run_ended' ORDER BY seq DESC LIMIT 1),
       (SELECT body FROM entries WHERE run = start.run AND kind = 'run_ended' ORDER BY seq DESC LIMIT 1),
       (SELECT at FROM entries WHERE run = start.run ORDER BY seq DESC LIMIT 1),
       (SELECT count(*) FROM entries WHERE run = start.run)
FROM (SELECT * FROM entries WHERE kind = 'run_started' ORDER BY seq DESC LIMIT ?) AS start
ORDER BY start.seq DESC
"""

_UNSEEN = f"""
SELECT resource, max(seq * (call = 'removes')) > max(seq * (call = 'makes')) FROM (
    SELECT seq, resource, kind, (
        SELECT CASE WHEN json_extract(intent.body, '$.removes') THEN 'removes'
                    WHEN json_extract(intent.body, '$.local') THEN 'local' ELSE 'makes' END
        FROM entries AS intent WHERE intent.kind = 'intent'
        AND {INTENT_ID.replace("body", "intent.body")} = {INTENT_ID.replace("body", "told.body")} LIMIT 1
    ) AS call
    FROM entries AS told
    WHERE run IN ({{runs}}) AND (kind = 'result' AND json_extract(body, '$.outcome') = 'ok'
                               OR kind = 'event' AND json_extract(body, '$.event') = ?)
)
GROUP BY resource HAVING max(seq * (call IN ('makes', 'removes'))) > max(seq * (kind = 'event'))
"""  # noqa: S608  only constants


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """A call that was about to be made and whose end nobody recorded: it may or may not have reached AWS."""

    id: str
    """Id of the intent, from which the client token of the call was made."""
    run: str
    """The run that sent the call last."""
    at: datetime
    """When it was about to be sent last."""
    resource: str
    service: str
    operation: str
    digest: str
    """Fingerprint of the call, to know the same call again."""
    local: bool = False
    """Whether the call changes nothing in AWS, such as a build on this machine."""
    removes: bool = False
    """Whether it is a part of a removal."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a list of runs."""

    id: str
    started_at: datetime
    ended_at: datetime | None
    """None when the run recorded no end: it is still going on, or was killed."""
    outcome: str
    """As the run recorded it; `no end recorded` when it did not."""
    counts: Mapping[str, int]
    last_at: datetime
    """Time of its last entry."""
    entries: int
    start: Mapping[str, Any] = field(default_factory=dict)
    """What it said at its start: user, host, principal, command, tool_version, account, region, stack, plan_hash."""


class JournalReader:
    """A journal that is open for reading; thread-safe, to be closed or used with `with`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._pid = os.getpid()

    @classmethod
    def read(cls, path: Path) -> JournalReader:
        """Open for reading only; the writer is never held up.

        Raises
        ------
        JournalError: there is no journal, it is damaged, or a newer version of this tool wrote it.
        """
        return JournalReader(path, open_for_reading(path))

    def close(self) -> None:
        """Give the file back."""
        with self._lock, translated(self.path, "close the journal"):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def entries(self, run: str | None = None, after: int = 0) -> Iterator[Entry]:
        """All entries, or those of one run, with a seq higher than `after`; read piece by piece as they are used."""
        where = "seq > ?" if run is None else "run = ? AND seq > ?"
        query = f"SELECT {_FIELDS} FROM entries WHERE {where} ORDER BY seq LIMIT {_PAGE}"  # noqa: S608  only constants
        while True:
            rows = self._rows("read the entries", query, *(() if run is None else (run,)), after)
            for row in rows:
                yield self._entry(row)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def runs(self, limit: int = 1000) -> list[RunSummary]:
        """The runs, newest first, also those that recorded no end; as they were written, whatever the clock said."""
        return [self._summary(row) for row in self._rows("list the runs", _RUNS, limit)]

    def open_intents(self) -> list[OpenIntent]:
        """The intents of any run that have neither a clear result nor were settled, oldest first."""
        found: dict[str, OpenIntent] = {}
        for row in self._rows("look for open intents", _OPEN_INTENTS):
            entry = self._entry(row)
            said = [str(entry.body.get(name, "")) for name in ("intent", "service", "operation", "digest")]
            if not all(said[:3]):
                raise self._changed_outside(entry.seq)
            intent, service, operation, digest = said
            about = (entry.run, entry.time, entry.resource, service, operation, digest)
            local, removes = (bool(entry.body.get(name)) for name in ("local", "removes"))
            found[intent] = OpenIntent(intent, *about, local=local, removes=removes)
        return list(found.values())

    def unseen(self, runs: Sequence[str], *, seen: str) -> dict[str, bool]:
        """The resources of these runs whose last call succeeded after the last event of this name, or without one.

        A call that changes nothing in AWS is none that anybody could see.

        Returns
        -------
        Per resource whether that call was a part of a removal.
        """
        query = _UNSEEN.format(runs=", ".join("?" * len(runs)))
        rows = self._rows("look for unseen results", query, *runs, seen)
        return {str(resource): bool(removes) for resource, removes in rows}

    def verify(self) -> ChainReport:
        """Follow the whole chain and name the first entry that was changed, left out, added or moved."""
        return check_chain(self._links(0), last=self._last_ever())

    def verify_end(self, count: int) -> ChainReport:
        """Follow only the last `count` links, which is fast however long the journal is."""
        rows = self._rows(
            "check the chain",
            f"SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1 OFFSET {int(count)}",  # noqa: S608
        )
        first, previous = (rows[0][0] + 1, rows[0][1]) if rows else (1, GENESIS)
        return check_chain(self._links(first - 1), first=first, previous=previous, last=self._last_ever())

    def _links(self, after: int) -> Iterator[Link]:
        query = f"SELECT {_FIELDS} FROM entries WHERE seq > ? ORDER BY seq LIMIT {_PAGE}"  # noqa: S608  only constants
        if after == 0:  # an entry that was added may stand before the first one
            query, after = query.replace("seq > ?", "seq > ? OR seq <= 0"), -(2**63)
        while True:
            rows = self._rows("check the chain", query, after)
            for seq, run, at, kind, resource, body, previous, noted in rows:
                fields = (run, at, kind, resource, body, previous)
                whole = all(isinstance(one, str) for one in (*fields, noted))
                yield Link(seq, str(previous), str(noted), seal(seq, *fields) if whole else "")
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def _last_ever(self) -> int:
        """The highest seq that SQLite ever gave out in this file, deleted entries included."""
        rows = self._rows("check the chain", "SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
        return int(rows[0][0]) if rows else 0

    def _rows(self, doing: str, query: str, *values: object) -> list[Any]:
        with self._alone(doing):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _alone(self, doing: str) -> Iterator[None]:
        if os.getpid() != self._pid:
            raise JournalError(
                f"{self.path}: this journal was opened by process {self._pid} and cannot be used in a copy of it",
                hint="Open the journal again in the new process.",
            )
        with self._lock, translated(self.path, doing):
            yield

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        seq, run, at, kind, resource, body, previous, noted = row
        return Entry(seq, run, at, kind, resource, self._body(seq, body), previous, noted)

    def _body(self, seq: int, text: str) -> dict[str, Any]:
        try:
            body = json.loads(text)
        except ValueError as error:
            raise self._changed_outside(seq) from error
        if not isinstance(body, dict):
            raise self._changed_outside(seq)
        return body

    def _changed_outside(self, seq: int) -> JournalError:
        return JournalError(
            f"{self.path}: entry {seq} does not hold what the journal writes",
            hint="It was changed from outside; `karet log verify` says where the chain breaks.",
        )

    def _summary(self, row: tuple[Any, ...]) -> RunSummary:
        seq, run, started_at, start, ended_at, end, last_at, number = row
        ended = {} if end is None else self._body(seq, end)
        return RunSummary(
            id=run,
            started_at=read_time(started_at),
            ended_at=None if ended_at is None else read_time(ended_at),
            outcome=str(ended.get("outcome", "no end recorded")),
            counts=ended.get("counts", {}),
            last_at=read_time(last_at),
            entries=number,
            start=self._body(seq, start),
        )
