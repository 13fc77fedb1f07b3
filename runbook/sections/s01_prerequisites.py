"""Section 1, prerequisites: account and region pinned, shared roles of AWS, and what could stop the later sections."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from runbook.kinds.iam import ServiceLinkedRole
from runbook.kinds.kind import STACK, Owner
from runbook.kinds.ssm import Parameter
from runbook.machine import container_engine, source_problem
from runbook.model import Check, Finding, Known, ReadOnlyAws, Resource, Section
from runbook.sections.s01_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment, Service, applied_settings


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The applied settings, and the roles through which ECS and Elastic Load Balancing act."""
    owner = Owner(deployment.stack, 1, tags=deployment.tags)
    account = deployment.account or ""
    return (
        Parameter(
            id="prerequisites.settings",
            owner=owner,
            name=deployment.settings_parameter,
            region=deployment.region,
            account=account,
            description=f"Settings that were applied to the stack {deployment.stack}; no secrets",
            document=applied_settings(deployment),
        ),
        ServiceLinkedRole(
            id="prerequisites.role-ecs", owner=owner, service="ecs.amazonaws.com", name="AWSServiceRoleForECS"
        ),
        ServiceLinkedRole(
            id="prerequisites.role-elb",
            owner=owner,
            service="elasticloadbalancing.amazonaws.com",
            name="AWSServiceRoleForElasticLoadBalancing",
        ),
    )


# -- checks ----------------------------------------------------------------------------------------------------------


class Quota(NamedTuple):
    """A quota that the later sections use up."""

    name: str
    what: str
    service: str
    code: str
    source: str


_QUOTAS = (
    Quota("vpcs", "VPCs in the region", "vpc", "L-F678F1CE", "AWS docs: Amazon VPC quotas"),
    Quota("addresses", "Elastic IP addresses", "ec2", "L-0263D0A3", "AWS docs: Amazon VPC quotas"),
    Quota("nat-gateways", "NAT gateways in a zone", "vpc", "L-FE5A380F", "AWS docs: Amazon VPC quotas"),
    Quota("load-balancers", "Application Load Balancers", "elasticloadbalancing", "L-53DA6B97", "AWS docs: ELB quotas"),
    Quota("fargate-vcpus", "Fargate vCPUs at a time", "fargate", "L-3032A538", "AWS docs: Fargate quotas"),
)


def _others(found: Sequence[Any], stack: str) -> int:
    """How many things are not this stack's; its own need no more room than they have."""
    return sum(1 for one in found if {"Key": STACK, "Value": stack} not in one.get("Tags", []))


def _in_use(aws: ReadOnlyAws, quota: Quota, stack: str) -> int:
    """How many the account has already, without those of this stack."""
    if quota.name == "vpcs":
        return _others(aws.read("ec2", "DescribeVpcs")["Vpcs"], stack)
    if quota.name == "addresses":
        return _others(aws.read("ec2", "DescribeAddresses")["Addresses"], stack)
    if quota.name == "nat-gateways":
        found = aws.read("ec2", "DescribeNatGateways")["NatGateways"]
        return _others([one for one in found if one["State"] in ("pending", "available")], stack)
    if quota.name == "load-balancers":
        found = aws.read("elbv2", "DescribeLoadBalancers")["LoadBalancers"]
        return sum(1 for one in found if not one["LoadBalancerName"].startswith(f"{stack}-"))
    return 0


def _needed(deployment: Deployment, quota: Quota) -> float:
    """How many this deployment takes at its peak."""
    gateways = {"nat": 1, "nat-per-az": deployment.zones, "endpoints": 0}[deployment.network]
    if quota.name == "fargate-vcpus":
        # A rolling deployment runs old and new tasks side by side for a while (review 1.4).
        return sum(2 * deployment.size(one).count * deployment.size(one).cpu / 1024 for one in SERVICES)
    return {
        "vpcs": 0 if deployment.vpc.id else 1,
        "addresses": gateways,
        "nat-gateways": 1 if gateways else 0,
        "load-balancers": 1,
    }[quota.name]


