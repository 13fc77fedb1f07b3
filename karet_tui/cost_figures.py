"""What the cost screen shows, worked out by the library for the inputs chosen on it; no screen here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from karet_tui.plain import one_line
from runbook.errors import MissingRateError, SettingsError
from runbook.kinds.billing import HOURS

if TYPE_CHECKING:
    from runbook.cost.estimate import Estimate, PricedLine
    from runbook.cost.networks import Comparison
    from runbook.model import Resource, State
    from runbook.pricing.rate import Rates
    from runbook.settings import Deployment

LOWEST_GIB, HIGHEST_GIB = 10, 100_000
"""Ends of the curve: below, every network costs what it costs without use; above, traffic is all that counts."""

_STEPS = 60


@dataclass(frozen=True)
class Inputs:
    """What can be varied on the screen.

    Parameters
    ----------
    traffic_gib: all traffic of a month; None for what the band says.
    """

    region: str
    zones: int
    band: str
    traffic_gib: Decimal | None = None


@dataclass(frozen=True)
class Figures:
    """What came of the inputs.

    Parameters
    ----------
    declared: the whole stack with the network of the settings.
    exists: what exists now, as far as somebody has looked; None when nobody has.
    curves: per network the GiB and dollars of its curve, from the lowest to the highest amount.
    """

    inputs: Inputs
    network: str
    declared: Estimate
    exists: Estimate | None
    comparison: Comparison
    curves: Mapping[str, tuple[tuple[float, float], ...]]

    @property
    def traffic_gib(self) -> Decimal:
        """All traffic of a month."""
        return self.comparison.inputs.traffic.total

    def difference(self, network: str) -> Decimal:
        """What a network costs more a month than that of the settings."""
        return self.comparison[network].usd_per_month - self.comparison[self.network].usd_per_month

    def whole_stack(self, network: str) -> Decimal:
        """The whole stack with another network: the rest of the bill does not depend on the way out."""
        return self.declared.usd_per_month + self.difference(network)


@dataclass(frozen=True)
class Sum:
    """One resource, or one section, in the bill.

    Parameters
    ----------
    at_least: some of its lines have no figure.
    """

    section: int
    resource: str
    month: Decimal
    hour: Decimal
    now: Decimal | None
    at_least: bool
    lines: tuple[PricedLine, ...]


def gib_typed(text: str) -> Decimal:
    """The amount of traffic that somebody typed.

    Raises
    ------
    SettingsError: it is no amount of traffic.
    """
    try:
        amount = Decimal(text.strip().replace(",", "").replace("_", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 < amount <= 10**9:
        raise SettingsError(f'"{one_line(text)[:40]}" is no traffic', hint="Type GiB a month, such as 500.")
    return amount


def work_out(deployment: Deployment, inputs: Inputs, rates: Rates, found: Mapping[str, State] | None) -> Figures:
    """All figures for the inputs.

    Parameters
    ----------
    found: by id what exists; None when nobody has looked.

    Raises
    ------
    SettingsError: the inputs cannot be priced. PriceError: a price is not what the catalogue expects.
    """
    # Imported with the first figures, so that the screen is there before them.
    from runbook.cost.estimate import estimate
    from runbook.cost.networks import compare
    from runbook.cost.traffic import Traffic
    from runbook.cost.usage import USAGE
    from runbook.cost.whole_stack import Stack
    from runbook.sections.network_ids import endpoint_services

    usage = USAGE[inputs.band]
    stack = Stack.of(deployment, region=inputs.region, zones=inputs.zones)
    traffic = Traffic.of(usage)
    if inputs.traffic_gib is not None:
        traffic = traffic.along("total", inputs.traffic_gib)
    here = deployment.model_copy(update={"region": inputs.region, "zones": inputs.zones})
    tasks = deployment.web.count + deployment.worker.count
    comparison = compare(inputs.region, rates, traffic, inputs.zones, endpoint_services(here), tasks=tasks)
    resources: list[Resource] = list(stack.resources)
    return Figures(
        inputs=inputs,
        network=deployment.network,
        declared=stack.estimate(usage, rates),
        exists=None if found is None else estimate(resources, usage, rates, deployment.region, found=found),
        comparison=comparison,
        curves=dict(_curves(comparison, rates)),
    )


def _curves(comparison: Comparison, rates: Rates) -> Iterator[tuple[str, tuple[tuple[float, float], ...]]]:
    from runbook.cost.network_lines import NETWORKS
    from runbook.cost.networks import curve

    ratio = (HIGHEST_GIB / LOWEST_GIB) ** (1 / _STEPS)
    amounts = [LOWEST_GIB * ratio**step for step in range(_STEPS + 1)]
    for network in NETWORKS:
        try:
            bill = curve(network, comparison.inputs, rates, "total")
        except MissingRateError:
            # The table says that a price is missing; a curve without it would be a wrong one.
            continue
        yield network, tuple((gib, float(bill.bill(Decimal(repr(gib))))) for gib in amounts)


def sums(figures: Figures) -> list[Sum]:
    """The bill by section, and by resource within each; a section has no resource in its row."""
    there = {} if figures.exists is None else figures.exists.by_resource()
    per: dict[tuple[int, str], list[PricedLine]] = {}
    for line in figures.declared.lines:
        per.setdefault((line.section, line.resource), []).append(line)
    made: list[Sum] = []
    for section in sorted({section for section, _ in per}):
        mine = [_sum(section, id_, lines, there) for (number, id_), lines in per.items() if number == section]
        mine = [replace(one, now=None) if figures.exists is None else one for one in mine]
        mine.sort(key=lambda one: (-one.month, one.resource))
        made += [_total(section, mine), *mine]
    return made


def _sum(section: int, resource: str, lines: list[PricedLine], there: Mapping[str, Decimal]) -> Sum:
    zero = Decimal(0)
    return Sum(
        section,
        resource,
        sum((line.usd_per_month or zero for line in lines), zero),
        sum((line.usd_per_month or zero for line in lines if line.fixed), zero) / HOURS,
        there.get(resource, zero),
        any(line.usd_per_month is None for line in lines),
        tuple(lines),
    )


def _total(section: int, mine: list[Sum]) -> Sum:
    zero = Decimal(0)
    now = [one.now for one in mine if one.now is not None]
    return Sum(
        section,
        "",
        sum((one.month for one in mine), zero),
        sum((one.hour for one in mine), zero),
        sum(now, zero) if now else None,
        any(one.at_least for one in mine),
        (),
    )
