"""One apply at a time, shown with a second process, also when the first one is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbook.engine.clock import FakeClock
from runbook.engine.lock import Holder, apply_lock, who_holds
from runbook.errors import JournalError, LockError

ANA = Holder(4711, "ana", "laptop", datetime(2026, 11, 23, 3, 17, tzinfo=UTC), "karet apply 3")

_CHILD = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from runbook.engine.lock import Holder, apply_lock
ben = Holder(os.getpid(), "ben", "build", datetime(2026, 11, 23, 3, tzinfo=UTC), "karet apply")
with apply_lock(Path(sys.argv[1]), holder=ben):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "apply.lock"


@contextmanager
def held_by_another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()


def test_the_second_process_is_refused_and_told_who_and_since_when(path: Path) -> None:
    with held_by_another_process(path) as child:
        with pytest.raises(LockError) as refused, apply_lock(path, holder=ANA):
            pytest.fail("two applies at a time")
        assert refused.value.exit_code == 3
        for part in ("'karet apply'", "ben on build", f"process {child.pid}", "since 2026-11-23 03:00:00 UTC"):
            assert part in refused.value.message
        assert "Wait until it ends" in refused.value.hint


def test_status_names_the_holder_and_nobody_when_it_is_free(path: Path) -> None:
    assert who_holds(path) is None
    with held_by_another_process(path) as child:
        holder = who_holds(path)
        assert holder is not None
        assert (holder.pid, holder.user) == (child.pid, "ben")
        child.communicate("\n")
        assert child.returncode == 0
        assert who_holds(path) is None
        assert not path.with_name("apply.lock.holder.json").exists()


def test_a_killed_holder_does_not_block(path: Path) -> None:
    with held_by_another_process(path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert path.with_name("apply.lock.holder.json").exists()
        assert who_holds(path) is None
        with apply_lock(path, holder=ANA):
            assert who_holds(path) == ANA


def test_the_lock_is_free_again_after_an_error_inside(path: Path) -> None:
    with pytest.raises(RuntimeError, match="boom"), apply_lock(path, holder=ANA):
        raise RuntimeError("boom")
    with apply_lock(path, holder=ANA) as holder:
        assert holder == ANA


def test_the_same_process_cannot_hold_it_twice(path: Path) -> None:
    with apply_lock(path, holder=ANA):
        with pytest.raises(LockError, match="ana on laptop"), apply_lock(path, holder=ANA):
            pytest.fail("two applies at a time")
        assert who_holds(path) == ANA


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "since": "2026-11-23T00:00:00+00:00"}'])
def test_an_unreadable_note_does_not_hide_that_the_lock_is_held(path: Path, text: str) -> None:
    with apply_lock(path, holder=ANA):
        path.with_name("apply.lock.holder.json").write_text(text)
        with pytest.raises(LockError, match="has not noted its name"), apply_lock(path, holder=ANA):
            pytest.fail("two applies at a time")


def test_the_files_can_be_read_by_their_owner_only(path: Path) -> None:
    with apply_lock(path, holder=ANA):
        note = path.with_name("apply.lock.holder.json")
        assert [file.stat().st_mode & 0o777 for file in (path, note)] == [0o600, 0o600]
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert json.loads(note.read_text())["since"] == "2026-11-23T03:17:00+00:00"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory belongs")
    with (
        pytest.raises(JournalError, match="cannot make the lock") as refused,
        apply_lock(tmp_path / "state" / "apply.lock", holder=ANA),
    ):
        pytest.fail("there is no lock")
    assert "--state-dir" in refused.value.hint


def test_the_holder_of_this_process_knows_itself() -> None:
    holder = Holder.of_this_process("karet apply", FakeClock(datetime(2026, 11, 23, tzinfo=UTC)))
    assert holder.pid == os.getpid()
    assert holder.since == datetime(2026, 11, 23, tzinfo=UTC)
    assert holder.user
    assert holder.host
