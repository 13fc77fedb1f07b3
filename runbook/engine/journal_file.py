"""The journal's SQLite file: made, opened, checked for damage and, when damaged, set aside."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from runbook.errors import JournalError

SCHEMA_VERSION = 1

OPENING_TIMEOUT_S = 30.0
"""How long to wait for another process that is opening the same journal."""

BUSY_TIMEOUT_S = 5.0
"""How long SQLite waits for another writer's transaction."""

# The index finds what answers an intent. json_valid keeps it usable on a file that was changed from outside.
INTENT_ID = "CASE WHEN json_valid(body) THEN json_extract(body,'$.intent') END"

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX entries_by_run ON entries (run, seq);
CREATE INDEX entries_by_kind ON entries (kind, run);
CREATE INDEX intents ON entries ({INTENT_ID}) WHERE kind = 'intent';
CREATE INDEX answers ON entries ({INTENT_ID}) WHERE kind IN ('result', 'settled');
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

_COLUMNS = ("seq", "run", "at", "kind", "resource", "body", "previous", "hash")

_HINTS = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space there and run again; the account is looked at afresh.",
    sqlite3.SQLITE_READONLY: "Make the directory and the file writable, or choose another place with --state-dir.",
    sqlite3.SQLITE_CANTOPEN: "Check the permissions of the directory, or choose another place with --state-dir.",
    sqlite3.SQLITE_PERM: "Make the directory and the file writable, or choose another place with --state-dir.",
    sqlite3.SQLITE_BUSY: "Another process writes this journal: wait until it is done, or stop it, and run again.",
    sqlite3.SQLITE_LOCKED: "Another process writes this journal: wait until it is done, or stop it, and run again.",
    sqlite3.SQLITE_IOERR: "The disk reports an error: check it, or choose another place with --state-dir.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged; the next run sets it aside and starts a new one.",
    sqlite3.SQLITE_NOTADB: "The file is damaged; the next run sets it aside and starts a new one.",
}


class Opened(NamedTuple):
    """A journal file that is ready for writing."""

    connection: sqlite3.Connection
    set_aside: Path | None
    """Where the damaged file now is; None when nothing was wrong."""
    damage: str
    """What was wrong with it."""


class _DamagedError(Exception):
    """The file is no journal, or no longer a whole one."""


@contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Turn what SQLite and the file system say into a JournalError that names the file and the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalError(f"{path}: cannot {doing}: {error}", hint=_HINTS.get(_code(error), "")) from error
    except OSError as error:
        raise JournalError(
            f"{path}: cannot {doing}: {error}",
            hint="Check the space and the permissions there, or choose another place with --state-dir.",
        ) from error


