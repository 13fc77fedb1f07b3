"""Section 12 of the document held against the bill: its table row by row beside the computed one, and two claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from runbook.cost.estimate import Estimate, PricedLine, cents, known_sum, number
from runbook.cost.networks import Comparison, compare
from runbook.cost.traffic import Traffic
from runbook.cost.whole_stack import Stack
from runbook.model import Usage
from runbook.pricing.rate import Rates
from runbook.settings import Deployment

CLAIMED_LOW: Final = Decimal(100)
CLAIMED_HIGH: Final = Decimal(120)
"""What the document says a month costs, before data transfer (section 12)."""

ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """One row of the document's table, or one that it does not have.

    Parameters
    ----------
    document_usd: the document's figure; None where it has no such row.
    computed_usd: the bill's; a lower bound when `at_least`.
    reasons: why the two differ.
    """

    item: str
    document_usd: Decimal | None
    computed_usd: Decimal
    reasons: tuple[str, ...]
    at_least: bool = False

    @property
    def difference(self) -> Decimal:
        """What the document has too little."""
        return self.computed_usd - (self.document_usd or ZERO)


@dataclass(frozen=True)
class Claim:
    """A sentence of the document and what the figures say to it."""

    document: str
    verdict: str
    true: bool


@dataclass(frozen=True)
class Audit:
    """The document's table beside the computed one."""

    region: str
    source: str
    as_of: str
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
    notes: tuple[str, ...]

    @property
    def document_usd(self) -> Decimal:
        """The sum of the document's own rows."""
        return sum((row.document_usd for row in self.rows if row.document_usd is not None), ZERO)

    @property
    def computed_usd(self) -> Decimal:
        """The sum of the computed rows: the estimate."""
        return sum((row.computed_usd for row in self.rows), ZERO)

    @property
    def at_least(self) -> bool:
        """Whether the computed sum is a lower bound."""
        return any(row.at_least for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The audit as plain data."""
        return {
            "region": self.region,
            "source": self.source,
            "as_of": self.as_of,
            "rows": [_row_json(row) for row in self.rows],
            "document_usd": number(self.document_usd),
            "computed_usd": number(self.computed_usd),
            "at_least": self.at_least,
            "claims": [{"document": one.document, "true": one.true, "verdict": one.verdict} for one in self.claims],
            "notes": list(self.notes),
        }


Pick = Callable[[PricedLine], bool]


def _labels(*resources: str, labels: Sequence[str] = ()) -> Pick:
    return lambda line: line.resource.startswith(resources) and (not labels or line.label in labels)


def _rates(*prefixes: str) -> Pick:
    return lambda line: line.rate_key.startswith(prefixes)


_PICKS: Final[Sequence[tuple[str, Decimal | None, Pick]]] = (
    ("Fargate, web tasks", Decimal(15), _labels("services.web", labels=("CPU", "memory", "disk"))),
    ("Fargate, worker tasks", Decimal(30), _labels("services.worker", labels=("CPU", "memory", "disk"))),
    ("Load balancer and capacity units", Decimal(20), _labels("balancer.", labels=("load balancer", "capacity units"))),
    ("S3", Decimal(2), _rates("s3.")),
    ("NAT gateway", Decimal(35), _rates("nat.")),
    ("CloudWatch Logs", Decimal(3), _rates("logs.")),
    ("Public IPv4 addresses", None, _rates("ipv4.")),
    ("Interface endpoints", None, _rates("vpce.")),
    ("Container Insights", None, _labels("services.cluster")),
    ("Alarms and request metrics", None, _rates("cloudwatch.")),
    ("Data transfer", None, _rates("transfer.")),
    ("Secrets, images and private names", None, _rates("")),
)
"""Rows in the document's order, then what it leaves out; the first row that takes a line has it."""


def audit(deployment: Deployment, usage: Usage, rates: Rates) -> Audit:
    """The document's section 12 beside what the deployment costs.

    Parameters
    ----------
    deployment: with the default settings the sizes are the document's own.
    """
    stack = Stack.of(deployment)
    whole = stack.estimate(usage, rates)
    taken: dict[str, list[PricedLine]] = {item: [] for item, _, _ in _PICKS}
    for line in whole.lines:
        taken[next(item for item, _, pick in _PICKS if pick(line))].append(line)
    networks = compare(
        deployment.region,
        rates,
        Traffic.of(usage),
        deployment.zones,
        tasks=deployment.web.count + deployment.worker.count,
    )
    rows = tuple(
        _row(item, document, taken[item], _why(item, taken[item], deployment, networks))
        for item, document, _ in _PICKS
        if taken[item] or document is not None
    )
    return Audit(
        region=deployment.region,
        source=whole.source,
        as_of=whole.as_of.isoformat(),
        rows=rows,
        claims=(_total(deployment, whole, networks), _cheaper(networks)),
        notes=whole.notes,
    )


def _row(item: str, document: Decimal | None, lines: Iterable[PricedLine], reasons: tuple[str, ...]) -> Row:
    lines = list(lines)
    return Row(item, document, known_sum(lines), reasons, any(line.usd_per_month is None for line in lines))


def _why(item: str, lines: Sequence[PricedLine], deployment: Deployment, networks: Comparison) -> tuple[str, ...]:
    """Why the document's figure is another one, with the figures that explain it."""
    parts = {line.label: dollars(line.usd_per_month) for line in lines}
    reasons: Mapping[str, tuple[str, ...]] = {
        "Fargate, web tasks": (
            f"CPU for all hours of all tasks is {parts.get('CPU', '?')}; the document has half of it",
            f"memory, {parts.get('memory', '?')}, is left out",
        ),
        "Fargate, worker tasks": (
            f"CPU is {parts.get('CPU', '?')}, as in the document",
            f"memory, {parts.get('memory', '?')}, is left out",
        ),
        "Load balancer and capacity units": (
            f"{parts.get('load balancer', '?')} for the hours and {parts.get('capacity units', '?')} for use",
            "the second, internal load balancer of the document's section 6 would cost as much again",
        ),
        "S3": (
            f"{parts.get('storage', '?')} for storage",
            f"{parts.get('old versions', '?')} for old versions, which versioning keeps",
        ),
        "NAT gateway": _why_nat(deployment, networks),
        "CloudWatch Logs": ("what comes in; storage adds a few cents",),
        "Public IPv4 addresses": ("left out; billed by the hour for load balancer and gateways since 2024",),
        "Interface endpoints": ("left out, although they are offered as the cheaper way; billed in every zone",),
        "Container Insights": ("left out, although section 10 switches it on; billed as custom metrics",),
        "Alarms and request metrics": (
            "left out, although section 10 asks for them; a formula counts for every metric in it",
            "request metrics of the bucket are sixteen custom metrics",
        ),
        "Data transfer": ("left out on purpose: the document's sum is before data transfer",),
        "Secrets, images and private names": ("left out; small, and billed without any use",),
    }
    return reasons[item]


def _why_nat(deployment: Deployment, networks: Comparison) -> tuple[str, ...]:
    one, each = networks["nat"].bill, networks["nat-per-az"].bill
    hours = [known_sum(line for line in bill.lines if line.rate_key == "nat.hour") for bill in (one, each)]
    said = f"one gateway is {dollars(hours[0])} and use; section 5 asks for one a zone, {dollars(hours[1])} and use"
    used = "" if deployment.network == "nat" else f"; this deployment uses {deployment.network}"
    return (f"{said}{used}",)


def _total(deployment: Deployment, whole: Estimate, networks: Comparison) -> Claim:
    usd, declared, literal = (
        known_sum(line for line in bill.lines if not line.rate_key.startswith("transfer."))
        for bill in (whole, networks[deployment.network].bill, networks["nat-per-az"].bill)
    )
    bound = "at least " if whole.at_least else ""
    true = CLAIMED_LOW <= usd <= CLAIMED_HIGH and not whole.at_least
    verdict = (
        f"{_word(true)}: it costs {bound}{dollars(usd)}, of which {dollars(whole.fixed_usd_per_month)} are due without "
        f"any use; with a gateway in each zone, as section 5 has it, {dollars(usd - declared + literal)}."
    )
    return Claim(f"A month costs about ${CLAIMED_LOW} to ${CLAIMED_HIGH}, before data transfer.", verdict, true)


def _cheaper(networks: Comparison) -> Claim:
    one, each, doors = (networks[name].usd_per_month for name in ("nat", "nat-per-az", "endpoints"))
    points = networks.between("nat", "endpoints")
    until = (
        f" They are cheaper only above {points[0].gib:,.0f} GiB a month to logs, secrets, ECR and the queue."
        if points
        else ""
    )
    less = "as much as" if cents(doors) == cents(each) else f"{dollars(abs(each - doors))} {_more(doors - each)} than"
    verdict = (
        f"{_word(doors < one)} for this traffic: endpoints cost {dollars(doors)}, one gateway {dollars(one)}; that is "
        f"{less} a gateway in each zone.{until}"
    )
    return Claim("Endpoints in place of NAT make it cheaper.", verdict, doors < one)


def _word(true: bool) -> str:
    return "Right" if true else "Wrong"


def _more(difference: Decimal) -> str:
    return "more" if difference > 0 else "less"


def dollars(usd: Decimal | None) -> str:
    """An amount to the cent in words; what is not known says so."""
    return "an unknown amount" if usd is None else f"${cents(usd):,}"


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "item": row.item,
        "document_usd": number(row.document_usd),
        "computed_usd": number(row.computed_usd),
        "difference_usd": number(row.difference),
        "at_least": row.at_least,
        "reasons": list(row.reasons),
    }
