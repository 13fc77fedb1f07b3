"""A clock for rehearsals: waiting takes a chosen fraction of its real time, and deadlines shrink along with it."""

from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

_SHORTEST_S = 0.005
"""Seconds that any wait really takes, so that a poll at pace 0 leaves the processor to the one it waits for."""


class PacedClock:
    """Time that runs on by itself, and jumps ahead by what a wait was shortened.

    Parameters
    ----------
    pace: 1 for real time, 0 for no waiting at all.
    """

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._lock = threading.Lock()
        self._skipped = 0.0

    def now(self) -> datetime:
        """The time of day, aware, in UTC, with what was skipped."""
        with self._lock:
            return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        """Seconds that never go back, with what was skipped."""
        with self._lock:
            return time.monotonic() + self._skipped

    def _skip(self, seconds: float, began: float) -> None:
        """Count what of a wait of so many seconds did not really pass."""
        with self._lock:
            self._skipped += max(0.0, seconds - (time.monotonic() - began))

    def sleep(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        """Wait the paced part of so many seconds, or less when `cancelled` is set meanwhile."""
        began = time.monotonic()
        really = max(min(seconds, _SHORTEST_S), seconds * self._pace)
        if cancelled is None:
            time.sleep(really)
        elif cancelled.wait(really):
            return
        self._skip(seconds, began)

    def get(self, queue: queue.Queue[T], timeout: float | None, idle: bool) -> T | None:
        """Wait for an item; only when no worker is busy does the waiting shrink."""
        if not idle or timeout is None:
            return _get(queue, timeout)
        began = time.monotonic()
        item = _get(queue, max(min(timeout, _SHORTEST_S), timeout * self._pace))
        if item is None:
            self._skip(timeout, began)
        return item


def _get(source: queue.Queue[T], timeout: float | None) -> T | None:
    try:
        return source.get(timeout=timeout)
    except queue.Empty:
        return None
