"""What AWS may not show yet is waited for; what changed nothing in AWS is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench import Bench
from memory import KilledError
from memory_kinds import Thing

from runbook.engine.patience import unfinished, waited_for
from runbook.engine.performers import Answer
from runbook.model import Call, State


class Workshop:
    """Builds on this machine; a kill may come right after it."""

    killed = False

    def problems(self, call: Call) -> list[str]:
        del call
        return []

    def permissions(self, call: Call) -> tuple[()]:
        del call
        return ()

    def perform(self, call: Call, bench: Any) -> Answer:
        del call, bench
        if self.killed:
            raise KilledError
        return Answer({})


class Built(Thing):
    """A thing that is built here before it is made there."""

    def create(self, state: State) -> list[Call]:
        return [Call("workshop", "Build", {"what": self.aws_name}), *super().create(state)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.special["workshop"] = Workshop()
    return made


def left_by(bench: Bench) -> dict[str, bool]:
    with bench._journal() as journal:
        return unfinished(journal, bench.clock.now())


def patient_for(bench: Bench) -> frozenset[str]:
    return waited_for(left_by(bench))


def test_nobody_waits_for_a_build_that_nobody_saw_end(bench: Bench) -> None:
    Workshop.killed = True
    try:
        with pytest.raises(KilledError):
            bench.apply([Built(id="a")])
    finally:
        Workshop.killed = False
    assert bench.open_intents() == ["Build a"]
    assert patient_for(bench) == frozenset()


def test_nobody_waits_for_what_was_built_and_not_yet_sent(bench: Bench) -> None:
    bench.account.kill_at = 1
    with pytest.raises(KilledError):
        bench.apply([Built(id="a")])
    # The build has its answer; the call after it, which AWS may have done, has none.
    assert bench.open_intents() == ["CreateThing a"]
    assert patient_for(bench) == {"a"}
    bench.account.revive()
    assert bench.apply([Built(id="a")]).outcome == "done"
    assert patient_for(bench) == frozenset()


def test_an_answered_build_alone_is_nothing_that_aws_could_show(bench: Bench) -> None:
    plan = bench.plan([Built(id="a")])
    with bench._journal() as journal:
        run = bench._run(journal, plan)
        for operation, local in (("Build", True), ("CreateThing", False)):
            intent = journal.intent(
                run, "a", service="workshop", operation=operation, params={}, digest=operation, more={"local": local}
            )
            journal.result(intent, outcome="ok", duration_s=0.0, attempts=1)
            seen = waited_for(unfinished(journal, bench.clock.now()))
            assert seen == (frozenset() if local else {"a"})


@pytest.mark.parametrize("answered", [True, False])
def test_nobody_waits_for_what_was_removed_unseen(bench: Bench, answered: bool) -> None:
    things = [Thing(id="a"), Thing(id="b")]
    assert bench.apply(things).outcome == "done"
    bench.limit = 1
    bench.account.kill_at, bench.account.kill_after = len(bench.account.calls) + (2 if answered else 1), True
    with pytest.raises(KilledError):
        bench.destroy(things)
    assert patient_for(bench) == frozenset()
    # There is something to clear up all the same.
    assert True in left_by(bench).values()
    bench.account.revive()
    began = bench.clock.monotonic()
    assert bench.plan(things).acting
    assert bench.clock.monotonic() == began
    assert bench.destroy(things).outcome == "done"


def test_nobody_waits_for_what_was_made_unseen_and_then_removed(bench: Bench) -> None:
    plan = bench.plan([Thing(id="a")])
    with bench._journal() as journal:
        run = bench._run(journal, plan)
        for operation, removes in (("CreateThing", False), ("DeleteThing", True), ("CreateThing", False)):
            intent = journal.intent(
                run, "a", service="memory", operation=operation, params={}, digest=operation, more={"removes": removes}
            )
            assert unfinished(journal, bench.clock.now()) == {"a": removes}
            journal.result(intent, outcome="ok", duration_s=0.0, attempts=1)
            assert unfinished(journal, bench.clock.now()) == {"a": removes}
