"""A clock for tests of states: it goes when it is told to."""

from __future__ import annotations


class HandClock:
    """Seconds that pass only by `clock.now += 1`."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
