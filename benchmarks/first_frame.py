"""Measures the start of the app as a terminal sees it: `karet` in a pseudo-terminal, until its frame is written.

The frame counts when the line at the top, the list of sections and the line of keys are there. For comparison the same
with an app of Textual's own that has nothing but one word. Processor time is that of the whole process until then;
what this one needs to watch is not in it. Figures depend on the machine; nothing fails here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from runbook.rehearsal import join

RUNS = 7
LONGEST_S = 60
ROWS, COLUMNS = 40, 120
FRAME = (b"REHEARSAL", b"Sections", b"Quit")
HELP = (b"Show this list.",)

ONE_WORD = """
from textual.app import App
from textual.widgets import Static
class OneWord(App):
    def compose(self):
        yield Static("Quit")
OneWord().run()
"""


class Seen(NamedTuple):
    """When something was on the screen."""

    wall_s: float
    cpu_s: float


class Terminal:
    """A process with a terminal of its own, which somebody looks at."""

    def __init__(self, command: Sequence[str]) -> None:
        self._began = time.perf_counter()
        self._pid, self._screen = pty.fork()
        if not self._pid:
            size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            kept = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(command[0], list(command), kept)  # noqa: S606 - no shell: what is measured is this one process

    def until(self, *words: bytes) -> Seen:
        """Read until all of these words were written since the last time."""
        written = b""
        until = time.perf_counter() + LONGEST_S
        while not all(word in written for word in words):
            if not select.select([self._screen], [], [], max(0.0, until - time.perf_counter()))[0]:
                raise SystemExit(f"{words!r} are not on the screen after {LONGEST_S} s")
            written += os.read(self._screen, 65536)
        return Seen(time.perf_counter() - self._began, self._cpu_s())

    def press(self, key: bytes) -> None:
        os.write(self._screen, key)

    def leave(self) -> None:
        """Leave as a person does: by the key of the app, which is Textual's own too."""
        self.press(b"\x11")
        with contextlib.suppress(OSError):
            # A terminal whose program has ended answers with an error.
            while select.select([self._screen], [], [], LONGEST_S)[0] and os.read(self._screen, 65536):
                pass
        os.waitpid(self._pid, 0)
        os.close(self._screen)

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._screen)

    def _cpu_s(self) -> float:
        """Of all its threads; where the system does not tell, nothing."""
        tasks = Path("/proc", str(self._pid), "task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def say(name: str, seen: Sequence[Seen]) -> None:
    walls, cpu = [one.wall_s for one in seen], [one.cpu_s for one in seen]
    print(
        f"{name:<58} {statistics.median(walls):.2f} s  ({min(walls):.2f} to {max(walls):.2f}, {len(seen)} runs; "
        f"processor {statistics.median(cpu):.2f} s, least {min(cpu):.2f})"
    )


def frames(*command: str) -> list[Seen]:
    """The first run fills Python's caches and, as somebody leaves it, the runbook's own; it does not count."""
    words = FRAME if ONE_WORD not in command else FRAME[-1:]
    first = Terminal(command)
    first.until(*words)
    first.leave()
    seen = []
    for _ in range(RUNS):
        terminal = Terminal(command)
        seen.append(terminal.until(*words))
        terminal.end()
    return seen


def first_keys(*command: str) -> list[Seen]:
    """From the first frame, with nothing read and nobody logged in, to the help that is asked for."""
    seen = []
    for _ in range(RUNS):
        terminal = Terminal(command)
        frame = terminal.until(*FRAME)
        terminal.press(b"?")
        shown = terminal.until(*HELP)
        terminal.end()
        seen.append(Seen(shown.wall_s - frame.wall_s, shown.cpu_s - frame.cpu_s))
    return seen


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="karet-bench-") as folder:
        karet = (sys.executable, "-m", "runbook", "tui", "--rehearsal", "--state-dir", folder)
        try:
            say("first frame of the terminal app, whole process", frames(*karet))
            say("  the same of one word in Textual", frames(sys.executable, "-c", ONE_WORD))
            say("  help, asked for at the first frame", first_keys(*karet))
        finally:
            join.stop(Path(folder))


if __name__ == "__main__":
    main()
