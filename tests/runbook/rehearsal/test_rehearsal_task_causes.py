"""Every cause that keeps tasks from coming up shows as AWS shows it, is recognised, and goes away when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rehearsal_clients import ClientFor
from rehearsal_hand_clock import HandClock
from rehearsal_services import Place, make_place

from runbook.aws.session import Session
from runbook.diagnose.causes import ROWS
from runbook.diagnose.judging import judge
from runbook.diagnose.reading import read_rollout
from runbook.diagnose.verdict import Verdict
from runbook.errors import RehearsalError
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.faults import GRAMMAR, Fault, FaultPlan, parse_fault
from runbook.rehearsal.task_causes import TASK_CAUSES

PAGE = Path(__file__).parents[3] / "docs" / "rehearsal.md"
OF_THE_GATE = "wrong-health-path"
CAUSES = [pytest.param(one, marks=[] if one == OF_THE_GATE else pytest.mark.prove) for one in TASK_CAUSES]
Sessions = Callable[[float], Session]
LOGGED = {
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"},
    },
}


@pytest.fixture
def place(client: ClientFor) -> Place:
    return make_place(client)


def _served(place: Place) -> None:
    """A service whose container writes a log and starts with a secret, with a grace period of 90 s."""
    place.client("logs").create_log_group(logGroupName="/web")
    secret = place.client("secretsmanager").create_secret(Name="k", SecretString="canary-0123456789")["ARN"]
    container: dict[str, Any] = {**LOGGED, "secrets": [{"name": "K", "valueFrom": secret}]}
    place.service(place.register(container=container, family="web"), healthCheckGracePeriodSeconds=90)


def _verdict(sessions: Sessions) -> Verdict:
    rollout = read_rollout(sessions(60).look(), "k", "web", part="web", at=datetime.now(UTC))
    assert rollout is not None
    return judge(rollout)


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_recognised_and_the_next_deployment_comes_up(
    aws: Embedded, place: Place, sessions: Sessions, cause: str
) -> None:
    aws.add_faults([f"tasks.web:{cause}:*"])
    _served(place)
    for _ in range(4):
        place.described()
    verdict = _verdict(sessions)
    assert verdict.cause == cause
    assert verdict.firm is (cause != "role-not-assumable")
    assert "canary" not in str(verdict)
    aws.clear_faults()
    place.ecs.update_service(cluster="k", service="web", forceNewDeployment=True)
    found = place.described()
    assert (found["deployments"][0]["rolloutState"], found["runningCount"]) == ("COMPLETED", 2)


def test_health_is_told_during_the_grace_period_and_judged_before_it_is_over(
    aws: Embedded, place: Place, sessions: Sessions, hand_clock: HandClock
) -> None:
    aws.add_faults(["tasks.web:wrong-health-path:*"])
    _served(place)
    place.described()
    hand_clock.now += 46
    place.described()
    assert place.health() == ["initial", "initial"]
    hand_clock.now += 31
    place.described()
    assert place.health() == ["unhealthy", "unhealthy"]
    assert place.described()["deployments"][0]["failedTasks"] == 0
    # 77 s after the first task was wanted, and before ECS has stopped any.
    assert _verdict(sessions).cause == "wrong-health-path"
    hand_clock.now += 90
    assert place.described()["deployments"][0]["failedTasks"] == 2
    stopped = place.ecs.list_tasks(cluster="k", serviceName="web", desiredStatus="STOPPED")["taskArns"]
    reasons = {one["stoppedReason"] for one in place.ecs.describe_tasks(cluster="k", tasks=stopped)["tasks"]}
    assert reasons == {f"Task failed ELB health checks in (target-group {place.target_group})"}


@pytest.mark.prove
def test_behind_a_rollback_the_deployment_that_failed_is_judged(
    aws: Embedded, place: Place, sessions: Sessions
) -> None:
    _served(place)
    place.described()
    aws.add_faults(["tasks.web:exit-code:3"])
    place.ecs.update_service(cluster="k", service="web", taskDefinition=place.register(cpu="512", memory="1024"))
    for _ in range(3):
        found = place.described()
    assert [one["rolloutState"] for one in found["deployments"]] == ["COMPLETED"]
    assert (_verdict(sessions).cause, _verdict(sessions).firm) == ("exit-code", True)


def test_a_fault_of_tasks_is_written_with_the_services_name_and_counts_tasks() -> None:
    fault = parse_fault("tasks.karet-worker-svc:exit-code:2:1")
    assert fault == Fault("tasks", "karet-worker-svc", "exit-code", count=2, after=1)
    assert parse_fault(str(fault)) == fault
    plan = FaultPlan([fault, parse_fault("*.*:503:*")])
    assert [plan.take_task("karet-worker-svc") is not None for _ in range(4)] == [False, True, True, False]
    assert plan.take_task("karet-svc") is None
    assert plan.take("tasks", "karet-worker-svc") == Fault("*", "*", "503", count=10**9)


@pytest.mark.parametrize(
    "text", ["tasks.web:throttle", "tasks.web:", "ecs.CreateService:exit-code", "s3.karet-svc:503"]
)
def test_causes_and_kinds_of_calls_are_not_mixed(text: str) -> None:
    with pytest.raises(RehearsalError) as raised:
        parse_fault(text)
    assert "tasks.karet-svc:image-missing" in raised.value.hint


def test_every_cause_is_in_the_grammar_on_the_page_and_has_a_verdict() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, cause in TASK_CAUSES.items():
        assert name in GRAMMAR
        assert f"| `{name}` | {cause.what} | {cause.source} |" in page
    assert set(TASK_CAUSES) | {"health-command"} == {row.cause for row in ROWS}
