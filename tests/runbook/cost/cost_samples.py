"""What the cost tests share: a deployment with the document's sizes, and rates that need no file."""

from __future__ import annotations

from decimal import Decimal

from runbook.pricing.given import GivenRates
from runbook.settings import Deployment, load

RATES = GivenRates(
    {
        "fargate.vcpu_hour": "0.04048",
        "fargate.gib_hour": "0.004445",
        "fargate.arm_vcpu_hour": "0.03238",
        "fargate.arm_gib_hour": "0.00356",
        "fargate.storage_gib_hour": "0.000111",
        "alb.hour": "0.0225",
        "alb.lcu_hour": "0.008",
        "nat.hour": "0.045",
        "nat.gib": "0.045",
        "vpce.hour": "0.01",
        "vpce.gib": [(0, "0.01"), (1048576, "0.006"), (5242880, "0.004")],
        "ipv4.hour": "0.005",
        "s3.storage_gib_month": [(0, "0.023"), (51200, "0.022"), (512000, "0.021")],
        "s3.put_requests": "0.000005",
        "s3.get_requests": "0.0000004",
        "ecr.storage_gib_month": "0.10",
        "logs.ingest_gib": "0.50",
        "logs.storage_gib_month": "0.03",
        "cloudwatch.metric_month": [(0, "0.30"), (10000, "0.10"), (250000, "0.05"), (1000000, "0.02")],
        "cloudwatch.alarm_month": "0.10",
        "secrets.month": "0.40",
        "secrets.api_requests": "0.000005",
        "sqs.requests": "0.0000004",
        "route53.zone_month": [(0, "0.50"), (25, "0.10")],
        "route53.queries": [(0, "0.0000004"), (1000000000, "0.0000002")],
        "transfer.out_gib": [(0, "0.09"), (10240, "0.085"), (51200, "0.07"), (153600, "0.05")],
        "transfer.cross_zone_gib": "0.01",
    }
)


def deployment(*overrides: str, region: str = "us-east-1") -> Deployment:
    """The document's sizes, with settings changed as `--set` would."""
    return load(
        None,
        overrides,
        environ={},
        profile_region=lambda: None,
        region_flag=region,
        rehearsal=True,
    ).deployment.for_account("123456789012")


def month(hourly: str, *factors: str) -> Decimal:
    """A month of an hourly price, times some factors."""
    total = Decimal(hourly) * 730
    for factor in factors:
        total *= Decimal(factor)
    return total
