"""Queues of the embedded AWS: thousands of messages at the price of a few, and SQS as it was for who looks at it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rehearsal_clients import make_client

from runbook.rehearsal.embedded import Embedded


@pytest.fixture
def sqs(embedded: Embedded) -> Any:
    return make_client(embedded.url, "sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "60"})["QueueUrl"])


def counts(sqs: Any, queue: str) -> tuple[int, int, int]:
    """Messages to be seen, hidden, delayed."""
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    names = ("", "NotVisible", "Delayed")
    seen, hidden, delayed = (int(found[f"ApproximateNumberOfMessages{name}"]) for name in names)
    return seen, hidden, delayed


def received(sqs: Any, queue: str, most: int = 10) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=most).get("Messages", [])
    return found


def test_messages_come_in_order_are_hidden_while_in_flight_and_gone_when_deleted(sqs: Any, queue: str) -> None:
    for number in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    first = received(sqs, queue, 3)
    assert [one["Body"] for one in first] == ["0", "1", "2"]
    assert counts(sqs, queue) == (2, 3, 0)
    assert [one["Body"] for one in received(sqs, queue)] == ["3", "4"]
    assert received(sqs, queue) == []
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first[1]["ReceiptHandle"])
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first[1]["ReceiptHandle"])
    assert counts(sqs, queue) == (0, 4, 0)


def test_what_is_given_back_is_received_again_and_its_old_handle_still_deletes(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    (old,) = received(sqs, queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=old["ReceiptHandle"], VisibilityTimeout=0)
    assert counts(sqs, queue) == (1, 0, 0)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=old["ReceiptHandle"], VisibilityTimeout=30)
    assert counts(sqs, queue) == (0, 1, 0)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=old["ReceiptHandle"], VisibilityTimeout=0)
    (new,) = received(sqs, queue)
    assert new["MessageId"] == old["MessageId"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=old["ReceiptHandle"])
    assert counts(sqs, queue) == (0, 0, 0)


def test_an_unknown_handle_is_refused(sqs: Any, queue: str) -> None:
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="nobody's")


def test_what_fails_too_often_becomes_a_dead_letter_once(sqs: Any, queue: str) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": "2"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        (one,) = received(sqs, queue)
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    assert received(sqs, queue) == []
    assert (counts(sqs, queue), counts(sqs, dead)) == ((0, 0, 0), (1, 0, 0))


def test_what_is_sent_for_later_counts_as_delayed_and_a_purge_takes_it_along(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=60)
    sqs.send_message(QueueUrl=queue, MessageBody="now")
    assert counts(sqs, queue) == (1, 0, 1)
    assert [one["Body"] for one in received(sqs, queue)] == ["now"]
    sqs.purge_queue(QueueUrl=queue)
    assert counts(sqs, queue) == (0, 0, 0)


def test_a_send_looks_at_no_message_that_waits(sqs: Any, queue: str, embedded: Embedded) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="first")
    stored = embedded._rehearsal.world.backend("sqs", "us-east-1").queues["q"]

    class Watched(list[Any]):
        walks = 0

        def __iter__(self) -> Any:
            Watched.walks += 1
            return super().__iter__()

    stored._messages = Watched(stored._messages)
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(n), "MessageBody": "m"} for n in range(10)])
    assert counts(sqs, queue) == (11, 0, 0)
    assert Watched.walks == 0
