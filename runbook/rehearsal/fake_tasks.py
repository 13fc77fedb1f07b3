"""Tasks that only seem to run: each has an address, a network interface, real HTTP on a port, and takes its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.backends import get_backend

from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.rehearsal.states import Pacer
from runbook.rehearsal.task_address import free_address
from runbook.rehearsal.task_causes import TaskCause
from runbook.rehearsal.task_doors import Asked, NoDoorError, TaskDoors, ask
from runbook.rehearsal.task_health import command_path, first_code, matches, unwell
from runbook.rehearsal.task_start import image_digest, why_it_cannot_start, write_log
from runbook.rehearsal.task_uploads import Uploads

START_S = 45.0
"""From the decision to start a task until it runs: interface, image, container (public deployment logs, 30 to 60 s)."""

STOP_S = 10.0
"""From SIGTERM until a task is gone, beside the time in which its target drains."""

MAX_HISTORY = 5_000
MAX_STOPPED = 50
"""AWS shows stopped tasks for about an hour; here the last ones stay."""


class FakeTask:
    """One task, with the attributes that moto's DescribeTasks shows, and what the rehearsal knows beside them."""

    def __init__(self, service: Any, definition: Any, deployment: Mapping[str, Any], due: float) -> None:
        self.id = uuid4().hex
        self.task_arn = service.arn.replace(":service/", ":task/").rpartition("/")[0] + f"/{self.id}"
        self.cluster_arn, self.cluster_name = service.cluster_arn, service.cluster_name
        self.task_definition_arn = definition.arn
        self.group, self.started_by = f"service:{service.name}", deployment["id"]
        self.launch_type, self.platform_version, self.platform_family = "FARGATE", "1.4.0", "Linux"
        self.cpu, self.memory = definition.cpu, definition.memory
        self.last_status, self.desired_status, self.health_status = "PROVISIONING", "RUNNING", "UNKNOWN"
        self.connectivity, self.version, self.overrides = "CONNECTED", 1, dict[str, Any]()
        self.stop_code: str | None = None
        self.stopped_reason: str | None = None
        self.created_at = datetime.now(UTC)
        self.started_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self.attachments: list[dict[str, Any]] = []
        self.containers: list[dict[str, Any]] = []
        self.tags = list(service.tags or []) if service.propagate_tags == "SERVICE" else []
        self.availability_zone = ""
        self.definition, self.deployment_id, self.due = definition, deployment["id"], due
        self.address, self.interface_id = "", ""
        self.doors: dict[int, int] = {}
        """Container port -> the loopback port behind it."""
        self.load_balancers, self.registries = list(service.load_balancers), list(service.service_registries)
        self.network = dict((service.network_configuration or {}).get("awsvpcConfiguration") or {})
        self.checked = self.unwell = False
        """Whether its health checks have all passed, and whether some have failed and the grace period runs."""
        self.grace_s = float(service.health_check_grace_period_seconds or 0)
        self.cause: TaskCause | None = None
        self.complaint = ""
        """What the events of its service say about its health, beside why it stopped."""

    def advance(self) -> None:
        """moto moves its own tasks on at each read; these move with the pace."""

    @property
    def running(self) -> bool:
        """Whether it runs and is meant to go on."""
        return self.last_status == "RUNNING" and self.desired_status == "RUNNING"

    @property
    def ready(self) -> bool:
        """Whether it runs and all its health checks have passed."""
        return self.running and self.checked

    @property
    def gone(self) -> bool:
        """Whether it has stopped."""
        return self.last_status == "STOPPED"


@dataclass(frozen=True)
class Count:
    """How many tasks a service had at one moment."""

    at: float
    service: str
    desired: int
    running: int
    ready: int


