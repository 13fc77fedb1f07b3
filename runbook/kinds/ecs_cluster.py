"""ECS: the cluster, which holds services and costs nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from runbook.kinds.billing import INSIGHTS_PER_CLUSTER, INSIGHTS_PER_SERVICE
from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, CostLine, Known, Permission, ReadOnlyAws, State, Usage
from runbook.obstacle import Obstacle, blocks

NO_SUCH_CLUSTER = ("ClusterNotFoundException",)
_SETTINGS = "containerInsights"
_INSIDE = (
    ("service", "ListServices", "serviceArns"),
    ("task", "ListTasks", "taskArns"),
    ("container instance", "ListContainerInstances", "containerInstanceArns"),
)
"""What AWS wants gone before a cluster: in words, operation, key (botocore 1.44 service model, DeleteCluster)."""

_AT_ONCE = 100
"""Clusters that one DescribeClusters takes (botocore 1.44 service model)."""


@dataclass(frozen=True, kw_only=True)
class Cluster(Kind):
    """A cluster for Fargate services.

    Parameters
    ----------
    insights: Container Insights; its metrics are billed as custom metrics.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    insights: Literal["enabled", "enhanced", "disabled"] = "disabled"

    typical_s: ClassVar[float] = 3.0
    consistent_s: ClassVar[float] = 60.0

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:ecs:{self.region}:{self.account}:cluster/{self.name}"

    @property
    def _settings(self) -> list[dict[str, str]]:
        return [{"name": _SETTINGS, "value": self.insights}]

    def settings(self) -> Mapping[str, Any]:
        """Container Insights."""
        return {"insights": self.insights}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The cluster; one that was deleted stays visible for a while and counts as absent."""
        return next(iter(_described(aws, [self.name])), State.ABSENT)

    def create(self, state: State) -> list[Call]:
        """One call; AWS answers with the cluster that is there when it is repeated."""
        params = {"clusterName": self.name, "settings": self._settings, "tags": self.tag_list("key", "value")}
        permissions = (Permission("ecs:CreateCluster", self._arn), Permission("ecs:TagResource", self._arn))
        return [Call("ecs", "CreateCluster", params, keep={"arn": "cluster.clusterArn"}, permissions=permissions)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Container Insights can change at any time; it counts for tasks that start from then on."""
        return [Call("ecs", "UpdateClusterSettings", {"cluster": self.name, "settings": self._settings}, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [ecs_tag_call(self._arn, self.tag_list("key", "value"))]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; AWS refuses while services or tasks are left."""
        arn = state.outputs["arn"]
        return [Call("ecs", "DeleteCluster", {"cluster": arn}, on=arn, done=NO_SUCH_CLUSTER)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Services, tasks and instances of others in the cluster."""
        at = {"cluster": state.outputs["arn"]}
        for what, operation, key in _INSIDE:
            for arn in sorted((aws.find("ecs", operation, NO_SUCH_CLUSTER, **at) or {}).get(key, [])):
                if not going(arn):
                    yield blocks(f"{what} {arn} in the cluster")

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """Container Insights only, which makes metrics for the cluster and for each of its services."""
        return _lines(self.id, self.insights if found is None else str(found.settings.get("insights")), usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same, for the setting that it really has."""
        return _lines(id_, str(state.settings.get("insights")), usage)

    def cloudformation(self) -> CfnPart:
        """AWS::ECS::Cluster."""
        return CfnPart(
            "AWS::ECS::Cluster",
            {
                "ClusterName": self.name,
                "ClusterSettings": [{"Name": one["name"], "Value": one["value"]} for one in self._settings],
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Clusters with our tag."""
        return clusters_of(aws, stack)


def ecs_tag_call(arn: str, tags: list[dict[str, str]]) -> Call:
    """The call that puts tags on anything of ECS."""
    return Call("ecs", "TagResource", {"resourceArn": arn, "tags": tags}, on=arn)


def ecs_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as ECS spells them, as a map."""
    return {tag["key"]: tag.get("value", "") for tag in tags}


def clusters_of(aws: ReadOnlyAws, stack: str) -> list[State]:
    """Every cluster that carries the tag of a stack."""
    arns = aws.read("ecs", "ListClusters")["clusterArns"]
    return [
        state
        for at in range(0, len(arns), _AT_ONCE)
        for state in _described(aws, arns[at : at + _AT_ONCE])
        if (state.tags or {}).get(STACK) == stack
    ]


def _described(aws: ReadOnlyAws, clusters: list[str]) -> Iterable[State]:
    answer = aws.read("ecs", "DescribeClusters", clusters=clusters, include=["SETTINGS", "TAGS"])
    status: dict[str, Any] = {"ACTIVE": "ready", "PROVISIONING": "pending", "DEPROVISIONING": "deleting"}
    for cluster in answer.get("clusters", []):
        if cluster["status"] == "INACTIVE":
            continue
        values = {one["name"]: one["value"] for one in cluster.get("settings", [])}
        yield State(
            status.get(cluster["status"], "failed"),
            settings={"insights": values.get(_SETTINGS, "disabled")},
            outputs={"arn": cluster["clusterArn"], "name": cluster["clusterName"]},
            name=cluster["clusterName"],
            tags=ecs_tags(cluster.get("tags", [])),
            reason="" if cluster["status"] == "ACTIVE" else f"its status is {cluster['status']}",
        )


def _lines(id_: str, insights: str, usage: Usage) -> Iterable[CostLine]:
    """How many metrics `enhanced` makes depends on tasks and containers, and is not said by AWS: it stays unknown."""
    metrics = None if usage.services is None else INSIGHTS_PER_CLUSTER + usage.services * INSIGHTS_PER_SERVICE
    if insights == "enabled":
        basis = f"{INSIGHTS_PER_CLUSTER} metrics, and {INSIGHTS_PER_SERVICE} for each service"
        yield CostLine(id_, "Container Insights", "cloudwatch.metric_month", metrics, basis)
    elif insights == "enhanced":
        basis = "as many as tasks and containers make"
        yield CostLine(id_, "Container Insights, enhanced", "cloudwatch.metric_month", None, basis)
