from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from runbook.engine.plan import Plan
from runbook.model import Call, Change
from runbook.runs.durations import Usual, history, remaining, span, usual, usual_of


def change(id_: str, expected_s: float = 10.0, needs: tuple[str, ...] = (), kind: str = "Vpc") -> Change:
    call = Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"})
    return Change(
        id=id_,
        action="create",
        reason="",
        kind=kind,
        section=5,
        step=id_,
        calls=(call,),
        needs=needs,
        expected_s=expected_s,
    )


def plan(*changes: Change) -> Plan:
    return Plan("1", "eu-west-1", "karet", (5,), changes)


def test_what_was_seen_is_worth_more_than_what_the_kind_says() -> None:
    seen = {("Vpc", "create"): Usual(3.0, 4.0, 5)}
    assert usual(change("a"), seen) == Usual(3.0, 4.0, 5)
    assert usual(change("a", kind="Nat"), seen) == Usual(10.0, 20.0)


def test_the_ninetieth_percentile_is_one_of_the_seen_times() -> None:
    assert usual_of([float(one) for one in range(1, 11)]) == Usual(5.5, 9.0, 10)
    assert usual_of([7.0]) == Usual(7.0, 7.0, 1)


def test_what_does_not_depend_on_each_other_runs_at_once() -> None:
    chain = plan(change("a"), change("b", 30.0), change("c", 5.0, needs=("a",)))
    assert remaining(chain, {}, over={}, ran_s={}).median_s == 30.0
    assert remaining(chain, {}, over={"b": "done"}, ran_s={}).median_s == 15.0
    assert remaining(chain, {}, over={"b": "done"}, ran_s={"a": 8.0}).median_s == 7.0
    assert remaining(chain, {}, over={"b": "done"}, ran_s={"a": 80.0}).median_s == 5.0


def test_nothing_left_takes_no_time() -> None:
    assert remaining(plan(), {}, over={}, ran_s={}) == Usual(0.0, 0.0, 1)


@pytest.mark.parametrize(("seconds", "words"), [(5, "5 s"), (89, "89 s"), (120, "2 min"), (3900, "1 h 5 min")])
def test_a_duration_is_said_as_a_person_would(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_run_of_this_stack_is_remembered_by_kind_and_action(open_runs: Any) -> None:
    runs = open_runs()
    assert history(SimpleNamespace(journal=runs.place.journal)) == {}  # type: ignore[arg-type]
    runs.apply(runs.plan(["2"]), command="karet apply 2")
    seen = history(runs.place)
    assert seen[("Bucket", "create")].seen == 1
    assert seen[("Bucket", "create")].median_s >= 0
