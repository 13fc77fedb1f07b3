"""Which ARNs an IAM action is needed for in one stack, told from the settings before anything exists.

Source: AWS docs: Service Authorization Reference, resource types of each action; read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.model import Known, Resource
from runbook.settings import SERVICES, Deployment

EVERYTHING = ("*",)

_OPEN = re.compile(r"([a-z-]+[:/])?\*")
"""A resource that says nothing but its type: everything of the account."""

_BUCKET = (
    "DeleteBucket",
    "DeleteBucketPolicy",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "PutBucketNotification",
    "PutBucketPolicy",
    "PutMetricsConfiguration",
)
_OBJECTS = ("GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload")
_WHERE: Mapping[str, tuple[str, ...]] = {
    **{f"s3:{one}": ("bucket",) for one in _BUCKET},
    **{f"s3:{one}": ("objects",) for one in _OBJECTS},
    "ecs:CreateService": ("services",),
    "ecs:UpdateService": ("services",),
    "ecs:DeleteService": ("services",),
    "ecs:TagResource": ("cluster", "services", "task-definitions"),
    "elasticloadbalancing:CreateListener": ("balancers",),
    "elasticloadbalancing:AddTags": ("balancers", "target-groups", "listeners"),
    "elasticloadbalancing:DeleteListener": ("listeners",),
    "elasticloadbalancing:DeleteLoadBalancer": ("balancers",),
    "elasticloadbalancing:DeleteTargetGroup": ("target-groups",),
    "acm:RequestCertificate": ("anything",),
    "acm:DeleteCertificate": ("certificates",),
    "cloudwatch:DeleteAlarms": ("alarms",),
    "ecr:BatchDeleteImage": ("repositories",),
    "ecs:RegisterTaskDefinition": ("task-definitions",),
    "ecs:DeleteTaskDefinitions": ("task-definitions",),
    "iam:DeleteOpenIDConnectProvider": ("providers",),
    "secretsmanager:DeleteSecret": ("secrets",),
    "secretsmanager:PutSecretValue": ("secrets",),
    "logs:FilterLogEvents": ("log-groups",),
    "sns:SetTopicAttributes": ("topics",),
    "sns:Unsubscribe": ("anything",),
    "sqs:GetQueueAttributes": ("queues",),
    "sqs:SetQueueAttributes": ("queues",),
    "ssm:DeleteParameter": ("parameters",),
    "servicediscovery:CreateService": ("namespaces", "discovery"),
    "servicediscovery:DeleteNamespace": ("namespaces",),
    "servicediscovery:DeleteService": ("discovery",),
    "servicediscovery:DeregisterInstance": ("discovery",),
    "route53:DeleteHostedZone": ("zones",),
    "route53:GetHostedZone": ("zones",),
    "route53:ListResourceRecordSets": ("zones",),
    "route53:ChangeResourceRecordSets": ("zones",),
    "route53:AssociateVPCWithHostedZone": ("zones",),
    "route53:GetHealthCheck": ("health-checks",),
    "route53:DeleteHealthCheck": ("health-checks",),
    "iam:CreateServiceLinkedRole": ("shared-roles",),
}
"""Actions whose calls say only `*`, because the thing's ARN is not theirs to know."""


