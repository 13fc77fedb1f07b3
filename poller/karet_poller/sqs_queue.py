"""The queue: receive, hide for longer, hand back, delete; ten at a time, as SQS takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from karet_poller.messages import Message
from karet_poller.settings import Settings

AT_ONCE: Final = 10
"""Messages of one call (botocore 1.44 service model, sqs)."""
HIDDEN_MOST: Final = 43_200

FAILURES: Final = (BotoCoreError, ClientError)
"""Whatever SQS, the network or the credentials may say; none of them ends the poller."""


def client_for(settings: Settings) -> Any:
    """A client with few retries of its own and a bound on every wait."""
    config = Config(
        retries={"total_max_attempts": 3, "mode": "standard"},
        connect_timeout=5,
        read_timeout=settings.wait_s + 15,
        max_pool_connections=settings.jobs + 4,
    )
    session = botocore.session.Session()
    return session.create_client(
        "sqs", region_name=settings.region, endpoint_url=settings.endpoint_url or None, config=config
    )


class SqsQueue:
    """One queue; safe to use from many threads, as botocore's clients are."""

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client, self._settings = client, settings

    def receive(self, most: int) -> list[tuple[Message, str]]:
        """Some messages with their bodies; none when nothing came while it waited."""
        answer = self._client.receive_message(
            QueueUrl=self._settings.queue_url,
            MaxNumberOfMessages=min(most, AT_ONCE),
            WaitTimeSeconds=self._settings.wait_s,
            VisibilityTimeout=self._settings.lease_s,
            AttributeNames=["ApproximateReceiveCount"],
        )
        return [
            (
                Message(
                    one["MessageId"],
                    one["ReceiptHandle"],
                    int(one.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
                ),
                one["Body"],
            )
            for one in answer.get("Messages", [])
        ]

    def hide(self, messages: Sequence[Message], seconds: float) -> int:
        """Hide messages for so long from now on; 0 hands them back. How many SQS did not take."""
        wanted = str(min(int(seconds), HIDDEN_MOST))
        failed = 0
        for part in _parts(messages):
            entries = [
                {"Id": str(at), "ReceiptHandle": one.receipt, "VisibilityTimeout": int(wanted)}
                for at, one in enumerate(part)
            ]
            answer = self._client.change_message_visibility_batch(QueueUrl=self._settings.queue_url, Entries=entries)
            failed += len(answer.get("Failed", []))
        return failed

    def delete(self, messages: Sequence[Message]) -> int:
        """Delete messages for good. How many SQS did not take."""
        failed = 0
        for part in _parts(messages):
            entries = [{"Id": str(at), "ReceiptHandle": one.receipt} for at, one in enumerate(part)]
            answer = self._client.delete_message_batch(QueueUrl=self._settings.queue_url, Entries=entries)
            failed += len(answer.get("Failed", []))
        return failed


def _parts(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for at in range(0, len(messages), AT_ONCE):
        yield messages[at : at + AT_ONCE]
