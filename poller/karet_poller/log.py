"""Writes what happens as JSON, one line each, without bodies and without anything that opens a door."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from threading import Lock
from typing import TextIO

_one_at_a_time = Lock()


def say(event: str, /, *, stream: TextIO | None = None, **facts: str | float | None) -> None:
    """One line: when, what, and some facts."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
    text = json.dumps(line, ensure_ascii=True)
    with _one_at_a_time:
        (stream or sys.stdout).write(f"{text}\n")
        (stream or sys.stdout).flush()
