"""Scenarios: the same cost lines for millions of usages at once, over networks, zones and regions, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from math import prod
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from runbook.cost.free_tier import free_units
from runbook.cost.many import Many
from runbook.cost.network_lines import NETWORKS
from runbook.cost.tiers import tiered, tiered_array
from runbook.cost.whole_stack import Stack
from runbook.errors import MissingRateError, SettingsError
from runbook.model import Usage
from runbook.pricing.rate import Rate, Rates
from runbook.settings import Deployment
from runbook.settings.limits import nearest

CHUNK: Final = 16_384
"""Scenarios at a time: arrays of 128 KiB, which stay in the processor's cache."""

Floats = NDArray[np.float64]
_DERIVED = frozenset({"services", "nat_gib", "nat_out_gib", "nat_cross_zone_gib", "endpoint_gib"})
_MEASURES = tuple(one.name for one in fields(Usage) if one.name not in _DERIVED)


class Points(Protocol):
    """Usages that differ in some measures."""

    def __len__(self) -> int: ...

    def part(self, start: int, stop: int) -> Mapping[str, Floats]:
        """Measure -> its figures in the scenarios from `start` up to `stop`."""
        ...


class Grid:
    """Every combination of some values of some measures; the last one named varies fastest.

    Parameters
    ----------
    axes: measure of `Usage` -> values.

    Raises
    ------
    SettingsError: a name is no measure, or a value cannot be one.
    """

    def __init__(self, **axes: Sequence[float] | Floats) -> None:
        self.axes = _checked(axes)
        self.shape = tuple(len(values) for values in self.axes.values())

    def __len__(self) -> int:
        return prod(self.shape)

    def part(self, start: int, stop: int) -> Mapping[str, Floats]:
        """The combinations of some indices, made when they are asked for, so that a grid takes no memory."""
        at = np.unravel_index(np.arange(start, stop), self.shape)
        return {name: values[index] for (name, values), index in zip(self.axes.items(), at, strict=True)}


class Samples:
    """Usages side by side: one array a measure, all of one length.

    Raises
    ------
    SettingsError: lengths differ, a name is no measure, or a value cannot be one.
    """

    def __init__(self, **columns: Sequence[float] | Floats) -> None:
        self.columns = _checked(columns)
        if len({len(values) for values in self.columns.values()}) != 1:
            lengths = ", ".join(f"{name} {len(values)}" for name, values in self.columns.items())
            raise SettingsError(f"samples need as many values of each measure: {lengths or 'there is none'}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def part(self, start: int, stop: int) -> Mapping[str, Floats]:
        """Some of them."""
        return {name: values[start:stop] for name, values in self.columns.items()}


@dataclass(frozen=True)
class Case:
    """The discrete choices of a scenario."""

    network: str
    region: str
    zones: int


@dataclass(frozen=True)
class Part:
    """What some scenarios cost in one case.

    Parameters
    ----------
    usd: US dollars a month, one figure a scenario, from index `start` on.
    """

    case: Case
    start: int
    usd: Floats


@dataclass(frozen=True)
class Sweep:
    """What all scenarios cost in all cases.

    Parameters
    ----------
    usd: US dollars a month: a row a case, a column a scenario.
    unknown: per case the rate keys without a price; the bills of such a case are lower bounds.
    """

    cases: tuple[Case, ...]
    usd: Floats
    unknown: Mapping[Case, tuple[str, ...]]

    @property
    def cheapest(self) -> NDArray[np.intp]:
        """For each scenario the index of the cheapest case."""
        rows: NDArray[np.intp] = np.argmin(self.usd, axis=0)
        return rows


def sweep(deployment: Deployment, usage: Usage, rates: Rates, points: Points, **choices: Any) -> Sweep:
    """All scenarios in all cases, kept together; `parts` streams them when they do not fit into memory.

    Parameters
    ----------
    choices: networks, regions, zones, free_tier, chunk: see `parts`.
    """
    cases = cases_of(deployment, **{key: choices[key] for key in ("networks", "regions", "zones") if key in choices})
    usd = np.empty((len(cases), len(points)))
    rows = {case: row for row, case in enumerate(cases)}
    for part in parts(deployment, usage, rates, points, **choices):
        usd[rows[part.case], part.start : part.start + len(part.usd)] = part.usd
    unknown = {case: _missing(_stack(deployment, case), usage, rates) for case in cases}
    return Sweep(cases, usd, unknown)


def cases_of(
    deployment: Deployment,
    *,
    networks: Sequence[str] = NETWORKS,
    regions: Sequence[str] = (),
    zones: Sequence[int] = (),
) -> tuple[Case, ...]:
    """Every combination of the discrete choices; what is not chosen is the deployment's own."""
    return tuple(
        Case(network, region, number)
        for region in (regions or (deployment.region,))
        for number in (zones or (deployment.zones,))
        for network in networks
    )


def parts(
    deployment: Deployment,
    usage: Usage,
    rates: Rates,
    points: Points,
    *,
    networks: Sequence[str] = NETWORKS,
    regions: Sequence[str] = (),
    zones: Sequence[int] = (),
    free_tier: bool = False,
    chunk: int = CHUNK,
) -> Iterator[Part]:
    """What scenarios cost, a chunk at a time, so that memory is bounded whatever their number.

    Parameters
    ----------
    usage: everything that the points do not vary.
    points: a `Grid` or `Samples` of measures.
    networks, regions, zones: discrete choices; the deployment is declared again for each combination.
    """
    for case in cases_of(deployment, networks=networks, regions=regions, zones=zones):
        stack = _stack(deployment, case)
        table = _rates_of(stack, usage, rates)
        for start in range(0, len(points), chunk):
            stop = min(start + chunk, len(points))
            varied: dict[str, Any] = {name: Many(figures) for name, figures in points.part(start, stop).items()}
            yield Part(case, start, _bills(stack, replace(usage, **varied), table, stop - start, free_tier=free_tier))


def _stack(deployment: Deployment, case: Case) -> Stack:
    return Stack.of(deployment, case.network, region=case.region, zones=case.zones)


def _keys(stack: Stack, usage: Usage) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.rate for line in stack.cost_lines(usage)))


