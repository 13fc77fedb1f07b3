"""ECS: a task definition family, of which a new revision is registered only when something differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.container import container_settings, for_cloudformation
from runbook.kinds.ecs_cluster import ecs_tag_call, ecs_tags
from runbook.kinds.ecs_service import described_service
from runbook.kinds.kind import Kind
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State, same

_INCLUDED_GIB = 20
"""Disk that every Fargate task has; AWS takes 21 to 200 as a setting (AWS docs: Fargate task ephemeral storage)."""

_NEWEST = 10
"""Revisions that are looked through for ours when no service says which one counts."""

_NO_SUCH = ("ClientException",)

RELEASE = "karet:release"
"""Tag of a revision: the release that brought its images, so that what was released together goes back together."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinition(Kind):
    """The revision of a family that a service runs, or shall run.

    A revision never changes: when anything differs a new one is registered, the service moves over, and the old one
    goes. A revision of ours that nobody runs yet, but is as declared, is used, so that a run that died in between
    registers no second one.

    Parameters
    ----------
    cluster, service: names of the service that says which revision counts.
    read_with: names of all services that are read together, that one among them.
    containers: container definitions in AWS's own words.
    revision: ARN of a revision that shall run whatever is declared: the one to go back to; empty for none.
    release: id of the release that a new revision is part of; it is written into the tags of the revision, and stays
        there when a later revision has other settings only.
    ephemeral_gib: disk of one task; 20 is what every task has.
    """

    family: str
    cluster: str
    service: str
    cpu: int
    memory_mib: int
    architecture: str
    execution_role: str
    task_role: str
    containers: Sequence[Mapping[str, Any]]
    ephemeral_gib: int = _INCLUDED_GIB
    read_with: Sequence[str] = ()
    revision: str = ""
    release: str = ""

    typical_s: ClassVar[float] = 1.0
    immutable: ClassVar[frozenset[str]] = frozenset(
        {"cpu", "memory", "network_mode", "compatibilities", "platform", "roles", "ephemeral_gib", "containers"}
    )

    def settings(self) -> Mapping[str, Any]:
        """Everything that makes a revision, as `look` gives it; nothing when the revision itself is named."""
        if self.revision:
            return {}
        return {
            "cpu": str(self.cpu),
            "memory": str(self.memory_mib),
            "network_mode": "awsvpc",
            "compatibilities": ["FARGATE"],
            "platform": {"cpuArchitecture": self.architecture, "operatingSystemFamily": "LINUX"},
            "roles": {"execution": self.execution_role, "task": self.task_role},
            "ephemeral_gib": self.ephemeral_gib,
            "containers": [container_settings(one) for one in self.containers],
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The revision that the service runs; when that is not as declared, a newer one of ours that is."""
        if self.revision:
            return _revision(aws, self.revision) or State.ABSENT
        declared = known.value(dict(self.settings()))
        service = described_service(aws, self.cluster, self.service, self.read_with)
        running = _revision(aws, service["taskDefinition"]) if service else None
        if running is not None and _as_declared(declared, running):
            return running
        mine: list[State] = []
        for arn in _revisions(aws, self.family, "ACTIVE")[:_NEWEST]:
            state = _revision(aws, arn)
            if state is not None and (state.stack, state.id) == (self.owner.stack, self.id):
                mine.append(state)
                if _as_declared(declared, state):
                    return state
        # Without a service the oldest of ours is the one that was in use; newer ones are strays, as they were before.
        return running or (mine[-1] if mine else State.ABSENT)

    def create(self, state: State) -> list[Call]:
        """Register a revision; ECS gives it the next number."""
        params: dict[str, Any] = {
            "family": self.family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": str(self.cpu),
            "memory": str(self.memory_mib),
            "runtimePlatform": {"cpuArchitecture": self.architecture, "operatingSystemFamily": "LINUX"},
            "executionRoleArn": self.execution_role,
            "taskRoleArn": self.task_role,
            "containerDefinitions": [dict(one) for one in self.containers],
            "tags": [*self.tag_list("key", "value"), *self._release_tag(state)],
        }
        if self.ephemeral_gib > _INCLUDED_GIB:
            params["ephemeralStorage"] = {"sizeInGiB": self.ephemeral_gib}
        passed = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        permissions = (
            Permission("ecs:RegisterTaskDefinition"),
            Permission("ecs:TagResource"),
            Permission("iam:PassRole", self.execution_role, passed),
            Permission("iam:PassRole", self.task_role, passed),
        )
        keep = {"arn": "taskDefinition.taskDefinitionArn"}
        return [Call("ecs", "RegisterTaskDefinition", params, keep=keep, permissions=permissions)]

    def _release_tag(self, state: State) -> list[dict[str, str]]:
        release = self.release or (state.tags or {}).get(RELEASE, "")
        return [{"key": RELEASE, "value": release}] if release else []

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [ecs_tag_call(state.outputs["arn"], self.tag_list("key", "value"))]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Deregister the revision, then delete it; tasks that still run on it go on."""
        arn = state.outputs["arn"]
        deregister = Call("ecs", "DeregisterTaskDefinition", {"taskDefinition": arn}, done=_NO_SUCH)
        delete = Call("ecs", "DeleteTaskDefinitions", {"taskDefinitions": [arn]}, on=arn, done=_NO_SUCH)
        return [deregister, delete] if state.settings["status"] == "ACTIVE" else [delete]

    def cloudformation(self) -> CfnPart:
        """AWS::ECS::TaskDefinition."""
        properties: dict[str, Any] = {
            "Family": self.family,
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "Cpu": str(self.cpu),
            "Memory": str(self.memory_mib),
            "RuntimePlatform": {"CpuArchitecture": self.architecture, "OperatingSystemFamily": "LINUX"},
            "ExecutionRoleArn": self.execution_role,
            "TaskRoleArn": self.task_role,
            "ContainerDefinitions": [for_cloudformation(one) for one in self.containers],
            "Tags": self.tag_list(),
        }
        if self.ephemeral_gib > _INCLUDED_GIB:
            properties["EphemeralStorage"] = {"SizeInGiB": self.ephemeral_gib}
        return CfnPart("AWS::ECS::TaskDefinition", properties)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Revisions with our tag, of families whose name begins with the stack.

        Among them are those that were deregistered and not deleted, because a run died between the two.
        """
        # Families without an active revision are asked for too: a run may have died after deregistering the last one.
        families = aws.read("ecs", "ListTaskDefinitionFamilies", familyPrefix=stack, status="ALL")["families"]
        for family in families:
            if family == stack or family.startswith(f"{stack}-"):
                arns = _revisions(aws, family, "ACTIVE") + _revisions(aws, family, "INACTIVE")[:_NEWEST]
                for arn in arns:
                    state = _revision(aws, arn)
                    if state is not None and state.stack == stack and state.id:
                        yield state


def _as_declared(declared: Mapping[str, Any], state: State) -> bool:
    return all(same(value, state.settings.get(name)) for name, value in declared.items())


def _revisions(aws: ReadOnlyAws, family: str, status: str) -> list[str]:
    """The ARNs of a family's revisions, the newest first."""
    arns = aws.read("ecs", "ListTaskDefinitions", familyPrefix=family, status=status, sort="DESC")["taskDefinitionArns"]
    return sorted(arns, key=lambda arn: int(arn.rpartition(":")[2]), reverse=True)


def _revision(aws: ReadOnlyAws, arn: str) -> State | None:
    """One revision; None when it is gone or on its way out."""
    answer = aws.find("ecs", "DescribeTaskDefinition", _NO_SUCH, taskDefinition=arn, include=["TAGS"])
    if answer is None or answer["taskDefinition"].get("status") == "DELETE_IN_PROGRESS":
        return None
    found = answer["taskDefinition"]
    platform = found.get("runtimePlatform") or {}
    return State(
        "ready",
        settings={
            "cpu": found.get("cpu", ""),
            "memory": found.get("memory", ""),
            "network_mode": found.get("networkMode", ""),
            "compatibilities": found.get("requiresCompatibilities", []),
            "platform": {
                "cpuArchitecture": platform.get("cpuArchitecture", "X86_64"),
                "operatingSystemFamily": platform.get("operatingSystemFamily", "LINUX"),
            },
            "roles": {"execution": found.get("executionRoleArn", ""), "task": found.get("taskRoleArn", "")},
            "ephemeral_gib": (found.get("ephemeralStorage") or {}).get("sizeInGiB", _INCLUDED_GIB),
            "containers": [container_settings(one) for one in found["containerDefinitions"]],
            "status": found["status"],
        },
        outputs={
            "arn": found["taskDefinitionArn"],
            "family": found["family"],
            "revision": str(found["revision"]),
        },
        name=f"{found['family']}:{found['revision']}",
        tags=ecs_tags(answer.get("tags", [])),
    )