def open_for_writing(path: Path, now: datetime) -> Opened:
    """Open the journal, make it when there is none, set it aside when it is damaged.

    Raises
    ------
    JournalError: the place cannot be written, or the file was written by a newer version of this tool.
    """
    with translated(path, "open the journal"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Making, recovering and setting aside must not meet another process doing the same.
        try:
            with FileLock(path.with_name(f".{path.name}.opening"), timeout=OPENING_TIMEOUT_S, mode=0o600):
                return _open_alone(path, now)
        except Timeout as error:
            raise JournalError(
                f"{path}: another process has been opening this journal for {OPENING_TIMEOUT_S:.0f} s",
                hint="Stop that process, or choose another place with --state-dir.",
            ) from error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the journal without ever writing to it or holding up who does.

    Raises
    ------
    JournalError: there is no file, it is no journal, or a newer version of this tool wrote it.
    """
    if not path.exists():
        raise JournalError(f"{path}: there is no journal here", hint="It is made by the first run on this stack.")
    with translated(path, "read the journal"):
        connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
        try:
            _check_version(connection, path)
            _check_table(connection)
        except _DamagedError as damage:
            connection.close()
            raise JournalError(f"{path}: {damage}", hint=_HINTS[sqlite3.SQLITE_CORRUPT]) from damage
        except BaseException:  # goes on to the caller: whatever it is, Ctrl-C too, the caller never gets the connection
            connection.close()
            raise
    return connection


def _open_alone(path: Path, now: datetime) -> Opened:
    set_aside, damage = None, ""
    if path.exists():
        try:
            return Opened(_open_existing(path), None, "")
        except _DamagedError as found:
            damage = str(found)
            set_aside = _set_aside(path, now)
    elif _orphaned_log(path):
        damage = "only the write-ahead log of the journal was there, without the journal itself"
        set_aside = _set_aside(path, now)
    _make(path)
    return Opened(_open_existing(path), set_aside, damage)


def _orphaned_log(path: Path) -> bool:
    """Whether entries stand in a write-ahead log whose journal is gone; SQLite would replay them into the new file."""
    log, index = _parts(path)
    if log.exists() and log.stat().st_size > 0:
        return True
    log.unlink(missing_ok=True)
    index.unlink(missing_ok=True)
    return False


def _open_existing(path: Path) -> sqlite3.Connection:
    _check_whole(path)
    connection = _connect(path.absolute().as_uri())
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise JournalError(
                f"{path}: SQLite cannot keep a write-ahead log here (it offers {mode!r})",
                hint="Choose a directory on a local disk with --state-dir.",
            )
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS a plain fsync leaves the data in the drive's cache; elsewhere this changes nothing.
        connection.execute("PRAGMA fullfsync = ON")
    except BaseException:  # goes on to the caller: whatever it is, Ctrl-C too, the caller never gets the connection
        connection.close()
        raise
    return connection


def _check_whole(path: Path) -> None:
    if not path.is_file():
        raise JournalError(
            f"{path}: the journal cannot be kept here, because something that is no file has this name",
            hint="Move it away, or choose another place with --state-dir.",
        )
    if path.stat().st_size == 0:
        raise _DamagedError("the file is empty")
    # A connection that may write would copy the write-ahead log into the damaged file and delete it when it closes.
    with closing(_connect(f"{path.absolute().as_uri()}?mode=ro")) as connection, _telling_damage():
        _check_version(connection, path)
        _check_table(connection)
        # The quick check does not compare the indexes with the table; a wrong one could hide an open intent.
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise _DamagedError(f"SQLite's integrity check says: {verdict}")


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
    # A byte changed from outside must reach the chain check, which names its entry, not stop the reading.
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    return connection


@contextmanager
def _telling_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise _DamagedError(f"SQLite says: {error}") from error
        raise


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"{path}: a newer version of karet wrote this journal (format {version}, known here: {SCHEMA_VERSION})",
            hint="Update karet on this machine, then run again.",
        )


def _check_table(connection: sqlite3.Connection) -> None:
    columns = tuple(row[1] for row in connection.execute("PRAGMA table_info(entries)"))
    if not columns:
        raise _DamagedError("the table of entries is missing")
    if columns != _COLUMNS:
        raise _DamagedError(f"the table of entries has the columns {', '.join(columns)}")


def _make(path: Path) -> None:
    """Make an empty journal in one step, so that a file under this name always has its table."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.new-", dir=path.parent)  # made with mode 0600
    os.close(descriptor)
    new = Path(name)
    try:
        with closing(_connect(new.as_uri())) as connection:
            connection.executescript(_SCHEMA)
        new.rename(path)
    except BaseException:  # goes on to the caller: an end by Ctrl-C leaves no half-made file behind either
        new.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _set_aside(path: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists() or any(part.exists() for part in _parts(aside)):
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    # The log goes first: left beside a new file it would be replayed into it.
    for old, new in zip((*_parts(path), path), (*_parts(aside), aside), strict=True):
        if old.exists():
            old.rename(new)
    _sync_directory(path.parent)
    return aside


def _parts(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _sync_directory(directory: Path) -> None:
    """Make new names in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the error comes from the Python module itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
