"""Amazon ECS: what a task definition, a service and a cluster have to be before AWS takes them, or lets them go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World
from runbook.settings.limits import FARGATE_MEMORY_MIB

_API = "AWS docs: Amazon ECS API reference"
_REVIEW = "botocore 1.44 service model: ecs"


def _containers(call: WireCall) -> list[Mapping[str, Any]]:
    return list(call.params.get("containerDefinitions") or ())


def _fargate(call: WireCall) -> bool:
    return "FARGATE" in (call.params.get("requiresCompatibilities") or ())


def _bad_size(call: WireCall, _: World) -> str | None:
    if not _fargate(call):
        return None
    cpu, memory = str(call.params.get("cpu", "")), str(call.params.get("memory", ""))
    if not (cpu.isdigit() and memory.isdigit()):
        return f"Fargate requires that 'cpu' and 'memory' be defined at the task level, found {cpu!r} and {memory!r}."
    if int(memory) not in FARGATE_MEMORY_MIB.get(int(cpu), ()):
        return f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    return None


def _wrong_network(call: WireCall, _: World) -> str | None:
    mode = call.params.get("networkMode")
    if not _fargate(call) or mode == "awsvpc":
        return None
    return f"Fargate only supports network mode 'awsvpc', found {mode!r}."


def _no_execution_role(call: WireCall, _: World) -> str | None:
    if call.params.get("executionRoleArn"):
        return None
    if any(one.get("secrets") for one in _containers(call)):
        return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    drivers = {(one.get("logConfiguration") or {}).get("logDriver") for one in _containers(call)}
    if _fargate(call) and "awslogs" in drivers:
        return "Fargate requires task definition to have execution role ARN to support log driver awslogs."
    return None


def _unknown_role(call: WireCall, world: World) -> str | None:
    roles = {role.arn for role in world.backend("iam", call.region).roles.values()}
    for name in ("taskRoleArn", "executionRoleArn"):
        arn = call.params.get(name)
        if arn and arn not in roles:
            return f"Role is not valid: {arn} ({name}) does not exist or cannot be assumed by ecs-tasks.amazonaws.com"
    return None


def _cluster(call: WireCall, world: World) -> Any | None:
    name = str(call.params.get("cluster") or "default").rpartition("/")[2]
    return world.backend("ecs", call.region).clusters.get(name)


def _service(call: WireCall, world: World) -> Any | None:
    cluster = _cluster(call, world)
    name = str(call.params.get("serviceName") or call.params.get("service") or "").rpartition("/")[2]
    return None if cluster is None else world.backend("ecs", call.region).services.get(f"{cluster.name}:{name}")


def _cluster_gone(call: WireCall, world: World) -> str | None:
    cluster = _cluster(call, world)
    return "Cluster not found." if cluster is not None and cluster.status != "ACTIVE" else None


def _twice(call: WireCall, world: World) -> str | None:
    service = _service(call, world)
    if service is None or service.status == "INACTIVE":
        return None
    if service.status == "DRAINING":
        return "Unable to Start a service that is still Draining."
    token = call.params.get("clientToken")
    return None if token and token == service.client_token else "Creation of service was not idempotent."


def _not_active(call: WireCall, world: World) -> str | None:
    service = _service(call, world)
    return "Service was not ACTIVE." if service is not None and service.status != "ACTIVE" else None


def _is_not_there(call: WireCall, world: World) -> str | None:
    service = _service(call, world)
    return "Service not found." if service is not None and service.status == "INACTIVE" else None


def _definition(call: WireCall, world: World) -> Any | None:
    """The task definition that the service will run."""
    backend = world.backend("ecs", call.region)
    service = _service(call, world)
    name = str(call.params.get("taskDefinition") or (service.task_definition if service else "")).rpartition("/")[2]
    family, _, revision = name.partition(":")
    revisions = backend.task_definitions.get(family) or {}
    return revisions.get(int(revision)) if revision.isdigit() else revisions.get(max(revisions, default=0))


def _balancers(call: WireCall) -> Iterable[Mapping[str, Any]]:
    return call.params.get("loadBalancers") or ()


def _wrong_container(call: WireCall, world: World) -> str | None:
    definition = _definition(call, world)
    if definition is None:
        return None
    containers = {one["name"]: one for one in definition.container_definitions}
    for balancer in _balancers(call):
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in containers:
            return f"The container {name} does not exist in the task definition."
        if port not in {one["containerPort"] for one in containers[name].get("portMappings") or ()}:
            return f"The container {name} did not have a container port {port} defined."
    return None


def _inactive_definition(call: WireCall, world: World) -> str | None:
    definition = _definition(call, world)
    return "TaskDefinition is inactive" if definition is not None and definition.status != "ACTIVE" else None


def _bad_target_group(call: WireCall, world: World) -> str | None:
    elb = world.backend("elbv2", call.region)
    for balancer in _balancers(call):
        arn = balancer.get("targetGroupArn")
        group = elb.target_groups.get(arn)
        if group is None:
            return f"Unable to find target group with targetGroupArn {arn}."
        if group.target_type != "ip":
            return (
                f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the "
                "awsvpc network mode specified in the task definition."
            )
        if not elb._any_listener_using(arn):
            return f"The target group with targetGroupArn {arn} does not have an associated load balancer."
    return None


def _unknown_registry(call: WireCall, world: World) -> str | None:
    arns = {one.get("registryArn") for one in call.params.get("serviceRegistries") or ()}
    if arns:
        arns -= {one.arn for one in world.backend("servicediscovery", call.region).services.values()}
    return f"The service registry {min(map(str, arns))} could not be found." if arns else None


def _has_services(call: WireCall, world: World) -> str | None:
    cluster = _cluster(call, world)
    services = world.backend("ecs", call.region).services.values()
    held = cluster is not None and any(one.cluster_arn == cluster.arn and one.status == "ACTIVE" for one in services)
    return "The Cluster cannot be deleted while Services are active." if held else None


def _has_tasks(call: WireCall, world: World) -> str | None:
    cluster = _cluster(call, world)
    tasks = {} if cluster is None else world.backend("ecs", call.region).tasks.get(cluster.name, {})
    held = any(one.last_status != "STOPPED" for one in tasks.values())
    return "The Cluster cannot be deleted while Tasks are active." if held else None


def _set_cluster(call: WireCall, world: World) -> Mapping[str, Any] | None:
    cluster = _cluster(call, world)
    if cluster is None or cluster.status != "ACTIVE":
        return None
    given = {one["name"]: one["value"] for one in call.params.get("settings") or ()}
    there = {one["name"]: one["value"] for one in cluster.settings}
    cluster.settings = [{"name": name, "value": value} for name, value in {**there, **given}.items()]
    return {"cluster": {"clusterArn": cluster.arn, "clusterName": cluster.name, "settings": cluster.settings}}


_ACCOUNT_SETTINGS = {
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "containerInstanceLongArnFormat": "enabled",
    "dualStackIPv6": "enabled",
    "fargateTaskRetirementWaitPeriod": "7",
    "serviceLongArnFormat": "enabled",
    "tagResourceAuthorization": "on",
    "taskLongArnFormat": "enabled",
}
"""What an account has that nobody has changed. Source: AWS docs: Amazon ECS account settings."""


def _account_settings(call: WireCall, world: World) -> Mapping[str, Any] | None:
    if call.params.get("effectiveSettings") is not True:
        return None
    set_here = {one.name: one.value for one in world.backend("ecs", call.region).account_settings.values()}
    found = {**_ACCOUNT_SETTINGS, **set_here}
    name = call.params.get("name")
    principal = f"arn:aws:iam::{world.account_id}:root"
    return {
        "settings": [
            {"name": key, "value": value, "principalArn": principal}
            for key, value in sorted(found.items())
            if name in (None, key)
        ]
    }


def _refusal(operations: tuple[str, ...], code: str, gap: str, source: str, refuse: Any) -> Rule:
    return Rule(service="ecs", operations=operations, code=code, gap=gap, source=source, refuse=refuse)


_BOTH = ("CreateService", "UpdateService")
_INVALID = "InvalidParameterException"

ECS_RULES: tuple[Rule, ...] = (
    _refusal(("RegisterTaskDefinition",), "ClientException",
             "pairs of CPU and memory that Fargate does not offer are accepted",
             f"{_API}, RegisterTaskDefinition (cpu, memory)", _bad_size),
    _refusal(("RegisterTaskDefinition",), "ClientException", "a Fargate task definition without awsvpc is accepted",
             f"{_API}, RegisterTaskDefinition (networkMode)", _wrong_network),
    _refusal(("RegisterTaskDefinition",), "ClientException",
             "secrets or awslogs without an execution role are accepted",
             "AWS docs: Amazon ECS task execution IAM role", _no_execution_role),
    _refusal(("RegisterTaskDefinition",), "ClientException", "roles that do not exist are accepted",
             "AWS docs: Troubleshooting Amazon ECS, Role is not valid", _unknown_role),
    _refusal(("CreateService",), "ClusterNotFoundException", "a service can be made in a deleted cluster",
             f"{_REVIEW} CreateService", _cluster_gone),
    _refusal(("CreateService",), _INVALID, "a second service of the same name takes the place of the first",
             f"{_REVIEW} CreateService (clientToken) and DeleteService (DRAINING)", _twice),
    _refusal(_BOTH, "ClientException", "a service may run a task definition that was deregistered",
             f"{_REVIEW} DeregisterTaskDefinition", _inactive_definition),
    _refusal(_BOTH, _INVALID, "container and port of a load balancer need not be in the task definition",
             f"{_API}, LoadBalancer (containerName, containerPort)", _wrong_container),
    _refusal(_BOTH, _INVALID, "a target group that does not exist, is not of type ip or has no listener is accepted",
             "aws-cdk issue 1160; terraform-provider-aws issue 32908; AWS docs: CreateService (loadBalancers)",
             _bad_target_group),
    _refusal(_BOTH, _INVALID, "a service registry that does not exist is accepted",
             f"{_API}, ServiceRegistry", _unknown_registry),
    _refusal(("UpdateService",), "ServiceNotActiveException", "a service that drains or is INACTIVE can be updated",
             f"{_REVIEW} UpdateService", _not_active),
    _refusal(("DeleteService",), "ServiceNotFoundException", "a service that is INACTIVE can be deleted again",
             f"{_REVIEW} DeleteService", _is_not_there),
    _refusal(("DeleteCluster",), "ClusterContainsServicesException", "a cluster with services can be deleted",
             f"{_REVIEW} DeleteCluster", _has_services),
    _refusal(("DeleteCluster",), "ClusterContainsTasksException", "a cluster with running tasks can be deleted",
             f"{_REVIEW} DeleteCluster", _has_tasks),
    Rule(service="ecs", operations=("UpdateClusterSettings",), gap="UpdateClusterSettings is missing",
         source=f"{_REVIEW} UpdateClusterSettings", reply=_set_cluster),
    Rule(service="ecs", operations=("ListAccountSettings",), gap="the effective account settings are empty",
         source="AWS docs: Amazon ECS account settings", reply=_account_settings),
)  # fmt: skip
