"""What a plan asks of a journal grows with the journal, and not with its square."""

from __future__ import annotations

from pathlib import Path

from journal_samples import begin, intend

from runbook.engine.clock import FakeClock
from runbook.engine.journal import Journal, JournalReader
from runbook.engine.patience import STEP_OVER, unfinished

SHORT, LONG = 100, 400


def _instructions(path: Path, calls: int) -> int:
    """How many of SQLite's instructions the question takes that every plan asks."""
    clock = FakeClock()
    with Journal.open(path, clock=clock) as journal:
        run = begin(journal)
        for number in range(calls):
            name = f"data.bucket-{number}"
            journal.result(intend(journal, run, name), outcome="ok", duration_s=0.1)
            if number:
                journal.event(run, STEP_OVER, {}, name)
    done = 0

    def one_more() -> int:
        nonlocal done
        done += 1
        return 0

    with JournalReader.read(path) as reader:
        reader._connection.set_progress_handler(one_more, 1)
        assert unfinished(reader, clock.now()) == {"data.bucket-0": False}
    return done


def test_four_times_as_many_calls_take_about_four_times_as_long_to_look_through(tmp_path: Path) -> None:
    assert _instructions(tmp_path / "long.db", LONG) < 5 * _instructions(tmp_path / "short.db", SHORT)
