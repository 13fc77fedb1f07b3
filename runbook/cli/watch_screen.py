"""Draws one picture over the other on a terminal until somebody stops it, or prints a single one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import click

from runbook.cli import terminal
from runbook.cli.watch_text import Line, picture

if TYPE_CHECKING:
    from runbook.runs.watched import Watched

_CLEAR, _HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"
"""What terminals have understood since the VT100 (ECMA-48)."""


class Sleeper(Protocol):
    """What is asked of a clock here."""

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        ...


def print_once(now: Watched) -> None:
    """One picture as plain lines, however long it is."""
    for text, colour in picture(now, width=10_000):
        terminal.say(text, colour=None if colour == "bold" else colour or None, bold=colour == "bold")


def redraw(look: Callable[[], Watched], every_s: float, clock: Sleeper) -> None:
    """Draw a picture, wait, draw the next; Ctrl+C ends it and leaves the last one on the screen."""
    sys.stderr.write(_CLEAR)
    try:
        while True:
            size = shutil.get_terminal_size((80, 24))
            # The last row stays free, so that the terminal never scrolls.
            lines = picture(look(), width=size.columns, height=size.lines - 2)
            lines.append((f"every {every_s:g} s; Ctrl+C ends it", ""))
            _draw(lines)
            clock.sleep(every_s)
    except KeyboardInterrupt:
        sys.stderr.write("\n")


def _draw(lines: list[Line]) -> None:
    drawn = [f"{_styled(text, colour)}{_REST_OF_LINE}\n" for text, colour in lines]
    sys.stderr.write(f"{_HOME}{''.join(drawn)}{_REST_OF_SCREEN}")
    sys.stderr.flush()


def _styled(text: str, colour: str) -> str:
    if not colour or not terminal.colours():
        return text
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)
