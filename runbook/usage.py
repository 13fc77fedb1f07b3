"""What a bill is made of beside its prices: how much is used, and the lines that a resource is billed by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Usage:
    """What the bill depends on beside the declaration, per month for the whole stack; None is what nobody has said.

    The first group is said by people. The second is derived from it for a certain way through the network, and is what
    gateways, endpoints and load balancers are billed by.
    """

    s3_storage_gib: Decimal | None = None
    s3_noncurrent_gib: Decimal | None = None
    s3_put_requests: Decimal | None = None
    s3_get_requests: Decimal | None = None
    s3_traffic_gib: Decimal | None = None
    """Between tasks and S3, both directions."""
    logs_ingest_gib: Decimal | None = None
    """What one log group takes in."""
    logs_storage_gib: Decimal | None = None
    """What one log group keeps, compressed."""
    ecr_storage_gib: Decimal | None = None
    """What one repository keeps."""
    image_pull_gib: Decimal | None = None
    """Image layers that tasks fetch; they come from S3."""
    ecr_api_gib: Decimal | None = None
    """Manifests and tokens of image pulls; they come from ECR itself."""
    secret_reads: Decimal | None = None
    """Reads of one secret."""
    secrets_gib: Decimal | None = None
    queue_gib: Decimal | None = None
    """Between tasks and SQS."""
    queue_messages: Decimal | None = None
    queue_message_kib: Decimal | None = None
    """Size of one message."""
    internet_in_gib: Decimal | None = None
    """What tasks fetch from the internet."""
    internet_out_gib: Decimal | None = None
    """What tasks send to the internet."""
    users_in_gib: Decimal | None = None
    """What users send to the load balancer."""
    users_out_gib: Decimal | None = None
    """What the load balancer sends to users."""
    new_connections_per_s: Decimal | None = None
    active_connections: Decimal | None = None
    """Connections open in an average minute."""
    rule_evaluations_per_s: Decimal | None = None
    """Listener rules beyond the first ten, times requests a second."""
    cross_zone_gib: Decimal | None = None
    """Between web tasks and workers in different zones."""
    dns_queries: Decimal | None = None
    """Lookups of private names."""
    alb_lcus: Decimal | None = None
    """Capacity units that the load balancer uses on average; derived from its four measures unless it is said."""

    services: Decimal | None = None
    """Services of the cluster, each with a task definition of its own."""
    nat_gib: Decimal | None = None
    """What one NAT gateway passes on, both directions."""
    nat_out_gib: Decimal | None = None
    """What of that goes to the internet."""
    nat_cross_zone_gib: Decimal | None = None
    """What of that comes from, or goes to, tasks in other zones."""
    endpoint_gib: Mapping[str, Decimal] | None = None
    """What each interface endpoint passes on, by the short name of its service; nothing goes to the others."""


@dataclass(frozen=True)
class CostLine:
    """Quantity of one rate for one resource.

    Parameters
    ----------
    rate: catalogue key such as `s3.storage_gib_month`.
    quantity: units of that rate per month; None when it depends on use that nobody has stated.
    basis: where the quantity comes from, in words.
    """

    resource: str
    label: str
    rate: str
    quantity: Decimal | None
    basis: str
