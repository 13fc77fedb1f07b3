"""The tasks of an ECS service: their ids, addresses and network interfaces, which go when the service goes."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.kinds.ecs_cluster import NO_SUCH_CLUSTER
from runbook.model import ReadOnlyAws

_NOT_THERE = ("ServiceNotFoundException", "ServiceNotActiveException", *NO_SUCH_CLUSTER)
_AT_ONCE = 100
"""Tasks that one DescribeTasks takes (botocore 1.44 service model)."""

_HELD = ("networkInterfaceId", "privateIPv4Address")
"""Details of a task's attachment that others know it by (AWS docs: Amazon ECS task networking, attachment details)."""


def of_tasks(aws: ReadOnlyAws, cluster: str, service: str) -> Iterator[str]:
    """Every identifier of what the tasks of a service hold, those among them that are stopping."""
    for status in ("RUNNING", "STOPPED"):
        listed = aws.find("ecs", "ListTasks", _NOT_THERE, cluster=cluster, serviceName=service, desiredStatus=status)
        arns = sorted((listed or {}).get("taskArns", []))
        for at in range(0, len(arns), _AT_ONCE):
            some = arns[at : at + _AT_ONCE]
            for task in aws.read("ecs", "DescribeTasks", cluster=cluster, tasks=some)["tasks"]:
                yield task["taskArn"]
                yield task["taskArn"].rpartition("/")[2]
                for attachment in task.get("attachments", []):
                    yield attachment["id"]
                    yield from (one["value"] for one in attachment.get("details", []) if one["name"] in _HELD)
