"""What a plan says about foreign, stray, failed, unwanted, fixed and unknown things, and what a destroy leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from bench import Bench, actions
from memory_kinds import KINDS, Fixed, Hashed, Part, Single, Tagged, Thing, owner

from runbook.engine.plan import Plan
from runbook.errors import PlanError
from runbook.model import Change, Json, Keep, ref


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def tags(id_: str, section: int = 1, **more: str) -> dict[str, str]:
    return {"karet:stack": "karet", "karet:section": str(section), "karet:id": id_, **more}


def change(plan: Plan, step: str) -> Change:
    return next(one for one in plan.changes if one.step == step)


@dataclass(frozen=True, kw_only=True)
class Hoard(Thing):
    """A thing that holds data."""

    keep: Keep = "data"


@pytest.fixture
def hoards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "Hoard", Hoard)


def test_foreign_entries_are_kept_and_are_no_difference(bench: Bench) -> None:
    bench.account.put("Thing", "a", tags("a"), shared=["mine", "theirs-1"])
    plan = bench.plan([Thing(id="a", shared=("mine",))])
    assert actions(plan) == {"a": "none"}
    assert change(plan, "a").as_json()["foreign"] == ["theirs-1"]
    bench.apply([Thing(id="a", shared=("mine", "more"))])
    assert bench.account.named("a").settings["shared"] == ["mine", "more", "theirs-1"]  # type: ignore[union-attr]


def test_a_foreign_namesake_stops_the_plan_until_it_is_taken_over(bench: Bench) -> None:
    bench.account.put("Thing", "a", {"team": "theirs"}, color="red")
    things = [Thing(id="a", color="blue")]
    plan = bench.plan(things)
    assert "--adopt a" in change(plan, "a").stop
    with pytest.raises(PlanError, match="does not carry our tags; take it over with --adopt a"):
        bench.apply(things)
    assert bench.account.sent == []
    assert bench.apply(things, adopt=["a"]).outcome == "done"
    stored = bench.account.named("a")
    assert stored is not None
    assert stored.tags == {"team": "theirs", **tags("a")}
    assert stored.settings == {"color": "blue"}
    assert actions(bench.plan(things)) == {"a": "none"}


def test_a_thing_of_another_stack_is_named_as_such(bench: Bench) -> None:
    bench.account.put("Thing", "a", {**tags("a"), "karet:stack": "blue"})
    assert "belongs to the stack blue" in change(bench.plan([Thing(id="a")]), "a").stop


def test_a_foreign_thing_that_would_have_to_be_replaced_cannot_be_taken_over(bench: Bench) -> None:
    bench.account.put("Single", "a", {}, size=1)
    stop = change(bench.plan([Single(id="a", size=2)], adopt=["a"]), "a").stop
    assert "would have to be replaced" in stop


def test_a_stray_is_planned_as_a_delete(bench: Bench) -> None:
    bench.account.put("Thing", "old", tags("old.one"))
    plan = bench.plan([Thing(id="a")])
    assert actions(plan) == {"a": "create", "old.one@old": "delete"}
    assert "nothing declares it" in change(plan, "old.one@old").reason
    bench.apply([Thing(id="a")])
    assert bench.account.named("old") is None


def test_strays_of_sections_that_were_not_chosen_stay_out_of_the_plan(bench: Bench) -> None:
    bench.account.put("Thing", "old", tags("old.one", section=5))
    assert actions(bench.plan([Thing(id="a")], sections=[1])) == {"a": "create"}


def test_strays_that_hold_data_are_left_and_listed(bench: Bench, hoards: None) -> None:
    bench.account.put("Hoard", "gold", tags("gold"))
    plan = bench.plan([Thing(id="a")])
    assert actions(plan) == {"a": "create"}
    assert [(one.name, one.why) for one in plan.left] == [("gold", "holds data; nothing declares it any more")]


def test_two_strays_with_one_name_are_two_steps(bench: Bench) -> None:
    bench.account.put("Thing", "twin", tags("twin"))
    bench.account.put("Hashed", "twin", tags("twin"), size=1)
    assert actions(bench.plan([])) == {"twin@Thing:twin": "delete", "twin@Hashed:twin": "delete"}


def test_what_is_no_longer_wanted_is_deleted(bench: Bench) -> None:
    bench.apply([Thing(id="a")])
    plan = bench.plan([Thing(id="a", wanted=False)])
    assert actions(plan) == {"a": "delete"}
    bench.apply([Thing(id="a", wanted=False)])
    assert actions(bench.plan([Thing(id="a", wanted=False)])) == {"a": "none"}


def test_a_foreign_thing_that_is_not_wanted_is_left_alone(bench: Bench) -> None:
    bench.account.put("Thing", "a", {"team": "theirs"})
    things = [Thing(id="a", wanted=False)]
    assert actions(bench.plan(things)) == {"a": "none"}
    plan = bench.plan_destroy(things)
    assert plan.changes == ()
    assert plan.left[0].why.startswith("is not ours")


def test_a_part_of_a_foreign_thing_is_left_alone(bench: Bench) -> None:
    theirs = bench.account.put("Thing", "a", {"team": "theirs"})
    bench.account.put("Part", "p", None, parent=theirs.id)
    things = [Thing(id="a", wanted=False), Part(id="p", parent=ref("a", "id"), wanted=False)]
    assert actions(bench.plan(things)) == {"a": "none", "p": "none"}
    plan = bench.plan_destroy(things)
    assert plan.changes == ()
    assert {one.id for one in plan.left} == {"a", "p"}


def test_a_fixed_setting_is_refused_with_the_reason_and_the_way(bench: Bench) -> None:
    bench.apply([Fixed(id="a", color="red")])
    with pytest.raises(PlanError, match="color cannot change on a live stack: everything in it would be lost"):
        bench.apply([Fixed(id="a", color="blue")])


def test_a_global_thing_of_another_region_is_neither_changed_nor_removed(bench: Bench) -> None:
    there = tags("a") | {"karet:region": "eu-west-1"}
    bench.account.put("Thing", "a", there)
    bench.account.put("Thing", "stray", tags("b") | {"karet:region": "eu-west-1"})
    here = owner(region="eu-central-1")
    plan = bench.plan([Thing(id="a", owner=here, color="red")])
    assert "belongs to this stack in eu-west-1" in change(plan, "a").stop
    assert set(actions(plan)) == {"a"}
    assert actions(bench.plan([Thing(id="a", owner=here, wanted=False)])) == {"a": "none"}
    plan = bench.plan_destroy([Thing(id="a", owner=here)])
    assert plan.changes == ()
    assert [one.why for one in plan.left] == ["belongs to this stack in eu-west-1"]


def test_an_unknown_value_in_a_document_counts_as_different_and_is_shown_as_its_reference(bench: Bench) -> None:
    bench.account.put("Thing", "b", tags("b"), doc='{"Resource": ["x/th-0099"]}')
    things = [Thing(id="a"), Thing(id="b", doc=Json({"Resource": [f"x/{ref('a', 'id')}"]}))]
    plan = bench.plan(things)
    assert actions(plan) == {"a": "create", "b": "update"}
    sent = change(plan, "b").as_json()
    assert sent["calls"][0]["params"]["Settings"]["doc"] == {"$json": {"Resource": ["x/${a.id}"]}}
    assert "known after apply" in str(sent["differences"][0]["declared"])
    bench.apply(things)
    made = bench.account.named("a")
    assert bench.account.named("b").settings["doc"] == f'{{"Resource":["x/{made.id}"]}}'  # type: ignore[union-attr]


def test_dependents_of_a_replacement_are_planned_with_what_is_known_after_apply(bench: Bench) -> None:
    bench.apply([Tagged(id="a", size=1), Thing(id="b", parent=ref("a", "id"))])
    plan = bench.plan([Tagged(id="a", size=2), Thing(id="b", parent=ref("a", "id"))])
    assert actions(plan) == {"a": "replace", "b": "update", "a@th-0001": "delete"}
    assert change(plan, "b").calls[0].params["Settings"] == {"parent": "${a.id}"}
    assert set(change(plan, "a@th-0001").needs) == {"a", "b"}


def test_a_replacement_by_name_says_that_it_replaces(bench: Bench) -> None:
    bench.apply([Hashed(id="h", size=1)])
    plan = bench.plan([Hashed(id="h", size=2)])
    assert sorted(actions(plan).values()) == ["delete", "replace"]
    assert "new name" in change(plan, "h").reason


def test_the_old_one_stays_while_something_outside_the_plan_still_uses_it(bench: Bench) -> None:
    user = Thing(id="user", owner=owner(2), parent=ref("h", "id"))
    bench.apply([Hashed(id="h", size=1), user])
    plan = bench.plan([Hashed(id="h", size=2), user], sections=[1])
    assert actions(plan) == {"h": "replace"}
    assert [one.why for one in plan.left] == ["is still used by user, which stays as it is"]
    bench.apply([Hashed(id="h", size=2), user], sections=[1])
    assert sorted(actions(bench.plan([Hashed(id="h", size=2), user])).values()) == ["delete", "none", "update"]


def test_destroy_of_one_section_refuses_while_others_depend_on_it(bench: Bench) -> None:
    things = [Thing(id="a"), Thing(id="b", owner=owner(2), parent=ref("a", "id"))]
    bench.apply(things)
    plan = bench.plan_destroy(things, [1])
    assert change(plan, "a").stop.startswith("b depend on it")
    plan = bench.plan_destroy(things, [1], with_dependents=True)
    assert actions(plan) == {"b": "delete", "a": "delete"}
    assert not plan.stops


def test_destroy_keeps_data_and_what_data_needs_unless_told_otherwise(bench: Bench, hoards: None) -> None:
    things = [Thing(id="key"), Hoard(id="gold", parent=ref("key", "id")), Thing(id="other")]
    bench.apply(things)
    plan = bench.plan_destroy(things)
    assert actions(plan) == {"other": "delete"}
    assert {one.id: one.why for one in plan.left} == {
        "gold": "holds data; --delete-data removes it too",
        "key": "is still used by gold, which stays as it is",
    }
    steps = [one.step for one in bench.plan_destroy(things, delete_data=True).changes]
    assert set(steps) == {"gold", "key", "other"}
    assert steps.index("gold") < steps.index("key")


def test_a_stack_without_its_declaration_is_destroyed_by_what_is_found(bench: Bench) -> None:
    things = [Thing(id="a"), Tagged(id="b", parent=ref("a", "id")), Part(id="p", parent=ref("b", "id"))]
    bench.apply(things)
    assert bench.destroy([]).outcome == "done"
    assert bench.account.inventory() == []


def test_changes_and_removals_are_expected_to_take_as_long_as_their_kind_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Thing, "update_s", 7.0)
    monkeypatch.setattr(Thing, "removal_s", 42.0)
    bench.apply([Thing(id="a"), Thing(id="b")])
    plan = bench.plan([Thing(id="a", color="red")])
    assert {one.step.partition("@")[0]: (one.action, one.expected_s) for one in plan.changes} == {
        "a": ("update", 7.0),
        "b": ("delete", 42.0),
    }
