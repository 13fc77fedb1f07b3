"""Writes the journal: every run, intent, result and check is an entry that stays, each tied to the one before."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from runbook.engine.clock import Clock
from runbook.engine.journal_entry import GENESIS, Entry, Kind, bounded, seal, write_time
from runbook.engine.journal_file import INTENT_ID, open_for_writing
from runbook.engine.journal_read import JournalReader, OpenIntent, RunSummary
from runbook.errors import JournalError
from runbook.redaction import redactor_of

__all__ = ["Entry", "Journal", "JournalReader", "OpenIntent", "Outcome", "Run", "RunSummary"]

Outcome: TypeAlias = Literal["ok", "refused", "unclear"]
"""How a call ended: done, answered with a no, or no answer came."""

LINKS_CHECKED_AT_OPEN = 200
"""Opening follows only the end of the chain, because a person waits for it; `verify` follows all of it."""

_LAST_INTENT = f"""
SELECT run, resource, body FROM entries WHERE kind = 'intent' AND {INTENT_ID} = ? ORDER BY seq DESC LIMIT 1
"""  # noqa: S608  only constants


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the tool; its id sorts by time."""

    id: str
    started_at: datetime


class Journal(JournalReader):
    """A journal that is open for writing; thread-safe, every entry is on the disk when its method returns.

    Attributes
    ----------
    set_aside: where a damaged file was put when this journal was opened; None when nothing was damaged.
    message: what a person must read about that; empty when there is nothing.
    warning: that the end of the chain does not hold; empty when it does.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        super().__init__(path, connection)
        self._clock = clock
        self._redactor = redactor_of(path.parent)
        self.set_aside: Path | None = None
        self.message = ""
        self.warning = ""

    @classmethod
    def open(cls, path: Path, *, clock: Clock) -> Journal:
        """Open the journal for writing; make it when there is none, set it aside when it is damaged.

        Raises
        ------
        JournalError: the place cannot be written, or a newer version of this tool wrote the file.
        """
        opened = open_for_writing(path, clock.now())
        journal = cls(path, opened.connection, clock)
        try:
            if opened.set_aside is not None:
                journal._tell_set_aside(opened.set_aside, opened.damage)
            broken = journal.verify_end(LINKS_CHECKED_AT_OPEN).broken
        except BaseException:  # goes on to the caller: whatever it is, Ctrl-C too, nobody else can close it
            journal.close()
            raise
        if broken is not None:
            journal.warning = (
                f"{path}: the journal was changed from outside: {broken.why} (the last {LINKS_CHECKED_AT_OPEN} "
                "entries were checked; `karet log verify` checks all)"
            )
        return journal

    def begin_run(
        self,
        *,
        user: str,
        host: str,
        principal: str,
        tool_version: str,
        command: str,
        account: str,
        region: str,
        stack: str,
        plan_hash: str,
        more: Mapping[str, Any] | None = None,
    ) -> Run:
        """Give the run its id and record who started it, from where, on what.

        Parameters
        ----------
        principal: ARN of the AWS identity.
        more: anything else worth keeping, such as the settings used and the version of the document.
        """
        body = {
            "user": user,
            "host": host,
            "principal": principal,
            "tool_version": tool_version,
            "command": command,
            "account": account,
            "region": region,
            "stack": stack,
            "plan_hash": plan_hash,
            **(more or {}),
        }
        now = self._clock.now()
        text = self._text(body)
        with self._transaction("begin a run"):
            (last,) = self._connection.execute("SELECT max(run) FROM entries WHERE kind = 'run_started'").fetchone()
            run = Run(_next_run_id(now, last), now)
            self._insert(run.id, now, "run_started", "", text)
        return run

    def end_run(self, run: Run, *, outcome: str, counts: Mapping[str, int]) -> int:
        """Record how a run ended."""
        return self.append(run, "run_ended", "", {"outcome": outcome, "counts": counts})

    def intent(
        self,
        run: Run,
        resource: str,
        *,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        digest: str,
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """Record that a call is about to be made.

        Parameters
        ----------
        params: as they may be shown; never with a secret.
        digest: fingerprint of the call.
        more: what is kept of the answer, where values in the parameters were read, whether nothing in AWS changes,
            whether the call is a part of a removal.

        Returns
        -------
        str: the id of the intent, 36 characters, to be the client token of the call and of its repetitions.
        """
        intent_id = str(uuid.uuid4())
        about = {"service": service, "operation": operation, "params": params, "digest": digest}
        body = {"intent": intent_id, **about, **{name: value for name, value in (more or {}).items() if value}}
        self.append(run, "intent", resource, body)
        return intent_id

    def again(self, intent_id: str, *, run: Run, attempt: int) -> int:
        """Record that the call of an intent is about to be sent once more, which makes the intent open again.

        Parameters
        ----------
        run: the run that sends it, which may be a later one than that of the intent.
        attempt: 2 for the first repetition.
        """
        with self._transaction("record intent"):
            _, resource, body = self._intent_of(intent_id, "repetition")
            text = bounded({**json.loads(body), "attempt": attempt})
            return self._insert(run.id, self._clock.now(), "intent", resource, text)

    def page(self, intent_id: str, *, number: int, detail: Mapping[str, Any]) -> int:
        """Record that one page of a bulk call is done."""
        return self._answer(intent_id, "page", {"number": number, "detail": detail})

    def result(
        self,
        intent_id: str,
        *,
        outcome: Outcome,
        duration_s: float,
        attempts: int = 1,
        code: str = "",
        outputs: Mapping[str, Any] | None = None,
        request_id: str = "",
        error: str = "",
    ) -> int:
        """Record how a call ended, in the run that sent it; `unclear` leaves the intent open until it is cleared up."""
        body = {
            "outcome": outcome,
            "code": code,
            "outputs": outputs or {},
            "request_id": request_id,
            "duration_s": duration_s,
            "attempts": attempts,
            "error": error,
        }
        return self._answer(intent_id, "result", body)

    def settle(self, intent_id: str, *, found: str, run: Run | None = None) -> int:
        """Record what a later look found about an open intent.

        Parameters
        ----------
        run: the run that looked; without it the run of the intent.
        """
        return self._answer(intent_id, "settled", {"found": found}, run)

    def check(
        self,
        run: Run,
        *,
        check_id: str,
        statement: str,
        outcome: str,
        evidence: Any,
        resource: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> int:
        """Record a check with its evidence, and in `more` its section and what it found in words."""
        body = {**(more or {}), "id": check_id, "statement": statement, "outcome": outcome, "evidence": evidence}
        return self.append(run, "check", resource, body)

    def event(self, run: Run, name: str, detail: Mapping[str, Any], resource: str = "") -> int:
        """Record anything else, under a name."""
        return self.append(run, "event", resource, {**detail, "event": name})

    def append(self, run: Run, kind: Kind, resource: str, body: Mapping[str, Any]) -> int:
        """Write one entry; when this returns, it is on the disk.

        Returns
        -------
        int: the seq of the entry.

        Raises
        ------
        JournalError: the body is no JSON data, or the entry cannot be written.
        """
        text = self._text(body)
        with self._transaction(f"record {kind}"):
            return self._insert(run.id, self._clock.now(), kind, resource, text)

    def _answer(self, intent_id: str, kind: Kind, body: Mapping[str, Any], run: Run | None = None) -> int:
        text = self._text({"intent": intent_id, **body})
        with self._transaction(f"record {kind}"):
            run_id, resource, _ = self._intent_of(intent_id, kind)
            return self._insert(run.id if run else run_id, self._clock.now(), kind, resource, text)

    def _text(self, body: Mapping[str, Any]) -> str:
        """A body as it is written: no secret passes this door, whoever put it in."""
        return bounded(self._redactor.data(body))

    def _intent_of(self, intent_id: str, what: str) -> tuple[str, str, str]:
        """Run, resource and body of an intent, as it was recorded last."""
        row = self._connection.execute(_LAST_INTENT, (intent_id,)).fetchone()
        if row is None:
            raise JournalError(
                f"{self.path}: there is no intent {intent_id}, so its {what} cannot be recorded",
                hint="The journal was exchanged during the run; end the run and start it again.",
            )
        return row[0], row[1], row[2]

    def _tell_set_aside(self, aside: Path, damage: str) -> None:
        self.set_aside = aside
        self.message = f"{self.path}: the journal was damaged ({damage}); it is kept as {aside.name}, a new one begins"
        body = {"event": "journal_set_aside", "path": str(aside), "damage": damage}
        with self._transaction("record the damage"):
            self._insert("", self._clock.now(), "event", "", bounded(body))

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[None]:
        with self._alone(doing):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:  # goes on to the caller: after Ctrl-C too, the next entry needs a closed transaction
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, run: str, at: datetime, kind: Kind, resource: str, body: str) -> int:
        """Write one entry inside a transaction, so that no other process can come between it and the one before."""
        last = self._connection.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        ever = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
        previous = last[1] if last else GENESIS
        # A number is never given twice, so entries that were cut off the end stay visible as a gap.
        seq = max(last[0] if last else 0, ever[0] if ever else 0) + 1
        moment = write_time(at)
        row = (seq, run, moment, kind, resource, body, previous, seal(seq, run, moment, kind, resource, body, previous))
        self._connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return seq


def _next_run_id(now: datetime, last: str | None) -> str:
    """An id such as `20261123T031733-512-ab3f` that sorts after every other, also when the clock went back."""
    moment = now.astimezone(UTC)
    if last is not None and _run_time_text(moment) <= last[:19]:
        moment = _time_of_run(last, moment) + timedelta(milliseconds=1)
    return f"{_run_time_text(moment)}-{uuid.uuid4().hex[:4]}"


def _run_time_text(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}-{moment.microsecond // 1000:03d}"


def _time_of_run(run: str, now: datetime) -> datetime:
    try:
        return datetime.strptime(run[:19], "%Y%m%dT%H%M%S-%f").replace(tzinfo=UTC)
    except ValueError:
        # Only a changed file holds such an id; `verify` names it, and a new run need not stop for it.
        return now
