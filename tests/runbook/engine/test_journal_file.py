"""The journal's file is private, durable, and when damaged set aside with a message, never replaced in silence."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from journal_samples import begin, filled

from runbook.engine import journal_file
from runbook.engine.clock import FakeClock
from runbook.engine.journal import Journal, JournalReader
from runbook.errors import JournalError

NOW = datetime(2026, 11, 23, 3, 17, 33, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state of ana" / "journal#1?.db"


def open_journal(path: Path) -> Journal:
    return Journal.open(path, clock=FakeClock(NOW))


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir() if not file.name.startswith(".")}


def test_a_new_journal_is_private_and_keeps_a_full_write_ahead_log(path: Path) -> None:
    with open_journal(path) as journal:
        begin(journal)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
        settings = [
            journal._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        ]
        assert settings == ["wal", 2]
        assert (journal.set_aside, journal.message, journal.warning) == (None, "", "")
    assert names(path) == {path.name, "redaction.key"}


def test_opening_again_goes_on_where_the_chain_ended(path: Path) -> None:
    for _ in range(3):
        with open_journal(path) as journal:
            begin(journal)
    with JournalReader.read(path) as reader:
        assert (reader.verify().count, reader.verify().broken) == (3, None)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def no_database(path: Path) -> None:
    path.write_text("this is no database, however long it is looked at\n" * 100)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def malformed_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = os.urandom(4096)
    path.write_bytes(content)


def wrong_index(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        now_of_events = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'intents'"
        assert connection.execute(now_of_events, ("kind = 'intent'", "kind = 'event'")).rowcount == 1
        connection.commit()


def table_missing(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE entries")


def other_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE entries RENAME COLUMN hash TO checksum")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (emptied, "empty"),
        (no_database, "not a database"),
        (cut_in_half, "malformed|integrity check"),
        (malformed_page, "malformed|integrity check"),
        (wrong_index, "integrity check"),
        (table_missing, "missing"),
        (other_columns, "checksum"),
    ],
)
def test_a_damaged_file_is_set_aside_with_a_message_and_recorded(
    path: Path, damage: Callable[[Path], None], why: str
) -> None:
    damage(filled(path, 200))
    content = path.read_bytes()
    with open_journal(path) as journal:
        aside = path.with_name(f"{path.name}.damaged-20261123T031733Z")
        assert journal.set_aside == aside
        assert aside.read_bytes() == content
        assert str(path) in journal.message
        assert aside.name in journal.message
        (first,) = journal.entries()
        assert (first.seq, first.kind, first.run) == (1, "event", "")
        assert first.body["event"] == "journal_set_aside"
        assert first.body["path"] == str(aside)
        assert re.search(why, first.body["damage"])
        begin(journal)
        assert journal.verify().whole
    with open_journal(path) as journal:
        assert (journal.set_aside, journal.message) == (None, "")


def test_a_second_damage_in_the_same_second_does_not_overwrite_the_first(path: Path) -> None:
    for content in (b"first", b"second"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        open_journal(path).close()
    aside = path.with_name(f"{path.name}.damaged-20261123T031733Z")
    assert aside.read_bytes() == b"first"
    assert aside.with_name(f"{aside.name}-2").read_bytes() == b"second"


def test_the_write_ahead_log_of_a_damaged_file_goes_with_it(path: Path) -> None:
    no_database(filled(path, 3))
    path.with_name(f"{path.name}-wal").write_text("the newest entries")
    with open_journal(path) as journal:
        aside = journal.set_aside
        assert aside is not None
        assert aside.with_name(f"{aside.name}-wal").read_text() == "the newest entries"
        assert journal.verify().count == 1


def test_a_write_ahead_log_without_its_journal_is_not_replayed_into_a_new_one(path: Path, tmp_path: Path) -> None:
    with open_journal(path) as journal:
        begin(journal)
        log = path.with_name(f"{path.name}-wal").read_bytes()
    path.unlink()
    path.with_name(f"{path.name}-wal").write_bytes(log)
    with open_journal(path) as journal:
        assert journal.set_aside is not None
        assert journal.set_aside.with_name(f"{journal.set_aside.name}-wal").read_bytes() == log
        assert "write-ahead log" in journal.message
        assert [entry.kind for entry in journal.entries()] == ["event"]
        assert journal.verify().whole


def test_an_empty_log_left_by_a_reader_of_a_deleted_journal_is_no_damage(path: Path) -> None:
    filled(path, 3)
    with JournalReader.read(path):
        path.unlink()
    with open_journal(path) as journal:
        assert (journal.set_aside, journal.verify().count) == (None, 0)


def test_a_newer_format_is_left_alone_and_asks_for_an_update(path: Path) -> None:
    filled(path, 3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(JournalError, match="format 7, known here: 1") as refused:
        open_journal(path)
    assert "Update karet" in refused.value.hint
    assert not [name for name in names(path) if "damaged" in name]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (3,)


def test_a_place_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory belongs")
    with pytest.raises(JournalError, match="cannot open the journal") as refused:
        open_journal(tmp_path / "state" / "journal.db")
    assert "--state-dir" in refused.value.hint


def test_a_directory_in_the_place_of_the_file_is_an_error_and_not_set_aside(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="something that is no file"):
        open_journal(path)
    assert path.is_dir()


def test_a_disk_that_is_full_at_the_birth_leaves_no_half_made_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "_SCHEMA", f"PRAGMA max_page_count = 2; {journal_file._SCHEMA}")
    with pytest.raises(JournalError, match="disk is full"):
        open_journal(path)
    assert names(path) == set()
    assert not list(path.parent.glob(".*new*"))


def test_a_process_that_opens_forever_is_an_error_after_a_bounded_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "OPENING_TIMEOUT_S", 0.01)
    path.parent.mkdir()
    with (
        FileLock(path.with_name(f".{path.name}.opening")),
        pytest.raises(JournalError, match="another process has been opening"),
    ):
        open_journal(path)


def test_an_entry_that_is_interrupted_by_the_operator_leaves_the_journal_fit_for_the_next(path: Path) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with open_journal(path) as journal:
        run = begin(journal)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(journal, "_insert", interrupted)
            with pytest.raises(KeyboardInterrupt):
                journal.event(run, "note", {"number": 1})
        journal.event(run, "note", {"number": 2})
        assert [entry.body.get("number") for entry in journal.entries(run.id) if entry.kind == "event"] == [2]


def test_a_journal_whose_making_is_interrupted_leaves_no_half_made_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> sqlite3.Connection:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal_file, "_connect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_journal(path)
    assert [file.name for file in path.parent.iterdir() if ".new-" in file.name] == []
    monkeypatch.undo()
    with open_journal(path) as journal:
        begin(journal)