def _quota_check(deployment: Deployment, quota: Quota, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    answer = aws.read("service-quotas", "GetServiceQuota", ServiceCode=quota.service, QuotaCode=quota.code)
    limit = float(answer["Quota"]["Value"])
    used, needed = _in_use(aws, quota, deployment.stack), _needed(deployment, quota)
    detail = f"{limit:g} allowed, {used} in use by others, {needed:g} needed here ({quota.source})"
    if used + needed <= limit:
        return Finding("passed", detail)
    return Finding("failed", detail, f"Ask for more in Service Quotas: {quota.service}, {quota.code}.")


def _identity(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    found = aws.read("sts", "GetCallerIdentity")
    detail = f"account {found['Account']} as {found['Arn']}, region {aws.region}"
    if found["Account"] == deployment.account and aws.region == deployment.region:
        return Finding("passed", detail)
    return Finding("failed", f"{detail}; pinned to {deployment.account} in {deployment.region}", "Choose the profile.")


def _engine(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del aws, known
    if all(getattr(deployment.images, part) for part in deployment.image_parts):
        return Finding("passed", "all images are given by digest, so nothing has to be built here")
    engine = container_engine()
    if engine.problem:
        hint = "Start Docker or Podman, or give all images by digest ([images] in karet.toml)."
        return Finding("failed", engine.problem, hint)
    return Finding("passed", f"{engine.program} {engine.version}")


def _source(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    del aws, known
    image = getattr(deployment.images, service)
    if image:
        return Finding("passed", f"the image is given: {image}")
    tree = Path(getattr(deployment.source, service))
    problem = source_problem(tree)
    if problem:
        return Finding("failed", problem, f"Set source.{service} in karet.toml, or images.{service} to a digest.")
    return Finding("passed", f"{tree} has a Dockerfile")


def _hosted_zone(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    if deployment.domain is None:
        return Finding("passed", "no domain is set; the load balancer keeps AWS's own name")
    zones = [one for one in aws.read("route53", "ListHostedZones")["HostedZones"] if not one["Config"]["PrivateZone"]]
    names = sorted((one["Name"].rstrip(".") for one in zones), key=len, reverse=True)
    fitting = [name for name in names if deployment.domain == name or deployment.domain.endswith(f".{name}")]
    if deployment.hosted_zone and deployment.hosted_zone not in fitting:
        here = ", ".join(names) or "none"
        return Finding(
            "failed",
            f"there is no public hosted zone {deployment.hosted_zone} in this account; there is: {here}",
            "Correct hosted_zone in karet.toml, or leave it out when the zone is elsewhere.",
        )
    if not fitting:
        return Finding(
            "passed", f"no zone of this account holds {deployment.domain}; its records will be shown for you to set"
        )
    return Finding("passed", f"the public zone {deployment.hosted_zone or fitting[0]} holds {deployment.domain}")


def checks(deployment: Deployment) -> Sequence[Check]:
    """Who acts where, what this machine has, room under the quotas, and the domain's zone."""
    return (
        Check("prerequisites.identity", "Calls go to the pinned account and region", partial(_identity, deployment)),
        Check(
            "prerequisites.engine",
            "A container engine answers, or all images are given",
            partial(_engine, deployment),
            not_rehearsed="the rehearsal builds no image",
        ),
        *(
            Check(
                f"prerequisites.source-{service}",
                f"The source of the {service} image is here, or the image is given",
                partial(_source, deployment, service),
                not_rehearsed="the rehearsal builds no image",
            )
            for service in SERVICES
        ),
        *(
            Check(
                f"prerequisites.quota-{quota.name}",
                f"There is room for this stack: {quota.what}",
                partial(_quota_check, deployment, quota),
                not_rehearsed="the embedded AWS answers AWS's default quotas, not those of your account",
            )
            for quota in _QUOTAS
        ),
        Check(
            "prerequisites.zone",
            "The domain's hosted zone is here, or its records will be set by hand",
            partial(_hosted_zone, deployment),
        ),
    )


SECTION = Section(
    number=1,
    name="prerequisites",
    title="Prerequisites",
    text=read_text("s01_prerequisites"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(23, 28),
)
