"""What a reader sees of a journal, also while another process writes it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from journal_samples import begin, changed_copy, filled, intend

from runbook.engine.clock import FakeClock
from runbook.engine.journal import Journal, JournalReader
from runbook.errors import JournalError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


def test_a_reader_sees_each_entry_as_soon_as_it_is_written_and_never_holds_up_the_writer(path: Path) -> None:
    with Journal.open(path, clock=FakeClock()) as journal:
        run = begin(journal)
        with JournalReader.read(path) as reader:
            half_read = reader.entries()
            assert next(half_read).kind == "run_started"
            for number in range(1200):
                journal.event(run, "note", {"number": number})
            assert sum(1 for _ in reader.entries()) == 1201
            assert reader.verify().whole


def test_a_reader_cannot_write(path: Path) -> None:
    with JournalReader.read(filled(path, 3)) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("INSERT INTO entries SELECT 4, run, at, kind, '', '', '', '' FROM entries")


def test_a_journal_can_be_read_after_its_writer_has_closed_it(path: Path) -> None:
    filled(path, 3)
    with JournalReader.read(path) as reader:
        assert [entry.seq for entry in reader.entries()] == [1, 2, 3]


def test_entries_of_one_run_after_a_place_come_in_order_over_several_pages(path: Path) -> None:
    with Journal.open(path, clock=FakeClock()) as journal:
        one, two = begin(journal), begin(journal)
        for number in range(1100):
            journal.event(one if number % 2 else two, "note", {"number": number})
        mine = list(journal.entries(run=one.id, after=2))
        assert [entry.body["number"] for entry in mine] == list(range(1, 1100, 2))
        assert {entry.run for entry in mine} == {one.id}
        assert sum(1 for _ in journal.entries()) == 1102


def test_runs_come_newest_first_and_say_when_no_end_is_recorded(path: Path) -> None:
    clock = FakeClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
    with Journal.open(path, clock=clock) as journal:
        dead = begin(journal, "karet apply 1")
        intend(journal, dead)
        clock.sleep(60)
        done = begin(journal, "karet apply 2")
        clock.sleep(5)
        journal.end_run(done, outcome="ok", counts={"done": 3})
        newest, oldest = journal.runs()
        assert (newest.id, newest.outcome, newest.counts, newest.entries) == (done.id, "ok", {"done": 3}, 2)
        assert newest.ended_at == datetime(2026, 11, 23, 3, 1, 5, tzinfo=UTC)
        assert newest.start["command"] == "karet apply 2"
        assert (oldest.id, oldest.outcome, oldest.ended_at) == (dead.id, "no end recorded", None)
        assert (oldest.entries, oldest.last_at) == (2, dead.started_at)
        assert [run.id for run in journal.runs(limit=1)] == [done.id]


def test_runs_come_as_they_were_written_although_the_clock_of_a_rehearsal_ran_ahead(path: Path) -> None:
    clock = FakeClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
    with Journal.open(path, clock=clock) as journal:
        ahead = begin(journal)
    with Journal.open(path, clock=FakeClock(datetime(2026, 11, 23, 2, tzinfo=UTC))) as journal:
        later = begin(journal)
        assert [run.id for run in journal.runs()] == [later.id, ahead.id]
        assert [run.id for run in journal.runs(limit=1)] == [later.id]


def test_only_intents_without_a_clear_answer_are_open(path: Path) -> None:
    with Journal.open(path, clock=FakeClock()) as journal:
        run = begin(journal)
        names = ["none", "paged", "ok", "refused", "unclear", "cleared", "settled"]
        ids = {name: intend(journal, run, name) for name in names}
        journal.page(ids["paged"], number=1, detail={"deleted": 1000})
        journal.result(ids["ok"], outcome="ok", duration_s=0.1)
        journal.result(ids["refused"], outcome="refused", duration_s=0.1, code="AccessDenied")
        journal.result(ids["unclear"], outcome="unclear", duration_s=60, code="Timeout")
        journal.result(ids["cleared"], outcome="unclear", duration_s=60, code="Timeout")
        journal.result(ids["cleared"], outcome="ok", duration_s=0.1, attempts=2)
        journal.result(ids["settled"], outcome="unclear", duration_s=60, code="Timeout")
        journal.settle(ids["settled"], found="ready")
        still = journal.open_intents()
        assert [intent.resource for intent in still] == ["none", "paged", "unclear"]
        first = still[0]
        assert (first.id, first.run, first.at) == (ids["none"], run.id, run.started_at)
        assert (first.service, first.operation, first.digest) == ("s3", "CreateBucket", "d1")


def test_a_repeated_call_is_open_again_though_its_first_attempt_was_refused(path: Path) -> None:
    clock = FakeClock()
    with Journal.open(path, clock=clock) as journal:
        run = begin(journal)
        throttled, cut = intend(journal, run, "throttled"), intend(journal, run, "cut")
        journal.result(throttled, outcome="refused", duration_s=0.1, code="SlowDown")
        journal.result(cut, outcome="unclear", duration_s=60, code="Timeout")
        clock.sleep(30)
        later = begin(journal)
        journal.again(throttled, run=run, attempt=2)
        journal.again(cut, run=later, attempt=2)
        found = {intent.id: intent for intent in journal.open_intents()}
        assert sorted(intent.resource for intent in found.values()) == ["cut", "throttled"]
        assert found[cut].run == later.id
        assert found[cut].at == later.started_at
        assert found[cut].digest == "d1"
        for intent in found:
            journal.result(intent, outcome="ok", duration_s=0.1, attempts=2)
        assert journal.open_intents() == []
        assert [(entry.kind, entry.resource) for entry in journal.entries(run=later.id)] == [
            ("run_started", ""),
            ("intent", "cut"),
            ("result", "cut"),
        ]
        assert [entry.body["attempt"] for entry in journal.entries(run=later.id) if entry.kind == "intent"] == [2]


def test_a_missing_journal_is_named(path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal here"):
        JournalReader.read(path)


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to look like one" * 50])
def test_a_reader_leaves_a_damaged_file_where_it_is_and_says_what_is_wrong(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"not a database|missing") as refused:
        JournalReader.read(path)
    assert "damaged" in refused.value.hint
    assert path.read_bytes() == content


def test_a_newer_format_is_not_read(path: Path) -> None:
    filled(path, 3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(JournalError, match=r"format 2, known here: 1") as refused:
        JournalReader.read(path)
    assert "Update karet" in refused.value.hint


@pytest.mark.parametrize("body", ["{", "[]", "{}", "7"])
def test_an_intent_that_was_changed_from_outside_is_named_and_no_crash(path: Path, body: str) -> None:
    with Journal.open(path, clock=FakeClock()) as journal:
        intend(journal, begin(journal))
    changed = changed_copy(path, [("UPDATE entries SET body = ? WHERE seq = 2", body)])
    with JournalReader.read(changed) as reader, pytest.raises(JournalError, match="entry 2 does not hold") as refused:
        reader.open_intents()
    assert "karet log verify" in refused.value.hint


def test_a_closed_journal_says_so(path: Path) -> None:
    reader = JournalReader.read(filled(path, 3))
    reader.close()
    with pytest.raises(JournalError, match="closed"):
        reader.verify()


def test_a_forked_copy_of_the_process_may_not_use_the_journal(path: Path) -> None:
    with JournalReader.read(filled(path, 3)) as reader:
        reader._pid = os.getpid() + 1
        with pytest.raises(JournalError, match="cannot be used in a copy"):
            reader.runs()
