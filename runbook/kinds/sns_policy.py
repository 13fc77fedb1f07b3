"""SNS: the statements of ours in a topic's policy; those of AWS's own default and of others stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import Kind
from runbook.kinds.policy import document, normalised
from runbook.kinds.sns_topic import NO_TOPIC, topic_attributes
from runbook.model import Call, CfnPart, Json, Known, Permission, ReadOnlyAws, State

_OUR_SIDS = "Karet"
"""Prefix of the Sids of our own statements."""

_DEFAULT_SID = "__default_statement_ID"
"""Sid of the statement that every new topic has: its owner may do everything. It is written in our own words each time,
since nobody can know before a topic exists how AWS words it.

Source: AWS docs: Amazon SNS, example cases for access control.
"""

_OWNERS = tuple(
    f"SNS:{name}"
    for name in (
        *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"),
        *("Subscribe", "ListSubscriptionsByTopic", "Publish"),
    )
)


@dataclass(frozen=True, kw_only=True)
class TopicPolicy(Kind):
    """Our statements in the policy of a topic.

    Parameters
    ----------
    topic: ARN of the topic, usually a reference.
    account: who owns the topic.
    statements: each with a Sid that begins with `Karet`.
    """

    topic: str
    account: str
    statements: Sequence[Mapping[str, Any]]

    consistent_s: ClassVar[float] = 30.0

    def settings(self) -> Mapping[str, Any]:
        """Our statements, in one form."""
        return {"statements": normalised(document(self.statements))["Statement"]}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Our statements as they stand in the topic's policy."""
        arn = known.value(self.topic)
        policy = topic_attributes(aws, arn).get("Policy")
        statements = normalised(json.loads(policy))["Statement"] if policy else []
        ours = [one for one in statements if str(one.get("Sid", "")).startswith(_OUR_SIDS)]
        foreign = [one for one in statements if one not in ours and one.get("Sid") != _DEFAULT_SID]
        told = tuple(f"policy statement {one.get('Sid', 'without Sid')}" for one in foreign)
        kept = {"foreign_statements": foreign}
        if not ours:
            return State("absent", settings=kept, foreign=told)
        return State(
            "ready",
            settings={"statements": ours, **kept, "topic": arn, "account": self.account},
            outputs={"id": f"{arn}/policy"},
            name=arn.rpartition(":")[2],
            foreign=told,
        )

    def create(self, state: State) -> list[Call]:
        """The whole policy: the owner's, theirs and ours, because the call replaces all of it."""
        foreign = state.settings.get("foreign_statements", ())
        return [_set(self.topic, [_owner_may(self.topic, self.account), *foreign, *self.statements])]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """As when it is made."""
        return self.create(state)

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Take our statements out; the owner's and theirs stay."""
        topic, foreign = state.settings["topic"], state.settings["foreign_statements"]
        return [_set(topic, [_owner_may(topic, state.settings["account"]), *foreign])]

    def cloudformation(self) -> CfnPart:
        """AWS::SNS::TopicPolicy."""
        whole = document([_owner_may(self.topic, self.account), *self.statements])
        return CfnPart("AWS::SNS::TopicPolicy", {"Topics": [self.topic], "PolicyDocument": whole})


def _owner_may(topic: str, account: str) -> dict[str, Any]:
    return {
        "Sid": _DEFAULT_SID,
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(_OWNERS),
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }


def _set(topic: str, statements: Sequence[Mapping[str, Any]]) -> Call:
    params = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": Json(document(statements))}
    permissions = (Permission("sns:SetTopicAttributes", topic),)
    return Call("sns", "SetTopicAttributes", params, permissions=permissions, done=NO_TOPIC)