@dataclass(frozen=True)
class Places:
    """The ARNs of a stack by what they are of.

    Parameters
    ----------
    partition: `aws`, `aws-cn` or `aws-us-gov`.
    """

    deployment: Deployment
    account: str
    partition: str = "aws"

    def arns(self, what: str) -> tuple[str, ...]:
        """The ARNs, stars where AWS chooses the rest; `*` for `anything`."""
        return EVERYTHING if what == "anything" else self._all[what]

    @property
    def _all(self) -> dict[str, tuple[str, ...]]:
        stack, bucket = self.deployment.stack, self.deployment.bucket(self.account)
        at = self.arn
        secrets = {path for one in SERVICES for path in self.deployment.secrets(one).values()}
        return {
            "bucket": (f"arn:{self.partition}:s3:::{bucket}",),
            "objects": (f"arn:{self.partition}:s3:::{bucket}/*",),
            "roles": (at("iam", f"role/{stack}-*"),),
            "shared-roles": (at("iam", "role/aws-service-role/*"),),
            "principals": (at("iam", "role/*"), at("iam", "user/*")),
            "repositories": tuple(at("ecr", f"repository/{self.deployment.repository(one)}") for one in _IMAGES),
            "cluster": (at("ecs", f"cluster/{self.deployment.cluster}"),),
            "services": (at("ecs", f"service/{self.deployment.cluster}/*"),),
            "revisions": (
                at("ecs", f"service-revision/{self.deployment.cluster}/*"),
                at("ecs", f"service/{self.deployment.cluster}/*"),
            ),
            "tasks": (at("ecs", f"task/{self.deployment.cluster}/*"),),
            "task-definitions": (at("ecs", f"task-definition/{stack}*:*"),),
            "balancers": (at("elasticloadbalancing", f"loadbalancer/app/{stack}-*/*"),),
            "listeners": (at("elasticloadbalancing", f"listener/app/{stack}-*/*/*"),),
            "target-groups": (at("elasticloadbalancing", f"targetgroup/{stack}-*/*"),),
            "namespaces": (at("servicediscovery", "namespace/*"),),
            "discovery": (at("servicediscovery", "service/*"),),
            "log-groups": (at("logs", f"log-group:/{stack}/*"),),
            "log-streams": (at("logs", f"log-group:/{stack}/*:log-stream:*"),),
            "providers": (at("iam", "oidc-provider/*"),),
            "secrets": tuple(sorted(at("secretsmanager", f"secret:{one}-??????") for one in secrets)) or EVERYTHING,
            "parameters": (at("ssm", f"parameter/{stack}/*"),),
            "queues": (at("sqs", f"{stack}-*"),),
            "topics": (at("sns", f"{stack}-*"),),
            "all-alarms": (at("cloudwatch", "alarm:*"),),
            "all-repositories": (at("ecr", "repository/*"),),
            "vpcs": (at("ec2", "vpc/*"),),
            "alarms": (at("cloudwatch", f"alarm:{stack}-*"),),
            "certificates": (at("acm", "certificate/*"),),
            "zones": (f"arn:{self.partition}:route53:::hostedzone/*",),
            "health-checks": (f"arn:{self.partition}:route53:::healthcheck/*",),
        }

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region; IAM knows no region."""
        region = "" if service == "iam" else self.deployment.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{rest}"

    def needed(self, action: str, stated: str, known: Known) -> tuple[str, ...]:
        """The ARNs for an action that a call states for some resource, with references filled as far as foreseen."""
        narrower = _WHERE.get(action)
        resource = known.fill(stated)
        if narrower and (narrower == ("anything",) or not _is_precise(action, resource)):
            return tuple(arn for what in narrower for arn in self.arns(what))
        if resource == "*" and action.startswith("ec2:") and not action.startswith("ec2:Describe"):
            # What is changed by a call is told by its tags; account and region are told all the same.
            return (self.arn("ec2", "*/*"),)
        if not resource.startswith("arn:"):
            return EVERYTHING
        parts = resource.split(":", 5)
        if len(parts) < 6:
            return EVERYTHING
        parts[1] = self.partition
        parts[3] = self.deployment.region if parts[3] == "*" else parts[3]
        parts[4] = self.account if parts[4] == "*" else parts[4]
        return (re.sub(r"\$\{[^}]*\}", "*", ":".join(parts)),)


_IMAGES = (*SERVICES, "poller")


def _is_precise(action: str, resource: str) -> bool:
    """Whether a resource names something of the action's own service, and an object where objects are meant."""
    service, _, operation = action.partition(":")
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[2] != service or _OPEN.match(parts[5]):
        return False
    return "/" in parts[5] or operation not in _OBJECTS


def foreseen(resources: Iterable[Resource], places: Places) -> dict[str, Mapping[str, str] | None]:
    """Per resource the outputs that can be told before anything exists: names and ARNs that follow from the settings.

    Whatever else is asked of such a resource is a star.
    """
    return {one.id: _Foreseen(outputs) for one in resources if (outputs := _outputs(one, places))}


class _Foreseen(dict[str, str]):
    """Outputs of which only some can be foreseen."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return "*"


def _outputs(resource: Any, places: Places) -> dict[str, str]:
    kind, name = type(resource).__name__, str(getattr(resource, "name", ""))
    arn = places.arn
    if kind == "Bucket":
        return {"name": name, "arn": places.arns("bucket")[0]}
    if kind == "Role":
        return {"name": name, "arn": arn("iam", f"role/{name}")}
    if kind == "Repository":
        return {"name": name, "arn": arn("ecr", f"repository/{name}")}
    if kind == "Cluster":
        return {"name": name, "arn": arn("ecs", f"cluster/{name}")}
    if kind == "Queue":
        return {"name": name, "arn": arn("sqs", name)}
    if kind == "Topic":
        return {"name": name, "arn": arn("sns", name)}
    if kind == "LogGroup":
        return {"name": name, "arn": arn("logs", f"log-group:{name}")}
    return {}
