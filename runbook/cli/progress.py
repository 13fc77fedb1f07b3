"""The progress of a run: plain lines in a pipe; on a terminal what is done, and one live line of what goes on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from runbook.cli import terminal
from runbook.engine.events import (
    CallFinished,
    CallRetried,
    CallStarted,
    ChangeFailed,
    ChangeFinished,
    ChangeStarted,
    CheckFinished,
    Event,
    ResourceLooked,
    WaitProgress,
)
from runbook.engine.tasks import Stop

_STDERR = 2
_QUIET = (ResourceLooked,)
_LIVE = (ChangeStarted, CallStarted, CallFinished, WaitProgress, ResourceLooked)
"""On a terminal these only move the live line; in a pipe all but the quiet ones are lines of their own."""


class Progress:
    """Shows events; an `OnEvent`."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = 0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if not self._live:
            if not isinstance(event, _QUIET):
                terminal.say(event.line())
            return
        line = event.line().partition(" ")[2]
        if isinstance(event, _LIVE):
            self._move(line)
            return
        self.clear()
        terminal.say(line, colour=_colour(event))

    def _move(self, line: str) -> None:
        text = line[: max(10, terminal.width() - 1)]
        click.echo("\r" + text.ljust(self._shown), err=True, nl=False)
        self._shown = len(text)

    def clear(self) -> None:
        """Take the live line away."""
        if self._live and self._shown:
            click.echo("\r" + " " * self._shown + "\r", err=True, nl=False)
            self._shown = 0


def _colour(event: Event) -> str | None:
    if isinstance(event, ChangeFailed):
        return "red"
    if isinstance(event, CallRetried):
        return "yellow"
    if isinstance(event, ChangeFinished):
        return "green" if event.outcome == "done" else "yellow"
    if isinstance(event, CheckFinished):
        return {"passed": "green", "failed": "red"}.get(event.outcome, "yellow")
    return None


@contextmanager
def stoppable() -> Iterator[Stop]:
    """While the block runs, the first Ctrl-C asks to stop between two calls; the second one breaks off."""
    stop = Stop()

    def handler(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.requested:
            raise KeyboardInterrupt
        stop.request()
        # The handler may interrupt a write, so it uses none of the buffered streams.
        os.write(_STDERR, b"\nStopping before the next call. Ctrl-C again breaks off.\n")

    before: Any = signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
