"""In which order things go: what was found decides, the declaration orders the rest, and circles stop nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench, became
from hypothesis import given
from hypothesis import strategies as st
from memory_kinds import Part, Tagged, Thing

from runbook.engine.graph import Graph, layers
from runbook.engine.removal import points_at, step_needs
from runbook.model import Change, Json, State, ref


def state(id_: str, *holds: str) -> State:
    return State("ready", {"uses": list(holds)}, {"id": id_, "name": f"name-{id_}"}, id_, {"karet:id": id_})


def delete(id_: str, *holds: str, step: str = "") -> Change:
    return Change(id=id_, step=step or id_, action="delete", reason="", found=state(id_, *holds))


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("sg-1", True),
        ("arn:aws:ec2:x:1:security-group/sg-1", True),
        ("sg-1/*", True),
        ("sg-12", False),
        ("my-sg-1", False),
        ("sg-1_old", False),
        ("name-of-sg", False),
    ],
)
def test_a_thing_points_at_another_by_its_whole_identifier(text: str, points: bool) -> None:
    target = State("ready", {}, {"id": "sg-1", "arn": "arn:aws:x:sg-1", "name": "name-of-sg"}, "sg-1")
    for settings in ({"x": text}, {"x": [{"deep": text}]}, {"x": Json({"Statement": [text]})}, {"x": {text: "key"}}):
        assert points_at(State("ready", settings), target) is points


def test_a_thing_without_identifiers_is_pointed_at_by_nothing() -> None:
    assert not points_at(state("a", ""), State("ready", {}, {"id": ""}, "x"))


def test_a_removal_waits_for_what_pointed_at_it_and_for_what_moves_away() -> None:
    graph = Graph([Thing(id="a"), Thing(id="b", parent=ref("a", "id")), Thing(id="c"), Thing(id="d")])
    make = Change(id="a", step="a", action="replace", reason="", found=state("a-old"))
    move = Change(id="b", step="b", action="update", reason="", found=state("b", "a-old"))
    other = Change(id="c", step="c", action="update", reason="", found=state("c", "a-old"))
    still = Change(id="d", step="d", action="none", reason="", found=state("d"))
    old = Change(id="a", step="a@a-old", action="delete", reason="", found=state("a-old"))
    needs = step_needs([make, move, other, still, old], graph)
    assert set(needs["a@a-old"]) == {"a", "b", "c"}
    assert needs["b"] == ("a",)


def test_what_is_unwanted_is_not_waited_for_by_what_is_made() -> None:
    graph = Graph([Thing(id="a"), Thing(id="b", after=("a",))])
    made = Change(id="b", step="b", action="create", reason="")
    assert step_needs([delete("a"), made], graph)["b"] == ()


def test_strays_go_before_what_they_point_at() -> None:
    needs = step_needs([delete("x", "y"), delete("y", "z"), delete("z")], Graph([]))
    assert layers(needs) == ("x", "y", "z")


def test_what_was_found_beats_the_declaration() -> None:
    graph = Graph([Thing(id="a"), Thing(id="b", parent=ref("a", "id"))])
    needs = step_needs([delete("a", "b"), delete("b")], graph)
    assert layers(needs) == ("a", "b")


def test_a_declaration_that_was_turned_round_does_not_make_a_circle() -> None:
    graph = Graph([Thing(id="a"), Thing(id="c", parent=ref("a", "id")), Thing(id="b")])
    needs = step_needs([delete("a", "b"), delete("b", "c"), delete("c")], graph)
    assert layers(needs) == ("a", "b", "c")


def test_two_that_point_at_each_other_wait_for_neither() -> None:
    needs = step_needs([delete("a", "b"), delete("b", "a")], Graph([]))
    assert needs == {"a": (), "b": ()}


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20), st.sets(st.integers(0, 6), max_size=4))
def test_removals_always_have_an_order_that_keeps_what_was_found_unless_that_is_a_circle(
    pointers: list[tuple[int, int]], declared: set[int]
) -> None:
    holds = {number: [f"t{to}" for start, to in pointers if start == number != to] for number in range(7)}
    things = [
        Thing(id=f"t{number}", after=(f"t{number - 1}",) if number - 1 in declared else ()) for number in range(7)
    ]
    changes = [delete(f"t{number}", *holds[number]) for number in range(7)]
    order = layers(step_needs(changes, Graph(things)))
    assert sorted(order) == [f"t{number}" for number in range(7)]
    forward = all(to > start for start, to in pointers if start != to)
    if forward:
        assert all(order.index(f"t{start}") < order.index(f"t{to}") for start, to in pointers if start != to)


def test_an_account_that_refuses_to_delete_what_is_in_use_is_emptied_without_one_refusal(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    things = [
        Thing(id="a"),
        Tagged(id="b", parent=ref("a", "id")),
        Part(id="c", parent=ref("b", "id")),
        Thing(id="d", doc=Json({"uses": [ref("b", "arn"), ref("a", "id")]})),
    ]
    bench.apply(things)
    bench.account.put("Thing", "stray", {"karet:stack": "karet", "karet:id": "s"}, parent="th-0001")
    report = bench.destroy(things)
    assert set(became(report).values()) == {"done"}
    assert bench.account.inventory() == []
    deletes = [one for one in bench.account.sent if one.startswith("DeleteThing")]
    assert len(deletes) == 5
    assert not [one for one in bench.entries("result") if one["body"]["outcome"] != "ok"]
