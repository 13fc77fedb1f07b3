"""S3: request metrics of a bucket under an id of ours; configurations with other ids are somebody else's and stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final

from runbook.kinds.kind import SECTION, STACK, Kind
from runbook.kinds.s3 import Bucket, bucket_arn
from runbook.model import Call, CfnPart, CostLine, Known, Permission, ReadOnlyAws, State, Usage

_GONE = ("NoSuchBucket", "NoSuchConfiguration", "404")

REQUEST_METRICS: Final = Decimal(16)
"""Metrics of one filter of a bucket (AWS docs: Monitoring metrics with Amazon CloudWatch, Amazon S3)."""


def metrics_id(stack: str) -> str:
    """The id of a stack's own configuration, which CloudWatch calls the dimension FilterId."""
    return f"{stack}-requests"


@dataclass(frozen=True, kw_only=True)
class RequestMetrics(Kind):
    """Metrics about every request to a bucket; they appear about a quarter of an hour after they are switched on.

    Parameters
    ----------
    bucket: name of the bucket, usually a reference.
    account: who has to own it; every call says so.
    """

    bucket: str
    account: str
    partition: str = "aws"

    consistent_s: ClassVar[float] = 60.0

    @property
    def _id(self) -> str:
        return metrics_id(self.owner.stack)

    def settings(self) -> Mapping[str, Any]:
        """No filter: every request counts."""
        return {"filter": {}}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Our configuration among those of the bucket."""
        return _found(aws, known.value(self.bucket), self.account, self._id)

    def create(self, state: State) -> list[Call]:
        """One call for this id; it replaces nothing else."""
        params = {
            "Bucket": self.bucket,
            "ExpectedBucketOwner": self.account,
            "Id": self._id,
            "MetricsConfiguration": {"Id": self._id},
        }
        return [_call("PutBucketMetricsConfiguration", params, self.partition)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """As when it is made: the call replaces what the id stands for."""
        return self.create(state)

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Remove the configuration with our id, and no other."""
        settings = state.settings
        params = {"Bucket": settings["bucket"], "ExpectedBucketOwner": settings["owner"], "Id": settings["id"]}
        return [_call("DeleteBucketMetricsConfiguration", params, settings["partition"])]

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """Each of the metrics costs as much as one of our own would."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every configuration."""
        basis = f"{REQUEST_METRICS} metrics of one filter of the bucket"
        yield CostLine(id_, "request metrics", "cloudwatch.metric_month", REQUEST_METRICS, basis)

    def cloudformation(self) -> CfnPart:
        """A property of the bucket."""
        return CfnPart("AWS::S3::Bucket", {"MetricsConfigurations": [{"Id": self._id}]}, into=self.bucket)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """The configuration with our id in the buckets of the stack."""
        for bucket in Bucket.strays(aws, stack):
            found = _found(aws, bucket.name, aws.account, metrics_id(stack))
            if found.exists:
                tags = {STACK: stack, SECTION: bucket.section}
                yield State(found.status, found.settings, found.outputs, found.name, tags, found.foreign)


def _call(operation: str, params: Mapping[str, Any], partition: str) -> Call:
    permissions = (Permission("s3:PutMetricsConfiguration", bucket_arn(partition, params["Bucket"])),)
    return Call("s3", operation, params, permissions=permissions, done=("NoSuchConfiguration",))


def _found(aws: ReadOnlyAws, bucket: Any, account: str, id_: str) -> State:
    at = {"Bucket": bucket, "ExpectedBucketOwner": account}
    answer = aws.find("s3", "ListBucketMetricsConfigurations", _GONE, **at) or {}
    listed = {one["Id"]: one for one in answer.get("MetricsConfigurationList", [])}
    if answer.get("IsTruncated") and id_ not in listed:
        # The first hundred are enough to tell of others; ours is asked for by its id.
        mine = aws.find("s3", "GetBucketMetricsConfiguration", _GONE, **at, Id=id_)
        listed |= {id_: mine["MetricsConfiguration"]} if mine else {}
    told = tuple(f"request metrics {name}" for name in sorted(listed) if name != id_)
    if id_ not in listed:
        return State("absent", foreign=told)
    return State(
        "ready",
        settings={
            "filter": dict(listed[id_].get("Filter") or {}),
            "id": id_,
            "bucket": bucket,
            "owner": account,
            "partition": aws.partition,
        },
        outputs={"id": f"{bucket}/metrics/{id_}", "filter_id": id_},
        name=f"{bucket} metrics {id_}",
        foreign=told,
    )
