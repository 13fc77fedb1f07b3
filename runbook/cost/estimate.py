"""An estimate: the cost lines of everything that is declared, times the rates of a region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from runbook import document
from runbook.cost.flow import Way, derive
from runbook.cost.free_tier import free_units
from runbook.cost.tiers import split, tiered
from runbook.errors import MissingRateError
from runbook.kinds.billing import HOURS
from runbook.model import CostLine, Resource, State, Usage
from runbook.pricing.catalogue import product_of
from runbook.pricing.rate import Rate, Rates
from runbook.settings import Deployment

if TYPE_CHECKING:
    import pandas as pd

ZERO = Decimal(0)
CENT = Decimal("0.01")

SPOT = "Tasks run on demand. Fargate Spot is not in AWS's price list, so what it would save is not guessed."
NOT_INCLUDED = "Not included: taxes, support plans, discounts, and what is created outside of this stack."


@dataclass(frozen=True)
class BillLine:
    """A cost line with what is known about it before any price.

    Parameters
    ----------
    fixed: its quantity follows from the declaration alone.
    """

    line: CostLine
    section: int
    fixed: bool


@dataclass(frozen=True)
class PricedLine:
    """One line of an estimate.

    Parameters
    ----------
    quantity: units a month; None when it depends on use that nobody has said.
    usd_per_unit: what a unit costs on average over the tiers that are reached; the first tier's where the quantity is
        not known; None when the price is not known.
    usd_per_month: None when quantity or price is not known; such a line makes the total a lower bound.
    basis: where the quantity comes from.
    fixed: the quantity does not depend on use.
    note: what a person has to know beside the figure: why it is unknown, how old its price is.
    """

    resource: str
    section: int
    label: str
    rate_key: str
    service_code: str
    usage_type: str
    unit: str
    quantity: Decimal | None
    usd_per_unit: Decimal | None
    usd_per_month: Decimal | None
    sku: str
    as_of: date | None
    source: str
    basis: str
    fixed: bool
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The line by the contract of the command line, with where it comes from."""
        return {
            "resource": self.resource,
            "section": self.section,
            "label": self.label,
            "rate": self.rate_key,
            "service_code": self.service_code,
            "usage_type": self.usage_type,
            "unit": self.unit,
            "quantity": number(self.quantity),
            "usd_per_unit": number(self.usd_per_unit),
            "usd_per_month": number(self.usd_per_month),
            "sku": self.sku,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "source": self.source,
            "basis": self.basis,
            "fixed": self.fixed,
            "note": self.note,
        }


@dataclass(frozen=True)
class Estimate:
    """What something costs in a month of 730 hours.

    Parameters
    ----------
    source: `live`, `snapshot`, `given` or `mixed`.
    as_of: the date of the newest price; each line has its own.
    notes: what belongs beside every figure.
    """

    region: str
    source: str
    as_of: date
    lines: tuple[PricedLine, ...]
    notes: tuple[str, ...] = ()
    free_tier: bool = False

    @property
    def usd_per_month(self) -> Decimal:
        """The sum of the lines that are known."""
        return known_sum(self.lines)

    @property
    def at_least(self) -> bool:
        """Whether the sum is a lower bound, because a price or a quantity is not known."""
        return any(line.usd_per_month is None for line in self.lines)

    @property
    def fixed_usd_per_month(self) -> Decimal:
        """The part that is paid without any use."""
        return known_sum(line for line in self.lines if line.fixed)

    @property
    def usd_per_hour_running(self) -> Decimal:
        """What an hour costs in which nobody uses anything."""
        return self.fixed_usd_per_month / HOURS

    @property
    def unknown(self) -> tuple[PricedLine, ...]:
        """The lines without a figure."""
        return tuple(line for line in self.lines if line.usd_per_month is None)

    def by_section(self) -> dict[int, Decimal]:
        """Known dollars a month per section of the document."""
        return _sums(self.lines, lambda line: line.section)

    def by_service(self) -> dict[str, Decimal]:
        """Known dollars a month per service code of AWS's price list."""
        return _sums(self.lines, lambda line: line.service_code)

    def by_resource(self) -> dict[str, Decimal]:
        """Known dollars a month per resource."""
        return _sums(self.lines, lambda line: line.resource)

    def as_json(self) -> dict[str, Any]:
        """The estimate by the contract of the command line; figures are numbers, unknown ones null."""
        return {
            "region": self.region,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "free_tier": self.free_tier,
            "lines": [line.as_json() for line in self.lines],
            "usd_per_month": number(self.usd_per_month),
            "at_least": self.at_least,
            "fixed_usd_per_month": number(self.fixed_usd_per_month),
            "usd_per_hour_running": number(self.usd_per_hour_running),
            "notes": list(self.notes),
        }

    def csv(self) -> str:
        """The lines as comma separated values with a header; unknown figures are empty."""
        from runbook.cost.frames import csv_text

        return csv_text(self)

    def frame(self) -> pd.DataFrame:
        """The lines as a pandas DataFrame; see `runbook.cost.frames` for columns, units and dtypes."""
        from runbook.cost.frames import frame_of

        return frame_of(self)


def estimate(
    declared: Deployment | Iterable[Resource],
    usage: Usage,
    rates: Rates,
    region: str = "",
    *,
    free_tier: bool = False,
    found: Mapping[str, State] | None = None,
) -> Estimate:
    """What a deployment, or some resources, cost in a month.

    Parameters
    ----------
    usage: what is used; see `runbook.cost.usage`.
    region: without it the deployment's.
    free_tier: take off what every account gets for nothing.
    found: by id what exists; then that is priced, as far as it is declared, and not the declaration.

    Raises
    ------
    PriceError: a price is not what the catalogue expects. A price that is not known makes its line unknown instead.
    """
    if isinstance(declared, Deployment):
        region = region or declared.region
        resources = declared_resources(declared, region)
    else:
        resources = list(declared)
    lines = declared_lines(resources, usage) if found is None else found_lines(resources, usage, found)
    return priced(lines, rates, region, free_tier=free_tier)


