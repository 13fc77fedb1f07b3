"""The catalogue: every rate key that cost lines use, and the one product of AWS's price list behind it.

Sources of usage types, units and attributes, all read 2026-11: recorded GetProducts answers and extracts of the bulk
price list in public repositories (TypeOneLabs/tellury, patibandlavenkatamanideep/pharma-analytics-copilot); filters of
infracost/infracost; AWS docs: codes in billing and usage reports of Amazon VPC, Elastic Load Balancing and Amazon S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from runbook.errors import PriceError
from runbook.pricing.product import Product

_NAT = {"operation": "NatGateway", "group": "NGW:NatGateway"}
_ALB = "Load Balancer-Application"
_IPV4 = {"group": "VPCPublicIPv4Address"}

_PRODUCTS = (
    Product(
        "fargate.vcpu_hour", "AmazonECS", ("Fargate-vCPU-Hours:perCPU",), "hours", "vCPU-hour", "always", "Compute"
    ),
    Product("fargate.gib_hour", "AmazonECS", ("Fargate-GB-Hours",), "hours", "GiB-hour", "always", "Compute"),
    Product(
        "fargate.arm_vcpu_hour",
        "AmazonECS",
        ("Fargate-ARM-vCPU-Hours:perCPU",),
        "hours",
        "vCPU-hour",
        "always",
        "Compute",
    ),
    Product("fargate.arm_gib_hour", "AmazonECS", ("Fargate-ARM-GB-Hours",), "hours", "GiB-hour", "always", "Compute"),
    Product(
        "fargate.storage_gib_hour",
        "AmazonECS",
        ("Fargate-EphemeralStorage-GB-Hours",),
        "GB-Hours",
        "GiB-hour beyond the first 20 GiB of a task",
        "always",
        "Compute",
    ),
    Product(
        "alb.hour",
        "AWSELB",
        ("LoadBalancerUsage",),
        "Hrs",
        "load balancer hour",
        "outside us-east-1",
        _ALB,
        {"operation": "LoadBalancing:Application"},
    ),
    Product(
        "alb.lcu_hour",
        "AWSELB",
        ("LCUUsage",),
        "LCU-Hrs",
        "capacity unit hour",
        "outside us-east-1",
        _ALB,
        {"operation": "LoadBalancing:Application"},
    ),
    Product(
        "nat.hour", "AmazonEC2", ("NatGateway-Hours",), "Hrs", "gateway hour", "outside us-east-1", "NAT Gateway", _NAT
    ),
    Product(
        "nat.gib", "AmazonEC2", ("NatGateway-Bytes",), "GB", "GiB processed", "outside us-east-1", "NAT Gateway", _NAT
    ),
    Product(
        "vpce.hour",
        "AmazonVPC",
        ("VpcEndpoint-Hours",),
        "Hrs",
        "endpoint hour in each zone",
        "always",
        "VpcEndpoint",
        {"operation": "VpcEndpoint"},
    ),
    Product(
        "vpce.gib",
        "AmazonVPC",
        ("VpcEndpoint-Bytes",),
        "GB",
        "GiB processed by all interface endpoints of the region",
        "always",
        "VpcEndpoint",
        {"operation": "VpcEndpoint"},
    ),
    Product("ipv4.hour", "AmazonVPC", ("PublicIPv4:InUseAddress",), "Hrs", "address hour", "always", None, _IPV4),
    Product("ipv4.idle_hour", "AmazonVPC", ("PublicIPv4:IdleAddress",), "Hrs", "address hour", "always", None, _IPV4),
    Product(
        "s3.storage_gib_month",
        "AmazonS3",
        ("TimedStorage-ByteHrs",),
        "GB-Mo",
        "GiB-month",
        "outside us-east-1",
        "Storage",
        {"volumeType": "Standard"},
    ),
    Product(
        "s3.put_requests",
        "AmazonS3",
        ("Requests-Tier1",),
        "Requests",
        "PUT, COPY, POST or LIST request",
        "outside us-east-1",
        "API Request",
        {"group": "S3-API-Tier1"},
    ),
    Product(
        "s3.get_requests",
        "AmazonS3",
        ("Requests-Tier2",),
        "Requests",
        "GET or other request",
        "outside us-east-1",
        "API Request",
        {"group": "S3-API-Tier2"},
    ),
    Product(
        "ecr.storage_gib_month",
        "AmazonECR",
        ("TimedStorage-ByteHrs",),
        "GB-Mo",
        "GiB-month",
        "outside us-east-1",
        "EC2 Container Registry",
    ),
    # us-east-1 has a product with and one without the prefix at the same price; the one without was seen last.
    Product(
        "logs.ingest_gib",
        "AmazonCloudWatch",
        ("DataProcessing-Bytes",),
        "GB",
        "GiB ingested, standard class",
        "outside us-east-1",
        "Data Payload",
        {"operation": "PutLogEvents", "group": "Ingested Logs"},
    ),
    Product(
        "logs.storage_gib_month",
        "AmazonCloudWatch",
        ("TimedStorage-ByteHrs",),
        "GB-Mo",
        "GiB-month, compressed",
        "outside us-east-1",
        "Storage Snapshot",
    ),
    Product(
        "logs.vended_gib",
        "AmazonCloudWatch",
        ("VendedLog-Bytes",),
        "GB",
        "GiB of logs that AWS services write, such as VPC flow logs",
        "always",
        "Data Payload",
    ),
    Product(
        "cloudwatch.metric_month",
        "AmazonCloudWatch",
        ("CW:MetricMonitorUsage",),
        "Metrics",
        "custom metric and month",
        "outside us-east-1",
        "Metric",
    ),
    Product(
        "cloudwatch.alarm_month",
        "AmazonCloudWatch",
        ("CW:AlarmMonitorUsage",),
        "Alarms",
        "metric of an alarm and month",
        "outside us-east-1",
        "Alarm",
    ),
    Product(
        "secrets.month",
        "AWSSecretsManager",
        ("AWSSecretsManager-Secrets", "AWSSecretsManager-Secret"),
        "Secrets",
        "secret and month",
        "always",
        "Secret",
    ),
    Product(
        "secrets.api_requests",
        "AWSSecretsManager",
        ("AWSSecretsManagerAPIRequest",),
        "API Requests",
        "API request",
        "always",
        "API Request",
    ),
    Product(
        "sqs.requests",
        "AWSQueueService",
        ("Requests-RBP", "Requests-Tier1"),
        "Requests",
        "request of up to 64 KiB",
        "outside us-east-1",
        "API Request",
        {"group": "SQS-APIRequest-Tier1", "queueType": "Standard"},
    ),
    Product(
        "route53.zone_month",
        "AmazonRoute53",
        ("HostedZone",),
        "HostedZone",
        "hosted zone and month",
        "never",
        "DNS Zone",
        place="global",
    ),
    Product(
        "route53.queries",
        "AmazonRoute53",
        ("DNS-Queries",),
        "Queries",
        "query that is not for an alias of AWS's",
        "never",
        "DNS Query",
        {"routingType": "Standard"},
        place="global",
    ),
    Product(
        "cloudmap.resource_month",
        "AWSCloudMap",
        ("Cloud-Map-Resources",),
        "CloudMapResource",
        "registered resource and month",
        "unsettled",
    ),
    Product(
        "cloudmap.api_calls",
        "AWSCloudMap",
        ("Cloud-Map-API-Calls",),
        "CloudMapAPICall",
        "discovery API call",
        "unsettled",
    ),
    Product("kms.key_month", "awskms", ("KMS-Keys",), "Keys", "customer managed key and month", "region"),
    Product("kms.requests", "awskms", ("KMS-Requests",), "Requests", "request", "region"),
    Product(
        "transfer.out_gib",
        "AWSDataTransfer",
        ("DataTransfer-Out-Bytes",),
        "GB",
        "GiB out to the internet, after the account's free 100 GiB",
        "outside us-east-1",
        "Data Transfer",
        {"transferType": "AWS Outbound", "toLocation": "External"},
        place="origin",
    ),
    Product(
        "transfer.cross_zone_gib",
        "AWSDataTransfer",
        ("DataTransfer-Regional-Bytes",),
        "GB",
        "GiB between zones, on each side",
        "outside us-east-1",
        "Data Transfer",
        {"transferType": "IntraRegion"},
        place="origin",
    ),
    Product(
        "events.custom_64k",
        "AWSEvents",
        ("Event-64K-Chunks",),
        "64K-Chunks",
        "64 KiB of custom events",
        "always",
        "EventBridge",
        {"operation": "PutEvents", "eventType": "Custom Event"},
    ),
    Product(
        "xray.traces_stored",
        "AWSXRay",
        ("XRay-TracesStored",),
        "traces",
        "trace recorded",
        "unsettled",
        attributes={"group": "Traces Stored"},
    ),
)

CATALOGUE: Mapping[str, Product] = MappingProxyType({product.key: product for product in _PRODUCTS})
"""Rate key -> product."""

FREE: Mapping[str, str] = MappingProxyType(
    {
        "gateway VPC endpoint (S3, DynamoDB)": "AWS docs: Gateway endpoints, pricing; they have no SKU",
        "public ACM certificate": "AWS docs: ACM, pricing; the price list has private certificate authorities only",
        "AWS managed KMS key": "AWS docs: AWS KMS, pricing; requests are billed",
        "Route 53 alias query to AWS resources": "the price list has a $0 SKU for them, seen 2025-08-28",
        "budget without actions": "AWS docs: AWS Budgets, pricing",
    }
)
"""What AWS does not charge for, and where that is written: no cost line, and nothing to look up."""

NOT_IN_THE_PRICE_LIST: Mapping[str, str] = MappingProxyType(
    {
        "fargate.spot": "Fargate Spot is not in the Price List API; its prices float and are published elsewhere",
        "acm.": "public ACM certificates are free, the price list has private certificate authorities only",
        "vpce.gateway": "gateway endpoints are free and have no product in the price list",
    }
)
"""Beginnings of keys that somebody may ask for, and why there is no rate."""


def product_of(key: str) -> Product:
    """The product of a rate key.

    Raises
    ------
    PriceError: the catalogue has no such key; the message names the nearest ones, or why there can be none.
    """
    found = CATALOGUE.get(key)
    if found is not None:
        return found
    for start, why in NOT_IN_THE_PRICE_LIST.items():
        if key.startswith(start):
            raise PriceError(f"there is no rate {key!r}: {why}", key=key, hint="Its price stays unknown; it is not 0.")
    near = get_close_matches(key, CATALOGUE, n=3, cutoff=0.5)
    raise PriceError(
        f"there is no rate {key!r} in the catalogue",
        key=key,
        hint=f"Nearest: {', '.join(near)}." if near else f"Rates: {', '.join(CATALOGUE)}.",
    )