@dataclass
class Fleet:
    """All fake tasks of one rehearsal.

    Parameters
    ----------
    pacer: the pace at which tasks start and stop.
    failing: services whose new tasks exit right after their start.
    uploads: the pollers beside the workers.
    cause_of: asked for each task that a service is to start: what keeps it from coming up; None for nothing.
    """

    pacer: Pacer
    uploads: Uploads
    cause_of: Callable[[str], TaskCause | None] = lambda _: None
    doors: TaskDoors = field(default_factory=TaskDoors)
    failing: set[str] = field(default_factory=set)
    tasks: list[FakeTask] = field(default_factory=list)
    history: deque[Count] = field(default_factory=lambda: deque(maxlen=MAX_HISTORY))

    def reset(self) -> None:
        """No tasks, no history, no open ports; pollers are told to stop."""
        self.uploads.forget()
        self.doors.close_all()
        self.failing.clear()
        self.tasks.clear()
        self.history.clear()

    def start(
        self, service: Any, definition: Any, deployment: Mapping[str, Any], cause: TaskCause | None = None
    ) -> FakeTask:
        """Begin to start a task; it runs when its time has come, or fails by the cause given."""
        task = FakeTask(service, definition, deployment, self.pacer.later(START_S))
        task.cause = cause
        self._attach(task)
        for container in definition.container_definitions:
            digest = image_digest(container["image"], service.region_name)
            task.containers.append(
                {
                    "containerArn": f"{task.task_arn.replace(':task/', ':container/')}/{uuid4()}",
                    "taskArn": task.task_arn,
                    "name": container["name"],
                    "image": container["image"],
                    "lastStatus": "PENDING",
                    "healthStatus": "UNKNOWN",
                    "networkInterfaces": [{"privateIpv4Address": task.address}],
                    **({"imageDigest": digest} if digest else {}),
                }
            )
        self.tasks.append(task)
        return task

    def advance(self, task: FakeTask, service: Any) -> bool:
        """Take the next step of a task whose time has come; false when there is none."""
        if task.gone or not self.pacer.over(task.due):
            return False
        if task.desired_status == "STOPPED":
            self._end(task)
            return True
        if task.last_status != "RUNNING":
            self._run(task, service)
            return True
        if not task.checked:
            self._check(task)
            return True
        return False

    def stop(self, task: FakeTask, reason: str, code: str = "ServiceSchedulerInitiated") -> None:
        """Begin to stop a task: out of target group and Cloud Map at once, gone when targets have drained."""
        if task.desired_status == "STOPPED":
            return
        delay = max((float(group.attributes.get(_DRAIN, 300)) for group in _groups(task)), default=0.0)
        ran = task.last_status == "RUNNING"
        task.desired_status, task.last_status = "STOPPED", "DEACTIVATING"
        task.stopped_reason, task.stop_code = reason, code
        task.due = self.pacer.later(STOP_S + (delay if ran else 0.0))
        self.uploads.finish(task)
        for group in _groups(task):
            group.targets.pop(task.address, None)
        for registry in _registries(task):
            if any(one.instance_id == task.id for one in registry.instances):
                _backend("servicediscovery", task).deregister_instance(registry.id, task.id)

    def fail(
        self, task: FakeTask, reason: str, code: str, container_reason: str = "", exit_code: int | None = None
    ) -> None:
        """Stop a task that could not start or did not stay well."""
        self.stop(task, reason, code)
        for container in task.containers:
            if container_reason:
                container["reason"] = container_reason
            if exit_code is not None:
                container["exitCode"] = exit_code

    def note(self, service: Any, tasks: list[FakeTask]) -> None:
        """Record how many tasks a service has, when that has changed."""
        running, ready = sum(one.running for one in tasks), sum(one.ready for one in tasks)
        last = next((one for one in reversed(self.history) if one.service == service.name), None)
        if last is None or (last.desired, last.running, last.ready) != (service.desired_count, running, ready):
            self.history.append(Count(self.pacer.now(), service.name, service.desired_count, running, ready))

    def target(self, group: Any, address: str) -> FakeTask | None:
        """The task behind an address in a target group: one that is registered, or one that drains."""
        for task in reversed(self.tasks):
            if task.address == address and not task.gone and group in _groups(task):
                return task
        return None

    def draining(self, group: Any) -> Iterator[FakeTask]:
        """Tasks whose target is on its way out of a group."""
        for task in self.tasks:
            if task.desired_status == "STOPPED" and not task.gone and task.doors and group in _groups(task):
                yield task

    def ask_target(self, group: Any, task: FakeTask, port: int) -> int | None:
        """The health check of a target group, over HTTP: the status code, or None when nobody answers."""
        asked = group.health_check_port
        door = task.doors.get(port if asked in (None, "traffic-port") else int(asked))
        return None if door is None else ask(door, group.health_check_path or "/")

    # -- the life of a task --------------------------------------------------------------------------------------------

    def _attach(self, task: FakeTask) -> None:
        """A network interface in a subnet of the service; the subnets take turns."""
        subnets = task.network.get("subnets") or []
        if not subnets:
            return
        ec2 = _backend("ec2", task)
        subnet = ec2.get_subnet(subnets[len(self.tasks) % len(subnets)])
        attachment = str(uuid4())
        region = ec2.region_name
        interface = ec2.create_network_interface(
            subnet,
            free_address(subnet.cidr_block, ec2.enis.values()),
            group_ids=task.network.get("securityGroups") or None,
            description=f"arn:aws:ecs:{region}:{ACCOUNT_ID}:attachment/{attachment}",
        )
        interface.status = "in-use"
        task.address, task.interface_id = interface.private_ip_address, interface.id
        task.availability_zone = subnet.availability_zone
        details = {
            "subnetId": subnet.id,
            "networkInterfaceId": interface.id,
            "macAddress": interface.mac_address,
            "privateIPv4Address": task.address,
        }
        task.attachments = [
            {
                "id": attachment,
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [{"name": name, "value": value} for name, value in details.items()],
            }
        ]

    def _run(self, task: FakeTask, service: Any) -> None:
        task.last_status = "PENDING"
        if why := why_it_cannot_start(task.definition, service.region_name):
            self.fail(task, why, "TaskFailedToStart", why)
            return
        if service.name in self.failing:
            self.fail(task, "Essential container in task exited", "EssentialContainerExited", exit_code=1)
            return
        if task.cause is not None:
            write_log(task.id, task.definition, task.cause, service.region_name)
            if task.cause.reason:
                reason = task.cause.filled(task.cause.reason, task.definition, service.region_name)
                why, exit_code = task.cause.container
                ran = task.cause.code == "EssentialContainerExited"
                task.started_at = datetime.now(UTC) if ran else None
                self.fail(task, reason, task.cause.code, why or ("" if ran else reason), exit_code)
                return
        try:
            for container in task.definition.container_definitions if _listens(task) else ():
                for mapping in container.get("portMappings") or ():
                    port = int(mapping["containerPort"])
                    task.doors[port] = self.doors.open(self._reply(task, container))
        except NoDoorError as error:
            self.fail(task, str(error), "TaskFailedToStart", str(error))
            return
        task.last_status, task.started_at = "RUNNING", datetime.now(UTC)
        for container in task.containers:
            container["lastStatus"] = "RUNNING"
        wait = [0.0]
        for group, balancer in zip(_groups(task), task.load_balancers, strict=False):
            group.register([{"Id": task.address, "Port": int(balancer["containerPort"])}])
            wait.append(float(group.healthy_threshold_count) * float(group.health_check_interval_seconds))
        healths = [one["healthCheck"] for one in task.definition.container_definitions if one.get("healthCheck")]
        wait += [float(health.get("interval") or 30) for health in healths]
        for registry in _registries(task):
            attributes = {
                "AWS_INSTANCE_IPV4": task.address,
                "AWS_INIT_HEALTH_STATUS": "UNHEALTHY",
                "AVAILABILITY_ZONE": task.availability_zone,
                "ECS_CLUSTER_NAME": task.cluster_name,
                "ECS_SERVICE_NAME": service.name,
                "ECS_TASK_DEFINITION_FAMILY": task.definition.family,
                "REGION": service.region_name,
            }
            _backend("servicediscovery", task).register_instance(registry.id, task.id, task.id, attributes)
            registry.instances[-1].health_status = "UNHEALTHY"
        task.due = self.pacer.later(max(wait))

    def _reply(self, task: FakeTask, container: Mapping[str, Any]) -> Callable[[Asked], int]:
        """What the container answers: well on the paths of its health, an upload it takes, 404 on all others."""

        def reply(asked: Asked) -> int:
            if task.cause is not None and task.cause.answers:
                return task.cause.answers
            for group in _groups(task):
                if asked.path == (group.health_check_path or "/").partition("?")[0]:
                    return first_code(group)
            return 200 if asked.path == command_path(container) else self.uploads.take(task, container, asked)

        return reply

    def _check(self, task: FakeTask) -> None:
        """Ask every health check over HTTP, as often as it has to pass."""
        for group, balancer in zip(_groups(task), task.load_balancers, strict=False):
            for _ in range(int(group.healthy_threshold_count)):
                status = self.ask_target(group, task, int(balancer["containerPort"]))
                if not matches(group, status):
                    port = balancer["containerPort"]
                    where = f"(target-group {group.arn})"
                    task.complaint = f"(port {port}) is unhealthy in {where} due to (reason {unwell(status)[1]})"
                    self._complain(task, f"Task failed ELB health checks in {where}")
                    return
        for shown, container in zip(task.containers, task.definition.container_definitions, strict=True):
            if container.get("healthCheck"):
                ports = [int(one["containerPort"]) for one in container.get("portMappings") or ()]
                path = command_path(container)
                if not all(port in task.doors and ask(task.doors[port], path) == 200 for port in ports):
                    shown["healthStatus"] = task.health_status = "UNHEALTHY"
                    self._complain(task, "Task failed container health checks")
                    return
                shown["healthStatus"] = task.health_status = "HEALTHY"
        for registry in _registries(task):
            for instance in registry.instances:
                if instance.instance_id == task.id:
                    instance.health_status = "HEALTHY"
        task.checked = True
        self.uploads.begin(task)

    def _complain(self, task: FakeTask, reason: str) -> None:
        """A health check has failed: the task stays until its grace period is over, and is stopped then."""
        if task.unwell:
            self.fail(task, reason, "ServiceSchedulerInitiated")
            return
        task.unwell, task.due = True, self.pacer.later(task.grace_s)

    def _end(self, task: FakeTask) -> None:
        task.last_status, task.stopped_at = "STOPPED", datetime.now(UTC)
        for container in task.containers:
            container["lastStatus"] = "STOPPED"
            container.setdefault("exitCode", 0)
        for door in task.doors.values():
            self.doors.close(door)
        task.doors.clear()
        task.connectivity = "DISCONNECTED"
        if task.interface_id:
            _backend("ec2", task).enis.pop(task.interface_id, None)
            task.attachments[0]["status"] = "DELETED"
        stopped = [one for one in self.tasks if one.gone]
        for one in stopped[: max(0, len(stopped) - MAX_STOPPED)]:
            self.tasks.remove(one)
            _backend("ecs", one).tasks.get(one.cluster_name, {}).pop(one.task_arn, None)


_DRAIN = "deregistration_delay.timeout_seconds"


def _backend(service: str, task: FakeTask) -> Any:
    region = task.task_arn.split(":")[3]
    return get_backend(service)[ACCOUNT_ID][region]  # type: ignore[call-overload]


def _listens(task: FakeTask) -> bool:
    return task.cause is None or task.cause.answers != 0


def _groups(task: FakeTask) -> list[Any]:
    arns = [one["targetGroupArn"] for one in task.load_balancers if one.get("targetGroupArn")]
    groups = _backend("elbv2", task).target_groups if arns else {}
    return [groups[arn] for arn in arns if arn in groups]


def _registries(task: FakeTask) -> list[Any]:
    arns = {one["registryArn"] for one in task.registries if one.get("registryArn")}
    services = _backend("servicediscovery", task).services.values() if arns else ()
    return [service for service in services if service.arn in arns]
