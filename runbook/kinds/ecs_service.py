"""ECS: a Fargate service, which keeps a number of tasks running behind a load balancer or a private name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from runbook.kinds.ecs_cluster import NO_SUCH_CLUSTER, clusters_of, ecs_tag_call, ecs_tags
from runbook.kinds.ecs_tasks import of_tasks
from runbook.kinds.kind import Kind
from runbook.kinds.task_bill import TaskBill, task_lines
from runbook.model import Call, CfnPart, Change, CostLine, Known, Permission, ReadOnlyAws, State, Usage, Wait

FAILED_TASKS = 3
"""Failed tasks after which ECS gives a deployment up.

As many as ECS itself takes for up to six tasks; with its own share of one half, a service of fifty tasks would fail
twenty-five times before anybody hears of it (botocore 1.44 service model: ecs ThresholdConfiguration).
"""

_AT_ONCE = 10
"""Services that one DescribeServices takes (botocore 1.44 service model)."""

_NOT_THERE = ("ServiceNotFoundException", *NO_SUCH_CLUSTER)
_FAILED = "deployment failed"
"""What ECS writes into the events of a service when a deployment fails (AWS docs: service event messages)."""
_COMPLETED = "deployment completed"

_PRIMARY = "services[0].deployments[?status=='PRIMARY'] | [0]"


@dataclass(frozen=True)
class Target:
    """A container's port behind a target group."""

    group: str
    """ARN of the target group."""
    container: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Service(Kind):
    """A Fargate service with rolling deployments and a circuit breaker.

    Parameters
    ----------
    name, cluster: names; the cluster's may be a reference.
    task_definition: ARN with revision.
    targets: where the tasks register for traffic.
    registries: ARNs of the Cloud Map services under which the tasks are found.
    grace_s: seconds after a task's start in which health checks are ignored; None where there are no checks.
    bill: what one task is billed by.
    read_with: names of all services that are read together, this one among them; one read then serves all.
    """

    name: str
    cluster: str
    cluster_arn: str
    task_definition: str
    count: int
    subnets: Sequence[str]
    groups: Sequence[str]
    targets: Sequence[Target] = ()
    registries: Sequence[str] = ()
    grace_s: int | None = None
    platform_version: str = "LATEST"
    bill: TaskBill
    read_with: Sequence[str] = ()

    typical_s = update_s = 180.0
    removal_s = 385.0  # median of four public reports, 56 s to 15 min
    consistent_s: ClassVar[float] = 60.0
    immutable: ClassVar[frozenset[str]] = frozenset({"cluster", "launch_type"})
    one_at_a_time: ClassVar[bool] = True

    @property
    def _network(self) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": list(self.groups),
                "assignPublicIp": "DISABLED",
            }
        }

    @property
    def _deployment(self) -> dict[str, Any]:
        return {
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "thresholdConfiguration": {"type": "COUNT", "value": FAILED_TASKS},
            },
        }

    @property
    def _targets(self) -> list[dict[str, Any]]:
        return [
            {"targetGroupArn": one.group, "containerName": one.container, "containerPort": one.port}
            for one in self.targets
        ]

    def settings(self) -> Mapping[str, Any]:
        """Everything that the service is told, in AWS's own shapes where they are documents."""
        return {
            "cluster": self.cluster_arn,
            "launch_type": "FARGATE",
            "task_definition": self.task_definition,
            "count": self.count,
            "subnets": list(self.subnets),
            "groups": list(self.groups),
            "public_ip": "DISABLED",
            "targets": self._targets,
            "registries": list(self.registries),
            "grace_s": self.grace_s or 0,
            "deployment": self._deployment,
            "platform_version": self.platform_version,
            "managed_tags": True,
            "propagate_tags": "SERVICE",
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The service; pending while a deployment runs, deleting while its tasks drain, absent once INACTIVE."""
        found = described_service(aws, known.value(self.cluster), self.name, self.read_with, draining=True)
        return _found(found, subnets=known.value(list(self.subnets)), groups=known.value(list(self.groups)))

    def plan(self, state: State, known: Known) -> Change:
        """As for all kinds, but a failed deployment is followed by another one; the service stays."""
        if state.status == "failed" and self.wanted and not self._foreign(state):
            differences = self._differences(state, known)
            names = frozenset(one.setting for one in differences)
            if not names & self.immutable:
                calls = [*(self.tagging(state) if self._wrong_tags(state) else []), self._update(names, force=True)]
                reason = f"its last deployment failed: {state.reason or 'AWS gives no reason'}"
                return self._change("update", reason, calls, state, differences)
        change = super().plan(state, known)
        if change.action == "update" and change.differences and _FAILED in state.reason:
            return replace(change, reason=f"{change.reason}; {state.reason}")
        return change

    def create(self, state: State) -> list[Call]:
        """One call with everything; ECS then starts the tasks in the background."""
        params: dict[str, Any] = {
            "cluster": self.cluster,
            "serviceName": self.name,
            "taskDefinition": self.task_definition,
            "desiredCount": self.count,
            "launchType": "FARGATE",
            "platformVersion": self.platform_version,
            "networkConfiguration": self._network,
            "deploymentConfiguration": self._deployment,
            "schedulingStrategy": "REPLICA",
            "enableECSManagedTags": True,
            "propagateTags": "SERVICE",
            "tags": self.tag_list("key", "value"),
        }
        if self.targets:
            params["loadBalancers"] = self._targets
        if self.registries:
            params["serviceRegistries"] = [{"registryArn": arn} for arn in self.registries]
        if self.grace_s is not None:
            params["healthCheckGracePeriodSeconds"] = self.grace_s
        condition = {"ArnEquals": {"ecs:cluster": self.cluster_arn}}
        permissions = (Permission("ecs:CreateService", "*", condition), Permission("ecs:TagResource", "*"))
        keep = {"arn": "service.serviceArn", "deployment": "service.deployments[0].id"}
        return [Call("ecs", "CreateService", params, keep=keep, permissions=permissions, token="clientToken")]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """One call with what differs; a count alone starts no deployment."""
        return [self._update(changed, force=False)]

    def _update(self, changed: frozenset[str], *, force: bool) -> Call:
        values: dict[str, Any] = {
            "task_definition": ("taskDefinition", self.task_definition),
            "count": ("desiredCount", self.count),
            "subnets": ("networkConfiguration", self._network),
            "groups": ("networkConfiguration", self._network),
            "public_ip": ("networkConfiguration", self._network),
            "targets": ("loadBalancers", self._targets),
            "registries": ("serviceRegistries", [{"registryArn": arn} for arn in self.registries]),
            "grace_s": ("healthCheckGracePeriodSeconds", self.grace_s or 0),
            "deployment": ("deploymentConfiguration", self._deployment),
            "platform_version": ("platformVersion", self.platform_version),
            "managed_tags": ("enableECSManagedTags", True),
            "propagate_tags": ("propagateTags", "SERVICE"),
        }
        params: dict[str, Any] = {"cluster": self.cluster, "service": self.name}
        params |= dict(values[name] for name in sorted(changed))
        if force:
            params["forceNewDeployment"] = True
        condition = {"ArnEquals": {"ecs:cluster": self.cluster_arn}}
        permissions = (Permission("ecs:UpdateService", "*", condition),)
        keep = {"deployment": "service.deployments[?status=='PRIMARY'].id | [0]"}
        return Call("ecs", "UpdateService", params, keep=keep, permissions=permissions)

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [ecs_tag_call(state.outputs["arn"], self.tag_list("key", "value"))]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Scale to nothing, then delete; it drains until its tasks have stopped."""
        arn, at = state.outputs["arn"], {"cluster": state.settings["cluster"], "service": state.name}
        done = ("ServiceNotActiveException", *_NOT_THERE)
        return [
            Call("ecs", "UpdateService", {**at, "desiredCount": 0}, on=arn, done=done),
            Call("ecs", "DeleteService", {**at, "force": True}, on=arn, done=done),
        ]

    @classmethod
    def goes_with(cls, aws: ReadOnlyAws, state: State) -> Iterable[str]:
        """Also its tasks, with their addresses and network interfaces."""
        return [*super().goes_with(aws, state), *of_tasks(aws, state.settings["cluster"], state.name)]

    def ready(self) -> Wait:
        """The newest deployment has come to its end, and as many tasks run as shall run."""
        call = Call("ecs", "DescribeServices", {"cluster": self.cluster, "services": [self.name], "include": ["TAGS"]})
        return Wait(
            call,
            until=f"({_PRIMARY}).rolloutState == 'COMPLETED' && services[0].runningCount == services[0].desiredCount",
            fails="services[0].deployments[?rolloutState=='FAILED'].rolloutStateReason | [0]",
            what=f"the deployment of {self.name}",
            every_s=5.0,
            # A circuit breaker needs three failed starts to judge; AWS gives no bound of its own.
            at_most_s=1200.0,
            typical_s=self.typical_s,
        )

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """CPU and memory of every task, by the second; disk beyond what is included."""
        if found is None:
            return task_lines(self.id, self.count, self.bill, usage, named=bool(self.registries))
        return task_lines(
            self.id,
            int(found.settings.get("count", 0)),
            found.settings.get("bill", self.bill),
            usage,
            named=bool(found.settings.get("registries")),
        )

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for a service whose task definition was read too; `bill` is None where it was not."""
        bill, named = state.settings.get("bill"), bool(state.settings.get("registries"))
        return task_lines(id_, int(state.settings["count"]), bill, usage, named=named)

    def cloudformation(self) -> CfnPart:
        """AWS::ECS::Service."""
        properties: dict[str, Any] = {
            "ServiceName": self.name,
            "Cluster": self.cluster,
            "TaskDefinition": self.task_definition,
            "DesiredCount": self.count,
            "LaunchType": "FARGATE",
            "PlatformVersion": self.platform_version,
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": list(self.subnets),
                    "SecurityGroups": list(self.groups),
                    "AssignPublicIp": "DISABLED",
                }
            },
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 100,
                "MaximumPercent": 200,
                "DeploymentCircuitBreaker": {
                    "Enable": True,
                    "Rollback": True,
                    "ThresholdConfiguration": {"Type": "COUNT", "Value": FAILED_TASKS},
                },
            },
            "LoadBalancers": [
                {"TargetGroupArn": one.group, "ContainerName": one.container, "ContainerPort": one.port}
                for one in self.targets
            ],
            "ServiceRegistries": [{"RegistryArn": arn} for arn in self.registries],
            "EnableECSManagedTags": True,
            "PropagateTags": "SERVICE",
            "Tags": self.tag_list(),
        }
        if self.grace_s is not None:
            properties["HealthCheckGracePeriodSeconds"] = self.grace_s
        return CfnPart("AWS::ECS::Service", {key: value for key, value in properties.items() if value != []})

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Services with our tag in clusters with our tag; ListServices shows none that drain."""
        for cluster in clusters_of(aws, stack):
            arn = cluster.outputs["arn"]
            listed = sorted(aws.read("ecs", "ListServices", cluster=arn)["serviceArns"])
            for at in range(0, len(listed), _AT_ONCE):
                some = listed[at : at + _AT_ONCE]
                answer = aws.read("ecs", "DescribeServices", cluster=arn, services=some, include=["TAGS"])
                for one in answer["services"]:
                    state = _found(one)
                    if state.exists and state.stack == stack:
                        yield state


def described_service(
    aws: ReadOnlyAws, cluster: Any, name: str, read_with: Sequence[str] = (), *, draining: bool = False
) -> dict[str, Any] | None:
    """A service as ECS describes it; None when there is none, and for one that drains unless that is asked for."""
    names = list(read_with or (name,))
    answer = aws.find("ecs", "DescribeServices", NO_SUCH_CLUSTER, cluster=cluster, services=names, include=["TAGS"])
    for service in (answer or {}).get("services", []):
        if service["serviceName"] != name:
            continue
        if service["status"] == "ACTIVE" or (draining and service["status"] == "DRAINING"):
            found: dict[str, Any] = service
            return found
    return None


def _found(service: Mapping[str, Any] | None, *, subnets: Sequence[Any] = (), groups: Sequence[Any] = ()) -> State:
    """A service as it is; `subnets` and `groups` give the order in which they are declared."""
    if service is None or service["status"] == "INACTIVE":
        return State.ABSENT
    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    deployment = service.get("deploymentConfiguration") or {}
    breaker = deployment.get("deploymentCircuitBreaker") or {}
    status, reason = _condition(service)
    return State(
        status,
        settings={
            "cluster": service["clusterArn"],
            "launch_type": service.get("launchType", ""),
            "task_definition": service.get("taskDefinition", ""),
            "count": service["desiredCount"],
            "subnets": _in_order(network.get("subnets", []), subnets),
            "groups": _in_order(network.get("securityGroups", []), groups),
            "public_ip": network.get("assignPublicIp", "DISABLED"),
            "targets": [
                {key: one[key] for key in ("targetGroupArn", "containerName", "containerPort") if key in one}
                for one in service.get("loadBalancers", [])
            ],
            "registries": [one["registryArn"] for one in service.get("serviceRegistries", [])],
            "grace_s": service.get("healthCheckGracePeriodSeconds") or 0,
            "deployment": {
                "minimumHealthyPercent": deployment.get("minimumHealthyPercent"),
                "maximumPercent": deployment.get("maximumPercent"),
                "deploymentCircuitBreaker": {
                    "enable": breaker.get("enable", False),
                    "rollback": breaker.get("rollback", False),
                    "thresholdConfiguration": breaker.get("thresholdConfiguration") or {},
                },
            },
            "platform_version": service.get("platformVersion", ""),
            "managed_tags": service.get("enableECSManagedTags", False),
            "propagate_tags": service.get("propagateTags", "NONE"),
        },
        outputs={"arn": service["serviceArn"], "name": service["serviceName"]},
        name=service["serviceName"],
        tags=ecs_tags(service.get("tags", [])),
        reason=reason,
    )


def _in_order(found: Sequence[str], declared: Sequence[Any]) -> list[str]:
    """What was found, in the declared order where it is the same set; for AWS the order does not count."""
    names = [one for one in declared if isinstance(one, str)]
    return names if sorted(names) == sorted(found) else sorted(found)


def _condition(service: Mapping[str, Any]) -> tuple[Any, str]:
    """Status and reason: how the newest deployment stands, how many tasks run, and what ECS said last."""
    events = [one["message"] for one in service.get("events", [])]
    counts = f"{service['runningCount']} of {service['desiredCount']} tasks run, {service['pendingCount']} start"
    said = f"; {events[0]}" if events else ""
    if service["status"] == "DRAINING":
        return "deleting", f"its tasks stop: {counts}{said}"
    deployments = service.get("deployments", [])
    primary: Mapping[str, Any] = next((one for one in deployments if one["status"] == "PRIMARY"), {})
    rollout = primary.get("rolloutState", "")
    if rollout == "FAILED":
        cause = next((one for one in events if "unable" in one or "exited" in one or "failed" in one), "")
        return "failed", "; ".join(filter(None, (primary.get("rolloutStateReason", ""), cause)))
    if rollout != "COMPLETED" or service["runningCount"] != service["desiredCount"]:
        broken: Mapping[str, Any] = next((one for one in deployments if one.get("rolloutState") == "FAILED"), {})
        why = f"; {broken['rolloutStateReason']}" if broken.get("rolloutStateReason") else ""
        return "pending", f"deployment {rollout or 'unknown'}: {counts}{why}{said}"
    # Behind a rollback the service is well on the old revision; only the events tell what happened to the new one.
    return "ready", _rolled_back(events)


def _rolled_back(events: Sequence[str]) -> str:
    """The event of the failure that the last deployment went back from; empty when it was no rollback."""
    completed = 0
    for message in events:
        completed += _COMPLETED in message
        if completed > 1:
            return ""
        if _FAILED in message:
            return message
    return ""
