"""What several points of the checklist read: services with their task definitions, tasks, images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook.model import ReadOnlyAws
from runbook.settings import SERVICES, Deployment, Service

_AT_ONCE = 100
"""Tasks that one DescribeTasks takes (botocore 1.44 service model)."""


def services(deployment: Deployment, aws: ReadOnlyAws) -> dict[Service, dict[str, Any]]:
    """Both services as ECS has them; those that are not active are left out."""
    names = {deployment.ecs_service(service): service for service in SERVICES}
    answer = aws.find(
        "ecs", "DescribeServices", ("ClusterNotFoundException",), cluster=deployment.cluster, services=sorted(names)
    )
    found = (answer or {}).get("services", [])
    return {names[one["serviceName"]]: one for one in found if one.get("status") == "ACTIVE"}


def missing(deployment: Deployment, found: dict[Service, dict[str, Any]]) -> list[str]:
    """A line for each service that is not there."""
    return [f"{deployment.ecs_service(service)} does not run" for service in SERVICES if service not in found]


def definition_of(service: dict[str, Any], aws: ReadOnlyAws) -> dict[str, Any]:
    """The task definition that a service is on."""
    answer = aws.read("ecs", "DescribeTaskDefinition", taskDefinition=service["taskDefinition"])
    return dict(answer["taskDefinition"])


def tasks_of(deployment: Deployment, service: Service, aws: ReadOnlyAws) -> list[dict[str, Any]]:
    """The tasks that ECS means to keep running for a service."""
    cluster, name = deployment.cluster, deployment.ecs_service(service)
    arns = sorted(aws.read("ecs", "ListTasks", cluster=cluster, serviceName=name, desiredStatus="RUNNING")["taskArns"])
    return [
        task
        for at in range(0, len(arns), _AT_ONCE)
        for task in aws.read("ecs", "DescribeTasks", cluster=cluster, tasks=arns[at : at + _AT_ONCE])["tasks"]
    ]


def variables_of(definition: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Container, name and value of every variable; a secret's value is the ARN that it comes from."""
    for container in definition["containerDefinitions"]:
        for one in container.get("environment", []):
            yield container["name"], one["name"], one.get("value", "")
        for one in container.get("secrets", []):
            yield container["name"], one["name"], one["valueFrom"]


def short(arn: str) -> str:
    """Name and revision of a task definition."""
    return arn.rpartition("/")[2]


def balancer_of(deployment: Deployment, aws: ReadOnlyAws) -> dict[str, Any]:
    """The load balancer in front of the web service, by the target group that its tasks are in; empty when none is."""
    web = services(deployment, aws).get("web", {})
    groups = [one["targetGroupArn"] for one in web.get("loadBalancers", []) if one.get("targetGroupArn")]
    if not groups:
        return {}
    gone = ("TargetGroupNotFound", "TargetGroupNotFoundException")
    answer = aws.find("elbv2", "DescribeTargetGroups", gone, TargetGroupArns=groups[:1]) or {}
    arns = [arn for group in answer.get("TargetGroups", []) for arn in group.get("LoadBalancerArns", [])]
    if not arns:
        return {}
    found = aws.read("elbv2", "DescribeLoadBalancers", LoadBalancerArns=arns[:1])["LoadBalancers"]
    return dict(found[0]) if found else {}
