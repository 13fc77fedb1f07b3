"""The ways out of the private subnets side by side: what each costs for the same traffic, and from where on another
one is cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from runbook.cost.break_even import Crossing, Curve, crossings
from runbook.cost.estimate import Estimate, number, priced
from runbook.cost.flow import unreachable
from runbook.cost.network_lines import ENDPOINTS, NETWORKS, Inputs, network_lines, way_of
from runbook.cost.trade_offs import trade_offs
from runbook.cost.traffic import GROUPS, Traffic
from runbook.errors import MissingRateError
from runbook.pricing.rate import Rates
from runbook.settings import DEPLOYABLE_NETWORKS

LEVELS_GIB: Final = tuple(Decimal(10) ** power for power in range(1, 6))


@dataclass(frozen=True)
class Option:
    """One network with its bill.

    Parameters
    ----------
    deployable: the runbook can build it; others are priced only.
    unreachable_gib: traffic that has no way at all in this network.
    """

    network: str
    bill: Estimate
    deployable: bool
    unreachable_gib: Decimal

    @property
    def usd_per_month(self) -> Decimal:
        """What it costs."""
        return self.bill.usd_per_month

    @property
    def carries_all(self) -> bool:
        """Whether all of the traffic has a way."""
        return not self.unreachable_gib

    @property
    def fits(self) -> bool:
        """Whether it can be called the cheapest: it carries all, and all its prices are known."""
        return self.carries_all and not self.bill.at_least


@dataclass(frozen=True)
class BreakEven:
    """Where two networks cost the same.

    Parameters
    ----------
    along: what varies: `total`, `services` (all but S3 and the internet), or one kind of traffic.
    below, above: the cheaper one below and above that amount.
    """

    one: str
    other: str
    along: str
    crossing: Crossing
    below: str
    above: str

    @property
    def gib(self) -> Decimal:
        """GiB a month at which both cost the same."""
        return self.crossing.amount

    @property
    def formula(self) -> str:
        """How the point follows from the prices."""
        at = self.crossing
        start = f"{at.since:,.0f} GiB + " if at.since else ""
        return f"{start}${abs(at.gap):.4f} / (${abs(at.closing):.6f} per GiB) = {at.amount:,.1f} GiB"


@dataclass(frozen=True)
class Level:
    """All networks with known prices at one amount of traffic."""

    gib: Decimal
    usd: Mapping[str, Decimal]
    cheapest: str
    cheapest_deployable: str


@dataclass(frozen=True)
class Comparison:
    """The networks for the same traffic.

    Parameters
    ----------
    options: one a network, in the order of `NETWORKS`.
    levels: the same split at other amounts.
    break_even: every pair and amount at which it changes which of the two is cheaper: when all traffic grows, and when
        only that to AWS services other than S3 does.
    trade_offs: network -> what is not in the bill, in words.
    """

    inputs: Inputs
    options: tuple[Option, ...]
    levels: tuple[Level, ...]
    break_even: tuple[BreakEven, ...]
    trade_offs: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    def __getitem__(self, network: str) -> Option:
        return next(option for option in self.options if option.network == network)

    @property
    def cheapest(self) -> str:
        """The cheapest network that carries all of the traffic, of those with known prices."""
        return _cheapest({one.network: one.usd_per_month for one in self.options if one.fits})

    @property
    def cheapest_deployable(self) -> str:
        """The cheapest of those that the runbook builds and that carry all of the traffic."""
        return _cheapest({one.network: one.usd_per_month for one in self.options if one.fits and one.deployable})

    @property
    def at_least(self) -> bool:
        """Whether some bill is a lower bound."""
        return any(option.bill.at_least for option in self.options)

    def between(self, one: str, other: str, along: str = "services") -> tuple[BreakEven, ...]:
        """The break-even points of two networks, in ascending order."""
        pair = {one, other}
        return tuple(at for at in self.break_even if {at.one, at.other} == pair and at.along == along)

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain data."""
        some = self.options[0].bill
        return {
            "region": self.inputs.region,
            "source": some.source,
            "as_of": some.as_of.isoformat(),
            "zones": self.inputs.zones,
            "tasks": self.inputs.tasks,
            "endpoints": list(self.inputs.endpoints),
            "traffic_gib": {name: number(gib) for name, gib in self.inputs.traffic.items().items()},
            "networks": [
                {
                    "network": one.network,
                    "usd_per_month": number(one.usd_per_month),
                    "fixed_usd_per_month": number(one.bill.fixed_usd_per_month),
                    "at_least": one.bill.at_least,
                    "deployable": one.deployable,
                    "unreachable_gib": number(one.unreachable_gib),
                    "trade_offs": list(self.trade_offs[one.network]),
                    "lines": [line.as_json() for line in one.bill.lines],
                }
                for one in self.options
            ],
            "cheapest": self.cheapest,
            "cheapest_deployable": self.cheapest_deployable,
            "levels": [
                {
                    "gib": number(level.gib),
                    "usd_per_month": {network: number(usd) for network, usd in level.usd.items()},
                    "cheapest": level.cheapest,
                    "cheapest_deployable": level.cheapest_deployable,
                }
                for level in self.levels
            ],
            "break_even": [
                {
                    "one": point.one,
                    "other": point.other,
                    "along": point.along,
                    "gib": number(point.gib),
                    "usd_per_month": number(point.crossing.usd),
                    "cheaper_below": point.below,
                    "cheaper_above": point.above,
                }
                for point in self.break_even
            ],
            "notes": list(self.notes),
        }