def _rates_of(stack: Stack, usage: Usage, rates: Rates) -> dict[str, Rate]:
    keys = _keys(stack, usage)
    rates.fetch(keys, (stack.region,))
    table = {}
    for key in keys:
        try:
            table[key] = rates.rate(key, stack.region)
        except MissingRateError:
            continue
    return table


def _missing(stack: Stack, usage: Usage, rates: Rates) -> tuple[str, ...]:
    table = _rates_of(stack, usage, rates)
    return tuple(key for key in _keys(stack, usage) if key not in table)


def _bills(stack: Stack, usage: Usage, table: Mapping[str, Rate], count: int, *, free_tier: bool) -> Floats:
    """One bill a scenario: quantities are summed by rate, figures that never vary are folded into one."""
    single: dict[str, Decimal] = {}
    many: dict[str, Floats] = {}
    for line in stack.cost_lines(usage):
        key, quantity = line.rate, cast("Decimal | Many | None", line.quantity)
        if key not in table or quantity is None:
            continue
        if isinstance(quantity, Many):
            many[key] = many[key] + quantity.figures if key in many else quantity.figures
        else:
            single[key] = single.get(key, Decimal(0)) + quantity
    folded = Decimal(0)
    total = np.zeros(count)
    for key, rate in table.items():
        free = free_units(key, switched_on=free_tier)
        if key not in many:
            folded += tiered(rate.tiers, max(single.get(key, Decimal(0)) - free, Decimal(0)))
            continue
        billed = many[key] + float(single.get(key, Decimal(0)) - free)
        if free:
            np.maximum(billed, 0.0, out=billed)
        total += tiered_array(rate.tiers, billed)
    total += float(folded)
    return total


def _checked(values: Mapping[str, Sequence[float] | Floats]) -> dict[str, Floats]:
    problems = []
    made = {}
    for name, given in values.items():
        figures = np.asarray(given, dtype=np.float64)
        made[name] = figures
        if name not in _MEASURES:
            problems.append(f"{name} is not a measure of use{nearest(name, _MEASURES)}")
        elif figures.ndim != 1 or not len(figures):
            problems.append(f"{name} needs a row of numbers")
        elif not (np.isfinite(figures).all() and (figures >= 0).all()):
            problems.append(f"{name} has a figure that is negative or not finite")
    if problems:
        raise SettingsError("these scenarios cannot be computed", problems=problems)
    return made
