"""The poller against an embedded queue and a worker over HTTP: nothing is lost, nothing runs twice at once."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from poller_stage import TEST_EVENT, Stage, StubWorker, reported, until

MESSAGES = int(os.environ.get("POLLER_MESSAGES", "10000"))

OpenWorker = Callable[..., StubWorker]


def keys(count: int, pipeline: str = "sales") -> list[str]:
    return [f"pipelines/{pipeline}/raw/file {number}+ü.csv" for number in range(count)]


def test_good_messages_are_done_once_and_poison_ends_as_dead_letter(stage: Stage, open_worker: OpenWorker) -> None:
    worker = open_worker(refused={"poison": (200, '{"errors": ["bad header"]}'), "trap": (500, "")})
    good = [*keys(15), *keys(15, "costs")]
    bad = ["pipelines/sales/raw/poison.csv", "pipelines/costs/raw/trap.csv"]
    broken = ["no json", '{"Records": [{"eventName": "ObjectCreated:Put"}]}', "{}"]
    bodies = [reported(key) for key in (*good, *bad)]
    # S3 may send an event twice and in any order.
    stage.send([TEST_EVENT, *reversed(bodies), *bodies[::3], *broken])
    with stage.in_thread(worker):
        assert until(lambda: stage.waiting() == 0)
        assert until(lambda: stage.waiting(stage.dead) >= len(broken) + 3)
    assert set(worker.taken) == set(good)
    twice = [body for body in bodies[::3] if any(text in body for text in ("poison", "trap"))]
    expected = [*broken, *(reported(key) for key in bad), *twice]
    assert sorted(stage.dead_bodies()) == sorted(expected)
    assert max(worker.most_at_once.values()) == 1
    assert {path for path, _ in worker.calls} == {"/webhooks/s3/on-upload"}


def test_two_pipelines_run_at_the_same_time_and_one_never_twice(stage: Stage, open_worker: OpenWorker) -> None:
    gate = Event()
    worker = open_worker(gate=gate)
    stage.send([reported(key) for key in (*keys(4), *keys(4, "costs"))])
    with stage.in_thread(worker):
        assert until(lambda: worker.most_pipelines == 2)
        # Duplicates and new files arrive while both are at work, and have to wait for the end of that run.
        stage.send([reported(key) for key in (*keys(6), *keys(6, "costs"))])
        assert until(lambda: stage.waiting() == 20)
        gate.set()
        assert until(lambda: stage.waiting() == 0)
    assert set(worker.most_at_once.values()) == {1}
    assert set(worker.taken) == {*keys(6), *keys(6, "costs")}


def test_a_job_that_takes_longer_than_the_lease_is_done_once(stage: Stage, open_worker: OpenWorker) -> None:
    gate = Event()
    worker = open_worker(gate=gate)
    stage.send([reported(key) for key in keys(3)])
    with stage.in_thread(worker, LEASE_S="2"):
        assert until(lambda: bool(worker.calls))
        # Longer than the lease: without renewal the messages would be received again by now.
        assert not until(lambda: len(worker.calls) > 1, at_most_s=3.5)
        found = stage.sqs.receive_message(QueueUrl=stage.queue, MaxNumberOfMessages=10, VisibilityTimeout=1)
        assert "Messages" not in found
        gate.set()
        assert until(lambda: stage.waiting() == 0)
    assert len(worker.calls) == 1
    assert dict(worker.taken) == dict.fromkeys(keys(3), 1)


def test_a_worker_that_restarts_is_waited_for_and_costs_no_message_a_life(
    stage: Stage, open_worker: OpenWorker
) -> None:
    worker = open_worker()
    worker.stop()
    stage.send([reported(key) for key in keys(5)])
    with stage.in_thread(worker):
        assert until(lambda: stage.waiting() == 5)
        worker.start()
        assert until(lambda: stage.waiting() == 0)
    assert set(worker.taken) == set(keys(5))
    assert stage.dead_bodies() == []


def test_the_job_route_gets_the_prefix_of_the_pipeline_once_for_all_its_files(
    stage: Stage, open_worker: OpenWorker
) -> None:
    worker = open_worker()
    stage.send([reported(key) for key in keys(8)])
    with stage.in_thread(worker, WORKER_BODY="pipeline", WORKER_PATH="/jobs/run", QUIET_S="1"):
        assert until(lambda: stage.waiting() == 0)
    assert worker.bodies == [{"pipeline_prefix": "pipelines/sales/"}]
    assert worker.calls[0][0] == "/jobs/run"


def test_at_sigterm_what_runs_is_finished_and_what_waits_is_handed_back(stage: Stage, open_worker: OpenWorker) -> None:
    gate = Event()
    worker = open_worker(gate=gate)
    stage.send([reported(key) for key in keys(2)])
    process = stage.process(worker, LEASE_S="600")
    try:
        assert until(lambda: len(worker.calls) == 1)
        stage.send([reported(key) for key in keys(2, "late")])
        gate_is_shut = not until(lambda: process.poll() is not None, at_most_s=0.3)
        process.send_signal(signal.SIGTERM)
        gate.set()
        assert gate_is_shut
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert set(keys(2)) <= set(worker.taken)
    # Whatever is left can be had at once, although the lease is ten minutes.
    left = stage.waiting()
    found = stage.sqs.receive_message(QueueUrl=stage.queue, MaxNumberOfMessages=10).get("Messages", [])
    assert len(found) == left
    assert len(set(worker.taken)) + left >= 4
    assert [line["event"] for line in stage.log()][-1] == "stopped"
    assert "rehearsal" not in (stage.tmp / "poller.log").read_text()


def test_after_a_sigkill_the_next_poller_does_what_was_left(stage: Stage, open_worker: OpenWorker) -> None:
    gate = Event()
    worker = open_worker(gate=gate)
    stage.send([reported(key) for key in keys(3)])
    process = stage.process(worker, LEASE_S="2")
    assert until(lambda: len(worker.calls) == 1)
    process.kill()
    process.wait()
    gate.set()
    assert stage.waiting() == 3
    with stage.in_thread(worker):
        assert until(lambda: stage.waiting() == 0)
    assert set(worker.taken) == set(keys(3))
    assert stage.dead_bodies() == []


def test_a_throttled_queue_is_asked_again(stage: Stage, open_worker: OpenWorker, embedded: Any) -> None:
    worker = open_worker()
    embedded.add_faults(["sqs.ReceiveMessage:throttle:4"])
    stage.send([reported(key) for key in keys(1)])
    with stage.in_thread(worker):
        assert until(lambda: stage.waiting() == 0)
    assert dict(worker.taken) == {keys(1)[0]: 1}
    assert embedded.remaining_faults() == []


@pytest.mark.long
@pytest.mark.prove
def test_ten_thousand_messages_with_crashes_lose_nothing(
    stage: Stage, open_worker: OpenWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = open_worker(refused={"poison": (200, '{"error": {"kind": "bad_csv"}}')})
    good = [f"pipelines/p{number % 25}/raw/file-{number}.csv" for number in range(MESSAGES * 93 // 100)]
    bad = [f"pipelines/p{number % 25}/raw/poison-{number}.csv" for number in range(MESSAGES // 200)]
    doubled = [reported(key) for key in good[::15]]
    broken = [json.dumps({"number": number}) for number in range(MESSAGES - len(good) - len(bad) - len(doubled))]
    bodies = [reported(key) for key in (*good, *bad)]
    # Far apart in the list, so that poison stands among good ones and duplicates come late.
    mixed = sorted([*bodies, *doubled, *broken], key=lambda body: hash((body, 7)))
    assert len(mixed) == MESSAGES
    stage.sqs.set_queue_attributes(
        QueueUrl=stage.queue,
        Attributes={
            "RedrivePolicy": json.dumps(
                {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:uploads-dead", "maxReceiveCount": "8"}
            )
        },
    )
    feeder = Thread(target=stage.send, args=(mixed,), daemon=True)
    feeder.start()
    killed = 0
    process = stage.process(worker, LEASE_S="10", JOBS="8", HELD="500", QUIET_S="1")
    try:
        for share in (0.2, 0.4, 0.6):
            reached = len(good) * share
            assert until(lambda reached=reached: len(worker.taken) >= reached, at_most_s=900)  # type: ignore[misc]
            if share == 0.4:
                worker.stop()
                worker.start()
                continue
            process.kill()
            process.wait()
            killed += 1
            process = stage.process(worker, LEASE_S="10", JOBS="8", HELD="500", QUIET_S="1")
        assert until(lambda: not feeder.is_alive(), at_most_s=900)
        assert until(lambda: stage.waiting() == 0, at_most_s=120)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    dead = stage.dead_bodies()
    with capsys.disabled():
        print(
            f"\n{len(mixed)} messages: {len(set(worker.taken))} files done in {len(worker.calls)} runs, "
            f"{sum(worker.taken.values()) - len(worker.taken)} more than once, {len(dead)} dead letters, "
            f"{killed} kills, most runs of one pipeline at once: {max(worker.most_at_once.values())}"
        )
    assert set(worker.taken) == set(good)
    # moto may leave a message behind that it has just made a dead letter, so that one can stand there twice.
    assert set(dead) == {*broken, *(reported(key) for key in bad)}
    assert max(worker.most_at_once.values()) == 1
