"""The rehearsal's clock: waits shrink, deadlines shrink with them, and time never goes back."""

from __future__ import annotations

import queue
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.engine.paced_clock import PacedClock


@given(st.lists(st.floats(0, 10_000), max_size=5))
def test_what_was_waited_has_passed_on_the_clock(waits: list[float]) -> None:
    clock = PacedClock(0)
    before, day = clock.monotonic(), clock.now()
    for seconds in waits:
        clock.sleep(seconds)
    assert clock.monotonic() - before >= sum(waits) * 0.999
    assert (clock.now() - day).total_seconds() >= sum(waits) * 0.999 - 1


def test_an_idle_wait_for_nothing_is_over_at_once_and_counts_in_full() -> None:
    clock = PacedClock(0)
    before = clock.monotonic()
    assert clock.get(queue.Queue[int](), 600, idle=True) is None
    assert clock.monotonic() - before == pytest.approx(600, abs=5)


def test_an_item_is_given_whether_idle_or_not() -> None:
    clock = PacedClock(0)
    items: queue.Queue[int] = queue.Queue()
    for idle in (True, False):
        items.put(7)
        assert clock.get(items, 10, idle=idle) == 7


def test_a_wait_for_a_busy_worker_does_not_shrink() -> None:
    clock = PacedClock(0)
    items: queue.Queue[int] = queue.Queue()
    worker = threading.Thread(target=items.put, args=(1,))
    before = clock.monotonic()
    worker.start()
    assert clock.get(items, 600, idle=False) == 1
    worker.join()
    assert clock.monotonic() - before < 300


def test_a_cancelled_sleep_counts_only_what_passed() -> None:
    clock = PacedClock(1)
    cancelled = threading.Event()
    cancelled.set()
    before = clock.monotonic()
    clock.sleep(600, cancelled)
    assert clock.monotonic() - before < 300
