"""S3: what of ours a bucket reports to queues; reports to others are somebody else's and stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import SECTION, STACK, Kind
from runbook.kinds.s3 import Bucket, bucket_arn
from runbook.kinds.s3_overlap import overlap
from runbook.model import Call, CfnPart, Change, Known, Permission, ReadOnlyAws, State

_NO_BUCKET = ("NoSuchBucket", "404")
_LISTS = {
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
"""The lists of a notification configuration, and which key of their entries names the destination."""


def entry_prefix(stack: str) -> str:
    """What the ids of a stack's own entries begin with."""
    return f"karet:{stack}:"


@dataclass(frozen=True, kw_only=True)
class BucketNotification(Kind):
    """What a bucket reports to a queue; one call replaces everything a bucket reports, so the call carries all of it.

    Parameters
    ----------
    bucket: name of the bucket, usually a reference.
    account: who has to own it; every call says so.
    queue: ARN of the queue, usually a reference; its policy has to let S3 in before.
    label: what the id of the entry ends with.
    prefix, suffix: how keys begin and end; empty for any. S3 knows no wildcards.
    """

    bucket: str
    account: str
    queue: str
    label: str = "uploads"
    events: Sequence[str] = ("s3:ObjectCreated:*",)
    prefix: str = ""
    suffix: str = ""
    partition: str = "aws"

    consistent_s: ClassVar[float] = 60.0

    @property
    def _entry(self) -> dict[str, Any]:
        rules = [
            {"Name": name, "Value": value}
            for name, value in (("prefix", self.prefix), ("suffix", self.suffix))
            if value
        ]
        entry: dict[str, Any] = {
            "Id": f"{entry_prefix(self.owner.stack)}{self.label}",
            "QueueArn": self.queue,
            "Events": list(self.events),
        }
        # S3 refuses a rule with an empty value; without rules every key counts.
        return {**entry, "Filter": {"Key": {"FilterRules": rules}}} if rules else entry

    def settings(self) -> Mapping[str, Any]:
        """Our entry, in one form."""
        return {"entries": [_comparable(self._entry)]}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Our entries among what the bucket reports."""
        return _found(aws, known.value(self.bucket), self.account, self.owner.stack)

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; but reports of others that S3 would not accept beside ours are named before."""
        change = super().plan(state, known)
        if change.action not in ("create", "update"):
            return change
        others = state.settings.get("foreign", {})
        for name in _LISTS:
            for one in others.get(name, ()):
                if overlap(self._entry, one):
                    why = (
                        f"{_told(name, one)} covers keys and events that ours covers too, and S3 refuses that; "
                        "narrow app.upload_prefix or app.upload_suffix, or remove the other"
                    )
                    return self._stopped(state, change.differences, why)
        return change

    def create(self, state: State) -> list[Call]:
        """Everything that is reported: theirs and ours."""
        others = dict(state.settings.get("foreign", {}))
        others["QueueConfigurations"] = [*others.get("QueueConfigurations", ()), self._entry]
        return [_put(self.bucket, self.account, others, self.partition)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """As when it is made."""
        return self.create(state)

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """What others report, and nothing of ours; it is read anew right before."""
        settings = state.settings
        return [_put(settings["bucket"], settings["owner"], settings["foreign"], settings["partition"])]

    def cloudformation(self) -> CfnPart:
        """A property of the bucket."""
        queue: list[dict[str, Any]] = []
        for event in self.events:
            one: dict[str, Any] = {"Queue": self.queue, "Event": event}
            if rules := self._entry.get("Filter", {}).get("Key", {}).get("FilterRules"):
                one["Filter"] = {"S3Key": {"Rules": rules}}
            queue.append(one)
        properties = {"NotificationConfiguration": {"QueueConfigurations": queue}}
        return CfnPart("AWS::S3::Bucket", properties, into=self.bucket)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Entries with ids of ours in the buckets of the stack."""
        for bucket in Bucket.strays(aws, stack):
            found = _found(aws, bucket.name, aws.account, stack)
            if found.exists:
                tags = {STACK: stack, SECTION: bucket.section}
                yield State(found.status, found.settings, found.outputs, found.name, tags, found.foreign)


def _put(bucket: str, owner: str, configuration: Mapping[str, Any], partition: str) -> Call:
    params = {"Bucket": bucket, "ExpectedBucketOwner": owner, "NotificationConfiguration": dict(configuration)}
    permissions = (Permission("s3:PutBucketNotification", bucket_arn(partition, bucket)),)
    return Call("s3", "PutBucketNotificationConfiguration", params, permissions=permissions)


def _found(aws: ReadOnlyAws, bucket: Any, account: str, stack: str) -> State:
    at = {"Bucket": bucket, "ExpectedBucketOwner": account}
    answer = aws.find("s3", "GetBucketNotificationConfiguration", _NO_BUCKET, **at)
    if answer is None:
        return State.ABSENT
    whole = {name: answer[name] for name in (*_LISTS, "EventBridgeConfiguration") if name in answer}
    listed = whole.get("QueueConfigurations", [])
    ours = [one for one in listed if str(one.get("Id", "")).startswith(entry_prefix(stack))]
    foreign = {**whole, "QueueConfigurations": [one for one in listed if one not in ours]}
    # An empty EventBridge configuration says that it is on; an empty list says nothing.
    foreign = {name: value for name, value in foreign.items() if value or name == "EventBridgeConfiguration"}
    told = tuple(_told(name, one) for name in _LISTS for one in foreign.get(name, []))
    if "EventBridgeConfiguration" in foreign:
        told = (*told, "notification to EventBridge")
    kept = {"foreign": foreign, "owner": account, "bucket": bucket, "partition": aws.partition}
    if not ours:
        return State("absent", settings=kept, foreign=told)
    return State(
        "ready",
        settings={"entries": sorted((_comparable(one) for one in ours), key=lambda one: str(one["id"])), **kept},
        outputs={"id": f"{bucket}/notification/{stack}"},
        name=f"{bucket} notification {', '.join(sorted(one['Id'] for one in ours))}",
        foreign=told,
    )


def _comparable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in one form: S3 writes names of filter rules with a capital letter, and takes both."""
    rules = {
        str(rule["Name"]).lower(): rule.get("Value", "")
        for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    }
    return {
        "id": entry["Id"],
        "queue": entry["QueueArn"],
        "events": sorted(entry["Events"]),
        "prefix": rules.get("prefix", ""),
        "suffix": rules.get("suffix", ""),
    }


def _told(name: str, entry: Mapping[str, Any]) -> str:
    return f"notification {entry.get('Id', 'without id')} to {entry.get(_LISTS[name], 'nowhere')}"
