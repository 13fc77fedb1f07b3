"""Amazon CloudWatch Logs: the retentions that it offers, and a first line of every task that only seems to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World
from runbook.settings.limits import RETENTION_DAYS


def _no_such_retention(call: WireCall, _: World) -> str | None:
    days = call.params.get("retentionInDays")
    if days in RETENTION_DAYS:
        return None
    return f"Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must be one of {RETENTION_DAYS}"


def _let_tasks_write(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Gives every running container of a fake task its stream with one line, when somebody reads logs."""
    for tasks in world.backend("ecs", call.region).tasks.values():
        for task in tasks.values():
            # A task with a cause of failure has written what belongs to that cause.
            if getattr(task, "running", False) and getattr(task, "cause", None) is None:
                for container in task.definition.container_definitions:
                    _write(world, call.region, task, container)
    return None


def _write(world: World, region: str, task: Any, container: Mapping[str, Any]) -> None:
    options = (container.get("logConfiguration") or {}).get("options") or {}
    logs = world.backend("logs", options.get("awslogs-region") or region)
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    stream = f"{prefix}/{container['name']}/{task.id}"
    if not prefix or group not in logs.groups or stream in logs.groups[group].streams:
        return
    ports = ", ".join(str(one["containerPort"]) for one in container.get("portMappings") or ())
    at = int((task.started_at or task.created_at).timestamp() * 1000)
    text = f"{container['name']} started in the rehearsal{f', listening on port {ports}' if ports else ''}"
    logs.create_log_stream(group, stream)
    logs.put_log_events(group, stream, [{"timestamp": at, "message": text}])


LOGS_RULES: tuple[Rule, ...] = (
    Rule(
        service="logs",
        operations=("PutRetentionPolicy",),
        code="InvalidParameterException",
        gap="any number of days is accepted as a retention",
        source="botocore 1.44 service model: logs PutRetentionPolicy, retentionInDays",
        refuse=_no_such_retention,
    ),
    Rule(
        service="logs",
        operations=("FilterLogEvents", "GetLogEvents", "DescribeLogStreams"),
        gap="tasks run and write nothing: a first line for each container of a task that runs",
        source="AWS docs: Send Amazon ECS logs to CloudWatch (stream prefix/container/task)",
        reply=_let_tasks_write,
    ),
)
