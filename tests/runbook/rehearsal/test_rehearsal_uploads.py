"""The real poller beside a fake worker: it brings uploads, hands back what is refused, and ends with its task."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from moto.backends import get_backend
from poller_stage import reported, until
from rehearsal_clients import ClientFor

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.rehearsal.states import Pacer
from runbook.rehearsal.task_doors import Asked, TaskDoors
from runbook.rehearsal.task_uploads import Uploads

PATH = "/hook"


class Definition:
    def __init__(self, queue: str) -> None:
        logs = {"awslogs-group": "/w", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"}
        told = {
            "QUEUE_URL": queue,
            "WORKER_URL": "http://127.0.0.1:8080",
            "WORKER_PATH": PATH,
            "AWS_REGION": "us-east-1",
        }
        environment = [{"name": name, "value": value} for name, value in told.items()]
        log = {"logDriver": "awslogs", "options": logs}
        self.container_definitions = [
            {"name": "worker", "logConfiguration": log},
            {"name": "poller", "environment": environment, "logConfiguration": log},
        ]


class Task:
    id = "t1"
    task_arn = f"arn:aws:ecs:us-east-1:{ACCOUNT_ID}:task/c/t1"

    def __init__(self, queue: str, door: int) -> None:
        self.definition, self.doors = Definition(queue), {8080: door}


class Scene:
    """A queue with a dead-letter queue, a worker's door, and the uploads between them."""

    def __init__(self, client: ClientFor) -> None:
        self.sqs, self.logs = client("sqs"), client("logs")
        self.logs.create_log_group(logGroupName="/w")
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        redrive = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:dead", "maxReceiveCount": "3"}
        made = self.sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": json.dumps(redrive)})
        self.queue, self.doors = made["QueueUrl"], TaskDoors()
        self.uploads = Uploads(Pacer(lambda: 0.0), lambda service, _: client(service))
        self.refused = False
        self.task = Task(self.queue, self.doors.open(self._reply))

    def _reply(self, asked: Asked) -> int:
        container = self.task.definition.container_definitions[0]
        return 500 if self.refused else self.uploads.take(self.task, container, asked)

    def send(self, *keys: str) -> None:
        body = json.loads(reported(*keys))
        for one in body["Records"]:
            one["eventTime"] = "2026-11-23T00:00:00.000Z"
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(body))

    def count(self, queue: str) -> int:
        return len(get_backend("sqs")[ACCOUNT_ID]["us-east-1"].queues[queue]._messages)

    def settled(self, what: Any) -> bool:
        def look() -> bool:
            self.uploads.settle()
            return bool(what())

        return until(look)


@pytest.fixture
def scene(aws: Embedded, client: ClientFor) -> Any:
    made = Scene(client)
    yield made
    made.uploads.end()
    made.doors.stop()
    assert not [one for one in threading.enumerate() if one.name == "task-poller"]


def lines(scene: Scene) -> list[str]:
    return [one["message"] for one in scene.logs.filter_log_events(logGroupName="/w")["events"]]


def test_an_upload_reaches_the_worker_and_both_write_about_it(scene: Scene) -> None:
    scene.send("raw/a b.csv")
    scene.uploads.begin(scene.task)
    assert scene.settled(lambda: scene.uploads.arrivals and not scene.count("q"))
    assert [one["key"] for one in scene.uploads.report()] == ["raw/a b.csv"]
    assert scene.settled(lambda: any('"event": "done"' in line for line in lines(scene)))
    assert "worker took the upload raw/a b.csv" in lines(scene)


def test_what_the_worker_refuses_becomes_a_dead_letter(scene: Scene) -> None:
    scene.refused = True
    scene.send("raw/a.csv")
    scene.uploads.begin(scene.task)
    assert scene.settled(lambda: scene.count("dead") == 1)
    assert not scene.uploads.arrivals


def test_a_poller_that_was_told_nonsense_says_so_and_disturbs_nobody(scene: Scene) -> None:
    scene.task.definition.container_definitions[1]["environment"].append({"name": "JOBS", "value": "many"})
    scene.uploads.begin(scene.task)
    scene.uploads.settle()
    assert lines(scene) == ['{"event": "wrong settings", "why": "JOBS is no number"}']


def test_a_task_that_stops_takes_its_poller_along_and_leaves_the_message(scene: Scene) -> None:
    scene.uploads.begin(scene.task)
    scene.uploads.finish(scene.task)
    assert until(lambda: not [one for one in threading.enumerate() if one.name == "task-poller"])
    scene.send("raw/a.csv")
    assert scene.count("q") == 1
    assert not scene.uploads.arrivals


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (Asked("GET", PATH), 404),
        (Asked("POST", "/elsewhere", b"{}"), 404),
        (Asked("POST", PATH, b"no json"), 400),
        (Asked("POST", PATH, b"[]"), 400),
        (Asked("POST", PATH, b'{"Records": [1]}'), 400),
        (Asked("POST", PATH, b'{"pipeline_prefix": "pipelines/x/"}'), 200),
    ],
)
def test_the_worker_takes_uploads_on_its_path_and_nothing_else(asked: Asked, status: int, scene: Scene) -> None:
    container = scene.task.definition.container_definitions[0]
    assert scene.uploads.take(scene.task, container, asked) == status
    assert [one.key for one in scene.uploads.arrivals] == (["pipelines/x/"] if status == 200 else [])
