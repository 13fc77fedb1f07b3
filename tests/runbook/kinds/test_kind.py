"""The decision that all kinds share, for every combination of what is declared and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from runbook.errors import DuplicateError
from runbook.kinds.kind import Kind, Owner, choose
from runbook.model import UNKNOWN, Call, Known, ReadOnlyAws, State, Status, Wait, ref

NOTHING = Known({})


@dataclass(frozen=True, kw_only=True)
class Box(Kind):
    """A kind with one setting of each sort."""

    color: str = "red"
    size: str = "small"
    zone: str = "a"
    immutable: ClassVar[frozenset[str]] = frozenset({"size"})
    fixed: ClassVar[Mapping[str, str]] = {"zone": "it cannot move; make a new stack"}

    def settings(self) -> Mapping[str, Any]:
        return {"color": self.color, "size": self.size, "zone": self.zone}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        return State.ABSENT

    def create(self, state: State) -> list[Call]:
        return [Call("box", "Create")]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        return [Call("box", "Update", {name: self.settings()[name] for name in sorted(changed)})]

    def tagging(self, state: State) -> list[Call]:
        return [Call("box", "Tag", {"Tags": self.tag_list()})]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        return [Call("box", "Delete", {"Name": state.name})]


@dataclass(frozen=True, kw_only=True)
class OneBox(Box):
    """Two of them cannot exist side by side."""

    one_at_a_time: ClassVar[bool] = True

    def ready(self) -> Wait | None:
        return Wait(Call("box", "Get"), "Ready", "the box", typical_s=77.0)


ME = Owner("karet", 2, tags={"team": "web"})
BOX = Box(id="box", owner=ME)


def found(status: Status = "ready", tags: Mapping[str, str] | None = BOX.tags, **settings: Any) -> State:
    return State(status, {"color": "red", "size": "small", "zone": "a", **settings}, {"id": "b-1"}, "box-1", tags)


def names(calls: tuple[Call, ...]) -> list[str]:
    return [call.operation for call in calls]


def test_the_tags_say_whose_it_is_and_win_over_the_operators_own() -> None:
    owner = Owner("karet", 2, region="eu-central-1", tags={"team": "web", "karet:id": "forged"})
    assert Box(id="box", owner=owner).tags == {
        "team": "web",
        "karet:stack": "karet",
        "karet:section": "2",
        "karet:id": "box",
        "karet:region": "eu-central-1",
    }
    assert BOX.tag_list("key", "value")[0] == {"key": "karet:id", "value": "box"}


@pytest.mark.parametrize(
    ("state", "action", "calls"),
    [
        (State.ABSENT, "create", ["Create"]),
        (found("deleting"), "create", ["Create"]),
        (found(), "none", []),
        (found("pending"), "none", []),
        (found("failed"), "replace", ["Create"]),
        (found(color="blue"), "update", ["Update"]),
        (found(size="big"), "replace", ["Create"]),
        (found(tags={**BOX.tags, "team": "ops"}), "update", ["Tag"]),
        (found(tags={**BOX.tags, "team": "ops"}, color="blue"), "update", ["Tag", "Update"]),
        (found(tags={**BOX.tags, "theirs": "stays"}), "none", []),
        (found(tags=None), "none", []),
        (found(extra="of no interest"), "none", []),
        (found(tags={}), "adopt", ["Tag"]),
        (found(tags={}, color="blue"), "adopt", ["Tag", "Update"]),
    ],
)
def test_what_was_found_decides_the_action(state: State, action: str, calls: list[str]) -> None:
    change = BOX.plan(state, NOTHING)
    assert (change.action, names(change.calls), change.stop) == (action, calls, "")
    assert bool(change.calls) == (change.action != "none")
    assert change.found is state
    assert change.reason


@pytest.mark.parametrize(
    ("state", "action", "calls"),
    [
        (State.ABSENT, "none", []),
        (found(), "delete", ["Delete"]),
        (found("pending"), "delete", ["Delete"]),
        (found("failed"), "delete", ["Delete"]),
        (found("deleting"), "delete", ["Delete"]),
        (found(tags={}), "none", []),
        (found(tags={**BOX.tags, "karet:stack": "blue"}), "none", []),
    ],
)
def test_what_is_not_wanted_is_deleted_when_it_is_ours(state: State, action: str, calls: list[str]) -> None:
    change = Box(id="box", owner=ME, wanted=False).plan(state, NOTHING)
    assert (change.action, names(change.calls)) == (action, calls)


def test_where_two_cannot_exist_the_removal_comes_first() -> None:
    box = OneBox(id="box", owner=ME)
    for state in (found(size="big"), found("failed")):
        change = box.plan(state, NOTHING)
        assert (change.action, names(change.calls)) == ("replace", ["Delete", "Create"])
        assert change.expected_s == 77.0


def test_the_reason_names_what_failed_and_what_differs() -> None:
    failed = State("failed", {}, {}, "box-1", BOX.tags, reason="no capacity")
    assert BOX.plan(failed, NOTHING).reason == "failed: no capacity"
    change = BOX.plan(found(color="blue", tags={**BOX.tags, "team": "ops"}), NOTHING)
    assert change.reason == "color, tags differ"
    assert [(one.setting, one.found, one.declared) for one in change.differences] == [
        ("color", "blue", "red"),
        ("tags", {"team": "ops"}, {"team": "web"}),
    ]
    assert BOX.plan(found("pending"), NOTHING).reason == "is pending"


def test_a_fixed_setting_stops_with_the_reason_and_without_calls() -> None:
    change = BOX.plan(found(zone="b", color="blue"), NOTHING)
    assert change.stop == "zone cannot change on a live stack: it cannot move; make a new stack"
    assert change.calls == ()


@pytest.mark.parametrize("state", [found(), found("failed"), found("deleting"), found(size="big")])
def test_a_thing_of_this_stack_in_another_region_stops(state: State) -> None:
    here = Box(id="box", owner=Owner("karet", 2, region="eu-central-1"))
    there = State(state.status, state.settings, state.outputs, state.name, {**here.tags, "karet:region": "us-east-1"})
    change = here.plan(there, NOTHING)
    assert "belongs to this stack in us-east-1" in change.stop
    assert change.calls == ()
    unwanted = Box(id="box", owner=Owner("karet", 2, region="eu-central-1"), wanted=False)
    assert unwanted.plan(there, NOTHING).action == "none"


@pytest.mark.parametrize("state", [found(tags={}, size="big"), found("failed", tags={}), found(tags={}, zone="b")])
def test_a_foreign_thing_that_cannot_become_ours_as_it_is_stops(state: State) -> None:
    change = BOX.plan(state, NOTHING)
    assert change.action == "adopt"
    assert change.stop
    assert change.calls == ()


def test_an_unknown_value_counts_as_different() -> None:
    known = Known({"other": None})
    update = Box(id="box", owner=ME, color=ref("other", "id")).plan(found(color="known"), known)
    assert update.action == "update"
    assert update.differences[0].declared is UNKNOWN
    assert Box(id="box", owner=ME, size=ref("other", "id")).plan(found(), known).action == "replace"


def test_planning_twice_gives_the_same_change() -> None:
    for state in (State.ABSENT, found(), found(color="blue"), found(tags={}), found("failed")):
        assert BOX.plan(state, NOTHING) == BOX.plan(state, NOTHING)


def test_a_kind_that_cannot_say_how_to_change_itself_says_so() -> None:
    with pytest.raises(TypeError, match="Box does not say how to change color"):
        Kind.update(BOX, frozenset({"color"}), found())
    with pytest.raises(TypeError, match="Box does not say how to tag it"):
        Kind.tagging(BOX, found())


def one(name: str, status: Status = "ready", size: str = "small") -> State:
    return State(status, {"size": size}, {"id": name}, name, BOX.tags)


@pytest.mark.parametrize(
    ("states", "chosen"),
    [
        ([], ""),
        ([one("a")], "a"),
        ([one("a", "failed"), one("b")], "b"),
        ([one("a", "deleting"), one("b", "pending")], "b"),
        ([one("a", "deleting"), one("b", "failed")], "b"),
        ([one("a", size="big"), one("b")], "b"),
        ([one("a"), one("b", "pending", size="big")], "a"),
        ([one("a", "deleting")], "a"),
    ],
)
def test_of_several_with_one_id_the_one_that_is_meant_is_chosen(states: list[State], chosen: str) -> None:
    assert choose(BOX, states, NOTHING).name == chosen
    assert choose(BOX, states[::-1], NOTHING).name == chosen


@pytest.mark.parametrize("states", [[one("a"), one("b")], [one("a", size="big"), one("b", "pending", size="huge")]])
def test_two_good_ones_are_an_error_that_names_both(states: list[State]) -> None:
    with pytest.raises(DuplicateError) as caught:
        choose(BOX, states, NOTHING)
    assert caught.value.names == ("a", "b")


def test_when_what_tells_them_apart_is_not_known_yet_any_of_them_is_replaced() -> None:
    box = Box(id="box", owner=ME, size=ref("other", "id"))
    assert choose(box, [one("b"), one("a")], Known({"other": None})).name == "a"
