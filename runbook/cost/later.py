"""What the document asks for and no section declares yet: alarms, request metrics and the queue, counted as AWS bills
them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from runbook.cost.estimate import BillLine, marked
from runbook.kinds.kind import Owner
from runbook.kinds.sqs import Queue
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
    queue = Queue(id="queue", owner=Owner("karet", 8), name="", region="", account="", visibility_s=0, pollers=pollers)
    yield from marked(8, queue.cost(usage), queue.cost(Usage()))
    made = (
        CostLine("alarms", "alarms", "cloudwatch.alarm_month", alarm_metrics(), "one for each metric they look at"),
        CostLine("bucket", "request metrics", "cloudwatch.metric_month", REQUEST_METRICS, "one filter of the bucket"),
    )
    for line in made:
        yield BillLine(line, 10, fixed=True)
