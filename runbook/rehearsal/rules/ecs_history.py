"""Amazon ECS remembers what a service ran before: its deployments, and the images of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

if TYPE_CHECKING:
    from runbook.rehearsal.rollout import Deployed

_STATUS = {"COMPLETED": "SUCCESSFUL", "FAILED": "ROLLBACK_SUCCESSFUL", "IN_PROGRESS": "IN_PROGRESS"}
"""State of a deployment of a service -> status of the service deployment (botocore 1.44: ServiceDeploymentStatus)."""

_DELETED = "ServiceNotFoundException"


def _deployments(region: str) -> Iterator[tuple[Any, Deployed]]:
    """Every deployment of every service, with its service."""
    # moto's modules for tasks are loaded with the first call of ECS, not with the rules.
    from runbook.rehearsal.moto_ecs import rollouts

    for rollout in rollouts():
        if rollout.service.region_name == region and rollout.service.status != "INACTIVE":
            yield from ((rollout.service, one) for one in rollout.history)


def _arn(service: Any, deployment: Mapping[str, Any], what: str) -> str:
    """The ARN of a deployment or of its revision; both end with the number of the deployment."""
    prefix, _, rest = str(service.arn).partition(":service/")
    return f"{prefix}:{what}/{rest}/{deployment['id'].rpartition('/')[2]}"


def _list(call: WireCall, _: World) -> Mapping[str, Any]:
    cluster = str(call.params.get("cluster") or "default").rpartition("/")[2]
    name = str(call.params["service"]).rpartition("/")[2]
    found = []
    for service, deployed in _deployments(call.region):
        one = deployed.deployment
        if (service.cluster_name, service.name) != (cluster, name):
            continue
        newest = service.deployments[0]["id"] == one["id"]
        status = _STATUS[one["rolloutState"]]
        found.append(
            {
                "serviceDeploymentArn": _arn(service, one, "service-deployment"),
                "serviceArn": service.arn,
                "clusterArn": service.cluster_arn,
                "createdAt": one["createdAt"],
                "startedAt": one["createdAt"],
                **({} if status == "IN_PROGRESS" else {"finishedAt": one["updatedAt"]}),
                "targetServiceRevisionArn": _arn(service, one, "service-revision"),
                # A deployment that another one took the place of never ends.
                "status": status if newest or status != "IN_PROGRESS" else "STOPPED",
            }
        )
    return {"serviceDeployments": found[::-1][: int(call.params.get("maxResults") or 20)]}


def _no_service(call: WireCall, world: World) -> str | None:
    cluster = str(call.params.get("cluster") or "default").rpartition("/")[2]
    name = str(call.params["service"]).rpartition("/")[2]
    there = world.backend("ecs", call.region).services.get(f"{cluster}:{name}")
    return "Service not found." if there is None or there.status == "INACTIVE" else None


def _revisions(call: WireCall, _: World) -> Mapping[str, Any]:
    wanted = list(call.params["serviceRevisionArns"])
    found = {
        _arn(service, one.deployment, "service-revision"): _revision(service, one)
        for service, one in _deployments(call.region)
    }
    return {
        "serviceRevisions": [{"serviceRevisionArn": arn, **found[arn]} for arn in wanted if arn in found],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in found],
    }


def _revision(service: Any, deployed: Deployed) -> dict[str, Any]:
    from runbook.rehearsal.task_start import image_digest

    return {
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": deployed.deployment["taskDefinition"],
        "launchType": "FARGATE",
        "createdAt": deployed.deployment["createdAt"],
        "containerImages": [
            {"containerName": name, "image": image, "imageDigest": image_digest(image, service.region_name)}
            for name, image in deployed.images.items()
        ],
    }


ECS_HISTORY_RULES: tuple[Rule, ...] = (
    Rule(
        service="ecs",
        operations=("ListServiceDeployments",),
        code=_DELETED,
        gap="a service that does not exist could be asked for its deployments",
        source="botocore 1.44 service model: ecs ListServiceDeployments, ServiceNotFoundException",
        refuse=_no_service,
    ),
    Rule(
        service="ecs",
        operations=("ListServiceDeployments",),
        gap="the deployments that a service had cannot be asked for",
        source="botocore 1.44 service model: ecs ListServiceDeployments (the last 90 days)",
        reply=_list,
    ),
    Rule(
        service="ecs",
        operations=("DescribeServiceRevisions",),
        gap="the images that a service ran before cannot be asked for",
        source="botocore 1.44 service model: ecs DescribeServiceRevisions, ServiceRevision.containerImages",
        reply=_revisions,
    ),
)
