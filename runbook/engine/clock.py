"""Time as an argument: the real clock, and one that moves only when somebody waits."""

from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What the engine may ask about time; thread-safe."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for durations and deadlines."""
        ...

    def sleep(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        """Wait so many seconds, or less when `cancelled` is set meanwhile."""
        ...

    def get(self, queue: queue.Queue[T], timeout: float | None, idle: bool) -> T | None:
        """Wait for an item of the queue, at most so many seconds; None when the time is over.

        Parameters
        ----------
        queue: where worker threads put their results.
        timeout: seconds; None waits for the item however long it takes.
        idle: no worker is busy, so that only the passing of time can bring the run on.

        Raises
        ------
        ValueError: idle without a timeout, which would wait forever.
        """
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back, for durations and deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        """Wait so many seconds, or less when `cancelled` is set meanwhile."""
        if cancelled is None:
            time.sleep(max(0.0, seconds))
        else:
            cancelled.wait(max(0.0, seconds))

    def get(self, queue: queue.Queue[T], timeout: float | None, idle: bool) -> T | None:
        """Wait for an item of the queue, at most so many seconds; None when the time is over."""
        _refuse_to_wait_forever(timeout, idle)
        return _get(queue, timeout)


class FakeClock:
    """A clock that jumps over every wait, for tests and for rehearsals at full speed.

    Parameters
    ----------
    start: the time of day at which it stands first.
    patience_s: real seconds that `get` waits for a busy worker before it calls the worker dead.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 23, tzinfo=UTC), *, patience_s: float = 60.0) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start {start.isoformat()} has no time zone")
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._patience_s = patience_s
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds that this clock has moved since it was made."""
        with self._lock:
            return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move the clock on; a negative number leaves it where it is."""
        with self._lock:
            self._elapsed += max(0.0, seconds)

    def sleep(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        """Move on at once by so many seconds; not at all when `cancelled` is already set."""
        if cancelled is None or not cancelled.is_set():
            self.advance(seconds)

    def get(self, queue: queue.Queue[T], timeout: float | None, idle: bool) -> T | None:
        """Take an item of the queue; with none there, jump by the timeout (idle) or wait for the worker (not idle).

        Raises
        ------
        ValueError: idle without a timeout, which would wait forever.
        TimeoutError: a busy worker put nothing into the queue for `patience_s` real seconds.
        """
        _refuse_to_wait_forever(timeout, idle)
        if idle:
            item = _get(queue, 0.0)
            if item is None:
                self.advance(timeout or 0.0)
            return item
        # A busy worker runs in real time, so its answer is waited for in real time and costs no fake time.
        item = _get(queue, self._patience_s)
        if item is None:
            raise TimeoutError(f"no worker answered within {self._patience_s:g} real seconds")
        return item


def _refuse_to_wait_forever(timeout: float | None, idle: bool) -> None:
    if idle and timeout is None:
        raise ValueError("waiting with no busy worker and no timeout would never end")


def _get(source: queue.Queue[T], timeout: float | None) -> T | None:
    try:
        return source.get(timeout=None if timeout is None else max(0.0, timeout))
    except queue.Empty:
        return None
