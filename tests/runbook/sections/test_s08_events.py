"""Section 8 on the embedded AWS: an upload reaches the queue, the poller is in the worker's task, checks can fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook.kinds.iam import Role
from runbook.kinds.s3_notification import BucketNotification
from runbook.kinds.sqs import Queue
from runbook.kinds.task_definition import TaskDefinition
from runbook.rehearsal.embedded import Embedded

BUCKET = "karet-data-123456789012"


def outcomes(runs: Any) -> dict[str, str]:
    return {one.id: one.outcome for one in runs.verify(["8"])}


def containers(runs: Any) -> list[dict[str, Any]]:
    task = runs.graph.resources["services.task-worker"]
    assert isinstance(task, TaskDefinition)
    return [dict(one) for one in task.containers]


def test_an_upload_below_the_prefix_reaches_the_queue_and_each_check_can_fail(
    open_runs: Any, embedded: Embedded
) -> None:
    runs = open_runs()
    result = runs.apply(runs.plan(["8"]), command="test")
    assert [str(step.error) for step in result.report.steps if step.error] == []
    assert set(outcomes(open_runs()).values()) == {"passed"}
    send, read = runs.place.session.send, runs.place.session.read
    url = read("sqs", "GetQueueUrl", {"QueueName": "karet-uploads"})["QueueUrl"]
    for key in ("raw/a b.csv", "clean/a.csv"):
        send("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": b"x"})
    answer, _ = send("sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10})
    messages = answer["Messages"]
    bodies = [json.loads(one["Body"]) for one in messages]
    assert [one.get("Event") for one in bodies if "Event" in one] == ["s3:TestEvent"]
    assert [one["Records"][0]["s3"]["object"]["key"] for one in bodies if "Records" in one] == ["raw%2Fa+b.csv"]
    dead = read("sqs", "GetQueueUrl", {"QueueName": "karet-uploads-dead"})["QueueUrl"]
    send("sqs", "SendMessage", {"QueueUrl": dead, "MessageBody": "x"})
    assert outcomes(open_runs())["events.no-dead-letters"] == "failed"
    send("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"VisibilityTimeout": "30"}})
    assert outcomes(open_runs())["events.queue"] == "failed"
    send("s3", "PutBucketNotificationConfiguration", {"Bucket": BUCKET, "NotificationConfiguration": {}})
    assert outcomes(open_runs())["events.reported"] == "failed"
    send("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": ""}})
    assert outcomes(open_runs())["events.s3-may-send"] == "failed"
    # What was changed behind its back is put right by one more apply.
    again = open_runs()
    again.apply(again.plan(["8"]), command="test")
    failed = {id_ for id_, outcome in outcomes(open_runs()).items() if outcome != "passed"}
    assert failed == {"events.no-dead-letters"}


def test_the_poller_is_told_everything_by_the_contract_and_nothing_that_is_secret(open_runs: Any) -> None:
    worker, poller = containers(
        open_runs(
            "app.webhook_path=/jobs/run", "app.webhook_body=pipeline", "app.worker.port=9090", "app.longest_job_s=600"
        )
    )
    told = {one["name"]: one["value"] for one in poller["environment"]}
    assert told == {
        "QUEUE_URL": "${events.queue.url}",
        "AWS_REGION": "us-east-1",
        "JOB_S": "600",
        "QUIET_S": "5",
        "UPLOAD_LAYOUT": "pipelines/<pipeline>/raw/<file>",
        "WORKER_BODY": "pipeline",
        "WORKER_PATH": "/jobs/run",
        "WORKER_URL": "http://127.0.0.1:9090",
    }
    assert "secrets" not in poller
    assert poller["dependsOn"] == [{"containerName": worker["name"], "condition": "HEALTHY"}]
    assert (poller["essential"], poller["healthCheck"]["command"][-1]) == (True, "karet_poller.health")


def test_a_worker_without_a_health_command_is_only_waited_for_to_start(open_runs: Any) -> None:
    _, poller = containers(open_runs("app.worker.health_command=[]"))
    assert poller["dependsOn"][0]["condition"] == "START"


@pytest.mark.parametrize(("longest", "hidden"), [(10, 15), (1800, 2700), (28_000, 42_000)])
def test_messages_are_hidden_half_as_long_again_as_the_longest_job(open_runs: Any, longest: int, hidden: int) -> None:
    queue = open_runs(f"app.longest_job_s={longest}").graph.resources["events.queue"]
    assert isinstance(queue, Queue)
    assert queue.visibility_s == hidden


def test_the_workers_role_may_poll_this_queue_and_no_other(open_runs: Any) -> None:
    def policies(*settings: str) -> dict[str, Any]:
        role = open_runs(*settings).graph.resources["iam.worker-role"]
        assert isinstance(role, Role)
        return dict(role.policies)

    (statement,) = (one for one in policies()["data"]["Statement"] if one["Sid"] == "Poll")
    assert statement["Resource"] == "arn:aws:sqs:us-east-1:123456789012:karet-uploads"
    assert not [action for action in statement["Action"] if "Send" in action or "*" in action]
    assert "Poll" not in str(policies("events=none"))
    assert list(policies()) == list(policies("events=none")), "a policy that goes would stay as somebody else's"


def test_without_events_there_is_no_queue_no_poller_and_the_notification_is_not_wanted(open_runs: Any) -> None:
    runs = open_runs("events=none")
    ours = [one for id_, one in runs.graph.resources.items() if id_.startswith("events.")]
    assert [(type(one), one.wanted) for one in ours] == [(BucketNotification, False)]
    assert len(containers(runs)) == 1
    assert not [id_ for id_ in runs.graph.resources if "poller" in id_]


@pytest.mark.prove
def test_switching_events_off_and_on_leaves_no_queue_and_no_report_behind(open_runs: Any, embedded: Embedded) -> None:
    def applied(*settings: str) -> None:
        runs = open_runs(*settings)
        result = runs.apply(runs.plan(), command="test")
        assert [str(step.error) for step in result.report.steps if step.error] == []
        assert open_runs(*settings).plan().plan.acting == ()

    applied()
    applied("events=none")
    session = open_runs().place.session
    assert session.read("sqs", "ListQueues", {}).get("QueueUrls", []) == []
    asked = {"Bucket": BUCKET}
    assert "QueueConfigurations" not in session.read("s3", "GetBucketNotificationConfiguration", asked)
    applied()
    assert "us-east-1 sqs.queues" in embedded.inventory()
