"""The clocks keep their promises: real time passes or is jumped over, and nobody waits forever."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime, timedelta

import pytest

from runbook.engine.clock import Clock, FakeClock, SystemClock

CLOCKS: list[Clock] = [SystemClock(), FakeClock()]


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: type(clock).__name__)
class TestEveryClock:
    def test_now_is_aware_and_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    def test_monotonic_does_not_go_back(self, clock: Clock) -> None:
        before = clock.monotonic()
        clock.sleep(0.001)
        assert clock.monotonic() > before

    def test_a_negative_sleep_is_no_sleep_and_no_error(self, clock: Clock) -> None:
        clock.sleep(-1)
        clock.sleep(-1, threading.Event())

    def test_an_item_that_is_there_is_given_whatever_the_timeout(self, clock: Clock) -> None:
        items: queue.Queue[str] = queue.Queue()
        for timeout, idle in ((None, False), (0.0, True), (5.0, True), (5.0, False)):
            items.put("done")
            assert clock.get(items, timeout, idle) == "done"

    def test_an_empty_queue_gives_none_when_the_time_is_over(self, clock: Clock) -> None:
        assert clock.get(queue.Queue(), 0.001, idle=True) is None

    def test_waiting_forever_with_nobody_at_work_is_refused(self, clock: Clock) -> None:
        with pytest.raises(ValueError, match="never end"):
            clock.get(queue.Queue(), None, idle=True)

    def test_a_worker_is_waited_for(self, clock: Clock) -> None:
        items: queue.Queue[str] = queue.Queue()
        asked = threading.Event()

        def work() -> None:
            asked.wait(10)
            items.put("done")

        worker = threading.Thread(target=work)
        worker.start()
        asked.set()
        assert clock.get(items, None, idle=False) == "done"
        worker.join()


def test_the_system_clock_tells_the_time_of_this_machine() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)


def test_a_cancelled_sleep_of_the_system_clock_ends_at_once() -> None:
    cancelled = threading.Event()
    sleeper = threading.Thread(target=SystemClock().sleep, args=(3600, cancelled))
    sleeper.start()
    cancelled.set()
    sleeper.join(timeout=30)
    assert not sleeper.is_alive()


def test_an_hour_of_fake_sleep_moves_both_times() -> None:
    clock = FakeClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
    clock.sleep(3600)
    assert clock.now() == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert clock.monotonic() == 3600


def test_a_fake_sleep_that_is_already_cancelled_takes_no_time() -> None:
    clock, cancelled = FakeClock(), threading.Event()
    clock.sleep(10, cancelled)
    cancelled.set()
    clock.sleep(10, cancelled)
    assert clock.monotonic() == 10


def test_an_idle_fake_wait_jumps_by_the_timeout_and_a_busy_one_costs_no_fake_time() -> None:
    clock = FakeClock()
    items: queue.Queue[str] = queue.Queue()
    assert clock.get(items, 15.0, idle=True) is None
    assert clock.monotonic() == 15
    items.put("done")
    assert clock.get(items, 15.0, idle=False) == "done"
    assert clock.get(items, 15.0, idle=True) is None
    assert clock.monotonic() == 30


def test_a_worker_that_never_answers_is_an_error_and_no_hang() -> None:
    with pytest.raises(TimeoutError, match="no worker answered"):
        FakeClock(patience_s=0.01).get(queue.Queue(), 5.0, idle=False)


def test_a_fake_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        FakeClock(datetime(2026, 11, 23))  # noqa: DTZ001  the mistake under test


def test_a_fake_clock_adds_up_what_many_threads_sleep() -> None:
    clock = FakeClock()
    threads = [threading.Thread(target=lambda: [clock.sleep(1) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() == 1600
