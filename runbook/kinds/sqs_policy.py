"""SQS: the statements of ours in a queue's policy; other statements are somebody else's and stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import Kind
from runbook.kinds.policy import document, normalised
from runbook.kinds.sqs import NO_QUEUE
from runbook.model import Call, CfnPart, Json, Known, Permission, ReadOnlyAws, State

_OUR_SIDS = "Karet"
"""Prefix of the Sids of our own statements."""


@dataclass(frozen=True, kw_only=True)
class QueuePolicy(Kind):
    """Our statements in the policy of a queue.

    Parameters
    ----------
    queue: URL of the queue, usually a reference.
    arn: its ARN, as permissions name it.
    statements: each with a Sid that begins with `Karet`.
    """

    queue: str
    arn: str
    statements: Sequence[Mapping[str, Any]]

    consistent_s: ClassVar[float] = 60.0

    def settings(self) -> Mapping[str, Any]:
        """Our statements, in one form."""
        return {"statements": normalised(document(self.statements))["Statement"]}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Our statements as they stand in the queue's policy."""
        url = known.value(self.queue)
        # All attributes are asked for, as by the queue itself, so that one read serves both.
        answer = aws.find("sqs", "GetQueueAttributes", NO_QUEUE, QueueUrl=url, AttributeNames=["All"]) or {}
        attributes = answer.get("Attributes", {})
        policy = attributes.get("Policy")
        statements = normalised(json.loads(policy))["Statement"] if policy else []
        ours = [one for one in statements if str(one.get("Sid", "")).startswith(_OUR_SIDS)]
        foreign = [one for one in statements if one not in ours]
        told = tuple(f"policy statement {one.get('Sid', 'without Sid')}" for one in foreign)
        kept = {"foreign_statements": foreign}
        if not ours:
            return State("absent", settings=kept, foreign=told)
        queue = attributes["QueueArn"]
        return State(
            "ready",
            settings={"statements": ours, **kept, "url": url, "queue": queue},
            outputs={"id": f"{queue}/policy"},
            name=queue.rpartition(":")[2],
            foreign=told,
        )

    def create(self, state: State) -> list[Call]:
        """The whole policy: theirs and ours, because the call replaces all of it."""
        whole = document([*state.settings.get("foreign_statements", ()), *self.statements])
        return [_set(self.queue, Json(whole), self.arn)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """As when it is made."""
        return self.create(state)

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Take our statements out; an empty text takes the whole policy away."""
        foreign = state.settings["foreign_statements"]
        policy: Json | str = Json(document(foreign)) if foreign else ""
        return [_set(state.settings["url"], policy, state.settings["queue"])]

    def cloudformation(self) -> CfnPart:
        """AWS::SQS::QueuePolicy."""
        return CfnPart("AWS::SQS::QueuePolicy", {"Queues": [self.queue], "PolicyDocument": document(self.statements)})


def _set(url: str, policy: Json | str, arn: str) -> Call:
    params = {"QueueUrl": url, "Attributes": {"Policy": policy}}
    permissions = (Permission("sqs:SetQueueAttributes", arn),)
    return Call("sqs", "SetQueueAttributes", params, permissions=permissions, done=NO_QUEUE)
