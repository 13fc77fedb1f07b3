"""Scenarios: equal to the Decimal estimate point by point, in any chunk size, and mistakes are named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from cost_samples import RATES, deployment
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.cost.network_lines import NETWORKS
from runbook.cost.scenarios import Case, Grid, Samples, parts, sweep
from runbook.cost.usage import USAGE
from runbook.cost.whole_stack import Stack
from runbook.errors import SettingsError
from runbook.pricing.given import GivenRates

MEASURES = (
    "s3_storage_gib",
    "s3_traffic_gib",
    "logs_ingest_gib",
    "internet_out_gib",
    "users_out_gib",
    "new_connections_per_s",
    "active_connections",
)
figures = st.floats(min_value=0, max_value=2e6, allow_nan=False)


def decimal_bill(case: Case, point: dict[str, float], *, free_tier: bool = False) -> float:
    usage = replace(USAGE["typical"], **{name: Decimal(value) for name, value in point.items()})
    stack = Stack.of(deployment(), case.network, region=case.region, zones=case.zones)
    return float(stack.estimate(usage, RATES, free_tier=free_tier).usd_per_month)


@settings(max_examples=15)
@given(st.lists(st.tuples(*[figures] * len(MEASURES)), min_size=1, max_size=4), st.sampled_from([2, 3]), st.booleans())
def test_every_scenario_costs_what_the_decimal_estimate_says(
    rows: list[tuple[float, ...]], zones: int, free_tier: bool
) -> None:
    points = Samples(**{name: [row[at] for row in rows] for at, name in enumerate(MEASURES)})
    made = sweep(deployment(), USAGE["typical"], RATES, points, zones=[zones], free_tier=free_tier)
    for row, case in enumerate(made.cases):
        for column, values in enumerate(rows):
            exact = decimal_bill(case, dict(zip(MEASURES, values, strict=True)), free_tier=free_tier)
            assert made.usd[row, column] == pytest.approx(exact, rel=1e-9, abs=1e-6)


def test_a_grid_is_every_combination_and_chunks_do_not_change_a_bill() -> None:
    grid = Grid(logs_ingest_gib=np.linspace(0, 1000, 13), s3_traffic_gib=[0, 10, 100], internet_in_gib=[0, 5])
    assert len(grid) == 13 * 3 * 2
    whole = sweep(deployment(), USAGE["low"], RATES, grid)
    small = sweep(deployment(), USAGE["low"], RATES, grid, chunk=7)
    assert whole.usd.shape == (len(NETWORKS), 78)
    assert np.array_equal(whole.usd, small.usd)
    last = {name: values[-1] for name, values in grid.part(77, 78).items()}
    assert last == {"logs_ingest_gib": 1000, "s3_traffic_gib": 100, "internet_in_gib": 5}


def test_discrete_choices_are_declared_again_for_each_combination() -> None:
    made = sweep(
        deployment(),
        USAGE["typical"],
        RATES,
        Grid(users_out_gib=[1, 2]),
        networks=["nat-per-az", "endpoints"],
        zones=[2, 3],
        regions=["us-east-1", "eu-west-1"],
    )
    assert len(made.cases) == 8
    two, three = (made.cases.index(Case("nat-per-az", "us-east-1", zones)) for zones in (2, 3))
    more = 730 * (0.045 + 0.005 + 0.005)  # one more gateway with its address, one more address of the load balancer
    assert made.usd[three, 0] - made.usd[two, 0] == pytest.approx(more)


def test_a_stream_holds_no_more_than_a_chunk() -> None:
    stream = parts(deployment(), USAGE["typical"], RATES, Grid(users_out_gib=np.arange(100_000.0)), chunk=1000)
    first = next(stream)
    assert len(first.usd) == 1000
    assert first.case.network == "nat"
    assert (np.diff(first.usd) > 0).all()


def test_the_cheapest_network_of_each_scenario_is_the_smallest_bill() -> None:
    made = sweep(deployment(), USAGE["typical"], RATES, Grid(logs_ingest_gib=[0, 5000]), networks=["nat", "endpoints"])
    assert [made.cases[at].network for at in made.cheapest] == ["nat", "endpoints"]


def test_a_price_that_is_not_known_is_named_for_its_case() -> None:
    few = GivenRates({"nat.hour": "0.045", "ipv4.hour": "0.005"})
    made = sweep(deployment(), USAGE["typical"], few, Grid(users_out_gib=[1.0]), networks=["nat"])
    assert "nat.gib" in made.unknown[made.cases[0]]
    assert "nat.hour" not in made.unknown[made.cases[0]]


def test_mistakes_in_scenarios_are_named() -> None:
    with pytest.raises(SettingsError, match='did you mean "logs_ingest_gib"'):
        Grid(log_ingest_gib=[1.0])
    with pytest.raises(SettingsError, match="negative or not finite"):
        Grid(users_out_gib=[1.0, -1.0])
    with pytest.raises(SettingsError, match="needs a row"):
        Grid(users_out_gib=[])
    with pytest.raises(SettingsError, match="users_in_gib 1, users_out_gib 2"):
        Samples(users_in_gib=[1.0], users_out_gib=[1.0, 2.0])
    with pytest.raises(SettingsError, match="zones: 5"):
        sweep(deployment(), USAGE["low"], RATES, Grid(users_out_gib=[1.0]), zones=[5])
    with pytest.raises(SettingsError, match='did you mean "endpoints"'):
        Stack.of(deployment(), "endpoint")
