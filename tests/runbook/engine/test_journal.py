"""What is in the journal survives the process, cannot be changed, and stops the run when it cannot be written."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_samples import begin, changed_copy, filled, intend

from runbook.engine import journal as journal_module
from runbook.engine.clock import FakeClock
from runbook.engine.journal import Journal, JournalReader
from runbook.errors import JournalError

_KILLED = """
import os, signal, sys
from pathlib import Path
from journal_samples import begin, intend
from runbook.engine.clock import SystemClock
from runbook.engine.journal import Journal
journal = Journal.open(Path(sys.argv[1]), clock=SystemClock())
run = begin(journal)
journal.result(intend(journal, run, "data.first"), outcome="ok", duration_s=0.1)
print(run.id, intend(journal, run, "data.second"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

_WRITER = """
import sys
from pathlib import Path
from journal_samples import begin
from runbook.engine.clock import SystemClock
from runbook.engine.journal import Journal
sys.stdin.readline()
with Journal.open(Path(sys.argv[1]), clock=SystemClock()) as journal:
    run = begin(journal)
    for number in range(50):
        journal.event(run, "note", {"number": number})
"""


def child(program: str, path: Path) -> subprocess.Popen[str]:
    prepared = f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n{program}"
    return subprocess.Popen(
        [sys.executable, "-c", prepared, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Any:
    with Journal.open(path, clock=FakeClock(datetime(2026, 11, 23, 3, 17, 33, 512999, UTC))) as journal:
        yield journal


def test_a_run_leaves_all_that_happened_in_order(journal: Journal) -> None:
    run = begin(journal)
    intent = intend(journal, run)
    journal.page(intent, number=1, detail={"deleted": 7})
    journal.result(
        intent, outcome="ok", duration_s=0.5, attempts=2, outputs={"arn": "arn:x"}, request_id="R1", code="", error=""
    )
    journal.settle(intent, found="ready")
    journal.check(run, check_id="s3.on", statement="it is on", outcome="passed", evidence=["a"], resource="data.bucket")
    journal.event(run, "signed", {"by": "ana"})
    assert journal.end_run(run, outcome="ok", counts={"done": 1}) == 8
    entries = list(journal.entries())
    assert [entry.kind for entry in entries] == [
        *("run_started", "intent", "page", "result", "settled", "check", "event", "run_ended")
    ]
    assert [entry.resource for entry in entries] == ["", *["data.bucket"] * 5, "", ""]
    assert {entry.run for entry in entries} == {run.id}
    assert entries[0].body["principal"] == "arn:aws:iam::123456789012:user/ana"
    assert entries[1].body == {
        "intent": intent,
        "service": "s3",
        "operation": "CreateBucket",
        "params": {"Bucket": "karet-data"},
        "digest": "d1",
    }
    assert [entry.body["intent"] for entry in entries[1:5]] == [intent] * 4
    assert entries[3].body["outputs"] == {"arn": "arn:x"}
    assert entries[5].body["evidence"] == ["a"]
    assert entries[6].body == {"event": "signed", "by": "ana"}
    assert entries[7].body == {"outcome": "ok", "counts": {"done": 1}}
    assert entries[0].time == datetime(2026, 11, 23, 3, 17, 33, 512999, UTC)
    assert journal.verify().whole


def test_the_id_of_an_intent_fits_into_a_client_token_and_is_never_given_twice(journal: Journal) -> None:
    run = begin(journal)
    ids = [intend(journal, run) for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(len(one) == 36 and uuid.UUID(one).version == 4 for one in ids)


def test_a_later_run_settles_the_intent_of_an_earlier_one_under_its_own_name(journal: Journal) -> None:
    intent = intend(journal, begin(journal))
    later = begin(journal)
    journal.settle(intent, found="ready", run=later)
    assert journal.open_intents() == []
    assert [entry.kind for entry in journal.entries(run=later.id)] == ["run_started", "settled"]


def test_an_answer_to_an_unknown_intent_is_refused_and_leaves_nothing(journal: Journal) -> None:
    with pytest.raises(JournalError, match="there is no intent nobody"):
        journal.result("nobody", outcome="ok", duration_s=0.1)
    run = begin(journal)
    with pytest.raises(JournalError, match="there is no intent nobody"):
        journal.again("nobody", run=run, attempt=2)
    assert journal.verify().count == 1


def test_a_body_that_is_no_json_is_refused_and_leaves_nothing(journal: Journal) -> None:
    run = begin(journal)
    with pytest.raises(JournalError, match="datetime"):
        journal.event(run, "note", {"when": datetime(2026, 11, 23, tzinfo=UTC)})
    assert journal.verify().count == 1


class TestRunIds:
    def test_an_id_says_the_time_in_utc(self, journal: Journal) -> None:
        assert re.fullmatch(r"20261123T031733-512-[0-9a-f]{4}", begin(journal).id)

    def test_ids_grow_though_the_clock_stands_still(self, journal: Journal) -> None:
        ids = [begin(journal).id for _ in range(30)]
        assert ids == sorted(set(ids))

    @given(st.lists(st.integers(-(10**9), 10**9), max_size=8))
    def test_ids_grow_whatever_the_clock_does(self, jumps_ms: list[int]) -> None:
        now, last = datetime(2026, 11, 23, tzinfo=UTC), None
        for jump in jumps_ms:
            now += timedelta(milliseconds=jump)
            run_id = journal_module._next_run_id(now, last)
            assert last is None or run_id[:19] > last[:19]
            last = run_id

    def test_ids_grow_in_a_journal_that_a_clock_of_next_year_has_written(self, path: Path) -> None:
        with Journal.open(path, clock=FakeClock(datetime(2027, 12, 31, 23, 59, 59, 999000, UTC))) as journal:
            first = begin(journal).id
        with Journal.open(path, clock=FakeClock(datetime(2026, 11, 23, tzinfo=UTC))) as journal:
            second = begin(journal)
        assert second.id[:19] == "20280101T000000-000"
        assert first < second.id
        assert second.started_at == datetime(2026, 11, 23, tzinfo=UTC)

    def test_an_id_from_outside_does_not_stop_a_new_run(self) -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        assert journal_module._next_run_id(now, "zzz").startswith("20261123T000000-001-")


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [("UPDATE entries SET body = '{}' WHERE seq = 1", "never changed"), ("DELETE FROM entries", "never deleted")],
)
def test_sql_cannot_change_or_delete_an_entry(journal: Journal, statement: str, refusal: str) -> None:
    begin(journal)
    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        journal._connection.execute(statement)
    assert journal.verify().count == 1


def test_a_process_killed_between_intent_and_result_leaves_the_open_intent_and_a_whole_chain(path: Path) -> None:
    with child(_KILLED, path) as killed:
        assert killed.stdout is not None
        run, intent = killed.stdout.readline().split()
    assert killed.returncode == -signal.SIGKILL
    with Journal.open(path, clock=FakeClock()) as journal:
        assert (journal.set_aside, journal.warning) == (None, "")
        assert [(one.id, one.run, one.resource) for one in journal.open_intents()] == [(intent, run, "data.second")]
        assert journal.runs()[0].outcome == "no end recorded"
        assert journal.verify().whole
        journal.settle(intent, found="absent", run=begin(journal))
        assert journal.open_intents() == []
        assert journal.verify().whole


def test_two_processes_that_start_at_once_and_write_at_once_make_one_whole_chain(path: Path) -> None:
    writers = [child(_WRITER, path) for _ in range(3)]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with JournalReader.read(path) as reader:
        report = reader.verify()
        assert (report.count, report.broken) == (3 * 51, None)
        assert len({run.id for run in reader.runs()}) == 3
        assert [run.entries for run in reader.runs()] == [51, 51, 51]
    assert [file.name for file in path.parent.iterdir() if "damaged" in file.name or "new-" in file.name] == []


def test_many_threads_write_one_whole_chain(journal: Journal) -> None:
    run = begin(journal)
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for _ in range(10):
                journal.result(intend(journal, run, name), outcome="ok", duration_s=0.1)
        except BaseException as problem:  # noqa: BLE001  a thread's error must reach the test
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(f"thread.{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    report = journal.verify()
    assert (report.count, report.broken) == (1 + 8 * 20, None)
    assert journal.open_intents() == []


def test_a_full_disk_is_an_error_before_the_next_call_and_the_journal_goes_on_when_there_is_space(
    journal: Journal, path: Path
) -> None:
    run = begin(journal)
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    written = 1

    def write_until_it_fails() -> None:
        nonlocal written
        for _ in range(100):
            written = journal.event(run, "note", {"text": "x" * 3000})

    with pytest.raises(JournalError, match="cannot record event: database or disk is full") as refused:
        write_until_it_fails()
    assert str(path) in refused.value.message
    assert "free some space" in refused.value.hint
    assert (journal.verify().count, journal.verify().broken) == (written, None)
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.event(run, "note", {"text": "x" * 3000})
    assert (journal.verify().count, journal.verify().broken) == (written + 1, None)


def test_a_journal_that_may_only_be_read_is_an_error_with_a_way_out(journal: Journal) -> None:
    run = begin(journal)
    journal._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalError, match="cannot record event: attempt to write a readonly database") as refused:
        journal.event(run, "note", {})
    assert "--state-dir" in refused.value.hint


def test_another_writer_that_does_not_end_is_an_error_after_a_bounded_wait(journal: Journal, path: Path) -> None:
    run = begin(journal)
    journal._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="database is locked") as refused:
            journal.event(run, "note", {})
        assert "Another process writes this journal" in refused.value.hint
        other.execute("ROLLBACK")
        assert journal.event(run, "note", {}) == 2
    finally:
        other.close()


def test_a_closed_journal_cannot_be_written(path: Path) -> None:
    journal = Journal.open(path, clock=FakeClock())
    run = begin(journal)
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.event(run, "note", {})


def test_a_broken_chain_is_a_warning_at_open_and_the_file_stays(path: Path) -> None:
    changed = changed_copy(filled(path, 20), [("UPDATE entries SET resource = 'x' WHERE seq = 12",)])
    with Journal.open(changed, clock=FakeClock()) as journal:
        assert journal.set_aside is None
        assert "entry 12 was changed" in journal.warning
        assert "karet log verify" in journal.warning
        begin(journal)
        broken = journal.verify().broken
        assert broken is not None
        assert broken.seq == 12


def test_opening_checks_the_end_of_the_chain_only_and_verify_all_of_it(path: Path) -> None:
    count = journal_module.LINKS_CHECKED_AT_OPEN + 10
    filled(path, count)
    for seq, warned in ((10, False), (11, True)):
        changed = changed_copy(path, [("UPDATE entries SET resource = 'x' WHERE seq = ?", seq)])
        with Journal.open(changed, clock=FakeClock()) as journal:
            assert bool(journal.warning) is warned
            broken = journal.verify().broken
            assert broken is not None
            assert broken.seq == seq


def test_entries_cut_off_the_end_stay_visible_after_new_ones_were_written(path: Path) -> None:
    changed = changed_copy(filled(path, 20), [("DELETE FROM entries WHERE seq > 17",)])
    with Journal.open(changed, clock=FakeClock()) as journal:
        assert "entries 18 to 20 at the end were left out" in journal.warning
        begin(journal)
        broken = journal.verify().broken
        assert broken is not None
        assert (broken.seq, broken.why) == (18, "entries 18 to 20 were left out: the next one is 21")
