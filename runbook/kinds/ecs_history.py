"""What a service ran before, as ECS remembers it for 90 days: each deployment with its revision and its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runbook.kinds.ecs_cluster import NO_SUCH_CLUSTER
from runbook.model import ReadOnlyAws

_MOST = 100
"""Deployments that are looked at: the most that ListServiceDeployments gives at once (botocore 1.44 service model)."""

_AT_ONCE = 20
"""Revisions that one DescribeServiceRevisions takes (botocore 1.44 service model)."""

_RUN_WELL = "SUCCESSFUL"
_NOT_THERE = ("ServiceNotFoundException", *NO_SUCH_CLUSTER)


@dataclass(frozen=True)
class Deployed:
    """One deployment of a service.

    Parameters
    ----------
    status: AWS's ServiceDeploymentStatus.
    task_definition: ARN of the revision; it may have been deleted since.
    images: name of a container -> REPOSITORY@sha256:..., as ECS resolved it.
    """

    began: datetime
    status: str
    task_definition: str
    images: Mapping[str, str]

    @property
    def ran_well(self) -> bool:
        """Whether its tasks passed their health checks, so that the deployment was completed."""
        return self.status == _RUN_WELL


def deployments_of(aws: ReadOnlyAws, cluster: str, service: str) -> list[Deployed]:
    """The deployments of a service, the newest first; none for a service that does not exist.

    Raises
    ------
    AwsError: a read was refused.
    """
    answer = aws.find("ecs", "ListServiceDeployments", _NOT_THERE, cluster=cluster, service=service, maxResults=_MOST)
    listed = [one for one in (answer or {}).get("serviceDeployments", []) if one.get("targetServiceRevisionArn")]
    arns = sorted({one["targetServiceRevisionArn"] for one in listed})
    revisions = {
        one["serviceRevisionArn"]: one
        for at in range(0, len(arns), _AT_ONCE)
        for one in aws.read("ecs", "DescribeServiceRevisions", serviceRevisionArns=arns[at : at + _AT_ONCE])[
            "serviceRevisions"
        ]
    }
    found = [
        Deployed(
            began=one["createdAt"],
            status=one["status"],
            task_definition=revision.get("taskDefinition", ""),
            images={image["containerName"]: _by_digest(image) for image in revision.get("containerImages", [])},
        )
        for one in listed
        if (revision := revisions.get(one["targetServiceRevisionArn"]))
    ]
    return sorted(found, key=lambda one: one.began, reverse=True)


def _by_digest(image: Mapping[str, str]) -> str:
    """The image by its digest, however the task definition names it."""
    name, digest = image.get("image", ""), image.get("imageDigest", "")
    repository = name.partition("@")[0]
    if ":" in repository.rpartition("/")[2]:
        repository = repository.rpartition(":")[0]
    return f"{repository}@{digest}" if digest else name
