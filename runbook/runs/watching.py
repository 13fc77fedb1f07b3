"""Takes one picture of the running stack with a bounded number of reads; what cannot be read is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from runbook.aws.answers import meaning
from runbook.diagnose.cleaned import cleaned, cleaned_log
from runbook.errors import AwsError
from runbook.kinds.cloudwatch_alarm import alarms_of
from runbook.kinds.sqs import NO_QUEUE
from runbook.model import ReadOnlyAws
from runbook.runs.runs import Runs
from runbook.runs.watched import (
    Watched,
    WatchedAlarm,
    WatchedLine,
    WatchedQueue,
    WatchedService,
    WatchedTarget,
    WatchedTask,
)
from runbook.settings import SERVICES, Deployment, Service

_TASKS = 20
"""Tasks of a service that are looked at; more do not fit on a screen."""
_WITH_LOGS = 2
"""Tasks of a service, the newest, whose last lines are read."""
_LINES = 10
"""Lines of a log group that are kept, and lines of one stream that are read."""
_GONE = ("ClusterNotFoundException", "ServiceNotFoundException")
_NO_LOG = ("ResourceNotFoundException",)
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


def watch(runs: Runs) -> Watched:
    """One picture of the stack as it is now; changes nothing.

    About twenty reads, side by side; each part that AWS refuses is named and leaves the others.

    Raises
    ------
    AwsError: the credentials have expired.
    """
    place = runs.place
    look = _Look(place.session.look(), place.deployment)
    parts: tuple[Callable[[], Any], ...] = (
        lambda: look.service("web"),
        lambda: look.service("worker"),
        look.queues,
        look.alarms,
    )
    with ThreadPoolExecutor(len(parts), thread_name_prefix="watch") as pool:
        web, worker, queues, alarms = pool.map(lambda part: part(), parts)
    return Watched(
        at=place.clock.now(),
        account=place.identity.account,
        region=place.deployment.region,
        stack=place.deployment.stack,
        services=(web[0], worker[0]),
        queues=queues,
        alarms=alarms,
        logs=(*web[1], *worker[1]),
        not_read=tuple(sorted(set(look.not_read))),
    )


@dataclass
class _Look:
    aws: ReadOnlyAws
    deployment: Deployment
    not_read: list[str] = field(default_factory=list)

    def _try(self, read: Callable[[], Mapping[str, Any] | None]) -> Mapping[str, Any]:
        """An answer, or nothing when AWS refuses it: the rest of the picture is worth having."""
        try:
            return read() or {}
        except AwsError as error:
            if meaning(error) == "expired":
                # Nothing can be read any more until a person logs in.
                raise
            self.not_read.append(f"{error.service}.{error.operation}: {error.code}")
            return {}

    def _find(self, service: str, operation: str, absent: Sequence[str], **params: Any) -> Mapping[str, Any]:
        return self._try(lambda: self.aws.find(service, operation, absent, **params))

    # -- services ---------------------------------------------------------------------------------------------------

    def service(self, part: Service) -> tuple[WatchedService, tuple[WatchedLine, ...]]:
        """A service with its tasks and targets, and the last lines of its log group."""
        cluster, name = self.deployment.cluster, self.deployment.ecs_service(part)
        # Both services are asked for at once, as by the other one, so that one read serves both.
        names = [self.deployment.ecs_service(one) for one in SERVICES]
        answer = self._find("ecs", "DescribeServices", _GONE, cluster=cluster, services=names)
        found = next(
            (one for one in answer.get("services", []) if one["serviceName"] == name and one["status"] != "INACTIVE"),
            None,
        )
        if found is None:
            return WatchedService(part, name), ()
        tasks = self._tasks(cluster, name)
        newest: Mapping[str, Any] = next(
            (one for one in found.get("deployments", []) if one.get("status") == "PRIMARY"), {}
        )
        watched = WatchedService(
            part=part,
            name=name,
            status=found["status"],
            desired=int(found.get("desiredCount", 0)),
            running=int(found.get("runningCount", 0)),
            pending=int(found.get("pendingCount", 0)),
            rollout=newest.get("rolloutState", ""),
            event=next((cleaned(one["message"]) for one in found.get("events", [])), ""),
            tasks=tuple(_task(one) for one in tasks),
            targets=tuple(self._targets(found)),
        )
        return watched, self._logs(part, tasks)

    def _tasks(self, cluster: str, name: str) -> list[dict[str, Any]]:
        listed = self._find("ecs", "ListTasks", _GONE, cluster=cluster, serviceName=name)
        arns = sorted(listed.get("taskArns", []))[:_TASKS]
        tasks = self._find("ecs", "DescribeTasks", _GONE, cluster=cluster, tasks=arns).get("tasks", []) if arns else []
        return sorted(tasks, key=lambda one: (str(one.get("createdAt", "")), one["taskArn"]), reverse=True)

    def _targets(self, service: Mapping[str, Any]) -> Iterator[WatchedTarget]:
        groups = [one["targetGroupArn"] for one in service.get("loadBalancers", []) if one.get("targetGroupArn")]
        for arn in groups:
            answer = self._find("elbv2", "DescribeTargetHealth", ("TargetGroupNotFound",), TargetGroupArn=arn)
            for one in answer.get("TargetHealthDescriptions", []):
                health, target = one["TargetHealth"], one["Target"]
                reason = cleaned(" ".join(filter(None, (health.get("Reason"), health.get("Description")))))
                yield WatchedTarget(target["Id"], int(target.get("Port", 0)), health["State"], reason)

    # -- logs -------------------------------------------------------------------------------------------------------

    def _logs(self, part: Service, tasks: Sequence[Mapping[str, Any]]) -> tuple[WatchedLine, ...]:
        """The last lines of the newest tasks, oldest first."""
        lines = [
            line
            for task in tasks[:_WITH_LOGS]
            for container in self._containers(task["taskDefinitionArn"])
            for line in self._lines(container, task["taskArn"].rpartition("/")[2])
        ]
        group = self.deployment.log_group(part)
        return tuple(sorted((one for one in lines if one.group == group), key=lambda one: one.at)[-_LINES:])

    def _containers(self, definition: str) -> list[dict[str, Any]]:
        answer = self._find("ecs", "DescribeTaskDefinition", (), taskDefinition=definition)
        return list(answer.get("taskDefinition", {}).get("containerDefinitions", []))

    def _lines(self, container: Mapping[str, Any], task: str) -> Iterator[WatchedLine]:
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if not group or not prefix:
            return
        asked = {"logGroupName": group, "logStreamName": f"{prefix}/{container['name']}/{task}", "limit": _LINES}
        answer = self._find("logs", "GetLogEvents", _NO_LOG, **asked, startFromHead=False)
        for one in answer.get("events", [])[-_LINES:]:
            at = datetime.fromtimestamp(one["timestamp"] / 1000, UTC)
            yield WatchedLine(group, at, container["name"], task, cleaned_log(one["message"]))

    # -- queues and alarms ------------------------------------------------------------------------------------------

    def queues(self) -> tuple[WatchedQueue, ...]:
        """The queue of uploads and the one of dead letters; none where uploads start nothing."""
        if self.deployment.events != "sqs":
            return ()
        return (
            self._queue(self.deployment.upload_queue, dead_letters=False),
            self._queue(self.deployment.dead_letter_queue, dead_letters=True),
        )

    def _queue(self, name: str, *, dead_letters: bool) -> WatchedQueue:
        url = self._find("sqs", "GetQueueUrl", NO_QUEUE, QueueName=name).get("QueueUrl")
        if url is None:
            return WatchedQueue(name, dead_letters)
        asked = {"QueueUrl": url, "AttributeNames": list(_COUNTS)}
        attributes = self._find("sqs", "GetQueueAttributes", NO_QUEUE, **asked).get("Attributes", {})
        waiting, in_flight = (int(attributes[one]) if one in attributes else None for one in _COUNTS)
        return WatchedQueue(name, dead_letters, waiting, in_flight)

    def alarms(self) -> tuple[WatchedAlarm, ...]:
        """The alarms whose names begin as ours, in the order of their names."""
        found = self._try(lambda: {"alarms": alarms_of(self.aws, self.deployment.stack)}).get("alarms", [])
        return tuple(
            WatchedAlarm(
                cleaned(one["AlarmName"]),
                one["StateValue"],
                one.get("StateUpdatedTimestamp"),
                cleaned(one.get("StateReason", "")),
            )
            for one in sorted(found, key=lambda one: str(one["AlarmName"]))
        )


def _task(one: Mapping[str, Any]) -> WatchedTask:
    return WatchedTask(
        id=one["taskArn"].rpartition("/")[2],
        status=one.get("lastStatus", ""),
        health=one.get("healthStatus") or "UNKNOWN",
        definition=one.get("taskDefinitionArn", "").rpartition("/")[2],
        started_at=one.get("startedAt"),
    )
