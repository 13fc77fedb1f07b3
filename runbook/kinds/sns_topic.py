"""SNS: a topic, which passes on what is published to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State
from runbook.obstacle import Obstacle, goes_along

NO_TOPIC = ("NotFound", "ResourceNotFound", "NotFoundException", "ResourceNotFoundException")
"""What SNS answers about a topic that is not there; the tag operations have a code of their own."""

MAILED = "karet:email"
"""Tag of a topic: a digest of the address that we have subscribed to it, since a subscription takes no tags."""


@dataclass(frozen=True, kw_only=True)
class Topic(Kind):
    """A standard topic without a key of its own.

    The AWS managed key of SNS would keep CloudWatch out, and what an alarm tells is no secret (AWS docs: SNS, enabling
    compatibility between event sources and encrypted topics).

    Parameters
    ----------
    title: the name that mails come from.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    title: str

    consistent_s: ClassVar[float] = 30.0

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:sns:{self.region}:{self.account}:{self.name}"

    def settings(self) -> Mapping[str, Any]:
        """The name that mails come from."""
        return {"title": self.title}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The topic of this name, or absent."""
        return _found(aws, f"arn:{aws.partition}:sns:{aws.region}:{aws.account}:{self.name}")

    def create(self, state: State) -> list[Call]:
        """One call with its tags; the same call again gives the same topic."""
        params = {"Name": self.name, "Attributes": {"DisplayName": self.title}, "Tags": self.tag_list()}
        permissions = (Permission("sns:CreateTopic", self._arn), Permission("sns:TagResource", self._arn))
        return [Call("sns", "CreateTopic", params, keep={"arn": "TopicArn"}, permissions=permissions)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Another title."""
        params = {"TopicArn": self._arn, "AttributeName": "DisplayName", "AttributeValue": self.title}
        return [Call("sns", "SetTopicAttributes", params, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [Call("sns", "TagResource", {"ResourceArn": self._arn, "Tags": self.tag_list()}, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with its policy and all subscriptions, those too that nobody has confirmed."""
        arn = state.outputs["arn"]
        return [Call("sns", "DeleteTopic", {"TopicArn": arn}, on=arn, done=NO_TOPIC)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Subscriptions that somebody else made go along."""
        ours = (state.tags or {}).get(MAILED, "")
        for one in subscriptions_of(aws, state.outputs["arn"]):
            if not ours or address_digest(one["Endpoint"]) != ours:
                yield goes_along(f"the subscription of {one['Protocol']} {one['Endpoint']}")

    def cloudformation(self) -> CfnPart:
        """AWS::SNS::Topic."""
        return CfnPart("AWS::SNS::Topic", {"TopicName": self.name, "DisplayName": self.title, "Tags": self.tag_list()})

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Topics whose name begins with the stack and that carry its tag."""
        for one in aws.read("sns", "ListTopics").get("Topics", []):
            if one["TopicArn"].rpartition(":")[2].startswith(f"{stack}-"):
                state = _found(aws, one["TopicArn"])
                if (state.tags or {}).get(STACK) == stack:
                    yield state


def topic_tags(aws: ReadOnlyAws, arn: Any) -> dict[str, str]:
    """The tags of a topic; none when there is no such topic."""
    answer = aws.find("sns", "ListTagsForResource", NO_TOPIC, ResourceArn=arn) or {}
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}


def topic_attributes(aws: ReadOnlyAws, arn: Any) -> dict[str, str]:
    """The attributes of a topic; none when there is no such topic."""
    return dict((aws.find("sns", "GetTopicAttributes", NO_TOPIC, TopicArn=arn) or {}).get("Attributes", {}))


def subscriptions_of(aws: ReadOnlyAws, arn: Any) -> list[dict[str, Any]]:
    """Who hears what is published to a topic."""
    answer = aws.find("sns", "ListSubscriptionsByTopic", NO_TOPIC, TopicArn=arn) or {}
    return list(answer.get("Subscriptions", []))


def address_digest(address: str) -> str:
    """What an address is recognised by in a tag, whose letters an address may exceed."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _found(aws: ReadOnlyAws, arn: str) -> State:
    attributes = topic_attributes(aws, arn)
    if not attributes:
        return State.ABSENT
    name = arn.rpartition(":")[2]
    return State(
        "ready",
        settings={"title": attributes.get("DisplayName", "")},
        outputs={"arn": arn, "name": name},
        name=name,
        tags=topic_tags(aws, arn),
    )
