"""Service Quotas: AWS's default values for what this deployment touches; the account's own are not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


@dataclass(frozen=True)
class Quota:
    """One default value."""

    service: str
    code: str
    name: str
    value: float
    source: str
    everywhere: bool = False
    """True for a quota of the account, not of a region."""


_VPC = "AWS docs: Amazon VPC quotas"

QUOTAS: tuple[Quota, ...] = (
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5, _VPC),
    Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5, _VPC),
    Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5, _VPC),
    Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50, _VPC),
    Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, "AWS docs: Elastic IP addresses, quota"),
    Quota(
        "elasticloadbalancing",
        "L-53DA6B97",
        "Application Load Balancers per Region",
        50,
        "AWS docs: quotas for your Application Load Balancers",
    ),
    Quota(
        "fargate",
        "L-3032A538",
        "Fargate On-Demand vCPU resource count",
        6,
        "AWS docs: Amazon ECS service quotas (default 6; AWS raises it with use)",
    ),
)
"""Seen 2026-11-23."""


def _found(call: WireCall) -> Quota | None:
    wanted = (call.params.get("ServiceCode"), call.params.get("QuotaCode"))
    return next((quota for quota in QUOTAS if (quota.service, quota.code) == wanted), None)


def _written(quota: Quota, call: WireCall, world: World) -> dict[str, Any]:
    return {
        "ServiceCode": quota.service,
        "ServiceName": quota.service,
        "QuotaArn": f"arn:aws:servicequotas:{call.region}:{world.account_id}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": quota.value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": quota.everywhere,
    }


def _get(call: WireCall, world: World) -> Mapping[str, Any] | None:
    quota = _found(call)
    return {"Quota": _written(quota, call, world)} if quota else None


def _list(call: WireCall, world: World) -> Mapping[str, Any]:
    quotas = [quota for quota in QUOTAS if quota.service == call.params.get("ServiceCode")]
    return {"Quotas": [_written(quota, call, world) for quota in quotas]}


def _unknown(call: WireCall, _: World) -> str | None:
    if _found(call) is not None:
        return None
    return f"The quota {call.params.get('ServiceCode')}/{call.params.get('QuotaCode')} is not part of the rehearsal."


SERVICE_QUOTAS_RULES: tuple[Rule, ...] = (
    Rule(
        service="service-quotas",
        operations=("GetServiceQuota", "GetAWSDefaultServiceQuota"),
        code="NoSuchResourceException",
        gap="only the quotas of Amazon VPC exist; the rehearsal knows those that the runbook asks for",
        source="botocore 1.44 service model: service-quotas GetServiceQuota, error NoSuchResourceException",
        refuse=_unknown,
    ),
    Rule(
        service="service-quotas",
        operations=("GetServiceQuota", "GetAWSDefaultServiceQuota"),
        gap="no quotas of ec2, elasticloadbalancing and fargate; the rehearsal answers AWS's default values",
        source="; ".join(sorted({quota.source for quota in QUOTAS})),
        reply=_get,
    ),
    Rule(
        service="service-quotas",
        operations=("ListServiceQuotas", "ListAWSDefaultServiceQuotas"),
        gap="ListServiceQuotas is missing",
        source="botocore 1.44 service model: service-quotas ListServiceQuotas",
        reply=_list,
    ),
)
