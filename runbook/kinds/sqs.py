"""SQS: a queue, and the queue that takes what failed again and again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.billing import HOURS, message_requests
from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, CostLine, Json, Known, Permission, ReadOnlyAws, State, Usage
from runbook.obstacle import Obstacle, goes_along

NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
"""What SQS answers about a queue that is not there, in its older and in its present protocol."""


@dataclass(frozen=True, kw_only=True)
class Queue(Kind):
    """A standard queue, encrypted with keys of SQS, that answers a poll when there is something to tell.

    Parameters
    ----------
    visibility_s: how long a message that somebody took is hidden from others; at least the longest work on it.
    wait_s: how long a poll waits for a message; 20 is the most and the cheapest.
    retention_s: how long a message stays that nobody takes; 14 days is the most.
    dead_letters: ARN of the queue that takes what was received too often; empty for none.
    most_receives: how often that is.
    pollers: who polls without pause; it makes the bill of an idle queue.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    visibility_s: int
    wait_s: int = 20
    retention_s: int = 345_600
    dead_letters: str = ""
    most_receives: int = 5
    pollers: int = 0

    # Attributes take up to 60 s to show, and a name is free again 60 s after its queue is gone.
    # Source: botocore 1.44 service model, sqs SetQueueAttributes and DeleteQueue.
    consistent_s: ClassVar[float] = 60.0

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{self.name}"

    def settings(self) -> Mapping[str, Any]:
        """Times, encryption and where the dead letters go."""
        return {
            "visibility_s": self.visibility_s,
            "wait_s": self.wait_s,
            "retention_s": self.retention_s,
            "encryption": "SSE-SQS",
            "dead_letters": {"to": self.dead_letters, "after": self.most_receives} if self.dead_letters else {},
        }

    def _attributes(self) -> dict[str, Any]:
        """The settings in SQS's words; every value is a text."""
        made: dict[str, Any] = {
            "VisibilityTimeout": str(self.visibility_s),
            "ReceiveMessageWaitTimeSeconds": str(self.wait_s),
            "MessageRetentionPeriod": str(self.retention_s),
            "SqsManagedSseEnabled": "true",
        }
        if self.dead_letters:
            made["RedrivePolicy"] = Json(
                {"deadLetterTargetArn": self.dead_letters, "maxReceiveCount": str(self.most_receives)}
            )
        return made

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The queue of this name, or absent."""
        answer = aws.find("sqs", "GetQueueUrl", NO_QUEUE, QueueName=self.name)
        return _found(aws, answer["QueueUrl"]) if answer else State.ABSENT

    def create(self, state: State) -> list[Call]:
        """One call with attributes and tags; the same call again gives the same queue."""
        made = Call(
            "sqs",
            "CreateQueue",
            {"QueueName": self.name, "Attributes": self._attributes(), "tags": self.tags},
            keep={"url": "QueueUrl"},
            permissions=(Permission("sqs:CreateQueue", self._arn), Permission("sqs:TagQueue", self._arn)),
        )
        return [made]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Only what differs, in one call."""
        named = {
            "visibility_s": "VisibilityTimeout",
            "wait_s": "ReceiveMessageWaitTimeSeconds",
            "retention_s": "MessageRetentionPeriod",
            "encryption": "SqsManagedSseEnabled",
            "dead_letters": "RedrivePolicy",
        }
        # An empty text takes a redrive policy away.
        wanted = {"RedrivePolicy": "", **self._attributes()}
        attributes = {named[setting]: wanted[named[setting]] for setting in sorted(changed)}
        params = {"QueueUrl": state.outputs["url"], "Attributes": attributes}
        return [Call("sqs", "SetQueueAttributes", params, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [Call("sqs", "TagQueue", {"QueueUrl": state.outputs["url"], "Tags": self.tags}, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with all its messages."""
        params = {"QueueUrl": state.outputs["url"]}
        return [Call("sqs", "DeleteQueue", params, on=state.outputs["arn"], done=NO_QUEUE)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """What waits in it goes along; SQS counts roughly."""
        attributes = _attributes_of(aws, state.outputs["url"])
        waiting = sum(
            int(attributes.get(f"ApproximateNumberOfMessages{which}", 0)) for which in ("", "NotVisible", "Delayed")
        )
        if waiting:
            yield goes_along(f"about {waiting} message{'' if waiting == 1 else 's'}, which nobody will get any more")

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """Polls that find nothing, and the messages; the dead-letter queue is polled by nobody and costs nothing."""
        return _lines(self.id, self.pollers, self.wait_s, usage) if self.pollers else ()

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for a queue with dead letters elsewhere; who polls it cannot be seen."""
        return _lines(id_, None, state.settings["wait_s"], usage) if state.settings["dead_letters"] else ()

    def cloudformation(self) -> CfnPart:
        """AWS::SQS::Queue."""
        properties: dict[str, Any] = {
            "QueueName": self.name,
            "VisibilityTimeout": self.visibility_s,
            "ReceiveMessageWaitTimeSeconds": self.wait_s,
            "MessageRetentionPeriod": self.retention_s,
            "SqsManagedSseEnabled": True,
            "Tags": self.tag_list(),
        }
        if self.dead_letters:
            properties["RedrivePolicy"] = {
                "deadLetterTargetArn": self.dead_letters,
                "maxReceiveCount": self.most_receives,
            }
        return CfnPart("AWS::SQS::Queue", properties)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Queues whose name begins with the stack and that carry its tag."""
        for url in aws.read("sqs", "ListQueues", QueueNamePrefix=stack).get("QueueUrls", []):
            state = _found(aws, url)
            if (state.tags or {}).get(STACK) == stack:
                yield state


def _attributes_of(aws: ReadOnlyAws, url: str) -> dict[str, str]:
    answer = aws.find("sqs", "GetQueueAttributes", NO_QUEUE, QueueUrl=url, AttributeNames=["All"])
    return dict((answer or {}).get("Attributes", {}))


def _found(aws: ReadOnlyAws, url: str) -> State:
    attributes = _attributes_of(aws, url)
    if not attributes:
        return State.ABSENT
    tags = aws.find("sqs", "ListQueueTags", NO_QUEUE, QueueUrl=url) or {}
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    arn = attributes["QueueArn"]
    return State(
        "ready",
        settings={
            "visibility_s": int(attributes["VisibilityTimeout"]),
            "wait_s": int(attributes["ReceiveMessageWaitTimeSeconds"]),
            "retention_s": int(attributes["MessageRetentionPeriod"]),
            "encryption": _encryption(attributes),
            "dead_letters": (
                {"to": redrive["deadLetterTargetArn"], "after": int(redrive["maxReceiveCount"])} if redrive else {}
            ),
        },
        outputs={"url": url, "arn": arn, "name": arn.rpartition(":")[2]},
        name=arn.rpartition(":")[2],
        tags=dict(tags.get("Tags", {})),
    )


def _lines(id_: str, pollers: int | None, wait_s: int, usage: Usage) -> Iterable[CostLine]:
    polls = None if pollers is None else pollers * HOURS * 3600 / max(wait_s, 1)
    who = "nobody knows how many pollers" if pollers is None else f"{pollers} x {HOURS} h"
    yield CostLine(id_, "polls", "sqs.requests", polls, f"{who}, one every {max(wait_s, 1)} s")
    messages = message_requests(usage.queue_messages, usage.queue_message_kib)
    yield CostLine(id_, "messages", "sqs.requests", messages, "sent, received, deleted; each chunk of 64 KB counts")


def _encryption(attributes: Mapping[str, str]) -> str:
    if key := attributes.get("KmsMasterKeyId"):
        return f"SSE-KMS with {key}"
    return "SSE-SQS" if attributes.get("SqsManagedSseEnabled") == "true" else "none"
