"""CloudWatch Logs: a log group with a limit on age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, CostLine, Keep, Known, Permission, ReadOnlyAws, State, Usage
from runbook.obstacle import Obstacle, goes_along

_NO_SUCH = ("ResourceNotFoundException",)


def _size(stored: int) -> str:
    """So many bytes, in a unit in which it is not nothing: what is little goes along as well."""
    if stored < 2**10:
        return f"{stored} bytes"
    return f"{stored / 2**20:.1f} MiB" if stored >= 2**20 else f"{stored / 2**10:.1f} KiB"


def log_group_arn(aws: ReadOnlyAws, name: str) -> str:
    """The ARN of a log group without the `:*` that some operations add for its streams."""
    return f"arn:{aws.partition}:logs:{aws.region}:{aws.account}:log-group:{name}"


@dataclass(frozen=True, kw_only=True)
class LogGroup(Kind):
    """A log group whose events go away after some days.

    Parameters
    ----------
    name: usually a path; groups of one folder are read together.
    retention_days: one of the values that AWS offers; without a limit events stay for ever.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    retention_days: int
    keep: Keep = "data"

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{self.name}"

    def settings(self) -> Mapping[str, Any]:
        """The retention."""
        return {"retention_days": self.retention_days}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The log group with its retention and tags, or absent."""
        # One read serves all groups of a folder, since the prefix is the same for them.
        folder = self.name.rpartition("/")[0]
        for group in _listed(aws, f"{folder}/" if folder else self.name):
            if group["logGroupName"] == self.name:
                return _found(aws, group)
        return State.ABSENT

    def create(self, state: State) -> list[Call]:
        """The group with its tags, then its retention, which has a call of its own."""
        made = Call(
            "logs",
            "CreateLogGroup",
            {"logGroupName": self.name, "tags": self.tags},
            permissions=(Permission("logs:CreateLogGroup", self._arn), Permission("logs:TagResource", self._arn)),
        )
        return [made, *self.update(frozenset({"retention_days"}), state)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Another retention."""
        params = {"logGroupName": self.name, "retentionInDays": self.retention_days}
        return [Call("logs", "PutRetentionPolicy", params, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [Call("logs", "TagResource", {"resourceArn": self._arn, "tags": self.tags}, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with all its events."""
        params = {"logGroupName": state.name}
        return [Call("logs", "DeleteLogGroup", params, on=state.outputs["arn"], done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """All that was logged goes along."""
        for group in _listed(aws, state.name):
            if group["logGroupName"] == state.name and group.get("storedBytes"):
                yield goes_along(f"{_size(group['storedBytes'])} of log events, which cannot be brought back")

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """What comes in, and what is kept; both depend on use."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every log group, whoever declares it."""
        yield CostLine(id_, "log ingestion", "logs.ingest_gib", usage.logs_ingest_gib, "usage per month")
        yield CostLine(id_, "log storage", "logs.storage_gib_month", usage.logs_storage_gib, "usage per month")

    def cloudformation(self) -> CfnPart:
        """AWS::Logs::LogGroup; data outlives the template."""
        return CfnPart(
            "AWS::Logs::LogGroup",
            {"LogGroupName": self.name, "RetentionInDays": self.retention_days, "Tags": self.tag_list()},
            deletion_policy="Retain",
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Groups in the stack's folder that carry our tag; the tagging API does not list every group."""
        for group in _listed(aws, f"/{stack}/"):
            state = _found(aws, group)
            if (state.tags or {}).get(STACK) == stack:
                yield state


def _listed(aws: ReadOnlyAws, prefix: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = aws.read("logs", "DescribeLogGroups", logGroupNamePrefix=prefix)["logGroups"]
    return groups


def _found(aws: ReadOnlyAws, group: Mapping[str, Any]) -> State:
    name = group["logGroupName"]
    arn = log_group_arn(aws, name)
    tags = aws.find("logs", "ListTagsForResource", _NO_SUCH, resourceArn=arn)
    return State(
        "ready",
        settings={"retention_days": group.get("retentionInDays", "never expire")},
        outputs={"name": name, "arn": arn},
        name=name,
        tags=dict((tags or {}).get("tags", {})),
    )
