"""Section 12, cost: what the stack costs, line by line."""

from __future__ import annotations

from runbook.model import Correction, Section
from runbook.sections.text import read_text

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="12.1",
        document="Counts half of the CPU hours of the web tasks and no memory for either service.",
        runbook="Counts CPU and memory of every task for the whole month.",
        reason="Fargate bills both, for as long as the task runs.",
        source="AWS docs: AWS Fargate pricing; source document section 12, recalculated",
    ),
    Correction(
        number="12.2",
        document="Prices one NAT gateway.",
        runbook="Prices the gateways of the chosen network, with addresses, traffic, and what crosses zones.",
        reason="Section 5 of the document asks for one in each public subnet.",
        source="source document sections 5 and 12",
    ),
    Correction(
        number="12.3",
        document="Leaves lines out.",
        runbook=(
            "Adds public addresses, Container Insights, alarms, secrets, private names, images and data transfer, and "
            "derives every line from a declared resource."
        ),
        reason=(
            "AWS bills each public IPv4 address by the hour since 2024, the metrics of section 10 as custom metrics, "
            "and the internal load balancer of section 6 as much as the public one."
        ),
        source="AWS docs: Amazon VPC pricing, Elastic Load Balancing pricing, Amazon CloudWatch pricing",
    ),
    Correction(
        number="12.4",
        document="Says that endpoints cut the cost further.",
        runbook="Compares five networks with the same prices and the same traffic, and says from which amount on.",
        reason=(
            "An interface endpoint is billed for every zone. Four or five of them in two zones cost more than one "
            "gateway and about as much as two; by the GiB they are cheaper, which counts only with much traffic."
        ),
        source="AWS docs: AWS PrivateLink pricing, Amazon VPC pricing; recalculated for us-east-1",
    ),
    Correction(
        number="12.5",
        document="Sums the table up to a range.",
        runbook="Shows a sum of its own lines, as a lower bound while a price or a use is unknown.",
        reason="With the missing lines the stack costs well above that range, even in its cheapest form.",
        source="source document section 12, recalculated",
    ),
)

SECTION = Section(
    number=12,
    name="cost",
    title="Cost",
    text=read_text("s12_cost"),
    corrections=CORRECTIONS,
    lines=(176, 186),
)
