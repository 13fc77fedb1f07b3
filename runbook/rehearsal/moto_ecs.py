"""moto's ECS, changed where services would run no tasks: create, update, scale, deploy, stop and delete."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from runbook.rehearsal.fake_tasks import Fleet
from runbook.rehearsal.rollout import Rollout
from runbook.rehearsal.task_health import matches, unwell

_DEPLOYS = ("network_configuration", "load_balancers", "service_registries", "platform_version")
"""Settings of UpdateService that begin a deployment, beside a task definition and the wish to.

Source: botocore 1.44 service model, ecs UpdateService.
"""


class Services:
    """The services of one rehearsal and their tasks."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.rollouts: list[Rollout] = []

    def reset(self) -> None:
        """No services, no tasks."""
        self.rollouts.clear()
        self.fleet.reset()

    def settle(self) -> None:
        """Let every service do what its time has come for, and count for the clusters."""
        for rollout in self.rollouts:
            rollout.settle()
        self.rollouts = [one for one in self.rollouts if one.service.status != "INACTIVE"]

    def of(self, service: Any) -> Rollout | None:
        """The rollout of a service of moto."""
        return next((one for one in self.rollouts if one.service is service), None)


_current: list[Services] = []
"""The services of the rehearsal that is open; moto's classes belong to the process and ask here."""


def use_services(services: Services) -> None:
    """Make these the services that moto's ECS works with."""
    _current[:] = [services]


def rollouts() -> Sequence[Rollout]:
    """The services at work in the rehearsal that is open."""
    return _current[0].rollouts if _current else ()


@functools.cache
def install() -> None:
    """Change moto's classes, once in a process."""
    for owner, name, change in (
        (EC2ContainerServiceResponse, "create_service", _create_service),
        (EC2ContainerServiceBackend, "update_service", _update_service),
        (EC2ContainerServiceBackend, "delete_service", _delete_service),
        (EC2ContainerServiceBackend, "list_services", _list_services),
        (EC2ContainerServiceBackend, "list_tasks", _list_tasks),
        (EC2ContainerServiceBackend, "stop_task", _stop_task),
        (EC2ContainerServiceBackend, "list_clusters", _list_clusters),
        (EC2ContainerServiceBackend, "create_cluster", _create_cluster),
        (EC2ContainerServiceBackend, "describe_clusters", _describe_clusters),
        (FakeTargetGroup, "health_for", _health_for),
        (ELBv2Backend, "describe_target_health", _describe_target_health),
    ):
        setattr(owner, name, _instead(getattr(owner, name), change))


def _instead(original: Callable[..., Any], change: Callable[..., Any]) -> Callable[..., Any]:
    """The method that takes the place of another, which it is given and may use."""

    @functools.wraps(original)
    def changed(owner: Any, *arguments: Any, **named: Any) -> Any:
        return change(owner, original, *arguments, **named)

    return changed


def _create_service(response: Any, original: Callable[..., Any]) -> Any:
    params = response._get_params()
    backend = response.ecs_backend
    cluster = backend._get_cluster(params.get("cluster", "default"))
    there = backend.services.get(f"{cluster.name}:{params['serviceName']}")
    if there is not None and there.status == "ACTIVE" and there.client_token == params.get("clientToken"):
        return ActionResult({"service": there})
    original(response)
    service = backend.services[f"{cluster.name}:{params['serviceName']}"]
    service.client_token = params.get("clientToken") or object()
    service.deployment_configuration = params.get("deploymentConfiguration") or {}
    service.health_check_grace_period_seconds = params.get("healthCheckGracePeriodSeconds")
    service.enable_ecs_managed_tags = bool(params.get("enableECSManagedTags"))
    service.enable_execute_command = bool(params.get("enableExecuteCommand"))
    service.platform_version = params.get("platformVersion") or "LATEST"
    service.platform_family = "Linux"
    service.deployments, service.events = [], []
    rollout = Rollout(service, backend, _current[0].fleet)
    _current[0].rollouts.append(rollout)
    rollout.deploy(service.task_definition)
    return ActionResult({"service": service})


def _update_service(backend: Any, original: Callable[..., Any], service_properties: dict[str, Any]) -> Any:
    del original
    given = {name: value for name, value in service_properties.items() if value is not None}
    service = backend._get_service(given.pop("cluster", "default"), given.pop("service"))
    definition = given.pop("task_definition", None)
    force = given.pop("force_new_deployment", False)
    changed = [name for name in _DEPLOYS if name in given and given[name] != getattr(service, name)]
    for name, value in given.items():
        setattr(service, name, value)
    arn = backend.describe_task_definition(definition).arn if definition else service.task_definition
    rollout = _current[0].of(service)
    if rollout is not None:
        rollout.scale()
        if force or changed or arn != service.task_definition:
            rollout.deploy(arn)
    return service


