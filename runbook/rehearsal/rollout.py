"""One ECS service at work: starts and stops its tasks within its limits until what runs is what was asked for."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from runbook.rehearsal.fake_tasks import FakeTask, Fleet

MAX_EVENTS = 100
"""AWS shows the last 100 events of a service (AWS docs: Viewing Amazon ECS service event messages)."""

MAX_DEPLOYMENTS = 100
"""More than anybody makes in a rehearsal; ECS lists those of 90 days (AWS docs: ListServiceDeployments)."""

_MOST_STEPS = 500
_TRIES_WITHOUT_BREAKER = 3
_BACK_OFF_S = 60.0
"""Without a circuit breaker ECS tries for ever, ever more slowly (AWS docs: Service throttle logic)."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deployed:
    """A deployment, and the image of each container in it: they are remembered when the revision is deleted."""

    deployment: Mapping[str, Any]
    images: Mapping[str, str]


@dataclass
class Rollout:
    """A service of moto with its deployments and its fake tasks.

    Parameters
    ----------
    service: moto's service; its counts, deployments, events and status are kept up to date.
    backend: moto's ECS of the service's region.
    """

    service: Any
    backend: Any
    fleet: Fleet
    tasks: list[FakeTask] = field(default_factory=list)
    _completed: Any = None
    """The task definition of the last deployment that was completed: what a rollback goes back to."""
    history: deque[Deployed] = field(default_factory=lambda: deque(maxlen=MAX_DEPLOYMENTS))
    """Every deployment, the oldest first; one that goes back after a failure is part of the failed one, as in ECS."""
    _not_before: float = 0.0
    _just_failed: bool = False

    def settle(self) -> None:
        """Do everything whose time has come."""
        if self.service.status == "INACTIVE":
            return
        self._just_failed = False
        for _ in range(_MOST_STEPS):
            if not self._step():
                break
        self._count()

    def deploy(self, task_definition: str, why: str = "in progress") -> None:
        """Begin a deployment; the one before goes on running until the new one is well."""
        busy = {task.deployment_id for task in self.tasks}
        earlier = [one for one in self.service.deployments if one["id"] in busy or self._just_failed]
        for old in earlier:
            old["status"] = "ACTIVE"
        self.service.task_definition = task_definition
        deployment = {
            "id": f"ecs-svc/{uuid4().int % 10**19}",
            "status": "PRIMARY",
            "taskDefinition": task_definition,
            "desiredCount": self.service.desired_count,
            "pendingCount": 0,
            "runningCount": 0,
            "failedTasks": 0,
            "createdAt": _now(),
            "updatedAt": _now(),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "networkConfiguration": self.service.network_configuration,
            "rolloutState": "IN_PROGRESS",
        }
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} {why}."
        self.service.deployments = [deployment, *earlier]
        if "rolling back" not in why:
            containers = self.backend.describe_task_definition(task_definition).container_definitions
            self.history.append(Deployed(deployment, {one["name"]: one["image"] for one in containers}))
        self._not_before = 0.0
        self._count()

    def scale(self) -> None:
        """Take over a new desired count."""
        for deployment in self.service.deployments[:1]:
            deployment["desiredCount"] = self.service.desired_count
        self._count()

    def say(self, message: str) -> None:
        """Add an event, newest first."""
        event = {"id": str(uuid4()), "createdAt": _now(), "message": f"(service {self.service.name}) {message}"}
        self.service.events = [event, *self.service.events][:MAX_EVENTS]

    # -- one step ------------------------------------------------------------------------------------------------------

    def _step(self) -> bool:
        before = [(task, task.desired_status) for task in self.tasks]
        moved = [self.fleet.advance(task, self.service) for task in self.tasks]
        for task, meant in before:
            if meant == "RUNNING" and task.desired_status == "STOPPED":
                self._failed(task)
        self.tasks = [task for task in self.tasks if not task.gone]
        # Each step is counted, so that the history shows what a client between two steps would have seen.
        self._count()
        if self.service.status == "DRAINING":
            return self._drain() or any(moved)
        return any([*moved, self._stop_old(), self._start_new(), self._conclude()])

    @property
    def _limits(self) -> tuple[int, int]:
        """Ready tasks that have to stay, and tasks that there may be, while a deployment runs."""
        limits = self.service.deployment_configuration
        desired = self.service.desired_count
        least = math.ceil(desired * int(limits.get("minimumHealthyPercent", 100)) / 100)
        return least, math.floor(desired * int(limits.get("maximumPercent", 200)) / 100)

    def _live(self) -> tuple[list[FakeTask], list[FakeTask]]:
        """Tasks of the newest deployment and those of older ones, without those that stop."""
        newest = self.service.deployments[0]["id"]
        live = [task for task in self.tasks if task.desired_status == "RUNNING"]
        return [one for one in live if one.deployment_id == newest], [
            one for one in live if one.deployment_id != newest
        ]

    def _start_new(self) -> bool:
        deployment = self.service.deployments[0]
        new, old = self._live()
        if deployment["rolloutState"] == "FAILED" or self.fleet.pacer.now() < self._not_before:
            return False
        room = min(self.service.desired_count - len(new), self._limits[1] - len(new) - len(old))
        definition = self.backend.describe_task_definition(deployment["taskDefinition"])
        started: list[FakeTask] = []
        for _ in range(room):
            cause = self.fleet.cause_of(self.service.name)
            if cause is not None and cause.event:
                self.say(cause.filled(cause.event, definition, self.service.region_name))
                self._rest()
                break
            task = self.fleet.start(self.service, definition, deployment, cause)
            started.append(task)
            self.backend.tasks.setdefault(task.cluster_name, {})[task.task_arn] = task
        self.tasks += started
        if started:
            self.say(f"has started {len(started)} tasks: {' '.join(f'(task {one.id})' for one in started)}.")
        return bool(started)

    def _rest(self) -> None:
        """Try again later; over at once at pace 0 too, but only at the next read, so that nothing spins."""
        self._not_before = self.fleet.pacer.later(_BACK_OFF_S) + 1e-3

    def _stop_old(self) -> bool:
        new, old = self._live()
        least = self._limits[0]
        failed = self.service.deployments[0]["rolloutState"] == "FAILED"
        extra = new[self.service.desired_count :]
        stopped = list(extra)
        running, ready = sum(one.running for one in new + old), sum(one.ready for one in new + old)
        for task in [] if failed else old:
            if task.running and (ready if task.ready else running) - 1 < least:
                continue
            running, ready = running - task.running, ready - task.ready
            stopped.append(task)
        for task in stopped:
            self.fleet.stop(task, f"Scaling activity initiated by (deployment {self.service.deployments[0]['id']})")
        if stopped:
            self.say(f"has stopped {len(stopped)} running tasks: {' '.join(f'(task {one.id})' for one in stopped)}.")
        return bool(stopped)

    def _conclude(self) -> bool:
        deployment = self.service.deployments[0]
        new, _ = self._live()
        everything = [one for one in self.tasks if one.deployment_id != deployment["id"]]
        # A rollback is over at the next read at the earliest, so that whoever asks sees what has failed.
        if deployment["rolloutState"] != "IN_PROGRESS" or everything or self._just_failed:
            return False
        if sum(one.ready for one in new) < self.service.desired_count or len(new) != len(self.tasks):
            return False
        deployment["rolloutState"] = "COMPLETED"
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
        deployment["updatedAt"] = _now()
        self.service.deployments = [deployment]
        self._completed = deployment["taskDefinition"]
        self.say(f"(deployment {deployment['id']}) deployment completed.")
        self.say("has reached a steady state.")
        return True

    def _failed(self, task: FakeTask) -> None:
        """Count a failed task, and let the circuit breaker judge."""
        deployment = next((one for one in self.service.deployments if one["id"] == task.deployment_id), None)
        if task.complaint:
            self.say(f"(task {task.id}) {task.complaint}")
        self.say(f"(task {task.id}) {task.stopped_reason}")
        if deployment is None or deployment["rolloutState"] != "IN_PROGRESS":
            return
        deployment["failedTasks"] += 1
        breaker = self.service.deployment_configuration.get("deploymentCircuitBreaker") or {}
        if breaker.get("enable") and deployment["failedTasks"] >= self._threshold(breaker):
            self._break(deployment, rollback=bool(breaker.get("rollback")))
        elif deployment["failedTasks"] >= _TRIES_WITHOUT_BREAKER:
            self._rest()
            self.say("is unable to consistently start tasks successfully.")

    def _threshold(self, breaker: Mapping[str, Any]) -> int:
        """Failed tasks that end a deployment. Source: botocore 1.44 service model, ecs ThresholdConfiguration."""
        asked = breaker.get("thresholdConfiguration") or {"type": "BOUNDED_PERCENT", "value": 50}
        if asked["type"] == "COUNT":
            return int(asked["value"])
        share: int = math.ceil(self.service.desired_count * int(asked["value"]) / 100)
        return share if asked["type"] == "UNBOUNDED_PERCENT" else min(max(3, share), 200)

    def _break(self, deployment: dict[str, Any], *, rollback: bool) -> None:
        was_rollback = "rolling back" in deployment["rolloutStateReason"]
        deployment["rolloutState"] = "FAILED"
        deployment["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
        self.say(f"(deployment {deployment['id']}) deployment failed: tasks failed to start.")
        for task in self.tasks:
            if task.deployment_id == deployment["id"]:
                self.fleet.stop(task, "The deployment has failed")
        self._just_failed = True
        if rollback and self._completed is not None and not was_rollback:
            self.say(f"rolling back to (task definition {self._completed}).")
            self.deploy(self._completed, "rolling back after a failed deployment")
            for task in self.tasks:
                # What still runs of the revision that is gone back to is what the rollback wants.
                if task.task_definition_arn == self._completed:
                    task.deployment_id = self.service.deployments[0]["id"]

    def _drain(self) -> bool:
        moved = False
        for task in self.tasks:
            if task.desired_status == "RUNNING":
                self.fleet.stop(task, "Scaling activity initiated by (the deletion of the service)")
                moved = True
        if not self.tasks:
            self.service.status = "INACTIVE"
        return moved

    def _count(self) -> None:
        for deployment in self.service.deployments:
            mine = [one for one in self.tasks if one.deployment_id == deployment["id"]]
            deployment["runningCount"] = sum(one.running for one in mine)
            deployment["pendingCount"] = sum(not one.running and one.desired_status == "RUNNING" for one in mine)
        self.service.running_count = sum(one.running for one in self.tasks)
        self.service.pending_count = sum(not one.running and one.desired_status == "RUNNING" for one in self.tasks)
        self.fleet.note(self.service, self.tasks)
