"""A service that does not come up: judged within two minutes, told with its failed step and in the status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runbook.checks import Evidence
from runbook.cli.results import result_json
from runbook.diagnose.verdict import UNKNOWN, RolloutError, Verdict
from runbook.engine.events import Message, WaitProgress
from runbook.errors import AwsError, RunbookError
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.task_causes import TASK_CAUSES
from runbook.runs import rollout_advice
from runbook.runs.rollout_advice import JUDGE_AFTER_S, RolloutAdvice, verdict_of

DEADLINE_S = 120.0
WELL = ("web.cpu=512", "web.memory_mib=1024")
LARGER = ("web.cpu=1024", "web.memory_mib=2048")


def _verdict(cause: str, *, firm: bool = True, transient: bool = False) -> Verdict:
    evidence = (Evidence("ecs.DescribeTasks", "why"),)
    return Verdict(cause, "karet-svc", "it is so", evidence, "do this", "there", transient=transient, firm=firm)


class _Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the next judgements come to, in order; the last one stays."""
    verdicts: list[Any] = []

    def judge(_: object) -> Verdict:
        verdict = verdicts.pop(0) if len(verdicts) > 1 else verdicts[0]
        if isinstance(verdict, Exception):
            raise verdict
        assert isinstance(verdict, Verdict)
        return verdict

    monkeypatch.setattr(rollout_advice, "judge", judge)
    monkeypatch.setattr(rollout_advice, "read_rollout", lambda *_, **__: object())
    return verdicts


@pytest.fixture
def told() -> list[Any]:
    return []


@pytest.fixture
def advice(open_runs: Any, told: list[Any]) -> RolloutAdvice:
    runs = open_runs()
    clock: Any = _Clock()
    return RolloutAdvice(runs.graph, "karet", lambda: runs.place.session.look(), clock, told.append)


def test_a_wait_is_judged_within_two_minutes_and_then_every_half(advice: RolloutAdvice, judged: list[Any]) -> None:
    judged[:] = [_verdict(UNKNOWN, firm=False), _verdict("quota")]
    answers = {seconds: advice.why_never("services.web", float(seconds)) for seconds in range(0, 200, 5)}
    assert [seconds for seconds, answer in answers.items() if answer][:1] == [140]
    judged[:] = [_verdict("quota")]
    answers = {seconds: advice.why_never("services.web", float(seconds)) for seconds in range(0, 200, 5)}
    assert [seconds for seconds, answer in answers.items() if answer] == [110, 140, 170]
    assert JUDGE_AFTER_S + 5 < DEADLINE_S


def test_a_transient_cause_is_told_once_and_waited_for(
    advice: RolloutAdvice, judged: list[Any], told: list[Any]
) -> None:
    judged[:] = [_verdict("role-not-assumable", firm=False, transient=True)]
    assert {advice.why_never("services.web", float(seconds)) for seconds in range(0, 300, 5)} == {""}
    assert [(one.level, "role-not-assumable" in one.text, "do this" in one.text) for one in told] == [
        ("warning", True, True)
    ]


def test_what_is_no_service_is_neither_judged_nor_explained(advice: RolloutAdvice, judged: list[Any]) -> None:
    judged[:] = [_verdict("quota")]
    error = RunbookError("no")
    assert advice.why_never("logs.web", 200.0) == ""
    assert advice.explained("logs.web", error) is error


def test_a_diagnosis_that_cannot_be_read_hides_no_failure(
    advice: RolloutAdvice, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AwsError("no", service="ecs", operation="DescribeServices", code="AccessDeniedException")

    monkeypatch.setattr(rollout_advice, "read_rollout", refuse)
    error = RunbookError("services.web failed")
    assert advice.explained("services.web", error) is error
    assert advice.why_never("services.web", 200.0) == ""
    assert all("cannot be diagnosed" in one.text for one in told)


def _web(result: Any) -> Any:
    return next(one for one in result.report.steps if one.change.id == "services.web" and one.became != "done")


def _failing(embedded: Embedded, open_runs: Any, cause: str, sizes: tuple[str, ...]) -> None:
    """A deployment fails with the right verdict in time, says so everywhere, and the next one is accepted."""
    embedded.add_faults([f"tasks.karet-svc:{cause}:*"])
    events: list[Any] = []
    runs = open_runs(*sizes)
    result = runs.apply(runs.plan(), command="test", on_event=events.append)
    waits = [one.waited_s for one in events if isinstance(one, WaitProgress) and one.id == "services.web"]
    assert max(waits, default=0.0) < DEADLINE_S
    step = _web(result)
    verdict = verdict_of(step.error)
    assert isinstance(step.error, RolloutError)
    assert (step.became, verdict.cause if verdict else "") == ("failed", cause)
    told = next(one for one in result_json(result)["steps"] if one["verdict"])
    assert (told["id"], told["verdict"]["cause"]) == ("services.web", cause)
    assert f"verdict {cause}: " in told["error"]
    status = open_runs(*sizes).status()
    assert {id_: one.cause for id_, one in status.verdicts.items()} == {"services.web": cause}
    embedded.clear_faults()
    again = open_runs(*sizes)
    after = again.apply(again.plan(), command="test")
    assert [f"{one.change.id}: {one.error}" for one in after.report.steps if one.became != "done"] == []
    assert open_runs(*sizes).status().verdicts == {}


@pytest.mark.long
@pytest.mark.prove
def test_each_cause_is_the_verdict_of_its_failed_apply_in_time_and_the_next_one_is_accepted(
    open_runs: Any, embedded: Embedded, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = open_runs(*WELL)
    assert runs.apply(runs.plan(), command="test").report.outcome == "done"
    causes = [cause for cause in TASK_CAUSES if cause != "role-not-assumable"]
    for number, cause in enumerate(causes):
        _failing(embedded, open_runs, cause, WELL if number % 2 else LARGER)
    with capsys.disabled():
        print(f"\n{len(causes)} causes injected into an apply: all verdicts right and in time, all deployed again")


@pytest.mark.prove
def test_a_role_that_is_not_yet_assumable_is_told_and_the_same_apply_ends_well(
    open_runs: Any, embedded: Embedded
) -> None:
    embedded.add_faults(["tasks.karet-svc:role-not-assumable:60"])
    events: list[Any] = []
    runs = open_runs()
    result = runs.apply(runs.plan(), command="test", on_event=events.append)
    assert result.report.outcome == "done"
    assert [
        "role-not-assumable" in one.text for one in events if isinstance(one, Message) and one.level == "warning"
    ] == [True]
