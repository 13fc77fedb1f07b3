"""The crew: calls take a bounded number of places, waiting takes none, a stop reaches everybody."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from bench import Bench
from memory import Moods
from memory_kinds import Slow, Thing

from runbook.engine.clock import FakeClock
from runbook.engine.tasks import Crew, Ended, Pause, Procedure, Stop, Work
from runbook.errors import CancelledError


def run(clock: FakeClock, limit: int, *procedures: Procedure, stop: Stop | None = None) -> dict[str, Ended]:
    stopped = CancelledError("stop")
    crew = Crew(clock, limit=limit, halted=lambda: stopped if stop and stop.requested else None)
    ended: dict[str, Ended] = {}
    for number, procedure in enumerate(procedures):
        crew.add(f"p{number}", procedure)
    crew.run(lambda one: ended.update({one.name: one}))
    return ended


def waits(seconds: float) -> Procedure:
    yield Pause(seconds)
    return seconds


def works(*runs: object) -> Procedure:
    values: list[object] = []
    for one in runs:
        value = yield Work(one)  # type: ignore[arg-type]
        values = [*values, value]
    return values


def test_the_limit_is_reached_and_never_passed() -> None:
    gate = threading.Barrier(3)
    lock, inside, most = threading.Lock(), 0, 0

    def call() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        gate.wait(20)
        with lock:
            inside -= 1

    ended = run(FakeClock(), 3, *(works(call) for _ in range(12)))
    assert len(ended) == 12
    assert most == 3


def test_the_executor_keeps_its_limit_of_calls_in_flight(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limit=2)
    assert bench.apply([Thing(id=f"a{number}") for number in range(12)]).outcome == "done"
    assert 1 <= bench.account.most_in_flight <= 2


def test_a_hundred_pending_things_finish_with_two_places(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(pending_s=100.0), limit=2)
    things = [Slow(id=f"a{number}") for number in range(100)]
    assert bench.apply(things).outcome == "done"
    assert bench.clock.monotonic() < 250, "they waited at the same time, not one after the other"


def test_pauses_pass_side_by_side_and_end_in_the_order_of_their_length() -> None:
    clock = FakeClock()
    crew = Crew(clock, limit=1, halted=lambda: None)
    order: list[str] = []
    for name, seconds in (("long", 50.0), ("short", 5.0), ("middle", 20.0)):
        crew.add(name, waits(seconds))
    crew.run(lambda one: order.append(one.name))
    assert order == ["short", "middle", "long"]
    assert 50 <= clock.monotonic() < 51


def test_values_and_errors_come_back_to_the_procedure_that_asked() -> None:
    def fails() -> None:
        raise ValueError("no")

    def catches() -> Procedure:
        try:
            yield Work(fails)
        except ValueError as error:
            return str(error)

    ended = run(FakeClock(), 2, works(lambda: 1, lambda: 2), catches(), works(fails))
    assert ended["p0"].value == [1, 2]
    assert ended["p1"].value == "no"
    assert isinstance(ended["p2"].error, ValueError)


def test_the_end_of_one_may_add_others() -> None:
    crew = Crew(FakeClock(), limit=1, halted=lambda: None)
    names: list[str] = []

    def on_end(one: Ended) -> None:
        names.append(one.name)
        if len(names) < 5:
            crew.add(f"p{len(names)}", waits(1.0))

    crew.add("p0", waits(1.0))
    crew.run(on_end)
    assert names == ["p0", "p1", "p2", "p3", "p4"]


def test_a_crew_without_work_ends_at_once() -> None:
    assert run(FakeClock(), 1) == {}


def test_a_stop_reaches_who_waits_who_queues_and_who_comes_later_and_lets_the_busy_one_finish() -> None:
    stop, finished = Stop(), []

    def call() -> None:
        stop.request()
        finished.append("busy")

    def never() -> None:
        finished.append("queued")

    ended = run(FakeClock(), 1, works(call, never), works(never), waits(1e6), stop=stop)
    assert finished == ["busy"]
    assert {name: type(one.error) for name, one in ended.items()} == dict.fromkeys(("p0", "p1", "p2"), CancelledError)


def test_a_procedure_that_is_added_after_a_stop_never_starts() -> None:
    stop = Stop()
    stop.request()
    ended = run(FakeClock(), 1, works(lambda: pytest.fail("it started")), stop=stop)
    assert isinstance(ended["p0"].error, CancelledError)
