"""What each network costs over two amounts of traffic at once, as arrays: what the map of the cheapest is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from runbook.cost.many import Many
from runbook.cost.network_lines import Inputs, network_lines
from runbook.cost.tiers import tiered, tiered_array
from runbook.model import Usage
from runbook.pricing.rate import Rates

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkGrid:
    """US dollars a month of some networks over two amounts of traffic.

    Parameters
    ----------
    x_kind, y_kind: kinds of traffic or groups of them, as in `Traffic`.
    xs, ys: GiB a month.
    usd: network -> figures, a row for each of `ys`, a column for each of `xs`.
    """

    x_kind: str
    y_kind: str
    xs: Floats
    ys: Floats
    usd: dict[str, Floats]

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks, in the order of `cheapest`."""
        return tuple(self.usd)

    @property
    def cheapest(self) -> NDArray[np.intp]:
        """For each point the index of the cheapest network; of equal ones the first."""
        made: NDArray[np.intp] = np.argmin(np.stack(list(self.usd.values())), axis=0)
        return made

    def margin(self, network: str) -> Floats:
        """By how much a network is dearer than the cheapest other one; negative where it wins."""
        others = np.min(np.stack([usd for name, usd in self.usd.items() if name != network]), axis=0)
        made: Floats = self.usd[network] - others
        return made

    def share(self, network: str) -> float:
        """The share of the points in which a network is the cheapest."""
        return float(np.mean(self.cheapest == self.networks.index(network)))


def network_grid(
    inputs: Inputs, rates: Rates, x_kind: str, xs: Sequence[float], y_kind: str, ys: Sequence[float], **more: Any
) -> NetworkGrid:
    """The bills of networks where two kinds of traffic vary and the others stay.

    Parameters
    ----------
    x_kind, y_kind: two kinds or groups without a kind in common.
    more: networks: those to compare.

    Raises
    ------
    SettingsError: there is no such kind, or a group has no traffic whose proportion could be kept.
    MissingRateError: a price is not known.
    """
    columns, rows = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    across, down = np.meshgrid(columns, rows)
    usage = _varied(_varied(inputs.traffic.as_usage(), inputs, x_kind, across), inputs, y_kind, down)
    usd = {name: _bills(name, inputs, usage, rates, across.shape) for name in more["networks"]}
    return NetworkGrid(x_kind, y_kind, columns, rows, usd)


def _varied(usage: Usage, inputs: Inputs, kind: str, gib: Floats) -> Usage:
    """The usage with another amount of a kind; a group keeps its proportion."""
    one = inputs.traffic.along(kind, Decimal(1)).as_usage()
    none = inputs.traffic.along(kind, Decimal(0)).as_usage()
    changed = {
        name: Many(gib * float(value))
        for name, value in vars(one).items()
        if isinstance(value, Decimal) and value != getattr(none, name)
    }
    return replace(usage, **cast("dict[str, Any]", changed))


def _bills(network: str, inputs: Inputs, usage: Usage, rates: Rates, shape: tuple[int, ...]) -> Floats:
    quantities: dict[str, Any] = {}
    for bill in network_lines(network, inputs, usage):
        quantity = bill.line.quantity or Decimal(0)
        quantities[bill.line.rate] = quantities[bill.line.rate] + quantity if bill.line.rate in quantities else quantity
    rates.fetch(quantities, (inputs.region,))
    total = np.zeros(shape)
    for key, quantity in quantities.items():
        tiers = rates.rate(key, inputs.region).tiers
        if isinstance(quantity, Many):
            total += tiered_array(tiers, quantity.figures)
        else:
            total += float(tiered(tiers, quantity))
    return total
