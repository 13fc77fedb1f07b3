"""A running stack at one moment: its services, tasks, targets, queues, alarms and last log lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class WatchedTask:
    """One task that runs or is about to."""

    id: str
    status: str
    """AWS's lastStatus."""
    health: str
    definition: str
    """Family and revision."""
    started_at: datetime | None = None


@dataclass(frozen=True)
class WatchedTarget:
    """One address in a target group, with AWS's reason code and words for its health."""

    address: str
    port: int
    state: str
    reason: str = ""


@dataclass(frozen=True)
class WatchedService:
    """One ECS service.

    Parameters
    ----------
    part: `web` or `worker`.
    status: AWS's own; `absent` where there is no such service.
    rollout: state of the newest deployment.
    event: the newest line of its events.
    """

    part: str
    name: str
    status: str = "absent"
    desired: int = 0
    running: int = 0
    pending: int = 0
    rollout: str = ""
    event: str = ""
    tasks: tuple[WatchedTask, ...] = ()
    targets: tuple[WatchedTarget, ...] = ()


@dataclass(frozen=True)
class WatchedQueue:
    """One queue; SQS counts roughly. Without a queue the counts are None."""

    name: str
    dead_letters: bool
    """Whether it takes what was given up on, so that anything in it is a failure."""
    waiting: int | None = None
    in_flight: int | None = None


@dataclass(frozen=True)
class WatchedAlarm:
    """One alarm of the stack, with AWS's reason for its state."""

    name: str
    state: str
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class WatchedLine:
    """One of the last lines of a log group, without what a terminal could obey and what looks like a secret."""

    group: str
    at: datetime
    container: str
    task: str
    text: str


@dataclass(frozen=True)
class Watched:
    """All of it at one moment.

    Parameters
    ----------
    not_read: what AWS did not let be read, and its code; the rest is shown all the same.
    """

    at: datetime
    account: str
    region: str
    stack: str
    services: tuple[WatchedService, ...] = ()
    queues: tuple[WatchedQueue, ...] = ()
    alarms: tuple[WatchedAlarm, ...] = ()
    logs: tuple[WatchedLine, ...] = ()
    not_read: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The picture as JSON data."""
        told: dict[str, Any] = _plain(asdict(self))
        return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