def compare(
    region: str,
    rates: Rates,
    traffic: Traffic,
    zones: int = 2,
    endpoints: Sequence[str] = ENDPOINTS,
    *,
    tasks: int = 3,
    levels: Sequence[Decimal] = LEVELS_GIB,
) -> Comparison:
    """What every network costs for the same traffic, at other amounts of it, and where they meet.

    Parameters
    ----------
    zones: zones with private subnets; gateways per zone and endpoints are needed in each.
    endpoints: short names of the services that get an interface endpoint, such as `ecr.api`.

    Raises
    ------
    SettingsError: inputs that cannot be compared.
    PriceError: a price is not what the catalogue expects.
    """
    inputs = Inputs(region, traffic, zones, tuple(endpoints), tasks)
    options = tuple(option(name, inputs, rates) for name in NETWORKS)
    curves = _curves(inputs, rates, "total") if traffic.total else {}
    return Comparison(
        inputs=inputs,
        options=options,
        levels=tuple(_level(gib, curves, options) for gib in levels) if curves else (),
        break_even=tuple(
            point for kind in GROUPS if traffic.amount(kind) for point in _points(_curves(inputs, rates, kind), kind)
        ),
        trade_offs={name: trade_offs(name, zones, endpoints) for name in NETWORKS},
        notes=options[0].bill.notes,
    )


def option(network: str, inputs: Inputs, rates: Rates) -> Option:
    """One network with its bill: the simulation that the closed form is held against."""
    way = way_of(network, inputs)
    bill = priced(list(network_lines(network, inputs)), rates, inputs.region)
    missing = unreachable(inputs.traffic.as_usage(), way)
    return Option(network, bill, network in DEPLOYABLE_NETWORKS, missing or Decimal(0))


def curve(network: str, inputs: Inputs, rates: Rates, along: str) -> Curve:
    """The bill of a network as a function of the GiB of one kind of traffic, or of a group with the same split.

    Raises
    ------
    MissingRateError: a price that this network needs is not known, so that there is no such function.
    """
    empty, one = (
        _quantities(network, inputs.with_traffic(inputs.traffic.along(along, Decimal(gib)))) for gib in (0, 1)
    )
    rates.fetch(empty, (inputs.region,))
    return Curve(
        used={key: (quantity, one[key] - quantity) for key, quantity in empty.items()},
        tiers={key: rates.rate(key, inputs.region).tiers for key in empty},
    )


def break_even(one: str, other: str, inputs: Inputs, rates: Rates, along: str = "total") -> tuple[BreakEven, ...]:
    """Where two networks cost the same when one kind of traffic varies and the others stay."""
    names = (one, other)
    return tuple(_points({name: curve(name, inputs, rates, along) for name in names}, along))


def _quantities(network: str, inputs: Inputs) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for bill in network_lines(network, inputs):
        sums[bill.line.rate] = sums.get(bill.line.rate, Decimal(0)) + (bill.line.quantity or Decimal(0))
    return sums


def _curves(inputs: Inputs, rates: Rates, along: str) -> dict[str, Curve]:
    """The curves of the networks whose prices are all known; the bills of the others say what is missing."""
    made = {}
    for name in NETWORKS:
        try:
            made[name] = curve(name, inputs, rates, along)
        except MissingRateError:
            continue
    return made


def _points(curves: Mapping[str, Curve], along: str) -> Iterator[BreakEven]:
    names = list(curves)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            for at in crossings(curves[one], curves[other]):
                # What closes the gap is what one costs more per GiB: then one was the cheaper one before.
                below, above = (one, other) if at.closing > 0 else (other, one)
                yield BreakEven(one, other, along, at, below, above)


def _level(gib: Decimal, curves: Mapping[str, Curve], options: Sequence[Option]) -> Level:
    usd = {name: made.bill(gib) for name, made in curves.items()}
    fit = [one for one in options if one.fits]
    return Level(
        gib,
        usd,
        _cheapest({one.network: usd[one.network] for one in fit}),
        _cheapest({one.network: usd[one.network] for one in fit if one.deployable}),
    )


def _cheapest(usd: Mapping[str, Decimal]) -> str:
    """The name with the smallest bill; empty when there is none."""
    return min(usd, key=lambda name: usd[name], default="")
