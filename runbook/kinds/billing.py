"""How AWS counts what it bills: the hours of a month, the metrics of Container Insights, the two sides of a zone."""

from __future__ import annotations

from decimal import Decimal
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


def times(quantity: Decimal | None, factor: Decimal) -> Decimal | None:
    """The product; what is not known stays not known."""
    return None if quantity is None else quantity * factor
