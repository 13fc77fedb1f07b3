"""What an account gets for nothing every month, as far as this stack can use it: a switch, because an account may have
used it up elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

FREE_PER_MONTH: Mapping[str, Decimal] = MappingProxyType(
    {
        "transfer.out_gib": Decimal(100),
        "logs.ingest_gib": Decimal(5),
        "logs.storage_gib_month": Decimal(5),
        "cloudwatch.metric_month": Decimal(10),
        "cloudwatch.alarm_month": Decimal(10),
        "sqs.requests": Decimal(1_000_000),
        "kms.requests": Decimal(20_000),
        "xray.traces_stored": Decimal(100_000),
    }
)
"""Rate key -> units that are free for ever, for the whole account; the tiers of the price begin after them.

AWS counts the free 5 GB of logs over intake and storage together; here each has them, which is at most a few cents too
little. What is free for new accounts only is left out. Source: AWS docs: AWS Free Tier, always free, 2026-11; the price
list has products named `Global-...` at 0 USD for the first four services.
"""


def free_units(key: str, *, switched_on: bool) -> Decimal:
    """Units of a rate that cost nothing."""
    return FREE_PER_MONTH.get(key, Decimal(0)) if switched_on else Decimal(0)
