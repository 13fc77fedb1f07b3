"""The answer to the question of the networks, in a few sentences for the traffic that was asked about."""

from __future__ import annotations

from decimal import Decimal

from runbook.cost.estimate import cents
from runbook.cost.networks import Comparison

SERVICES = "logs, secrets, ECR and the queue"
"""What an interface endpoint can take off a gateway; S3 needs neither."""


def answer(found: Comparison) -> list[str]:
    """Which network is the cheapest that can be built, against which other, and from where on that changes."""
    best = found.cheapest_deployable
    inputs = found.inputs
    gib = f"{_gib(inputs.traffic.total)} GiB a month"
    where = f"In {inputs.region} with {inputs.zones} {'zone' if inputs.zones == 1 else 'zones'} and {gib}"
    if not best:
        return [f"{where} no network can be called the cheapest: a price is not known, or traffic has no way."]
    first, other = _usd(found[best].usd_per_month), "nat" if best == "endpoints" else "endpoints"
    said = [
        f"{where} the cheapest network that the runbook builds is {best}: {first}; {_against(found, best, other)}",
        _turn(found),
    ]
    if found.cheapest != best:
        said.append(
            f"{found.cheapest} would cost {_usd(found[found.cheapest].usd_per_month)}; it is priced only, because "
            f"{_why_not(found.cheapest)}."
        )
    return said


def _against(found: Comparison, best: str, other: str) -> str:
    one, two = found[best], found[other]
    difference = two.usd_per_month - one.usd_per_month
    text = f"{other}: {_usd(two.usd_per_month)}, {_usd(abs(difference))} {'more' if difference >= 0 else 'less'}"
    if not two.carries_all:
        text += f", and no way for {_gib(two.unreachable_gib)} GiB of it"
    return f"{text}."


def _turn(found: Comparison) -> str:
    """From which amount on endpoints are the cheaper way than one gateway."""
    now = found.inputs.traffic.amount("services")
    points = found.between("nat", "endpoints")
    if not points:
        always = "endpoints" if found["endpoints"].usd_per_month < found["nat"].usd_per_month else "nat"
        return f"Whatever goes to {SERVICES}, {always} stays the cheaper one of nat and endpoints."
    turns = "; ".join(f"{one.below} is cheaper below {_gib(one.gib)} GiB a month, {one.above} above" for one in points)
    return f"It turns with what goes to {SERVICES}: {turns}; it is {_gib(now)} GiB now."


def _why_not(network: str) -> str:
    return {
        "public-ip": "every task would have a public address",
        "nat-no-s3": "it pays for traffic to S3 that the gateway endpoint carries for nothing",
    }[network]


def _usd(usd: Decimal) -> str:
    return f"${cents(usd):,}"


def _gib(gib: Decimal) -> str:
    return f"{gib:,.0f}" if gib >= 100 else f"{gib:,.1f}"
