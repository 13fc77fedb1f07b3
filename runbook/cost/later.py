"""What the document asks for and no section declares yet: alarms, request metrics and the queue, counted as AWS bills
them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from runbook.cost.estimate import BillLine
from runbook.kinds.billing import queue_requests
from runbook.model import CostLine, Usage

REQUEST_METRICS: Final = Decimal(16)
"""Request metrics of one filter of a bucket (AWS docs: Monitoring metrics with Amazon CloudWatch, Amazon S3)."""
ALARMS: Final = (("share of failed requests", 3), ("CPU of the worker", 1), ("refused requests to S3", 1))
"""The document's three alarms and how many metrics each looks at: an alarm over a formula is billed for every metric in
it (AWS docs: Amazon CloudWatch pricing). The first needs requests and two counts of errors."""


def alarm_metrics() -> Decimal:
    """Metrics that the document's alarms are billed for."""
    return Decimal(sum(metrics for _, metrics in ALARMS))


def later_lines(usage: Usage, *, pollers: int = 1) -> Iterator[BillLine]:
    """The cost lines of sections 8 and 10 that wait for their resources.

    Parameters
    ----------
    pollers: tasks that ask the queue for messages all the time.
    """
    requests = queue_requests(usage.queue_messages, usage.queue_message_kib, Decimal(pollers))
    made = (
        (8, "queue", "requests", "sqs.requests", requests, "events, and a poll every 20 s", False),
        (10, "alarms", "alarms", "cloudwatch.alarm_month", alarm_metrics(), "one for each metric they look at", True),
        (10, "bucket metrics", "request metrics", "cloudwatch.metric_month", REQUEST_METRICS, "one filter", True),
    )
    for section, resource, label, rate, quantity, basis, fixed in made:
        yield BillLine(CostLine(f"(later) {resource}", label, rate, quantity, basis), section, fixed=fixed)
