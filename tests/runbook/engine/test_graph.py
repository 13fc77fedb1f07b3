"""The graph of declarations: what it needs, its circles, its closure, and an order that is the same every time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_kinds import Thing

from runbook.engine.graph import Graph, layers
from runbook.errors import CycleError, PlanError
from runbook.model import Json, ref


def test_references_in_strings_documents_and_after_are_all_needed_first() -> None:
    a, b, c = Thing(id="a"), Thing(id="b"), Thing(id="c")
    d = Thing(id="d", parent=f"x-{ref('a', 'id')}", doc=Json({"Resource": [f"{ref('b', 'arn')}/*"]}), after=("c",))
    graph = Graph([d, c, b, a])
    assert set(graph.refers["d"]) == {"a", "b"}
    assert set(graph.needs["d"]) == {"a", "b", "c"}
    assert graph.order == ("c", "b", "a", "d")


def test_a_circle_is_shown_as_a_path_that_ends_where_it_starts() -> None:
    things = [Thing(id="a", parent=ref("b", "id")), Thing(id="b", after=("c",)), Thing(id="c", parent=ref("a", "id"))]
    with pytest.raises(CycleError) as caught:
        Graph(things)
    path = caught.value.path
    assert path[0] == path[-1]
    needs = {"a": "b", "b": "c", "c": "a"}
    assert all(needs[first] == second for first, second in pairwise(path))
    assert " -> ".join(path) in str(caught.value)


def test_a_thing_that_comes_after_itself_is_a_circle() -> None:
    with pytest.raises(CycleError, match="a -> a"):
        Graph([Thing(id="a", after=("a",))])


def test_an_unknown_target_is_named_with_who_refers_to_it() -> None:
    with pytest.raises(PlanError, match=r"a refers to \$\{gone\.\.\.\}, but nothing declares gone"):
        Graph([Thing(id="a", parent=ref("gone", "id"))])
    with pytest.raises(PlanError, match="a must come after gone"):
        Graph([Thing(id="a", after=("gone",))])


def test_two_declarations_with_one_id_are_refused() -> None:
    with pytest.raises(PlanError, match="two resources are declared with the id a"):
        Graph([Thing(id="a"), Thing(id="a", color="red")])


def test_iam_variables_are_no_references() -> None:
    graph = Graph([Thing(id="a", doc=Json({"Resource": "arn:aws:s3:::b/${aws:username}/*"}))])
    assert graph.refers["a"] == ()


def test_closure_and_dependents_follow_the_needs_through_others() -> None:
    things = [
        Thing(id="a"),
        Thing(id="b", parent=ref("a", "id")),
        Thing(id="c", after=("b",)),
        Thing(id="d"),
    ]
    graph = Graph(things)
    assert graph.closure(["c"]) == ("a", "b", "c")
    assert graph.dependents(["a"]) == ("b", "c")
    assert graph.dependents(["a", "b"]) == ("c",)
    assert graph.closure([]) == ()


needs_of = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        *(
            st.frozensets(st.integers(0, number - 1), max_size=3) if number else st.just(frozenset())
            for number in range(count)
        )
    )
)


@given(needs_of, st.randoms())
def test_the_order_keeps_every_need_and_does_not_depend_on_how_needs_are_listed(
    needs: tuple[frozenset[int], ...], random: object
) -> None:
    given_needs = {str(number): [str(need) for need in sorted(some)] for number, some in enumerate(needs)}
    shuffled = {key: random.sample(some, len(some)) for key, some in given_needs.items()}  # type: ignore[attr-defined]
    order = layers(given_needs)
    assert layers(shuffled) == order
    position = {key: number for number, key in enumerate(order)}
    assert sorted(order) == sorted(given_needs)
    assert all(position[need] < position[key] for key, some in given_needs.items() for need in some)
