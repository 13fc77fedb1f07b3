"""One apply at a time: a lock that the kernel gives back when its holder dies, with a note of who holds it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from runbook.engine.clock import Clock
from runbook.errors import JournalError, LockError

GRACE_S = 0.25
"""How long to try again: `who_holds` takes the lock for a moment, and that must not refuse an apply."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, from where, since when, and with which command."""

    pid: int
    user: str
    host: str
    since: datetime
    command: str

    @classmethod
    def of_this_process(cls, command: str, clock: Clock) -> Self:
        """The holder that this process is."""
        return cls(os.getpid(), _user(), socket.gethostname(), clock.now(), command)

    def as_json(self) -> dict[str, str | int]:
        """The holder as JSON data."""
        return {**asdict(self), "since": self.since.astimezone(UTC).isoformat(timespec="seconds")}

    def __str__(self) -> str:
        since = self.since.astimezone(UTC)
        return (
            f"{self.command!r} by {self.user} on {self.host}, process {self.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC"
        )


@contextmanager
def apply_lock(path: Path, *, holder: Holder) -> Iterator[Holder]:
    """Hold the lock of a stack while the block runs.

    Parameters
    ----------
    path: the lock file, beside the journal; the note of the holder stands beside it.

    Raises
    ------
    LockError: another process holds it; says who and since when.
    JournalError: the lock file cannot be made.
    """
    lock = _lock(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=GRACE_S)
    except Timeout as error:
        raise _refused(path, _noted(path)) from error
    except OSError as error:
        raise JournalError(
            f"{path}: cannot make the lock of this stack: {error}",
            hint="Check the space and the permissions there, or choose another place with --state-dir.",
        ) from error
    try:
        _note(path, holder)
        yield holder
    finally:
        try:
            _note_file(path).unlink(missing_ok=True)
        finally:
            lock.release()


def who_holds(path: Path) -> Holder | None:
    """Who holds the lock at this moment; None when nobody does, also after the holder was killed."""
    noted = _noted(path)
    if noted is None or not path.exists():
        return None
    lock = _lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return noted
    except OSError as error:
        raise JournalError(
            f"{path}: cannot look at the lock of this stack: {error}",
            hint="Check the permissions there, or choose another place with --state-dir.",
        ) from error
    lock.release()
    return None


def _lock(path: Path) -> FileLock:
    # Not bound to a thread: the terminal app may end its work in another thread than it began.
    return FileLock(path, timeout=0, mode=0o600, thread_local=False)


def _refused(path: Path, noted: Holder | None) -> LockError:
    who = str(noted) if noted else "another process, which has not noted its name yet"
    return LockError(
        f"another apply on this stack is running: {who} (lock {path})",
        hint="Wait until it ends (`karet status` shows how far it is) or stop it there with Ctrl-C, then run again. "
        "A process that was killed holds no lock, so there is no file to delete.",
    )


def _note_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder.json")


def _note(path: Path, holder: Holder) -> None:
    """Write the note in one step, so that a reader never sees half of it."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(holder.as_json(), file)
            Path(name).replace(_note_file(path))
        except BaseException:  # goes on to the caller: an end by Ctrl-C leaves no half-written note behind either
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise JournalError(
            f"{_note_file(path)}: cannot note who holds the lock: {error}",
            hint="Check the space and the permissions there, or choose another place with --state-dir.",
        ) from error


def _noted(path: Path) -> Holder | None:
    try:
        said = json.loads(_note_file(path).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(said["since"])
        return Holder(int(said["pid"]), str(said["user"]), str(said["host"]), since, str(said["command"]))
    except (OSError, ValueError, KeyError, TypeError):
        # The lock itself is what counts; without a readable note its holder simply has no name.
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that no account has.
        return f"uid {os.getuid()}"
