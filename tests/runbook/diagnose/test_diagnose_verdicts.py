"""One verdict for each cause, from facts alone; the same for the same facts, and unknown rather than a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.diagnose.causes import ROWS
from runbook.diagnose.judging import judge
from runbook.diagnose.page import main, verdicts_table
from runbook.diagnose.seen import Container, Event, LogLine, Rollout, Target, Task
from runbook.diagnose.verdict import UNKNOWN, RolloutError
from runbook.errors import RunbookError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs" / "verdicts.md"
PULL = "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
INIT = "ResourceInitializationError: unable to pull secrets or registry auth: "
ASM = f"{INIT}unable to retrieve secret from asm: service call has been retried 1 time(s): "
UNWELL = "(service karet-svc) (task 0123456789) (port 3000) is unhealthy in (target-group arn:x) due to (reason "
PLACE = "(service karet-svc) was unable to place a task. Reason: "
KILLED = "Task failed ELB health checks in (target-group arn:x)"


def _rollout(**changed: Any) -> Rollout:
    usual: dict[str, Any] = {
        "part": "web",
        "cluster": "karet",
        "service": "karet-svc",
        "deployment": "ecs-svc/1",
        "at": NOW,
        "grace_s": 90,
        "port": 3000,
        "health_path": "/login",
    }
    return Rollout(**{**usual, **changed})


def _stopped(reason: str, code: str = "TaskFailedToStart", *, lived: float = 0, **changed: Any) -> Task:
    started = NOW - timedelta(seconds=lived) if lived else None
    task = Task("0123456789abcdef", "STOPPED", code, reason, address="10.0.1.5", started_at=started, stopping_at=NOW)
    return replace(task, **changed)


def _running(seconds: float, **changed: Any) -> Task:
    task = Task("0123456789abcdef", "RUNNING", address="10.0.1.5", started_at=NOW - timedelta(seconds=seconds))
    return replace(task, **changed)


def _said(text: str) -> tuple[Event, ...]:
    return (Event(NOW, text),)


def _exit(code: int, reason: str = "") -> Task:
    containers = (Container("karet", reason, code),)
    return _stopped("Essential container in task exited", "EssentialContainerExited", containers=containers)


REFUSED = (Target("10.0.1.5", 3000, "unhealthy", "Target.FailedHealthChecks", "Health checks failed"),)
ELSEWHERE = (LogLine("0123456789abcdef", "Server listening on port 8081"),)
RIGHT_PORT = (LogLine("0123456789abcdef", "- Local: http://localhost:3000"),)

CASES = {
    "image by digest": (
        "image-missing",
        _rollout(tasks=(_stopped(PULL + "failed to resolve ref x@sha256:1: not found"),)),
    ),
    "image in an event": ("image-missing", _rollout(events=_said(f"{PLACE}{PULL}x: not found."))),
    "repository": (
        "image-missing",
        _rollout(tasks=(_stopped("CannotPullContainerError: repository x does not exist"),)),
    ),
    "log group": (
        "log-group-missing",
        _rollout(
            tasks=(
                _stopped(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
                    "times: ResourceNotFoundException: The specified log group does not exist: /karet/web"
                ),
            )
        ),
    ),
    "platform": (
        "wrong-architecture",
        _rollout(
            tasks=(_stopped(f"{PULL}image Manifest does not contain descriptor matching platform 'linux/amd64'"),)
        ),
    ),
    "old platform": (
        "wrong-architecture",
        _rollout(tasks=(_stopped("CannotPullContainerError: failed to find a descriptor for platform {linux/amd64}"),)),
    ),
    "exec format": (
        "wrong-architecture",
        _rollout(tasks=(_exit(1),), logs=(LogLine("0123456789abcdef", "exec /usr/local/bin/node: exec format error"),)),
    ),
    "no way to ECR": (
        "no-route",
        _rollout(tasks=(_stopped(f"{INIT}There is a connection issue between the task and Amazon ECR. i/o timeout"),)),
    ),
    "no way to the registry": ("no-route", _rollout(tasks=(_stopped(f"{PULL}dial tcp 3.2.1.4:443: i/o timeout"),))),
    "no way to the secret": ("no-route", _rollout(tasks=(_stopped(f"{ASM}context deadline exceeded. Please check"),))),
    "secret denied": ("secret-unavailable", _rollout(tasks=(_stopped(f"{ASM}AccessDeniedException: no KMS"),))),
    "secret missing": ("secret-unavailable", _rollout(tasks=(_stopped(f"{ASM}ResourceNotFoundException: gone"),))),
    "secret without key": ("secret-unavailable", _rollout(tasks=(_stopped(f"{ASM}did not contain json key K"),))),
    "killed for memory": (
        "out-of-memory",
        _rollout(tasks=(_exit(137, "OutOfMemoryError: Container killed due to memory usage"),)),
    ),
    "heap": (
        "out-of-memory",
        _rollout(tasks=(_exit(134),), logs=(LogLine("0", "FATAL ERROR: JavaScript heap out of memory"),)),
    ),
    "exit 1": ("exit-code", _rollout(tasks=(_exit(1),))),
    "exit 0 is an end too": ("exit-code", _rollout(tasks=(_exit(0),))),
    "path in an event": (
        "wrong-health-path",
        _rollout(events=_said(f"{UNWELL}Health checks failed with these codes: [404])")),
    ),
    "path during the grace period": (
        "wrong-health-path",
        _rollout(
            tasks=(_running(20),),
            targets=(
                Target(
                    "10.0.1.5",
                    3000,
                    "unhealthy",
                    "Target.ResponseCodeMismatch",
                    "Health checks failed with these codes: [307]",
                ),
            ),
        ),
    ),
    "port by the log": ("wrong-port", _rollout(tasks=(_running(20),), targets=REFUSED, logs=ELSEWHERE)),
    "port by time": ("wrong-port", _rollout(tasks=(_running(75),), targets=REFUSED)),
    "port of a stopped task": (
        "wrong-port",
        _rollout(tasks=(_stopped(KILLED, lived=120),), events=_said(f"{UNWELL}Health checks failed)")),
    ),
    "killed before it could answer": (
        "short-grace",
        _rollout(grace_s=0, tasks=(_stopped(KILLED, lived=31),), events=_said(f"{UNWELL}Request timed out)")),
    ),
    "killed while it came up": (
        "short-grace",
        _rollout(tasks=(_stopped(KILLED, lived=130),), events=_said(f"{UNWELL}Health checks failed)"), logs=RIGHT_PORT),
    ),
    "health command": (
        "health-command",
        _rollout(
            port=0,
            health_command="wget x",
            tasks=(_stopped("Task failed container health checks", "ServiceSchedulerInitiated"),),
        ),
    ),
    "vCPUs": (
        "quota",
        _rollout(events=_said(f"{PLACE}You've reached the limit on the number of vCPUs you can run concurrently")),
    ),
    "CPU of one task": (
        "quota",
        _rollout(events=_said(f"{PLACE}The requested CPU configuration is above your limit.")),
    ),
    "capacity": (
        "no-capacity",
        _rollout(events=_said(f"{PLACE}Capacity is unavailable at this time. Please try again later")),
    ),
    "role": (
        "role-not-assumable",
        _rollout(
            events=_said(
                "(service karet-svc) failed to launch a task with (error ECS was unable to assume the role 'r'"
            )
        ),
    ),
}

NO_CAUSE = {
    "nothing was read": _rollout(),
    "a task that starts": _rollout(tasks=(_running(5),), targets=(Target("10.0.1.5", 3000, "initial"),)),
    "refused while it may still start": _rollout(tasks=(_running(20),), targets=REFUSED),
    "its own failures": _rollout(events=_said(f"{UNWELL}Health checks failed with these codes: [502])")),
    "no answer for long": _rollout(tasks=(_stopped(KILLED, lived=200),), events=_said(f"{UNWELL}Request timed out)")),
    "a pull that is denied": _rollout(tasks=(_stopped(f"{PULL}403 Forbidden"),)),
    "stopped by hand": _rollout(tasks=(_stopped("Task stopped by user", "UserInitiated"),)),
    "stopped by ECS with a code": _rollout(tasks=(replace(_exit(137), stop_code="ServiceSchedulerInitiated"),)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_cause_is_told_by_its_facts(name: str) -> None:
    cause, rollout = CASES[name]
    verdict = judge(rollout)
    assert verdict.cause == cause
    assert verdict.evidence
    assert verdict.source
    assert "{" not in verdict.statement + verdict.next_step
    assert "`" in verdict.next_step or cause == "role-not-assumable"
    assert verdict.firm is (cause != "role-not-assumable")


@pytest.mark.parametrize("name", NO_CAUSE)
def test_facts_that_name_no_cause_are_shown_and_never_guessed_from(name: str) -> None:
    verdict = judge(NO_CAUSE[name])
    assert (verdict.cause, verdict.firm) == (UNKNOWN, False)
    shown = " ".join(one.answer for one in verdict.evidence)
    assert all(text in shown for task in NO_CAUSE[name].stopped for text in task.texts)
    assert all(event.text in shown for event in NO_CAUSE[name].events)


def test_every_row_is_a_case_and_every_cause_of_a_case_is_a_row() -> None:
    assert {cause for cause, _ in CASES.values()} == {row.cause for row in ROWS}


@given(st.lists(st.sampled_from(sorted(CASES)), min_size=2, max_size=3, unique=True), st.randoms())
def test_of_several_causes_the_first_row_counts_whatever_comes_first(names: list[str], random: Any) -> None:
    rollouts = [CASES[name][1] for name in names if CASES[name][1].port and not CASES[name][1].targets]
    stopped = [task for one in rollouts for task in one.tasks]
    events = [event for one in rollouts for event in one.events]
    whole = _rollout(tasks=tuple(stopped), events=tuple(events))
    random.shuffle(stopped)
    random.shuffle(events)
    mixed = _rollout(tasks=tuple(stopped), events=tuple(events))
    assert judge(mixed).cause == judge(whole).cause


def test_one_healthy_task_is_enough_to_go_on_waiting() -> None:
    well = Target("10.0.1.6", 3000, "healthy")
    rollout = _rollout(tasks=(_exit(1), _running(40, address="10.0.1.6")), targets=(well,))
    verdict = judge(rollout)
    assert (rollout.healthy, verdict.cause, verdict.firm) == (1, "exit-code", False)


def test_the_statement_names_code_port_path_and_grace() -> None:
    assert "exit code 1" in judge(CASES["exit 1"][1]).statement
    assert "at /login with 404" in judge(CASES["path in an event"][1]).statement
    assert "port 3000 of karet-svc: the log names 8081" in judge(CASES["port by the log"][1]).statement
    assert "after 31 s" in judge(CASES["killed before it could answer"][1]).statement
    assert "app.web.grace_s" in judge(CASES["killed before it could answer"][1]).next_step


def test_the_error_of_a_rollout_carries_the_verdict_and_its_next_step() -> None:
    verdict = judge(CASES["exit 1"][1])
    error = RolloutError(RunbookError("services.web failed: breaker", hint="again"), verdict)
    assert error.message.startswith("services.web failed: breaker\nverdict exit-code: ")
    assert "read: ecs.DescribeTasks task 01234567: EssentialContainerExited" in error.message
    assert error.hint == verdict.next_step
    assert error.verdict.as_json()["cause"] == "exit-code"


def test_the_page_holds_the_table_as_it_is(tmp_path: Path) -> None:
    fresh = verdicts_table() in PAGE.read_text(encoding="utf-8")
    assert fresh, "write it anew: python -m runbook.diagnose.page docs/verdicts.md"
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8").replace(verdicts_table(), ""), encoding="utf-8")
    main([str(page)])
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
