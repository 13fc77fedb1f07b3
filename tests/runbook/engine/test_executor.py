"""The executor: waits, replacements, failures, stops, and what the report says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, actions, became
from memory import Fault, KilledError, Moods, refusal
from memory_kinds import Hashed, Single, Slow, Tagged, Thing

from runbook.engine.events import ChangeFailed, WaitProgress
from runbook.engine.executor import Report
from runbook.engine.journal import Journal, Run
from runbook.engine.journal_entry import Kind as EntryKind
from runbook.errors import CancelledError, GuardError, JournalError, StaleError, WaitingError
from runbook.model import Call, State, ref


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def error_of(report: Report, step: str) -> str:
    return next(str(one.error) for one in report.steps if one.change.step == step)


TREE = [Thing(id="a"), Thing(id="b", parent=ref("a", "id")), Thing(id="c", parent=ref("b", "id")), Thing(id="d")]


# -- pending, failed, deleting ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Thing, Slow])
def test_dependents_wait_for_a_pending_thing_also_when_nothing_else_changed(bench: Bench, kind: type[Thing]) -> None:
    bench.apply([kind(id="a")])
    bench.account.named("a").ready_at = bench.clock.monotonic() + 50  # type: ignore[union-attr]
    things = [kind(id="a"), Thing(id="b", parent=ref("a", "id"))]
    made_at: list[float] = []
    bench.account.on_send = lambda _operation, _params: made_at.append(bench.clock.monotonic())
    began = bench.clock.monotonic()
    report = bench.apply(things)
    assert actions(bench.last) == {"a": "none", "b": "create"}  # type: ignore[arg-type]
    assert report.outcome == "done"
    assert made_at[0] - began >= 50
    assert any(isinstance(event, WaitProgress) and event.id == "a" for event in bench.events)


@pytest.mark.parametrize(("kind", "bound"), [(Thing, 600), (Slow, 120)])
def test_a_thing_that_never_gets_ready_ends_the_wait_at_its_bound(
    tmp_path: Path, kind: type[Thing], bound: float
) -> None:
    bench = Bench(tmp_path, Moods(pending_s=1e9))
    report = bench.apply([kind(id="a"), Thing(id="b", parent=ref("a", "id")), Thing(id="c")])
    assert became(report) == {"a": "failed", "b": "not_started", "c": "failed"}
    assert "is still pending after" in error_of(report, "a")
    assert bound <= next(one.seconds for one in report.steps if one.change.step == "a") <= bound + 40
    assert report.exit_code == 1


def test_a_thing_that_fails_is_told_at_once_with_its_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(fails=frozenset({"a"}), pending_s=30))
    report = bench.apply([Slow(id="a"), Thing(id="b", parent=ref("a", "id"))])
    assert became(report) == {"a": "failed", "b": "not_started"}
    assert "it went wrong" in error_of(report, "a")
    assert [event.id for event in bench.events if isinstance(event, ChangeFailed)] == ["a"]


def test_a_failed_thing_is_replaced_and_the_plan_says_so(bench: Bench) -> None:
    things = [Tagged(id="t"), Thing(id="b", parent=ref("t", "id"))]
    bench.apply(things)
    bench.account.things["th-0001"].reason = "it broke"
    plan = bench.plan(things)
    assert actions(plan) == {"t": "replace", "b": "update", "t@th-0001": "delete"}
    assert "failed: it broke" in plan.changes[0].reason
    bench.account.moods.visible_after_s = 7.0
    assert bench.apply(things).outcome == "done"
    assert [one[:2] for one in bench.account.inventory()] == [("Tagged", "t"), ("Thing", "b")]
    assert bench.account.named("b").settings["parent"] == "th-0003"  # type: ignore[union-attr]


def test_a_thing_that_is_being_deleted_is_waited_for_and_then_made(bench: Bench) -> None:
    bench.apply([Thing(id="a")])
    bench.account.named("a").gone_at = bench.clock.monotonic() + 90  # type: ignore[union-attr]
    report = bench.apply([Thing(id="a")])
    assert actions(bench.last) == {"a": "create"}  # type: ignore[arg-type]
    assert "waits until it is gone" in bench.last.changes[0].reason  # type: ignore[union-attr]
    assert report.outcome == "done"
    assert bench.account.named("a").id == "th-0002"  # type: ignore[union-attr]


def test_what_aws_goes_on_listing_as_deleted_is_absent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(tombstones=True, deleting_s=20))
    things = [Tagged(id="t"), Thing(id="a", parent=ref("t", "id"))]
    for _ in range(2):
        assert bench.apply(things).outcome == "done"
        assert set(actions(bench.plan(things)).values()) == {"none"}
        assert bench.destroy(things).outcome == "done"
        assert actions(bench.plan(things)) == {"t": "create", "a": "create"}
        assert bench.plan_destroy([]).changes == ()
    assert len(bench.account.things) == 4


# -- replace ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Hashed, Tagged])
def test_dependents_move_to_the_new_one_before_the_old_one_goes(bench: Bench, kind: type[Hashed]) -> None:
    bench.apply([kind(id="h", size=1), Thing(id="b", parent=ref("h", "id"))])
    before = len(bench.account.sent)
    report = bench.apply([kind(id="h", size=2), Thing(id="b", parent=ref("h", "id"))])
    assert report.outcome == "done"
    assert [one.split()[0] for one in bench.account.sent[before:]] == ["CreateThing", "UpdateThing", "DeleteThing"]
    assert bench.account.named("b").settings["parent"] == "th-0003"  # type: ignore[union-attr]
    assert len(bench.account.inventory()) == 2


def test_where_two_cannot_exist_the_old_one_goes_first_and_is_gone_before_the_new_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(deleting_s=45))
    bench.apply([Single(id="s", size=1)])
    report = bench.apply([Single(id="s", size=2)])
    assert [change.action for change in bench.last.changes] == ["replace"]  # type: ignore[union-attr]
    assert report.outcome == "done"
    assert bench.account.sent == ["CreateThing s", "DeleteThing s", "CreateThing s"]
    assert bench.account.inventory() == [("Single", "s", '{"size": 2}')]


@pytest.mark.parametrize("kind", [Hashed, Tagged, Single])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_replacement_that_dies_at_any_call_ends_as_one_thing(
    tmp_path: Path, kind: type[Hashed], after: bool, number: int
) -> None:
    bench = Bench(tmp_path, Moods(visible_after_s=5))
    # Nothing refers to the thing that goes first: AWS would refuse to delete what is in use.
    parent = "" if kind is Single else ref("h", "id")
    bench.apply([kind(id="h", size=1), Thing(id="b", parent=parent, color="red")])
    things = [kind(id="h", size=2), Thing(id="b", parent=parent, color="blue")]
    bench.account.kill_at, bench.account.kill_after = len(bench.account.calls) + number, after
    with pytest.raises(KilledError):
        bench.apply(things)
    bench.account.revive()
    assert bench.apply(things).outcome == "done"
    assert [one[:2] for one in bench.account.inventory()] == [(kind.__name__, "h"), ("Thing", "b")]
    assert set(actions(bench.plan(things)).values()) == {"none"}
    assert bench.open_intents() == []


def test_the_thing_stays_when_its_parent_came_back_under_the_same_identity(bench: Bench) -> None:
    things = [Thing(id="a"), Tagged(id="t", parent=ref("a", "name"))]
    bench.apply(things)
    del bench.account.things["th-0001"]
    report = bench.apply(things)
    assert actions(bench.last) == {"a": "create", "t": "replace", "t@th-0002": "delete"}  # type: ignore[arg-type]
    assert report.outcome == "done"
    assert bench.account.sent[2:] == ["CreateThing a"]
    assert bench.account.named("th-0002") is not None


# -- failures and stops ----------------------------------------------------------------------------


def test_one_failure_stops_what_depends_on_it_and_lets_the_rest_finish(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("Invalid", text="bad color"), times=9, name="b"))
    report = bench.apply(TREE)
    assert became(report) == {"a": "done", "d": "done", "b": "failed", "c": "not_started"}
    assert report.counts == {"done": 2, "failed": 1, "waiting": 0, "not_started": 1}
    assert next(one.because for one in report.steps if one.change.id == "c") == ("b",)
    assert (report.outcome, report.exit_code) == ("failed", 1)
    assert "b: memory.CreateThing failed with Invalid: bad color" in error_of(report, "b")
    bench.account.faults.clear()
    assert bench.apply(TREE).outcome == "done"


def test_expired_credentials_end_the_run_waiting_and_start_nothing_more(bench: Bench) -> None:
    bench.limit = 1
    bench.account.faults.append(Fault("CreateThing", refusal("ExpiredToken", status=400), times=99, name="a"))
    report = bench.apply(TREE)
    assert became(report) == {"a": "waiting", "b": "not_started", "c": "not_started", "d": "not_started"}
    assert (report.outcome, report.exit_code) == ("waiting", 4)
    assert isinstance(report.stopped_by, WaitingError)
    assert bench.account.sent == ["CreateThing a"]
    bench.account.faults.clear()
    assert bench.apply(TREE).outcome == "done"


def test_credentials_that_expire_while_looking_end_the_run_waiting_too(bench: Bench) -> None:
    bench.account.on_send = lambda _operation, _params: bench.account.faults.append(
        Fault("ListThings", refusal("ExpiredToken", "ListThings"), times=99)
    )
    report = bench.apply(TREE)
    assert (report.outcome, report.exit_code) == ("waiting", 4)
    assert "failed" not in became(report).values()


def test_another_identity_ends_the_run_before_the_next_call(bench: Bench) -> None:
    bench.limit = 1
    bench.account.faults.append(Fault("CreateThing", GuardError("the credentials changed"), times=99))
    report = bench.apply(TREE)
    assert sorted(became(report).values()) == ["failed", "not_started", "not_started", "not_started"]
    assert isinstance(report.stopped_by, GuardError)
    assert len(bench.account.sent) == 1
    assert bench.open_intents() == []


class Asks(Thing):
    """A thing that a person has to make."""

    def create(self, state: State) -> list[Call]:
        return [Call("person", "DelegateZone", {"what": "delegate the zone", "how": "at the registrar"})]


def test_a_call_for_a_person_waits_while_the_rest_finishes(bench: Bench) -> None:
    things = [Asks(id="p"), Thing(id="q", after=("p",)), *TREE]
    report = bench.apply(things)
    waiting = became(report)
    assert (waiting.pop("p"), waiting.pop("q")) == ("waiting", "not_started")
    assert set(waiting.values()) == {"done"}
    assert (report.outcome, report.exit_code) == ("waiting", 4)
    assert isinstance(next(one.error for one in report.steps if one.change.id == "p"), WaitingError)
    assert report.stopped_by is None
    assert bench.open_intents() == []


def test_a_stop_lets_the_call_in_flight_finish_and_sends_nothing_new(bench: Bench) -> None:
    bench.account.on_send = lambda _operation, _params: bench.stop.request()
    bench.limit = 1
    report = bench.apply(TREE)
    assert len(bench.account.sent) == 1
    results = bench.entries("result")
    assert [one["body"]["outcome"] for one in results] == ["ok"]
    assert (report.outcome, report.exit_code) == ("cancelled", 130)
    assert isinstance(report.stopped_by, CancelledError)
    assert bench.open_intents() == []


def test_a_stop_after_the_last_step_changes_nothing(bench: Bench) -> None:
    report = bench.apply([Thing(id="a")])
    bench.stop.request()
    assert report.outcome == "done"
    assert bench.apply([Thing(id="a")]).outcome == "done"


def test_a_stop_ends_a_long_wait(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(pending_s=1e9))
    bench.account.on_send = lambda _operation, _params: bench.stop.request()
    report = bench.apply([Slow(id="a")])
    assert report.outcome == "cancelled"
    assert bench.clock.monotonic() < 10


def test_a_full_disk_stops_before_the_next_call(bench: Bench) -> None:
    class Full(Journal):
        def append(self, run: Run, kind: EntryKind, resource: str, body: Mapping[str, Any]) -> int:
            if kind == "intent" and body["params"]["Name"] != "a":
                raise JournalError("the disk is full")
            return super().append(run, kind, resource, body)

    bench.journal_type, bench.limit = Full, 1
    report = bench.apply(TREE)
    assert bench.account.sent == ["CreateThing a"]
    assert became(report) == {"a": "not_started", "b": "not_started", "c": "not_started", "d": "failed"}
    assert isinstance(report.stopped_by, JournalError)
    assert report.exit_code == 1


def test_a_result_that_cannot_be_recorded_ends_the_run_and_is_looked_for_by_the_next(bench: Bench) -> None:
    class Full(Journal):
        def result(self, intent_id: str, **_: Any) -> int:
            raise JournalError("the disk is full")

    bench.journal_type, bench.limit = Full, 1
    report = bench.apply(TREE)
    assert sorted(became(report).values()) == ["failed", "not_started", "not_started", "not_started"]
    assert (len(bench.account.sent), len(bench.open_intents())) == (1, 1)
    bench.journal_type = Journal
    bench.account.moods.visible_after_s = 5.0
    for one in bench.account.things.values():
        one.visible_at = bench.clock.monotonic() + 9
    assert bench.apply(TREE).outcome == "done"
    assert len(bench.account.inventory()) == len(TREE)
    assert bench.open_intents() == []


def test_a_step_that_needs_other_calls_than_shown_stops_its_branch_as_stale(bench: Bench) -> None:
    bench.apply([Thing(id="a", color="red"), Thing(id="d", color="red")])
    things = [Thing(id="a", color="blue"), Thing(id="b", parent=ref("a", "id")), Thing(id="d", color="blue")]
    found, plan = bench.survey(things), bench.plan(things)
    bench.account.named("a").tags["karet:section"] = "9"  # type: ignore[union-attr,index]
    report = bench.execute(things, plan, found)
    assert became(report) == {"a": "failed", "d": "done", "b": "not_started"}
    assert isinstance(report.steps[0].error, StaleError)
    assert bench.account.named("a").settings["color"] == "red"  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [Thing, Single])
def test_a_namesake_that_appears_after_planning_is_not_taken_for_ours(bench: Bench, kind: type[Thing]) -> None:
    things = [kind(id="a")]
    found, plan = bench.survey(things), bench.plan(things)
    bench.account.put(kind.__name__, "a", {"team": "theirs"}, size=2)
    report = bench.execute(things, plan, found)
    assert became(report) == {"a": "failed"}
    assert isinstance(report.steps[0].error, StaleError)
    assert bench.account.sent == []


def test_what_somebody_else_has_done_in_the_meantime_is_not_done_again(bench: Bench) -> None:
    things = [Thing(id="a", color="red")]
    found, plan = bench.survey(things), bench.plan(things)
    bench.account.put("Thing", "a", things[0].tags, color="red")
    assert became(bench.execute(things, plan, found)) == {"a": "done"}
    assert bench.account.sent == []
