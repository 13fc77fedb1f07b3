"""Runs many procedures side by side: calls take one of a few places, waiting takes none.

A procedure is a generator. It yields `Work` to have something done by a worker and `Pause` to let time pass; between
two yields it can be stopped.
"""

from __future__ import annotations

import heapq
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from runbook.engine.clock import Clock

_NOTICE_S = 0.25
"""Seconds within which a wish to stop is noticed while everything waits."""


@dataclass(frozen=True)
class Work:
    """Something for a worker: it holds one of the places until it returns."""

    run: Callable[[], Any]


@dataclass(frozen=True)
class Pause:
    """So many seconds in which nothing is to be done; it holds no place."""

    seconds: float


Procedure = Generator[Work | Pause, Any, Any]


@dataclass(frozen=True)
class Ended:
    """How a procedure ended: its value, or the error that it raised."""

    name: str
    value: Any = None
    error: BaseException | None = None


class Crew:
    """Runs procedures until all have ended.

    Parameters
    ----------
    limit: places, that is calls in flight at once.
    halted: asked before anything new is begun; the error it gives is raised in every procedure at its next step.
    """

    def __init__(self, clock: Clock, *, limit: int, halted: Callable[[], BaseException | None]) -> None:
        self._clock = clock
        self._limit = limit
        self._halted = halted
        self._procedures: dict[str, Procedure] = {}
        self._queue: deque[tuple[str, Work]] = deque()
        self._timers: list[tuple[float, int, str]] = []
        self._timer_number = 0
        self._done: queue.Queue[tuple[str, Any, BaseException | None]] = queue.Queue()
        self._busy = 0
        self._ended: deque[Ended] = deque()

    def add(self, name: str, procedure: Procedure) -> None:
        """Take on a procedure; it starts at once."""
        self._procedures[name] = procedure
        self._step(name, None, self._halted())

    def run(self, on_end: Callable[[Ended], None]) -> None:
        """Run until nothing is left; `on_end` is told of each end and may add more."""
        with ThreadPoolExecutor(self._limit, thread_name_prefix="call") as pool:
            while True:
                while self._ended:
                    on_end(self._ended.popleft())
                if not self._procedures:
                    return
                self._begin(pool)
                if self._ended:
                    continue
                self._wait()

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        """Start what there is place for; when halted, tell everybody who is not with a worker."""
        error = self._halted()
        if error is not None:
            waiting = [name for name, _ in self._queue] + [name for _, _, name in self._timers]
            self._queue.clear()
            self._timers.clear()
            for name in waiting:
                self._step(name, None, error)
            return
        while self._queue and self._busy < self._limit:
            name, work = self._queue.popleft()
            self._busy += 1
            pool.submit(self._perform, name, work)

    def _perform(self, name: str, work: Work) -> None:
        try:
            self._done.put((name, work.run(), None))
        except BaseException as error:  # noqa: BLE001  it is raised again, in the procedure that asked for the work
            self._done.put((name, None, error))

    def _wait(self) -> None:
        """Wait for a worker or for the next timer, and take the step that follows."""
        until_timer = max(0.0, self._timers[0][0] - self._clock.monotonic()) if self._timers else None
        timeout = _NOTICE_S if until_timer is None else min(until_timer, _NOTICE_S)
        done = self._clock.get(self._done, timeout, idle=self._busy == 0)
        if done is not None:
            name, value, error = done
            self._busy -= 1
            self._step(name, value, error)
        while self._timers and self._timers[0][0] <= self._clock.monotonic():
            _, _, name = heapq.heappop(self._timers)
            self._step(name, None, self._halted())

    def _step(self, name: str, value: Any, error: BaseException | None) -> None:
        """Give a procedure what it waited for, and note what it asks for next."""
        procedure = self._procedures[name]
        try:
            asked = procedure.send(value) if error is None else procedure.throw(error)
        except StopIteration as end:
            del self._procedures[name]
            self._ended.append(Ended(name, end.value))
        except BaseException as raised:  # noqa: BLE001  it is the procedure's result, judged by whoever runs the crew
            del self._procedures[name]
            self._ended.append(Ended(name, error=raised))
        else:
            if isinstance(asked, Work):
                self._queue.append((name, asked))
            else:
                self._timer_number += 1
                heapq.heappush(self._timers, (self._clock.monotonic() + asked.seconds, self._timer_number, name))


class Stop:
    """The operator's wish to stop, given from any thread or from a signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Stop before the next call."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether somebody wants the run to stop."""
        return self._event.is_set()
