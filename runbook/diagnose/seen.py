"""What was read about a rollout: its deployment, its tasks, their targets, events and last log lines; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """One line of the events of a service."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Container:
    """One container of a task, as it stopped or runs."""

    name: str
    reason: str = ""
    exit_code: int | None = None


@dataclass(frozen=True)
class Task:
    """One task; texts are cleaned."""

    id: str
    status: str
    """AWS's lastStatus."""
    stop_code: str = ""
    reason: str = ""
    containers: tuple[Container, ...] = ()
    address: str = ""
    health: str = "UNKNOWN"
    started_at: datetime | None = None
    stopping_at: datetime | None = None

    @property
    def stopped(self) -> bool:
        """Whether it is over, or on its way to it."""
        return self.status in ("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")

    @property
    def texts(self) -> tuple[str, ...]:
        """Why it stopped: its own reason and those of its containers."""
        return tuple(filter(None, (self.reason, *(one.reason for one in self.containers))))

    def lived_s(self, now: datetime) -> float:
        """Seconds from the start of its containers until it was stopped, or until now; 0 when none started."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.stopping_at or now) - self.started_at).total_seconds())


@dataclass(frozen=True)
class Target:
    """A task in a target group, with AWS's reason code for its health; read during the grace period too."""

    address: str
    port: int
    state: str
    reason: str = ""
    text: str = ""


@dataclass(frozen=True)
class LogLine:
    """One of the last lines that a container wrote."""

    task: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """One deployment of one service at one moment.

    Parameters
    ----------
    part: `web` or `worker`: the word of the settings that this service is about.
    deployment: id of the deployment that is judged: the newest, or behind a rollback the one that failed.
    port, health_path: where the load balancer asks; 0 and empty without one.
    health_command: the command that ECS runs in the container; empty for none.
    events: newest first, those of the deployment only; tasks and targets are of the deployment too.
    """

    part: str
    cluster: str
    service: str
    deployment: str
    at: datetime
    state: str = "IN_PROGRESS"
    desired: int = 1
    grace_s: int = 0
    port: int = 0
    health_path: str = ""
    health_command: str = ""
    events: tuple[Event, ...] = ()
    tasks: tuple[Task, ...] = ()
    targets: tuple[Target, ...] = ()
    logs: tuple[LogLine, ...] = ()
    not_read: tuple[str, ...] = ()
    """What AWS did not let be read, and its code."""

    @property
    def stopped(self) -> tuple[Task, ...]:
        """Tasks that are over."""
        return tuple(one for one in self.tasks if one.stopped)

    @property
    def healthy(self) -> int:
        """Tasks that run and that every health check calls well."""
        well = {one.address for one in self.targets if one.state == "healthy"}
        return sum(
            one.status == "RUNNING"
            and (one.address in well if self.port else True)
            and (one.health == "HEALTHY" if self.health_command else one.health != "UNHEALTHY")
            for one in self.tasks
        )
