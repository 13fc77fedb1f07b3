"""The ground of the map holds the very bills of the comparison."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cost_samples import RATES
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.cost.network_grid import network_grid
from runbook.cost.network_lines import NETWORKS, Inputs
from runbook.cost.networks import option
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE
from runbook.errors import MissingRateError, SettingsError
from runbook.pricing.given import GivenRates

TRAFFIC = Traffic.of(USAGE["high"])
AMOUNTS = st.lists(st.floats(0, 6_000_000, allow_nan=False), min_size=1, max_size=3)


@settings(max_examples=5)
@given(
    xs=AMOUNTS,
    ys=AMOUNTS,
    kinds=st.sampled_from([("services", "s3_gib"), ("logs_gib", "queue_gib"), ("cross_zone_gib", "internet_out_gib")]),
    zones=st.integers(1, 4),
)
def test_each_point_is_the_bill_of_its_traffic(
    xs: list[float], ys: list[float], kinds: tuple[str, str], zones: int
) -> None:
    inputs = Inputs("us-east-1", TRAFFIC, zones)
    grid = network_grid(inputs, RATES, kinds[0], xs, kinds[1], ys, networks=NETWORKS)
    for name in NETWORKS:
        for row, y in enumerate(ys):
            for column, x in enumerate(xs):
                traffic = TRAFFIC.along(kinds[0], Decimal(x)).along(kinds[1], Decimal(y))
                bill = option(name, inputs.with_traffic(traffic), RATES).usd_per_month
                assert grid.usd[name][row, column] == pytest.approx(float(bill), rel=1e-9, abs=1e-6)


def test_the_winner_is_the_smallest_bill_and_its_margin_is_negative() -> None:
    inputs = Inputs("us-east-1", TRAFFIC)
    grid = network_grid(inputs, RATES, "services", [1, 10_000], "s3_gib", [1], networks=("nat", "endpoints"))
    assert [grid.networks[at] for at in grid.cheapest[0]] == ["nat", "endpoints"]
    assert grid.margin("nat")[0, 0] < 0 < grid.margin("nat")[0, 1]
    assert grid.share("nat") == 0.5


def test_an_unknown_kind_and_a_missing_price_are_named() -> None:
    inputs = Inputs("us-east-1", TRAFFIC)
    with pytest.raises(SettingsError, match="log_gib"):
        network_grid(inputs, RATES, "log_gib", [1], "s3_gib", [1], networks=("nat",))
    with pytest.raises(MissingRateError):
        network_grid(inputs, GivenRates({"nat.hour": "0.045"}), "logs_gib", [1], "s3_gib", [1], networks=("nat",))
