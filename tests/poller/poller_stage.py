"""A stage for the poller: a queue on the embedded AWS, a worker that answers over HTTP, and the poller itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import quote_plus, unquote_plus

POLLER = Path(__file__).parents[2] / "poller"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal"}


def record(key: str) -> dict[str, Any]:
    """A record as S3 writes it."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "b"}, "object": {"key": quote_plus(key), "size": 1}},
    }


def reported(*keys: str) -> str:
    return json.dumps({"Records": [record(key) for key in keys]})


TEST_EVENT = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})


def until(what: Callable[[], bool], at_most_s: float = 30.0) -> bool:
    """Wait for a condition that another process or thread makes true; False when the time is over."""
    end, pause = time.monotonic() + at_most_s, Event()
    while time.monotonic() < end:
        if what():
            return True
        pause.wait(0.03)
    return what()


class StubWorker:
    """A worker that does as it is told: refuses poison, takes its time, counts who is at work.

    Parameters
    ----------
    refused: text in a key -> what is answered, as status and body; 0 cuts the connection.
    gate: when given, every call waits until it is set.
    """

    def __init__(self, *, refused: dict[str, tuple[int, str]] | None = None, gate: Event | None = None) -> None:
        self.refused, self.gate = refused or {}, gate
        self.taken: Counter[str] = Counter()
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.at_work: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.most_pipelines = 0
        self.bodies: list[dict[str, Any]] = []
        self._changed = Condition()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> StubWorker:
        """Listen; after a stop on the same port again."""
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, text = stub.answer(self.path, body)
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128
            allow_reuse_address = True

            def handle_error(self, *_: Any) -> None: ...

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        if "Records" in body:
            keys = tuple(unquote_plus(one["s3"]["object"]["key"]) for one in body["Records"])
        else:
            keys = (str(body["pipeline_prefix"]),)
        pipelines = {"/".join(key.split("/")[:2]) for key in keys}
        with self._changed:
            self.calls.append((path, keys))
            self.bodies.append(body)
            for one in pipelines:
                self.at_work[one] += 1
                self.most_at_once[one] = max(self.most_at_once[one], self.at_work[one])
            self.most_pipelines = max(self.most_pipelines, sum(1 for count in self.at_work.values() if count))
            self._changed.notify_all()
        try:
            if self.gate is not None:
                self.gate.wait(30)
            for text, said in self.refused.items():
                if any(text in key for key in keys):
                    return said
            with self._changed:
                self.taken.update(keys)
            return 200, '{"errors": []}'
        finally:
            with self._changed:
                for one in pipelines:
                    self.at_work[one] -= 1


class Stage:
    """Queue, dead-letter queue and everything needed to run pollers against them."""

    def __init__(self, client: Any, url: str, tmp: Path, *, receives: int = 2) -> None:
        self.sqs, self.aws_url, self.tmp = client, url, tmp
        dead = client.create_queue(QueueName="uploads-dead")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:uploads-dead"
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(receives)})
        made = client.create_queue(
            QueueName="uploads", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "2700"}
        )
        self.queue, self.dead = str(made["QueueUrl"]), str(dead)

    def send(self, bodies: Sequence[str]) -> None:
        for at in range(0, len(bodies), 10):
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[at : at + 10])]
            self.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)

    def waiting(self, queue: str = "") -> int:
        """Messages of a queue, hidden ones too."""
        found = self.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])

    def dead_bodies(self) -> list[str]:
        found = []
        while answer := self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10).get("Messages"):
            found += [one["Body"] for one in answer]
        return found

    def environment(self, worker: StubWorker, **changes: str) -> dict[str, str]:
        return {
            "QUEUE_URL": self.queue,
            "AWS_REGION": "us-east-1",
            "SQS_ENDPOINT_URL": self.aws_url,
            "WORKER_URL": worker.url,
            "WAIT_S": "1",
            "QUIET_S": "0.1",
            "LEASE_S": "4",
            "RETRY_S": "0",
            "STOP_S": "20",
            "HEALTH_FILE": str(self.tmp / "alive"),
            **changes,
        }

    @contextmanager
    def in_thread(self, worker: StubWorker, **changes: str) -> Iterator[Any]:
        """The poller in this process; stopped at the end, and its end is waited for."""
        from karet_poller.poller import Poller
        from karet_poller.settings import from_environment
        from karet_poller.sqs_queue import SqsQueue, client_for

        settings = from_environment(self.environment(worker, **changes))
        poller = Poller(settings, SqsQueue(client_for(settings), settings), time.monotonic)
        thread = Thread(target=poller.run)
        thread.start()
        try:
            yield poller
        finally:
            poller.stop()
            thread.join(60)
            assert not thread.is_alive()

    def process(self, worker: StubWorker, **changes: str) -> subprocess.Popen[bytes]:
        """The poller as the container runs it."""
        environment = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(POLLER), **self.environment(worker, **changes)}
        log = (self.tmp / "poller.log").open("ab")
        with log:
            return subprocess.Popen([sys.executable, "-m", "karet_poller"], env=environment, stdout=log, stderr=log)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.tmp / "poller.log").read_text().splitlines()]
