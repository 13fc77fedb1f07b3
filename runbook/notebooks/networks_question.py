"""The question of nat_vs_vpc_endpoints.ipynb: which way out of the private subnets is the cheapest, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from runbook.cost.chart_paper import Chart
from runbook.cost.charts import curves, winners
from runbook.cost.estimate import cents, number
from runbook.cost.network_answer import SERVICES, answer
from runbook.cost.networks import BreakEven, Comparison, Option, compare, curve
from runbook.cost.traffic import Traffic
from runbook.notebooks import prices as source
from runbook.notebooks.asked import asked
from runbook.notebooks.shown import Shown, answered, bullets, sentences, table
from runbook.pricing.rate import Rates
from runbook.settings import DEPLOYABLE_NETWORKS

BUILT = DEPLOYABLE_NETWORKS
MAP_GIB = (1, 100_000)
MAP_POINTS = 72
WITHOUT = ("nat-no-s3", "endpoints")


@dataclass(frozen=True)
class NetworksQuestion:
    """The parameters of the notebook: region, shape, GiB a month by where they go; typical usage of the stack.

    Parameters
    ----------
    endpoints: short names of the services that get an interface endpoint, with commas.
    prices: `auto` or `snapshot`.
    """

    region: str = "us-east-1"
    zones: int = 2
    tasks: int = 3
    endpoints: str = "ecr.api, ecr.dkr, logs, secretsmanager, sqs"
    s3_gib: float = 100.0
    image_pull_gib: float = 6.0
    ecr_api_gib: float = 0.01
    logs_gib: float = 5.0
    secrets_gib: float = 0.001
    queue_gib: float = 0.3
    internet_in_gib: float = 0.0
    internet_out_gib: float = 0.0
    cross_zone_gib: float = 5.0
    prices: str = source.AUTO

    @classmethod
    def asked(cls, names: Mapping[str, Any]) -> NetworksQuestion:
        """The question that the notebook's names ask; raises SettingsError for unknown and wrong ones."""
        return asked(cls, names)

    def but(self, **changed: Any) -> NetworksQuestion:
        """The same question with other values, with the prices that are at hand."""
        made = replace(self, **changed)
        if made.prices == self.prices and made.region == self.region:
            made.__dict__["rates"] = self.rates
        return made

    @cached_property
    def rates(self) -> Rates:
        """The prices."""
        return source.rates(self.prices, self.region)

    @property
    def traffic(self) -> Traffic:
        """The amounts, as decimal figures."""
        return Traffic(**{name: Decimal(str(getattr(self, name))) for name in Traffic().items()})

    @cached_property
    def found(self) -> Comparison:
        """The networks side by side; raises SettingsError and PriceError."""
        names = tuple(name.strip() for name in self.endpoints.split(",") if name.strip())
        return compare(self.region, self.rates, self.traffic, self.zones, names, tasks=self.tasks)

    @property
    def source(self) -> Shown:
        """Where the prices come from, and their date."""
        bill = self.found.options[0].bill
        return sentences([source.parameters(self), *source.source(bill.source, bill.as_of, self.rates.notes)])

    @property
    def answer(self) -> Shown:
        """The answer in sentences, with the figures of every network as data."""
        usd = {one.network: number(one.usd_per_month) for one in self.found.options}
        return answered(" ".join(answer(self.found)), {"region": self.region, "usd_per_month": usd})

    @property
    def bills(self) -> Shown:
        """A row a network: fixed part, part by use, sum, whether it carries all, whether it can be built."""
        rows = []
        for one in self.found.options:
            fixed, whole = one.bill.fixed_usd_per_month, one.usd_per_month
            rows.append(
                (
                    one.network,
                    f"{cents(fixed):,}",
                    f"{cents(whole) - cents(fixed):,}",
                    f"{'at least ' if one.bill.at_least else ''}{cents(whole):,}",
                    "yes" if one.carries_all else f"not {one.unreachable_gib:,.1f} GiB",
                    "yes" if one.deployable else "priced only",
                )
            )
        columns = ("network", "fixed, USD", "by use, USD", "a month, USD", "carries all", "runbook builds it")
        return table(columns, rows, numbers=(1, 2, 3))

    @property
    def lines(self) -> Shown:
        """The bills' lines of the networks that can be built, with SKU and date; not those under half a cent."""
        rows = [
            (
                one.network,
                f"{line.resource.removeprefix('network.')}: {line.label}",
                "?" if line.quantity is None else f"{line.quantity:,.2f}",
                line.unit,
                "unknown" if line.usd_per_unit is None else f"{line.usd_per_unit:.6f}".rstrip("0").rstrip("."),
                "unknown" if line.usd_per_month is None else f"{cents(line.usd_per_month):,}",
                line.sku,
                str(line.as_of),
            )
            for one in self.found.options
            if one.deployable
            for line in one.bill.lines
            if line.usd_per_month is None or cents(line.usd_per_month)
        ]
        columns = ("network", "line", "quantity", "unit", "USD each", "USD a month", "SKU", "price as of")
        return table(columns, rows, numbers=(2, 4, 5))

    @property
    def points(self) -> Shown:
        """Where two networks cost the same, with the division that gives the amount."""
        rows = [
            (f"{one.one} = {one.other}", f"{one.gib:,.1f}", f"{cents(one.crossing.usd):,}", one.below, one.formula)
            for one in self._marked()
        ]
        columns = (f"bills that meet, by GiB to {SERVICES}", "GiB a month", "USD there", "cheaper below", "how")
        if not rows:
            return sentences([f"No two of the networks that can be built meet, whatever goes to {SERVICES}."])
        return table(columns, rows, numbers=(1, 2))

    @property
    def trade_offs(self) -> Shown:
        """What no bill shows."""
        return bullets(self.found.trade_offs)

    @property
    def curves(self) -> Chart:
        """The bills over what goes to services with an endpoint, with break-even points."""
        inputs, now = self.found.inputs, self.traffic.amount("services")
        along = "services" if now else "logs_gib"
        marked = [one for one in self._marked() if one.gib < 20_000]
        until = max([Decimal(1000), now * 2, *(one.gib * Decimal("1.25") for one in marked)])
        return curves(
            {one.network: curve(one.network, inputs, self.rates, along) for one in self.found.options if _known(one)},
            marked,
            until.quantize(Decimal("1E+2")),
            now,
            traffic=SERVICES,
            title=f"What each way out costs in {self.region}, {self.zones} zones, {self.tasks} tasks",
        )

    @property
    def map(self) -> Chart | Shown:
        """Which network is the cheapest over traffic to services and to S3: with the free gateway endpoint, without."""
        import numpy as np

        from runbook.cost.network_grid import network_grid

        # An amount of nothing has no proportion; then the axis is the largest of its kinds alone.
        now = self.traffic.amount("services")
        x_kind = "services" if now else "logs_gib"
        ground = [float(one) for one in np.geomspace(*MAP_GIB, MAP_POINTS)]
        headings = {"S3 through its free gateway endpoint": BUILT, "S3 through NAT, without that endpoint": WITHOUT}
        grids = {
            heading: network_grid(self.found.inputs, self.rates, x_kind, ground, "s3_gib", ground, networks=fit)
            for heading, names in headings.items()
            if (fit := tuple(name for name in names if self.found[name].fits))
        }
        if not grids:
            return sentences(["There is no map: a price is not known, or no network carries all of the traffic."])
        title = f"The cheapest private network in {self.region}, {self.zones} zones"
        return winners(grids, (now, self.traffic.s3_gib), x_traffic=SERVICES, y_traffic="S3", title=title)

    def _marked(self) -> list[BreakEven]:
        """The crossings of networks that can be built, along what goes to services."""
        along = [one for one in self.found.break_even if one.along == "services"]
        return sorted((one for one in along if {one.one, one.other} <= set(BUILT)), key=lambda one: one.gib)


def _known(one: Option) -> bool:
    """Whether all prices of a network are known, so that it has a curve."""
    return not one.bill.at_least
