"""Amazon SQS: a name that was just in use, and what a queue policy may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook.rehearsal.rules.policy_documents import parsed, shape_problem
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.states import current_pacer
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

NAME_FREE_AFTER_S = 60.0
"""Source: botocore 1.44 service model, sqs DeleteQueue."""


def _key(call: WireCall, name: str) -> tuple[str, ...]:
    return ("sqs", "deleted", call.region, name)


def _note_deletion(call: WireCall, world: World) -> None:
    pacer = current_pacer()
    if pacer is not None:
        name = str(call.params.get("QueueUrl", "")).rpartition("/")[2]
        world.kept[_key(call, name)] = pacer.later(NAME_FREE_AFTER_S)


def _just_deleted(call: WireCall, world: World) -> str | None:
    due, pacer = world.kept.get(_key(call, str(call.params.get("QueueName", "")))), current_pacer()
    if due is None or pacer is None or pacer.over(due):
        return None
    return "You must wait 60 seconds after deleting a queue before you can create another with the same name."


def _policy_problem(call: WireCall, _: World) -> str | None:
    attributes: dict[str, Any] = call.params.get("Attributes") or {}
    policy = attributes.get("Policy")
    if not policy:
        return None
    problem = shape_problem(parsed(policy), required=("Principal", "Action", "Resource"))
    return f"Invalid value for the parameter Policy: {problem}" if problem else None


def _keep_policy(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Sets the attributes with the policy that is there, which moto would drop."""
    attributes: dict[str, Any] = call.params.get("Attributes") or {}
    backend = world.backend("sqs", call.region)
    name = str(call.params.get("QueueUrl", "")).rpartition("/")[2]
    queue = backend.queues.get(name)
    if queue is None or "Policy" in attributes:
        return None
    backend.set_queue_attributes(name, {**attributes, "Policy": queue.policy or ""})
    return {}


SQS_RULES: tuple[Rule, ...] = (
    Rule(
        service="sqs",
        operations=("DeleteQueue",),
        gap="the name of a deleted queue is free at once: keeping when it was deleted",
        source="botocore 1.44 service model: sqs DeleteQueue (60 seconds)",
        complete=_note_deletion,
    ),
    Rule(
        service="sqs",
        operations=("CreateQueue",),
        code="AWS.SimpleQueueService.QueueDeletedRecently",
        gap="the name of a deleted queue is free at once: refusing it for a while",
        source="botocore 1.44 service model: sqs CreateQueue, error QueueDeletedRecently",
        refuse=_just_deleted,
    ),
    Rule(
        service="sqs",
        operations=("CreateQueue", "SetQueueAttributes"),
        code="InvalidAttributeValue",
        gap="any text is accepted as a queue policy",
        source="botocore 1.44 service model: sqs SetQueueAttributes, error InvalidAttributeValue",
        refuse=_policy_problem,
    ),
    Rule(
        service="sqs",
        operations=("SetQueueAttributes",),
        gap="setting any attribute takes the policy away",
        source="botocore 1.44 service model: sqs SetQueueAttributes (sets the named attributes); moto 5.2.5, probed",
        reply=_keep_policy,
    ),
)