def _delete_service(
    backend: Any, original: Callable[..., Any], cluster_name: str, service_name: str, force: bool
) -> Any:
    del original
    service = backend._get_service(cluster_name, service_name)
    if service.desired_count > 0 and not force:
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    if service.status == "ACTIVE":
        service.status, service.desired_count = "DRAINING", 0
    return service


def _list_services(backend: Any, original: Callable[..., list[str]], *arguments: Any, **named: Any) -> list[str]:
    active = {one.arn for one in backend.services.values() if one.status == "ACTIVE"}
    return [arn for arn in original(backend, *arguments, **named) if arn in active]


def _list_tasks(
    backend: Any,
    original: Callable[..., list[Any]],
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,  # noqa: N803 - moto's own name
) -> list[Any]:
    meant = desiredStatus or ("RUNNING" if cluster_str else None)
    found = original(backend, cluster_str, container_instance, None, started_by, None, meant)
    if family:
        found = [task for task in found if task.task_definition_arn.rpartition("/")[2].partition(":")[0] == family]
    group = f"service:{service_name.rpartition('/')[2]}" if service_name else ""
    return [task for task in found if not group or task.group == group]


def _stop_task(backend: Any, original: Callable[..., Any], cluster_str: str, task_str: str, reason: str) -> Any:
    for rollout in _current[0].rollouts:
        for task in rollout.tasks:
            if task.id == task_str.rpartition("/")[2]:
                _current[0].fleet.stop(task, reason or "Task stopped by user", "UserInitiated")
                return task
    return original(backend, cluster_str, task_str, reason)


def _list_clusters(backend: Any, original: Callable[..., list[str]]) -> list[str]:
    active = {one.arn for one in backend.clusters.values() if one.status == "ACTIVE"}
    return [arn for arn in original(backend) if arn in active]


def _create_cluster(
    backend: Any, original: Callable[..., Any], cluster_name: str, *arguments: Any, **named: Any
) -> Any:
    there = backend.clusters.get(cluster_name)
    if there is not None and there.status == "ACTIVE":
        return there
    return original(backend, cluster_name, *arguments, **named)


def _describe_clusters(backend: Any, original: Callable[..., Any], cluster_names: list[str]) -> Any:
    found, failures = original(backend, cluster_names)
    for cluster in found:
        services = [one for one in backend.services.values() if one.cluster_arn == cluster.arn]
        cluster.active_services_count = sum(one.status == "ACTIVE" for one in services)
        cluster.running_tasks_count = sum(one.running_count for one in services)
        cluster.pending_tasks_count = sum(one.pending_count for one in services)
    return found, failures


# -- the health of targets -------------------------------------------------------------------------------------------


def _health_for(group: Any, original: Callable[..., Any], target: dict[str, Any], ec2_backend: Any) -> Any:
    """The health of an address: of a fake task it is asked over HTTP, and where nothing listens nobody is well."""
    if group.target_type != "ip":
        return original(group, target, ec2_backend)
    fleet = _current[0].fleet
    registered = group.targets.get(target["Id"])
    port = int((registered or target).get("Port") or group.port)
    task = fleet.target(group, target["Id"])

    def status(state: str, reason: str | None = None, text: str | None = None) -> Any:
        return FakeHealthStatus(target["Id"], str(port), str(port), state, reason, text)

    if registered is None:
        if task is not None and task.desired_status == "STOPPED":
            return status("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
        return status("unused", "Target.NotRegistered", "Target is not registered to the target group")
    if task is None:
        return status("unhealthy", "Target.Timeout", "Request timed out")
    if not task.checked and not task.unwell:
        return status("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    code = fleet.ask_target(group, task, port)
    if matches(group, code):
        return status("healthy")
    return status("unhealthy", *unwell(code))


def _describe_target_health(
    backend: Any, original: Callable[..., list[Any]], target_group_arn: str, targets: list[dict[str, Any]]
) -> list[Any]:
    found = original(backend, target_group_arn, targets)
    group = backend.target_groups.get(target_group_arn)
    if targets or group is None:
        return found
    known = {one.instance_id for one in found}
    for task in _current[0].fleet.draining(group):
        if task.address not in known:
            found.append(group.health_for({"Id": task.address}, backend.ec2_backend))
    return found
