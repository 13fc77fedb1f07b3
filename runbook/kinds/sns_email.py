"""SNS: a mail address that hears of what a topic is told, once somebody has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from runbook.kinds.kind import Kind
from runbook.kinds.sns_topic import MAILED, NO_TOPIC, address_digest, subscriptions_of, topic_tags
from runbook.model import Call, CfnPart, Change, Known, Permission, ReadOnlyAws, State

PENDING = "PendingConfirmation"
"""What stands in place of the ARN of a subscription that nobody has confirmed; SNS drops it after 48 hours.

Source: AWS docs: Amazon SNS API reference, ListSubscriptionsByTopic; What's New, 2023-05-10.
"""


@dataclass(frozen=True, kw_only=True)
class EmailSubscription(Kind):
    """The subscription of one mail address.

    A subscription takes no tags, so the topic carries a digest of the address that is ours. One that is not confirmed
    cannot be removed either: it is given up by taking the digest away, and SNS drops it.

    Parameters
    ----------
    topic: ARN of the topic, usually a reference.
    address: who shall hear of it; empty where none is wanted.
    """

    topic: str
    address: str

    consistent_s: ClassVar[float] = 30.0

    def settings(self) -> Mapping[str, Any]:
        """The address, and that the topic says it is ours."""
        return {"address": self.address, "noted": address_digest(self.address)}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The subscription of the declared address, else of the one that the topic says is ours, or absent."""
        topic = known.value(self.topic)
        noted = topic_tags(aws, topic).get(MAILED, "")
        mails = [one for one in subscriptions_of(aws, topic) if one["Protocol"] == "email"]
        # One that waits and is not ours any more cannot be told from one that is gone.
        there = [one for one in mails if one["SubscriptionArn"] != PENDING or address_digest(one["Endpoint"]) == noted]
        declared = next((one for one in there if one["Endpoint"] == self.address), None)
        ours = declared or next((one for one in there if address_digest(one["Endpoint"]) == noted), None)
        if ours is None:
            return State.ABSENT
        arn, address = ours["SubscriptionArn"], ours["Endpoint"]
        return State(
            "ready",
            settings={"address": address, "noted": noted, "topic": topic, "arn": arn},
            outputs={"id": f"{topic}/email/{address_digest(address)}"},
            name=address,
            reason="nobody has confirmed it yet" if arn == PENDING else "",
        )

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; that it waits for a person is said, and is no difference."""
        change = super().plan(state, known)
        if change.action == "none" and self.wanted and state.reason:
            return replace(change, reason=f"is subscribed, but {state.reason}: {_HOW}")
        return change

    def create(self, state: State) -> list[Call]:
        """Subscribe, note that it is ours, and tell the person; repeating it sends one more mail and nothing else."""
        topic = self.topic
        return [
            Call(
                "sns",
                "Subscribe",
                {"TopicArn": topic, "Protocol": "email", "Endpoint": self.address, "ReturnSubscriptionArn": True},
                permissions=(Permission("sns:Subscribe", topic),),
            ),
            self._note(),
            Call(
                "person",
                "ConfirmSubscription",
                {"what": f"alarms reach {self.address} only after somebody there has confirmed it", "how": _HOW},
            ),
        ]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Another address takes the place of the old one; or only the note that it is ours was missing."""
        if "address" not in changed:
            return [self._note()]
        return [*_unsubscribe(state), *self.create(state)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Unsubscribe it as far as that is possible, and take the note away."""
        topic = state.settings["topic"]
        params = {"ResourceArn": topic, "TagKeys": [MAILED]}
        return [*_unsubscribe(state), Call("sns", "UntagResource", params, on=topic, done=NO_TOPIC)]

    def _note(self) -> Call:
        tags = [{"Key": MAILED, "Value": address_digest(self.address)}]
        return Call("sns", "TagResource", {"ResourceArn": self.topic, "Tags": tags}, on=self.topic)

    def cloudformation(self) -> CfnPart:
        """AWS::SNS::Subscription."""
        properties = {"TopicArn": self.topic, "Protocol": "email", "Endpoint": self.address}
        return CfnPart("AWS::SNS::Subscription", properties)


_HOW = "Open the mail from AWS Notifications there and follow its link within two days; later, apply again for another."
"""Source: botocore 1.44 service model, sns Subscribe: confirmation tokens are valid for two days."""


def _unsubscribe(state: State) -> list[Call]:
    arn = state.settings["arn"]
    if arn == PENDING:
        return []
    return [Call("sns", "Unsubscribe", {"SubscriptionArn": arn}, on=state.settings["topic"], done=NO_TOPIC)]
