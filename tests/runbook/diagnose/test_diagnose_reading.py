"""What is read is bounded, is of the deployment that is meant, and a refused read leaves the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runbook.diagnose.judging import judge
from runbook.diagnose.reading import judged_deployment, read_rollout
from runbook.errors import AwsError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OLD, BAD, BACK = "ecs-svc/1", "ecs-svc/2", "ecs-svc/3"


def _deployment(id_: str, status: str = "PRIMARY", state: str = "IN_PROGRESS", why: str = "") -> dict[str, Any]:
    at = NOW - timedelta(minutes=5)
    return {"id": id_, "status": status, "rolloutState": state, "rolloutStateReason": why, "createdAt": at}


def _events(*texts: str) -> list[dict[str, Any]]:
    return [
        {"createdAt": NOW - timedelta(minutes=number), "message": f"(service s) {text}"}
        for number, text in enumerate(texts)
    ]


def _service(*deployments: dict[str, Any], events: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "serviceName": "s",
        "status": "ACTIVE",
        "desiredCount": 1,
        "deployments": list(deployments),
        "events": events or [],
        **more,
    }


class _Aws:
    """Answers by operation; an exception is raised."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.made: list[str] = []

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        self.made.append(f"{service}.{operation}")
        answer = self.answers.get(operation, {})
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, Exception):
            raise answer
        found: dict[str, Any] = answer
        return found

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any] | None:
        return self.read(service, operation, **params)


def test_the_newest_deployment_is_judged_and_behind_a_rollback_the_one_that_failed() -> None:
    back = _deployment(BACK, why="ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
    failed = _deployment(BAD, "ACTIVE", "FAILED")
    ended = _deployment(BACK, state="COMPLETED")
    events = _events(f"(deployment {BACK}) deployment completed.", f"(deployment {BAD}) deployment failed: x")
    assert judged_deployment(_service(_deployment(BAD))) == BAD
    assert judged_deployment(_service(back, failed)) == BAD
    assert judged_deployment(_service(back, events=events[1:])) == BAD
    assert judged_deployment(_service(ended, events=events)) == BAD
    assert judged_deployment(_service(ended, events=events[:1])) == BACK
    later = _events(f"(deployment {BACK}) deployment completed.", f"(deployment {OLD}) deployment completed.")
    assert judged_deployment(_service(ended, events=[*later, *events[1:]])) == BACK
    assert judged_deployment(_service()) == ""


def test_events_and_tasks_of_another_deployment_do_not_count() -> None:
    quota = "was unable to place a task. Reason: You've reached the limit on the number of vCPUs"
    events = _events(
        f"(deployment {BACK}) deployment completed.",
        f"(deployment {BAD}) deployment failed: tasks failed to start.",
        "has started 1 tasks",
        f"(deployment {OLD}) deployment completed.",
        quota,
    )
    arn = "arn:aws:ecs:us-east-1:123456789012:task/k/"
    pull = "CannotPullContainerError: x: not found"
    stopped = {"a": (OLD, pull), "b": (BAD, "Task stopped by user")}
    tasks = [
        {"taskArn": f"{arn}{id_}", "startedBy": whose, "lastStatus": "STOPPED", "stoppedReason": reason}
        for id_, (whose, reason) in stopped.items()
    ]
    aws = _Aws(
        DescribeServices={"services": [_service(_deployment(BACK, state="COMPLETED"), events=events)]},
        ListTasks=lambda params: {"taskArns": [f"{arn}a", f"{arn}b"] if params["desiredStatus"] == "STOPPED" else []},
        DescribeTasks={"tasks": tasks},
    )
    rollout = read_rollout(aws, "k", "s", part="web", at=NOW)
    assert rollout is not None
    assert [one.id for one in rollout.tasks] == ["b"]
    assert len(rollout.events) == 3
    assert judge(rollout).cause == "unknown"
    listed = _Aws(DescribeServices={"services": [_service(_deployment(BAD), events=_events(*["x"] * 9))]})
    rollout = read_rollout(listed, "k", "s", part="web", at=NOW)
    assert rollout is not None
    assert len(rollout.events) == 6


def test_a_refused_read_is_named_and_the_verdict_rests_on_the_others() -> None:
    events = _events("was unable to place a task. Reason: Capacity is unavailable at this time. Please")
    refused = AwsError("no", service="ecs", operation="ListTasks", code="AccessDeniedException")
    aws = _Aws(DescribeServices={"services": [_service(_deployment(BAD), events=events)]}, ListTasks=refused)
    rollout = read_rollout(aws, "k", "s", part="web", at=NOW)
    assert rollout is not None
    assert rollout.not_read == ("ecs.ListTasks: AccessDeniedException",) * 2
    assert judge(rollout).cause == "no-capacity"
    assert len(aws.made) <= 4


def test_no_service_is_nothing_to_judge() -> None:
    assert read_rollout(_Aws(), "k", "s", part="web", at=NOW) is None
    gone = {"services": [{**_service(), "status": "INACTIVE"}]}
    assert read_rollout(_Aws(DescribeServices=gone), "k", "s", part="web", at=NOW) is None
