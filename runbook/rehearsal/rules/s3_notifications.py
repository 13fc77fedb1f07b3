"""Amazon S3: what a bucket may report to a queue, and what it says that it reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

from runbook.kinds.s3_overlap import overlap
from runbook.rehearsal.rules.policy_documents import parsed, statements_of, texts_of
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

BRIDGE = "rehearsal_event_bridge"
"""Attribute on moto's bucket: whether it was told to report to EventBridge."""

_LISTS = ("QueueConfigurations", "TopicConfigurations", "LambdaFunctionConfigurations")
_SENDER = "s3.amazonaws.com"
_AWS_OWN_KEY = "alias/aws/sqs"


def _configuration(call: WireCall) -> Mapping[str, Any]:
    return call.params.get("NotificationConfiguration") or {}


def _no_way_in(call: WireCall, world: World) -> str | None:
    """S3 sends a test message to each queue before it takes the configuration."""
    bucket = str(call.params.get("Bucket", ""))
    if world.bucket(bucket) is None:
        return None
    for entry in _configuration(call).get("QueueConfigurations") or ():
        if not _takes_it(str(entry.get("QueueArn", "")), bucket, world):
            return "Unable to validate the following destination configurations"
    return None


def _takes_it(arn: str, bucket: str, world: World) -> bool:
    parts = arn.split(":")
    if len(parts) != 6 or parts[4] != world.account_id:
        # A queue of another account cannot be looked into from here.
        return len(parts) == 6
    queue = world.backend("sqs", parts[3]).queues.get(parts[5])
    if queue is None or getattr(queue, "kms_master_key_id", None) == _AWS_OWN_KEY:
        return False
    statements = statements_of(parsed(queue.policy or "")) or []
    return any(_lets_in(statement, arn, bucket, world.account_id) for statement in statements)


def _lets_in(statement: Mapping[str, Any], arn: str, bucket: str, account: str) -> bool:
    principal = statement.get("Principal")
    named = texts_of(principal.get("Service")) if isinstance(principal, dict) else texts_of(principal)
    return (
        statement.get("Effect") == "Allow"
        and bool({_SENDER, "*"} & set(named))
        and any(fnmatchcase("sqs:sendmessage", action.lower()) for action in texts_of(statement.get("Action")))
        and any(fnmatchcase(arn, resource) for resource in texts_of(statement.get("Resource")))
        and all(_holds(key, values, bucket, account) for key, values in _conditions(statement))
    )


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for keys in (statement.get("Condition") or {}).values():
        for key, values in keys.items():
            yield str(key).lower(), texts_of(values)


def _holds(key: str, values: list[str], bucket: str, account: str) -> bool:
    said = {"aws:sourcearn": f"arn:aws:s3:::{bucket}", "aws:sourceaccount": account}
    return key not in said or any(fnmatchcase(said[key], value) for value in values)


def _ambiguous(call: WireCall, _: World) -> str | None:
    entries = [entry for name in _LISTS for entry in _configuration(call).get(name) or ()]
    if any(overlap(one, other) for one, other in combinations(entries, 2)):
        return (
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
            "overlapping for the same event type."
        )
    return None


def _note_bridge(call: WireCall, world: World) -> None:
    bucket = world.bucket(str(call.params.get("Bucket", "")))
    if bucket is not None:
        setattr(bucket, BRIDGE, "EventBridgeConfiguration" in _configuration(call))


def _with_bridge(call: WireCall, world: World) -> Mapping[str, Any] | None:
    bucket = world.bucket(str(call.params.get("Bucket", "")))
    if bucket is None or not getattr(bucket, BRIDGE, False):
        return None
    kept = bucket.notification_configuration
    output: dict[str, Any] = {"EventBridgeConfiguration": {}}
    for name, key, entries in (
        ("QueueConfigurations", "QueueArn", kept.queue),
        ("TopicConfigurations", "TopicArn", kept.topic),
        ("LambdaFunctionConfigurations", "LambdaFunctionArn", kept.cloud_function),
    ):
        if entries:
            output[name] = [_shown(entry, key) for entry in entries]
    return output


def _shown(entry: Any, key: str) -> dict[str, Any]:
    shown = {"Id": entry.id, key: entry.arn, "Events": list(entry.events)}
    rules = entry.filters.get("S3Key", {}).get("FilterRule", [])
    if not rules:
        return shown
    named = [{"Name": rule["Name"], "Value": rule["Value"]} for rule in rules]
    return {**shown, "Filter": {"Key": {"FilterRules": named}}}


_GUIDE = "AWS docs: Amazon S3 user guide"

S3_NOTIFICATION_RULES: tuple[Rule, ...] = (
    Rule(
        service="s3",
        operations=("PutBucketNotificationConfiguration",),
        code="InvalidArgument",
        gap="a report to a queue is accepted that does not exist, does not let S3 in, or is under the AWS managed key",
        source=(
            f"{_GUIDE}, Granting permissions to publish event notification messages to a destination, seen 2026-11-23; "
            "botocore 1.44 service model: s3 PutBucketNotificationConfiguration (the test message)"
        ),
        refuse=_no_way_in,
    ),
    Rule(
        service="s3",
        operations=("PutBucketNotificationConfiguration",),
        code="InvalidArgument",
        gap="two reports may cover the same event of the same keys",
        source=f"{_GUIDE}, Configuring event notifications using object key name filtering, seen 2026-11-23",
        refuse=_ambiguous,
    ),
    Rule(
        service="s3",
        operations=("PutBucketNotificationConfiguration",),
        gap="that a bucket reports to EventBridge is not told afterwards: keeping it",
        source="botocore 1.44 service model: s3 NotificationConfiguration; moto 5.2.5, probed",
        complete=_note_bridge,
    ),
    Rule(
        service="s3",
        operations=("GetBucketNotificationConfiguration",),
        gap="that a bucket reports to EventBridge is not told afterwards: answering it",
        source="botocore 1.44 service model: s3 NotificationConfiguration; moto 5.2.5, probed",
        reply=_with_bridge,
    ),
)
