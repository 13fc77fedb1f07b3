"""The survey: looks in the order of references, one read for many looks, patience for what may only be invisible."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench
from memory import Fault, KilledError, Moods, refusal
from memory_kinds import Hashed, Part, Tagged, Thing

from runbook.engine.clock import FakeClock
from runbook.engine.graph import Graph
from runbook.engine.survey import Survey
from runbook.errors import AwsError, DuplicateError
from runbook.model import ref


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def tags(id_: str) -> dict[str, str]:
    return {"karet:stack": "karet", "karet:section": "1", "karet:id": id_}


def test_many_looks_of_one_pass_make_each_read_once(bench: Bench) -> None:
    things = [Thing(id=f"a{number}") for number in range(20)] + [Tagged(id="t")]
    bench.survey(things)
    assert bench.account.reads == {"ListThings": 2}


def test_a_part_of_an_absent_parent_is_absent_and_planned_with_the_reference_shown(bench: Bench) -> None:
    found = bench.survey([Thing(id="a"), Part(id="p", parent=ref("a", "id"))])
    assert found["p"].state.status == "absent"
    assert found["p"].change.calls[0].params["Settings"] == {"parent": "${a.id}"}


def test_a_reference_to_what_exists_is_filled_in_while_planning(bench: Bench) -> None:
    stored = bench.account.put("Thing", "a", tags("a"))
    found = bench.survey([Thing(id="a"), Thing(id="b", parent=ref("a", "id"))])
    assert found["b"].change.calls[0].params["Settings"] == {"parent": stored.id}


def test_only_the_asked_sections_and_what_they_need_are_looked_at(bench: Bench) -> None:
    things = [Thing(id="a"), Thing(id="b", parent=ref("a", "id")), Thing(id="c", parent=ref("b", "id"))]
    looked: list[tuple[str, str]] = []
    survey = Survey(
        Graph(things), bench.account.look, clock=bench.clock, on_look=lambda id_, status: looked.append((id_, status))
    )
    assert list(survey.run(["b"])) == ["a", "b"]
    assert looked == [("a", "absent"), ("b", "absent")]


def test_two_things_with_one_id_stop_the_survey_and_both_are_named(bench: Bench) -> None:
    first, second = (bench.account.put("Tagged", f"th-{number}", tags("t"), size=1) for number in "ab")
    with pytest.raises(DuplicateError) as caught:
        bench.survey([Tagged(id="t")])
    assert first.name in str(caught.value)
    assert second.name in str(caught.value)


def test_a_denied_read_names_the_resource_and_the_call(bench: Bench) -> None:
    bench.account.faults.append(Fault("ListThings", refusal("AccessDenied", "ListThings", status=403), times=9))
    with pytest.raises(AwsError, match=r"a: memory\.ListThings failed with AccessDenied"):
        bench.survey([Thing(id="a")])


def test_what_an_unanswered_call_may_have_made_is_asked_for_until_it_shows(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(visible_after_s=12.0))
    things = [Thing(id="a"), Thing(id="b", parent=ref("a", "id"))]
    bench.account.kill_at, bench.account.kill_after = 1, True
    with pytest.raises(KilledError):
        bench.apply(things)
    bench.account.revive()
    assert bench.survey(things)["a"].state.status == "ready"


def test_what_an_unanswered_call_has_made_is_no_strangers_while_its_tags_are_not_shown_yet(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(tagged_after_s=12.0))
    things = [Thing(id="a"), Thing(id="b", parent=ref("a", "id"))]
    bench.account.kill_at, bench.account.kill_after = 1, True
    with pytest.raises(KilledError):
        bench.apply(things)
    bench.account.revive()
    plan = bench.plan(things)
    assert [(one.id, one.action, one.stop) for one in plan.changes] == [("a", "none", ""), ("b", "create", "")]
    assert bench.clock.monotonic() >= 12.0


@pytest.mark.parametrize(("theirs", "waits"), [({}, True), ({"karet:stack": "other"}, False)])
def test_a_strangers_thing_is_told_also_after_an_unanswered_call(
    bench: Bench, theirs: dict[str, str], waits: bool
) -> None:
    bench.account.kill_at = 1
    with pytest.raises(KilledError):
        bench.apply([Thing(id="a")])
    bench.account.revive()
    bench.account.put("Thing", "a", theirs)
    found = bench.survey([Thing(id="a")])
    assert found["a"].change.action == "adopt"
    # What bears another stack's name never becomes ours, however long somebody looks.
    assert (bench.clock.monotonic() >= Thing.consistent_s) is waits


def test_patience_ends_at_the_consistency_time_of_the_kind(bench: Bench) -> None:
    clock = FakeClock()
    found = Survey(Graph([Thing(id="a")]), bench.account.look, clock=clock, patience=["a"]).run(["a"])
    assert found["a"].state.status == "absent"
    assert Thing.consistent_s <= clock.monotonic() <= Thing.consistent_s + 5


def test_what_needs_no_patience_costs_no_time(bench: Bench) -> None:
    bench.account.put("Thing", "a", tags("a"))
    bench.survey([Thing(id="a"), Hashed(id="b")])
    assert bench.clock.monotonic() == 0.0


def test_an_invisible_successor_is_waited_for_before_another_one_is_planned(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply([Tagged(id="t", size=1)])
    bench.account.moods.visible_after_s = 10.0
    bench.account.kill_at, bench.account.kill_after = len(bench.account.calls) + 1, True
    with pytest.raises(KilledError):
        bench.apply([Tagged(id="t", size=2)])
    bench.account.revive()
    assert bench.survey([Tagged(id="t", size=2)])["t"].change.action == "none"
