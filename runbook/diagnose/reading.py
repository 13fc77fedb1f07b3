"""Reads what a verdict needs, a bounded number of reads; a read that AWS refuses is named and leaves the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runbook.diagnose.cleaned import cleaned, cleaned_log
from runbook.diagnose.seen import Container, Event, LogLine, Rollout, Target, Task
from runbook.errors import AwsError
from runbook.model import ReadOnlyAws

_TASKS = 100
"""Tasks of each state that are read: one DescribeTasks (botocore 1.44 service model)."""
_LINES = 20
_STREAMS = 2
_DEPLOYMENT = re.compile(r"\(deployment (?P<id>ecs-svc/\d+)\) deployment (?P<became>failed|completed)")


def read_rollout(aws: ReadOnlyAws, cluster: str, service: str, *, part: str, at: datetime) -> Rollout | None:
    """The rollout of a service that is to be judged; None when there is no such service.

    Parameters
    ----------
    part: `web` or `worker`, as the settings call it.
    at: the time now, for how long running tasks have run.

    Raises
    ------
    AwsError: the service itself cannot be read.
    """
    gone = ("ServiceNotFoundException", "ClusterNotFoundException")
    answer = aws.find("ecs", "DescribeServices", gone, cluster=cluster, services=[service], include=["TAGS"])
    found = next((one for one in (answer or {}).get("services", []) if one["status"] != "INACTIVE"), None)
    return None if found is None else _Reader(aws, cluster, found, part, at).rollout()


@dataclass
class _Reader:
    aws: ReadOnlyAws
    cluster: str
    service: Mapping[str, Any]
    part: str
    at: datetime
    not_read: list[str] = field(default_factory=list)

    def rollout(self) -> Rollout:
        name = self.service["serviceName"]
        deployments = {one["id"]: one for one in self.service.get("deployments", [])}
        meant = judged_deployment(self.service)
        deployment: Mapping[str, Any] = deployments.get(meant, {})
        tasks = [one for one in self._tasks(name) if not meant or one.get("startedBy") == meant]
        definition = self._definition(deployment.get("taskDefinition") or self._of_tasks(tasks))
        containers: Sequence[Mapping[str, Any]] = definition.get("containerDefinitions", [])
        balancers = [one for one in self.service.get("loadBalancers", []) if one.get("targetGroupArn")]
        seen = tuple(_task(one) for one in tasks)
        return Rollout(
            part=self.part,
            cluster=self.cluster,
            service=name,
            deployment=meant,
            at=self.at,
            state=deployment.get("rolloutState", "FAILED" if meant else ""),
            desired=int(self.service.get("desiredCount", 0)),
            grace_s=int(self.service.get("healthCheckGracePeriodSeconds") or 0),
            port=int(balancers[0]["containerPort"]) if balancers else 0,
            health_path=self._path(balancers),
            health_command=_command(containers),
            events=tuple(Event(one["createdAt"], cleaned(one["message"])) for one in _events(self.service, meant)),
            tasks=seen,
            targets=tuple(self._targets(balancers, {one.address for one in seen if one.address})),
            logs=tuple(self._logs(containers, seen)),
            not_read=tuple(self.not_read),
        )

    def _read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """An answer, or nothing when AWS refuses it: a verdict rests on what can be read."""
        try:
            return self.aws.read(service, operation, **params)
        except AwsError as error:
            self.not_read.append(f"{service}.{operation}: {error.code}")
            return {}

    def _tasks(self, name: str) -> list[dict[str, Any]]:
        found = []
        for status in ("STOPPED", "RUNNING"):
            params = {"cluster": self.cluster, "serviceName": name, "desiredStatus": status}
            arns = sorted(self._read("ecs", "ListTasks", **params).get("taskArns", []))[:_TASKS]
            if arns:
                found += self._read("ecs", "DescribeTasks", cluster=self.cluster, tasks=arns).get("tasks", [])
        # The newest first, so that what is quoted is what happened last.
        return sorted(found, key=lambda one: (str(one.get("createdAt", "")), one["taskArn"]), reverse=True)

    @staticmethod
    def _of_tasks(tasks: Sequence[Mapping[str, Any]]) -> str:
        return str(tasks[0].get("taskDefinitionArn", "")) if tasks else ""

    def _definition(self, arn: str) -> Mapping[str, Any]:
        arn = arn or str(self.service.get("taskDefinition", ""))
        answer = self._read("ecs", "DescribeTaskDefinition", taskDefinition=arn) if arn else {}
        found: Mapping[str, Any] = answer.get("taskDefinition", {})
        return found

    def _path(self, balancers: Sequence[Mapping[str, Any]]) -> str:
        if not balancers:
            return ""
        answer = self._read("elbv2", "DescribeTargetGroups", TargetGroupArns=[balancers[0]["targetGroupArn"]])
        return "".join(str(one.get("HealthCheckPath", "")) for one in answer.get("TargetGroups", [])[:1])

    def _targets(self, balancers: Sequence[Mapping[str, Any]], ours: set[str]) -> Iterator[Target]:
        for balancer in balancers:
            answer = self._read("elbv2", "DescribeTargetHealth", TargetGroupArn=balancer["targetGroupArn"])
            for one in answer.get("TargetHealthDescriptions", []):
                health, target = one["TargetHealth"], one["Target"]
                if target["Id"] in ours:
                    reason, text = health.get("Reason", ""), cleaned(health.get("Description", ""))
                    yield Target(target["Id"], int(target.get("Port", 0)), health["State"], reason, text)

    def _logs(self, containers: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> Iterator[LogLine]:
        """The last lines of the tasks that stopped last, and else of those that run."""
        newest = sorted(tasks, key=lambda one: not one.stopped)[:_STREAMS]
        for task in newest:
            for container in containers:
                options = (container.get("logConfiguration") or {}).get("options") or {}
                group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
                if group and prefix:
                    yield from self._lines(group, f"{prefix}/{container['name']}/{task.id}", task.id)

    def _lines(self, group: str, stream: str, task: str) -> Iterator[LogLine]:
        params = {"logGroupName": group, "logStreamName": stream, "limit": _LINES, "startFromHead": False}
        try:
            answer = self.aws.find("logs", "GetLogEvents", ("ResourceNotFoundException",), **params) or {}
        except AwsError as error:
            self.not_read.append(f"logs.GetLogEvents: {error.code}")
            return
        yield from (LogLine(task, cleaned_log(one["message"])) for one in answer.get("events", [])[-_LINES:])


def judged_deployment(service: Mapping[str, Any]) -> str:
    """The deployment to judge: the newest, but behind a rollback the one that it went back from; empty for none."""
    deployments = service.get("deployments", [])
    primary: Mapping[str, Any] = next((one for one in deployments if one.get("status") == "PRIMARY"), {})
    newest = str(primary.get("id", ""))
    if "rolling back" in primary.get("rolloutStateReason", "") or primary.get("rolloutState") == "COMPLETED":
        failed = [one["id"] for one in deployments if one.get("rolloutState") == "FAILED"]
        return str(failed[0]) if failed else _failed_before(service, newest)
    return newest


def _failed_before(service: Mapping[str, Any], newest: str) -> str:
    """The deployment that failed before the newest, which went back from it, was completed."""
    completed = 0
    for event in service.get("events", []):
        for told in _DEPLOYMENT.finditer(event["message"]):
            if told["became"] == "failed":
                return told["id"]
            completed += 1
            if completed > 1:
                return newest
    return newest


def _command(containers: Sequence[Mapping[str, Any]]) -> str:
    """The health command of the first container that has one."""
    commands = ((one.get("healthCheck") or {}).get("command") or () for one in containers)
    return next((" ".join(one) for one in commands if one), "")


def _events(service: Mapping[str, Any], deployment: str) -> Iterator[Mapping[str, Any]]:
    """The events since a deployment began, newest first; one no longer listed began after the one before it ended."""
    listed = (one.get("createdAt") for one in service.get("deployments", []) if one["id"] == deployment)
    since: datetime | None = next(listed, None)
    seen = False
    for event in service.get("events", []):
        ended = {told["id"] for told in _DEPLOYMENT.finditer(event["message"])}
        if (since is not None and event["createdAt"] < since) or (since is None and seen and ended - {deployment}):
            return
        seen = seen or deployment in ended
        yield event


def _task(one: Mapping[str, Any]) -> Task:
    details = {item["name"]: item["value"] for part in one.get("attachments", []) for item in part.get("details", [])}
    return Task(
        id=one["taskArn"].rpartition("/")[2],
        status=one.get("lastStatus", ""),
        stop_code=one.get("stopCode") or "",
        reason=cleaned(one.get("stoppedReason") or ""),
        containers=tuple(
            Container(item["name"], cleaned(item.get("reason") or ""), item.get("exitCode"))
            for item in one.get("containers", [])
        ),
        address=str(details.get("privateIPv4Address", "")),
        health=one.get("healthStatus") or "UNKNOWN",
        started_at=one.get("startedAt"),
        stopping_at=one.get("stoppingAt") or one.get("stoppedAt"),
    )
