"""What the document asks for and no section declares yet: alarms, request metrics and the queue, counted as AWS bills
them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Final

from runbook.cost.estimate import BillLine
from runbook.kinds.billing import HOURS
from runbook.model import CostLine

CHUNK_KIB: Final = Decimal(64)
"""An SQS request counts once for every 64 KB of its payload (AWS docs: Amazon SQS pricing, 2026-11)."""
REQUESTS_PER_MESSAGE: Final = 3
"""Sent, received, deleted."""
POLL_S: Final = Decimal(20)
"""Longest wait of a receive request (botocore 1.44 service model, sqs ReceiveMessage)."""
REQUEST_METRICS: Final = Decimal(16)
"""Request metrics of one filter of a bucket (AWS docs: Monitoring metrics with Amazon CloudWatch, Amazon S3)."""
ALARMS: Final = (("share of failed requests", 3), ("CPU of the worker", 1), ("refused requests to S3", 1))
"""The document's three alarms and how many metrics each looks at: an alarm over a formula is billed for every metric in
it (AWS docs: Amazon CloudWatch pricing). The first needs requests and two counts of errors."""


def queue_requests(messages: Decimal, kib_each: Decimal, *, pollers: int) -> Decimal:
    """Billed requests of a queue in a month: messages three times in chunks of 64 KB, and empty polls."""
    chunks = max((kib_each / CHUNK_KIB).to_integral_value(ROUND_CEILING), Decimal(1))
    empty = pollers * HOURS * 3600 / POLL_S
    return messages * REQUESTS_PER_MESSAGE * chunks + empty


def alarm_metrics() -> Decimal:
    """Metrics that the document's alarms are billed for."""
    return Decimal(sum(metrics for _, metrics in ALARMS))


def later_lines(*, uploads: Decimal = Decimal(1500), pollers: int = 1) -> Iterator[BillLine]:
    """The cost lines of sections 8 and 10 that wait for their resources.

    Parameters
    ----------
    uploads: files that users upload in a month; each sends one event of about 1 KiB.
    """
    requests = queue_requests(uploads, Decimal(1), pollers=pollers)
    made = (
        (8, "queue", "requests", "sqs.requests", requests, "events, and a poll every 20 s", False),
        (10, "alarms", "alarms", "cloudwatch.alarm_month", alarm_metrics(), "one for each metric they look at", True),
        (10, "bucket metrics", "request metrics", "cloudwatch.metric_month", REQUEST_METRICS, "one filter", True),
    )
    for section, resource, label, rate, quantity, basis, fixed in made:
        yield BillLine(CostLine(f"(later) {resource}", label, rate, quantity, basis), section, fixed=fixed)