def declared_resources(deployment: Deployment, region: str = "") -> list[Resource]:
    """Everything that the document declares for a deployment, in one region or another."""
    here = deployment.model_copy(update={"region": region}) if region else deployment
    return [one for section in document.sections() for one in section.resources(here)]


def declared_lines(resources: Sequence[Resource], usage: Usage, way: Way | None = None) -> list[BillLine]:
    """The cost lines of what is declared and wanted, with the traffic of the network that is declared.

    Parameters
    ----------
    way: another way through the network than the resources give, for networks that are priced and not built.
    """
    way = way or Way.declared(resources)
    derived, unused = derive(usage, way), derive(Usage(), way)
    return [
        bill_line
        for one in resources
        if one.wanted
        for bill_line in marked(one.section, one.cost(derived), one.cost(unused))
    ]


def found_lines(resources: Sequence[Resource], usage: Usage, found: Mapping[str, State]) -> list[BillLine]:
    """The cost lines of the declared things as they exist now."""
    there = [(one, found[one.id]) for one in resources if one.id in found and found[one.id].exists]
    states: dict[str, list[State]] = {}
    for one, state in there:
        states.setdefault(type(one).__name__, []).append(state)
    way = Way.found(states)
    derived, unused = derive(usage, way), derive(Usage(), way)
    return [
        bill_line
        for one, state in there
        for bill_line in marked(one.section, one.cost(derived, state), one.cost(unused, state))
    ]


def marked(section: int, lines: Iterable[CostLine], unused: Iterable[CostLine]) -> list[BillLine]:
    """Cost lines with whether they are fixed: those that have a quantity although nobody has said any use."""
    return [BillLine(line, section, fixed=bare.quantity is not None) for line, bare in zip(lines, unused, strict=True)]


def priced(lines: Sequence[BillLine], rates: Rates, region: str, *, free_tier: bool = False) -> Estimate:
    """Prices for cost lines; tiers are applied to the sum of all lines of a rate, and split back in proportion.

    Raises
    ------
    PriceError: a price is not what the catalogue expects.
    """
    keys = tuple(dict.fromkeys(bill.line.rate for bill in lines))
    rates.fetch(keys, (region,))
    made: dict[int, PricedLine] = {}
    for key in keys:
        mine = [(index, bill) for index, bill in enumerate(lines) if bill.line.rate == key]
        try:
            rate = rates.rate(key, region)
        except MissingRateError as error:
            made |= {index: _unpriced(bill, region, error) for index, bill in mine}
            continue
        made |= _with_rate(mine, rate, free_units(key, switched_on=free_tier))
    notes = (*rates.notes, *((SPOT,) if any(key.startswith("fargate.") for key in keys) else ()), NOT_INCLUDED)
    ordered = tuple(made[index] for index in range(len(lines)))
    return Estimate(region, rates.source, rates.as_of, ordered, notes, free_tier)


def _with_rate(mine: Sequence[tuple[int, BillLine]], rate: Rate, free: Decimal) -> dict[int, PricedLine]:
    """The lines of one rate, each with its share of what all of them cost together."""
    quantities = [bill.line.quantity for _, bill in mine]
    known = [quantity for quantity in quantities if quantity is not None]
    total = tiered(rate.tiers, max(sum(known, ZERO) - free, ZERO))
    shares = iter(split(total, known))
    made = {}
    for (index, bill), quantity in zip(mine, quantities, strict=True):
        month = None if quantity is None else next(shares)
        unit = month / quantity if month is not None and quantity else rate.usd
        made[index] = replace(
            _bare(bill),
            service_code=rate.service_code,
            usage_type=rate.usage_type,
            unit=rate.unit,
            usd_per_unit=unit,
            usd_per_month=month,
            sku=rate.sku,
            as_of=rate.as_of,
            source=rate.source,
            note="; ".join(
                filter(None, ("" if quantity is not None else "depends on use that is not said", rate.note))
            ),
        )
    return made


def _unpriced(bill: BillLine, region: str, error: MissingRateError) -> PricedLine:
    return replace(_bare(bill), usage_type=product_of(bill.line.rate).names(region)[0], note=error.message)


def _bare(bill: BillLine) -> PricedLine:
    line, product = bill.line, product_of(bill.line.rate)
    return PricedLine(
        resource=line.resource,
        section=bill.section,
        label=line.label,
        rate_key=line.rate,
        service_code=product.service_code,
        usage_type="",
        unit=product.unit,
        quantity=line.quantity,
        usd_per_unit=None,
        usd_per_month=None,
        sku="",
        as_of=None,
        source="unknown",
        basis=line.basis,
        fixed=bill.fixed,
    )


def known_sum(lines: Iterable[PricedLine]) -> Decimal:
    """The sum of the lines that have a figure."""
    return sum((line.usd_per_month for line in lines if line.usd_per_month is not None), ZERO)


def _sums(lines: Iterable[PricedLine], group: Callable[[PricedLine], Any]) -> dict[Any, Decimal]:
    sums: dict[Any, Decimal] = {}
    for line in lines:
        sums[group(line)] = sums.get(group(line), ZERO) + (line.usd_per_month or ZERO)
    return sums


def cents(usd: Decimal) -> Decimal:
    """An amount as it is shown: to the cent, half a cent up."""
    return usd.quantize(CENT, ROUND_HALF_UP)


def number(figure: Decimal | None) -> float | None:
    """A figure as a JSON number, to ten digits behind the point."""
    return None if figure is None else float(round(figure, 10))
