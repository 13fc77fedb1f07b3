"""A picture of the running stack: what is there, what is not, what AWS refuses, and nothing that a terminal obeys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from runbook.errors import AwsError
from runbook.rehearsal.embedded import Embedded
from runbook.runs.watching import watch
from runbook.settings import Deployment


def test_an_empty_account_gives_a_picture_of_nothing(open_runs: Any) -> None:
    now = watch(open_runs())
    assert [(one.part, one.status) for one in now.services] == [("web", "absent"), ("worker", "absent")]
    assert [one.waiting for one in now.queues] == [None, None]
    assert (now.alarms, now.logs, now.not_read) == ((), (), ())


def test_without_events_there_are_no_queues(open_runs: Any) -> None:
    assert watch(open_runs("events=none")).queues == ()


@pytest.mark.prove
def test_a_running_stack_is_shown_with_tasks_targets_queue_alarms_and_lines(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs()
    result = runs.apply(runs.plan(), command="test")
    assert result.report.outcome == "done"
    session = runs.place.session
    url = session.read("sqs", "GetQueueUrl", {"QueueName": "karet-uploads-dead"})["QueueUrl"]
    session.send("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    stream = session.read("logs", "DescribeLogStreams", {"logGroupName": "/karet/web"})["logStreams"][0][
        "logStreamName"
    ]
    nasty = "\x1b[2Jpassword=hunter2hunter2 \x07done"
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000) + 1000, "message": nasty}
    lines = {"logGroupName": "/karet/web", "logStreamName": stream, "logEvents": [event]}
    session.send("logs", "PutLogEvents", lines)
    fired = {"AlarmName": "karet-web-5xx", "StateValue": "ALARM", "StateReason": "too \x1b[31mmany"}
    session.send("cloudwatch", "SetAlarmState", fired)
    embedded.refuse_writes(True)
    try:
        embedded.clear_calls()
        now = watch(open_runs())
        reads = embedded.calls()
    finally:
        embedded.refuse_writes(False)
    web, worker = now.services
    assert (web.desired, web.running, web.pending, web.rollout) == (2, 2, 0, "COMPLETED")
    assert [one.health for one in worker.tasks] == ["HEALTHY"]
    assert [one.state for one in web.targets] == ["healthy", "healthy"]
    assert {one.name: one.waiting for one in now.queues}["karet-uploads-dead"] == 1
    assert {one.name: one.state for one in now.alarms}["karet-web-5xx"] == "ALARM"
    assert {one.group for one in now.logs} == {"/karet/web", "/karet/worker"}
    assert {one.container for one in now.logs} == {"karet", "karet-worker", "karet-poller"}
    told = json.dumps(now.as_json())
    assert "\\u001b" not in told
    assert "hunter2" not in told
    assert len(reads) <= 30, [f"{one['service']}.{one['operation']}" for one in reads]


def test_what_aws_refuses_is_named_and_the_rest_is_shown(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs()
    made = {"AlarmName": "karet-x", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    metric = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "Threshold": 1.0}
    runs.place.session.send("cloudwatch", "PutMetricAlarm", {**made, **metric})
    embedded.add_faults(["ecs.DescribeServices:denied:9"])
    now = watch(runs)
    assert now.not_read == ("ecs.DescribeServices: AccessDeniedException",)
    assert [one.name for one in now.alarms] == ["karet-x"]


def test_credentials_that_have_expired_end_the_watch(open_runs: Any, embedded: Embedded) -> None:
    embedded.add_faults(["cloudwatch.DescribeAlarms:expired:9"])
    with pytest.raises(AwsError, match="xpired"):
        watch(open_runs())


# -- without an embedded AWS --------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TASK = "arn:aws:ecs:us-east-1:123456789012:task/karet/"


def service(name: str, **changed: Any) -> dict[str, Any]:
    balancers = [{"targetGroupArn": "group"}] if name == "karet-svc" else []
    made = {
        "serviceName": name,
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 1,
        "pendingCount": 1,
        "loadBalancers": balancers,
        "deployments": [{"status": "ACTIVE", "rolloutState": "COMPLETED"}, {"status": "PRIMARY", "rolloutState": "X"}],
        "events": [{"message": "newest\x1b[31m"}, {"message": "older"}],
    }
    return {**made, **changed}


class Told:
    """AWS that answers from a table of operations; a function is asked with the parameters."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> Any:
        answer = self._answers.get(operation)
        return answer(params) if callable(answer) else answer

    def read(self, service: str, operation: str, **params: Any) -> Any:
        return self.find(service, operation, (), **params) or {}


def place(aws: Told) -> Any:
    deployment = Deployment(region="us-east-1", tls="none", account="123456789012")
    session = SimpleNamespace(look=lambda: aws)
    clock, identity = SimpleNamespace(now=lambda: NOW), SimpleNamespace(account="123456789012")
    return SimpleNamespace(
        place=SimpleNamespace(deployment=deployment, session=session, clock=clock, identity=identity)
    )


def lines_of(params: dict[str, Any]) -> dict[str, Any]:
    at = int(NOW.timestamp() * 1000)
    return {"events": [{"timestamp": at + n, "message": f"{params['logStreamName']} {n}"} for n in range(50)]}


def test_a_picture_is_bounded_however_many_tasks_and_lines_there_are() -> None:
    asked: list[dict[str, Any]] = []

    def tasks(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        made = [{"taskArn": arn, "taskDefinitionArn": "a/karet:7", "lastStatus": "RUNNING"} for arn in params["tasks"]]
        return {"tasks": made}

    options = {"awslogs-group": "/karet/web", "awslogs-stream-prefix": "web"}
    container = {"name": "karet", "logConfiguration": {"options": options}}
    aws = Told(
        DescribeServices={"services": [service("karet-svc"), service("karet-worker-svc", status="INACTIVE")]},
        ListTasks={"taskArns": [f"{TASK}{n:03}" for n in range(300)]},
        DescribeTasks=tasks,
        DescribeTaskDefinition={"taskDefinition": {"containerDefinitions": [container, {"name": "silent"}]}},
        GetLogEvents=lines_of,
        DescribeTargetHealth={
            "TargetHealthDescriptions": [
                {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Reason": "R"}}
            ]
        },
    )
    now = watch(place(aws))
    web, worker = now.services
    assert (web.rollout, web.event, worker.status) == ("X", "newest", "absent")
    assert [(one.state, one.reason) for one in web.targets] == [("unhealthy", "R")]
    assert [len(one["tasks"]) for one in asked] == [20]
    assert {one.definition for one in web.tasks} == {"karet:7"}
    assert len(now.logs) == 10
    assert [one.at for one in now.logs] == sorted(one.at for one in now.logs)
    assert {one.text.rpartition(" ")[2] for one in now.logs} <= {str(n) for n in range(45, 50)}
