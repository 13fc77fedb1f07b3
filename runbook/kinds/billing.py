"""How AWS counts what it bills: hours of a month, metrics of Container Insights, sides of a zone, message chunks."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

HOURS: Final = Decimal(730)
"""Hours of a month: 365 days of 24 hours in twelve parts (AWS Pricing Calculator, 2026-11)."""

BOTH_SIDES: Final = Decimal(2)
"""A GiB between two zones is billed where it leaves and where it arrives (AWS docs: EC2 pricing, data transfer)."""

INSIGHTS_PER_CLUSTER: Final = Decimal(11)
INSIGHTS_PER_SERVICE: Final = Decimal(21)
"""Custom metrics that Container Insights makes: 11 for the cluster, 13 for a service and 8 for its task definition.

Source: AWS docs: Amazon ECS Container Insights metrics, its table of metrics and dimensions; content as of 2023-06.
"""

CHUNK_KIB: Final = Decimal(64)
"""An SQS request counts once for every 64 KB of its payload (AWS docs: Amazon SQS pricing, 2026-11)."""
REQUESTS_PER_MESSAGE: Final = Decimal(3)
"""Sent, received, deleted."""


def message_requests(messages: Decimal | None, kib_each: Decimal | None) -> Decimal | None:
    """Billed requests of messages that pass a queue, in chunks of 64 KB.

    Parameters
    ----------
    kib_each: size of one message; a single figure, never many at once, because chunks are counted.
    """
    if messages is None or kib_each is None:
        return None
    chunks = max((kib_each / CHUNK_KIB).to_integral_value(ROUND_CEILING), Decimal(1))
    return messages * (REQUESTS_PER_MESSAGE * chunks)


def times(quantity: Decimal | None, factor: Decimal) -> Decimal | None:
    """The product; what is not known stays not known."""
    return None if quantity is None else quantity * factor
