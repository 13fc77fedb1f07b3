"""Sending: intents, results, tokens, repetitions, calls without an answer, and secrets that nobody can read."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, became
from memory import Fault, KilledError, MemoryPerformer, Moods, refusal
from memory_kinds import Hashed, Tagged, Thing, TwoStep

from runbook.engine.events import CallRetried
from runbook.engine.executor import Report
from runbook.engine.performers import Performers
from runbook.engine.sending import Sender
from runbook.errors import AwsError
from runbook.model import Call, Json, Known, Secret, State, escape, ref

THINGS = [
    Thing(id="a"),
    Tagged(id="b", parent=ref("a", "id")),
    TwoStep(id="c", doc=Json({"uses": ref("b", "arn")})),
    Hashed(id="d"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def clear_error(bench: Bench, code: str, text: str = "no", service: str = "memory", **more: Any) -> AwsError:
    return AwsError(text, service=service, operation="CreateThing", code=code, **more)


def only(report: Report, id_: str) -> BaseException | None:
    return next(one.error for one in report.steps if one.change.step == id_)


# -- intents and results ---------------------------------------------------------------------------


def test_every_call_has_an_intent_before_and_a_result_after_it(bench: Bench) -> None:
    seen: list[list[str]] = []
    bench.limit = 1
    bench.account.on_send = lambda _operation, _params: seen.append([one["kind"] for one in bench.entries()])
    bench.apply([Thing(id="a"), Thing(id="b")])
    assert [kinds[-1] for kinds in seen] == ["intent", "intent"]
    kinds = [one["kind"] for one in bench.entries() if one["kind"] in ("intent", "result")]
    assert kinds == ["intent", "result", "intent", "result"]
    result = bench.entries("result")[0]["body"]
    assert result["outputs"] == {"id": "th-0001"}
    assert result["request_id"] == "req-1"


def test_text_with_a_dollar_arrives_literally(bench: Bench) -> None:
    text = "cost$ ${a.b} ${aws:username} $"
    bench.apply([Thing(id="a", color=escape(text)), Thing(id="b", color=escape("$") + ref("a", "id"))])
    assert bench.account.named("a").settings["color"] == text  # type: ignore[union-attr]
    assert bench.account.named("b").settings["color"] == "$th-0001"  # type: ignore[union-attr]


# -- repetitions -----------------------------------------------------------------------------------


def test_throttling_is_answered_with_growing_pauses_and_the_same_token(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("ThrottlingException", status=400), times=5))
    assert bench.apply([Thing(id="a")]).outcome == "done"
    tokens = {params["Token"] for _, params in bench.account.calls}
    assert len(bench.account.calls) == 6
    assert len(tokens) == 1
    assert tokens == {bench.entries("intent")[0]["body"]["intent"].replace("-", "")}
    pauses = [event.in_s for event in bench.events if isinstance(event, CallRetried)]
    assert len(pauses) == 5
    assert all(0 <= pause <= 2.0**number for number, pause in enumerate(pauses))
    assert bench.open_intents() == []


def test_throttling_without_end_is_given_up_within_its_bound(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("SlowDown", status=503), times=10_000))
    report = bench.apply([Thing(id="a")])
    assert became(report) == {"a": "failed"}
    assert "SlowDown" in str(only(report, "a"))
    assert 300 <= bench.clock.monotonic() <= 340


def test_a_stop_between_two_attempts_leaves_no_question_open(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("ThrottlingException"), times=99))
    bench.account.on_send = lambda _operation, _params: bench.stop.request()
    assert bench.apply([Thing(id="a")]).outcome == "cancelled"
    assert len(bench.account.calls) == 1
    assert bench.open_intents() == []


def transient(times: int) -> Fault:
    error = AwsError("no such role", service="iam", operation="PutRolePolicy", code="NoSuchEntity", status=404)
    return Fault("CreateThing", error, times=times)


class Role(Thing):
    """A thing whose call goes to a service with known eventual consistency."""

    def create(self, state: State) -> list[Call]:
        made = super().create(state)[0]
        return [Call("iam", made.operation, made.params, token="Token")]


def test_a_refusal_that_is_known_to_pass_is_asked_again(bench: Bench) -> None:
    bench.account.faults.append(transient(times=3))
    assert bench.apply([Role(id="a")]).outcome == "done"
    assert len(bench.account.calls) == 4


def test_a_refusal_that_should_have_passed_is_given_up_at_its_bound(bench: Bench) -> None:
    bench.account.faults.append(transient(times=10_000))
    report = bench.apply([Role(id="a")])
    assert became(report) == {"a": "failed"}
    assert 60 <= bench.clock.monotonic() <= 70
    assert bench.open_intents() == []


def test_any_other_refusal_is_final_at_once(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("Invalid"), times=1))
    assert bench.apply([Thing(id="a")]).outcome == "failed"
    assert len(bench.account.calls) == 1


def test_a_refusal_that_means_already_done_counts_as_done(bench: Bench) -> None:
    bench.apply([Thing(id="a")])
    gone = Fault("DeleteThing", refusal("ThingNotFound", "DeleteThing", status=404))
    bench.account.faults.append(gone)
    bench.account.on_send = lambda _operation, _params: bench.account.things.clear()
    assert bench.destroy([Thing(id="a")]).outcome == "done"
    assert bench.entries("result")[-1]["body"]["code"] == "ThingNotFound"


# -- calls without an answer -----------------------------------------------------------------------

NO_ANSWER = {"503": ("ServiceUnavailable", 503), "cut": ("ConnectionCut", 0), "timeout": ("Timeout", 0)}


@pytest.mark.parametrize("how", NO_ANSWER)
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("visible_after_s", [0.0, 11.0])
def test_no_answer_to_any_create_makes_each_thing_once(
    tmp_path: Path, how: str, done: bool, visible_after_s: float
) -> None:
    bench = Bench(tmp_path, Moods(visible_after_s=visible_after_s))
    code, status = NO_ANSWER[how]
    for name in ("a", "b", "c", Hashed(id="d").aws_name):
        bench.account.faults.append(Fault("CreateThing", refusal(code, status=status), after=done, name=name))
    assert bench.apply(THINGS).outcome == "done"
    assert [one[:2] for one in bench.account.inventory()] == [
        ("Hashed", "d"),
        ("Tagged", "b"),
        ("Thing", "a"),
        ("TwoStep", "c"),
    ]
    assert [one["body"]["outcome"] for one in bench.entries("result")].count("unclear") == 4
    creates = [params["Token"] for operation, params in bench.account.calls if operation == "CreateThing"]
    assert len(set(creates)) == 4
    assert len(creates) == (4 if done else 8)
    assert bench.open_intents() == []
    assert set(bench.plan(THINGS).counts) == {"none"}


def test_a_call_that_is_never_answered_is_given_up_with_the_advice_to_run_again(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("InternalFailure", status=500), times=99))
    report = bench.apply([Thing(id="a"), Thing(id="b", parent=ref("a", "id"))])
    assert became(report) == {"a": "failed", "b": "not_started"}
    assert len(bench.account.calls) == 4
    assert bench.open_intents() == ["CreateThing a"]


def test_no_answer_to_a_removal_removes_it_once(bench: Bench) -> None:
    bench.apply([Thing(id="a")])
    bench.account.faults.append(Fault("DeleteThing", refusal("Timeout", "DeleteThing", status=0), after=True))
    assert bench.destroy([Thing(id="a")]).outcome == "done"
    assert [one for one in bench.account.sent if one.startswith("Delete")] == ["DeleteThing a"]
    assert bench.open_intents() == []


# -- killed between intent and result --------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("visible_after_s", [0.0, 9.0])
def test_a_run_that_dies_at_any_call_is_continued_by_running_it_again(
    tmp_path: Path, number: int, after: bool, visible_after_s: float
) -> None:
    calm = Bench(tmp_path / "calm")
    bench = Bench(tmp_path / "killed", Moods(visible_after_s=visible_after_s))
    for one in (calm, bench):
        one.directory.mkdir()
    changed = [Thing(id="a", color="blue"), *THINGS[1:3], Hashed(id="d", size=2)]
    bench.account.kill_at, bench.account.kill_after = number, after
    for things in (THINGS, changed):
        calm.apply(things)
        try:
            bench.apply(things)
        except KilledError:
            bench.account.revive()
            assert bench.apply(things).outcome == "done"
        assert bench.account.inventory() == calm.account.inventory()
        assert set(bench.plan(things).counts) == {"none"}
    assert bench.account.kill_at == 0, "the process was to die in one of the two runs"
    assert bench.open_intents() == []
    assert bench.destroy(changed).outcome == "done"
    assert bench.account.inventory() == []


def test_the_token_of_an_unanswered_call_is_used_again_by_the_next_run_and_never_for_another_call(
    bench: Bench,
) -> None:
    bench.account.kill_at = 1
    with pytest.raises(KilledError):
        bench.apply([Thing(id="a")])
    bench.account.revive()
    bench.apply([Thing(id="a")])
    killed, again = (params["Token"] for _, params in bench.account.calls)
    assert killed == again
    assert len(bench.entries("intent")) == 1
    assert next(one["body"]["event"] for one in bench.entries("event")) == "intent_taken_up"
    bench.destroy([Thing(id="a")])
    bench.apply([Thing(id="a")])
    assert bench.account.calls[-1][1]["Token"] != again


def test_a_call_that_dies_while_it_is_repeated_still_counts_as_unanswered(bench: Bench) -> None:
    bench.account.faults.append(Fault("CreateThing", refusal("ThrottlingException"), times=1))
    bench.account.kill_at, bench.account.kill_after = 2, True
    with pytest.raises(KilledError):
        bench.apply([Thing(id="a")])
    assert bench.open_intents() == ["CreateThing a"]


def test_the_end_of_one_step_says_nothing_about_a_call_that_another_step_of_the_resource_sends(bench: Bench) -> None:
    plan = bench.plan([Thing(id="a")])
    call = plan.changes[0].calls[0]
    with bench._journal() as journal:
        run = bench._run(journal, plan)
        about = {"service": "memory", "operation": "DeleteThing", "params": {}, "digest": "old", "more": {}}
        old = journal.intent(run, "a", **about)  # type: ignore[arg-type]
        sender = Sender(
            aws=bench.account,
            performers=Performers(bench.special, MemoryPerformer()),
            journal=journal,
            run=run,
            clock=bench.clock,
            on_event=bench.events.append,
            stopped=lambda: False,
            open_intents={("a", "old"): old},
        )
        ends: list[Any] = []
        # While AWS works on the call, two other steps of the same resource come to their ends side by side.
        bench.account.on_send = lambda *_: ends.extend(
            work for _ in range(2) for work in sender.settle("a", (), "found absent")
        )
        sending = sender.send("a", call, Known({}))
        work = next(sending)
        with pytest.raises(StopIteration) as answered:
            sending.send(work.run())
        assert len(ends) == 2
        for one in ends:
            one.run()
    assert answered.value.value.request_id == "req-1"
    assert [one["body"]["intent"] for one in bench.entries("settled")] == [old]
    assert len(bench.entries("result")) == 1
    assert bench.open_intents() == []


def test_the_journal_can_be_lost_without_making_anything_twice(bench: Bench) -> None:
    bench.apply(THINGS)
    for path in bench.directory.glob("journal.sqlite*"):
        path.unlink()
    assert set(bench.plan(THINGS).counts) == {"none"}


# -- secrets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
def test_a_secret_is_in_no_entry_event_report_or_exception(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    canary = "C" * 24
    monkeypatch.setattr("runbook.engine.performers.secrets.choice", lambda _letters: "C")
    bench.account.faults.append(
        Fault("CreateThing", refusal("Invalid", text=f"{canary} is too simple"), after=after, name="s")
    )
    things = [Thing(id="s", secret=Secret(24)), Thing(id="t", color="red")]
    report = bench.apply(things)
    assert "failed" in became(report).values()
    error = next(one.error for one in report.steps if one.error)
    text = "".join(traceback.format_exception(error))
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    said = text + "".join(map(repr, chain)) + "".join(map(str, chain))
    assert "•••" in said
    sent = [params["Settings"] for _, params in bench.account.calls]
    assert any((one.get("secret"), one.get("sealed")) == (canary, f'{{"password":"{canary}"}}') for one in sent)
    for place in (bench.all_text(report), said, str(bench.plan(things).as_json())):
        assert canary not in place


def test_a_secret_in_an_answer_is_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Echo(Thing):
        def create(self, state: State) -> list[Call]:
            made = super().create(state)[0]
            return [Call(made.service, made.operation, made.params, keep={"echo": "Echo"}, token="Token")]

    monkeypatch.setattr("runbook.engine.performers.secrets.choice", lambda _letters: "C")
    send = bench.account.send

    def echoing(service: str, operation: str, params: dict[str, Any]) -> tuple[dict[str, Any], str]:
        answer, request_id = send(service, operation, params)
        return {**answer, "Echo": [{"was": params["Settings"]["secret"]}]}, request_id

    monkeypatch.setattr(bench.account, "send", echoing)
    bench.apply([Echo(id="s", secret=Secret(24))])
    assert bench.entries("result")[0]["body"]["outputs"] == {"echo": [{"was": "•••"}]}
