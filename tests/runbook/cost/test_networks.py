"""The networks compared: closed form against simulated bill, the same figures as the estimate, and wrong input."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from cost_samples import RATES, deployment
from hypothesis import given
from hypothesis import strategies as st

from runbook.cost.break_even import Curve, crossings
from runbook.cost.estimate import cents, estimate
from runbook.cost.network_lines import NETWORKS, Inputs
from runbook.cost.networks import break_even, compare, curve, option
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE
from runbook.errors import SettingsError
from runbook.pricing.given import GivenRates
from runbook.pricing.rate import Tier
from runbook.pricing.snapshot import snapshot

D = Decimal
NOTHING = D("1e-9")
"""A difference in dollars that no bill shows."""
gib = st.decimals(min_value=0, max_value=3_000_000, places=2)
traffics = st.builds(Traffic, *[gib] * 9)
alongs = st.sampled_from(["total", "services", "s3_gib", "logs_gib", "internet_out_gib"])
TYPICAL = Traffic.of(USAGE["typical"])


def inputs(**more: Any) -> Inputs:
    return Inputs(**{"region": "us-east-1", "traffic": TYPICAL, **more})


@given(traffics, st.integers(1, 4), st.integers(0, 30), gib, alongs, st.sampled_from(NETWORKS))
def test_the_closed_form_is_the_simulated_bill_to_the_cent(
    traffic: Traffic, zones: int, tasks: int, amount: Decimal, along: str, network: str
) -> None:
    if along in ("total", "services") and not traffic.amount(along):
        return
    base = inputs(traffic=traffic, zones=zones, tasks=tasks)
    simulated = option(network, base.with_traffic(traffic.along(along, amount)), RATES).usd_per_month
    # Far closer than a cent; rounding both to cents would fail where they stand at half a cent.
    assert abs(curve(network, base, RATES, along).bill(amount) - simulated) < NOTHING


@given(traffics, st.integers(1, 3), alongs, st.sampled_from(NETWORKS), st.sampled_from(NETWORKS))
def test_at_a_break_even_point_both_simulated_bills_are_equal_and_change_places(
    traffic: Traffic, zones: int, along: str, one: str, other: str
) -> None:
    if one == other or (along in ("total", "services") and not traffic.amount(along)):
        return
    base = inputs(traffic=traffic, zones=zones)

    def bill(network: str, amount: Decimal) -> Decimal:
        return option(network, base.with_traffic(traffic.along(along, amount)), RATES).usd_per_month

    for point in break_even(one, other, base, RATES, along):
        if point.gib * 2 > 10**9:
            continue
        assert abs(bill(one, point.gib) - bill(other, point.gib)) < NOTHING
        assert abs(bill(one, point.gib) - point.crossing.usd) < NOTHING
        nearby = point.gib * D("0.0001")
        assert bill(point.below, point.gib - nearby) <= bill(point.above, point.gib - nearby)
        assert bill(point.above, point.gib + nearby) <= bill(point.below, point.gib + nearby)


@given(traffics, st.integers(1, 3))
def test_no_crossing_is_missed_between_the_levels(traffic: Traffic, zones: int) -> None:
    if not traffic.total:
        return
    base = inputs(traffic=traffic, zones=zones)
    curves = {name: curve(name, base, RATES, "total") for name in ("nat", "endpoints")}
    points = [at.amount for at in crossings(curves["nat"], curves["endpoints"])]
    steps = [D(0), *(D(2) ** power for power in range(1, 30))]
    for low, high in pairwise(steps):
        before, after = (curves["nat"].bill(x) - curves["endpoints"].bill(x) for x in (low, high))
        if before * after < 0:
            assert any(low <= point <= high for point in points)


def test_bills_that_touch_at_a_bend_and_part_again_do_not_cross() -> None:
    flat = (Tier(D(0), None, D(1)),)
    bent = Curve(
        {"k": (D(0), D(1)), "f": (D(10), D(0))}, {"k": (Tier(D(0), D(10), D(2)), Tier(D(10), None, D(4))), "f": flat}
    )
    straight = Curve({"f": (D(0), D(3))}, {"f": flat})
    assert bent.bill(D(10)) == straight.bill(D(10))
    assert crossings(bent, straight) == []
    assert [at.amount for at in crossings(bent, Curve({"f": (D(2), D(3))}, {"f": flat}))] == [8, 12]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("zones", [2, 3])
def test_endpoints_against_one_gateway_meet_where_the_prices_say(region: str, zones: int) -> None:
    rates = snapshot()

    def usd(key: str) -> Decimal:
        return rates.rate(key, region).usd

    fixed = 730 * (5 * zones * usd("vpce.hour") - usd("nat.hour") - usd("ipv4.hour"))
    crossing = D(zones - 1) / zones * 2 * usd("transfer.cross_zone_gib")
    expected = fixed / (usd("nat.gib") + crossing - usd("vpce.gib"))
    found = compare(region, rates, TYPICAL, zones).between("nat", "endpoints")
    assert [cents(point.gib) for point in found] == [cents(expected)]
    assert [(point.below, point.above) for point in found] == [("nat", "endpoints")]
    assert f"{expected:,.1f} GiB" in found[0].formula
    there = Inputs(region, TYPICAL.along("services", found[0].gib), zones)
    simulated = [option(name, there, rates).usd_per_month for name in ("nat", "endpoints")]
    assert all(abs(usd - found[0].crossing.usd) < NOTHING for usd in simulated)


@pytest.mark.parametrize("network", ["nat", "nat-per-az", "endpoints"])
@pytest.mark.parametrize("zones", [2, 3])
def test_a_network_costs_here_what_the_estimate_of_the_deployment_says(network: str, zones: int) -> None:
    whole = estimate(deployment(f"network={network}", f"zones={zones}"), USAGE["typical"], RATES)
    there = sum(
        (line.usd_per_month or D(0))
        for line in whole.lines
        if line.resource.startswith("network.") or line.label == "data between zones"
    )
    compared = compare("us-east-1", RATES, TYPICAL, zones)[network]
    assert abs(compared.usd_per_month - there) < D("1e-20")


def test_the_comparison_knows_the_document_was_wrong_about_endpoints() -> None:
    made = compare("us-east-1", snapshot(), TYPICAL)
    assert made["endpoints"].usd_per_month > made["nat"].usd_per_month
    assert made.cheapest_deployable == "nat"
    assert made["endpoints"].bill.fixed_usd_per_month == 73
    assert made["nat-per-az"].bill.fixed_usd_per_month == 73


def test_a_network_that_cannot_carry_the_traffic_is_never_the_cheapest() -> None:
    heavy = replace(TYPICAL, logs_gib=D(100_000), internet_in_gib=D(1))
    made = compare("us-east-1", RATES, heavy)
    assert made["endpoints"].unreachable_gib == 1
    assert made["endpoints"].usd_per_month < made["nat"].usd_per_month
    assert made.cheapest_deployable != "endpoints"
    assert {level.cheapest_deployable for level in made.levels} <= {"nat", "nat-per-az"}


def test_what_has_no_endpoint_has_no_way_in_a_network_of_endpoints() -> None:
    made = compare("us-east-1", RATES, Traffic(queue_gib=D(3), logs_gib=D(4)), endpoints=("logs",))
    assert made["endpoints"].unreachable_gib == 3
    assert made["nat"].carries_all


def test_leaving_out_the_free_gateway_endpoint_costs_the_gateways_price_for_every_object() -> None:
    made = compare("us-east-1", RATES, Traffic(s3_gib=D(1000)), zones=1)
    assert made["nat-no-s3"].usd_per_month - made["nat"].usd_per_month == 45


def test_the_comparison_is_plain_data_with_a_row_for_each_network() -> None:
    told = json.loads(json.dumps(compare("eu-west-1", snapshot(), TYPICAL, 3).as_json()))
    assert [one["network"] for one in told["networks"]] == list(NETWORKS)
    assert {one["network"] for one in told["networks"] if one["deployable"]} == {"nat", "nat-per-az", "endpoints"}
    assert all(len(one["trade_offs"]) >= 3 for one in told["networks"])
    assert {"cheapest", "levels", "break_even", "source", "as_of"} <= told.keys()
    assert all(
        sum(line["usd_per_month"] for line in one["lines"]) == pytest.approx(one["usd_per_month"])
        for one in told["networks"]
    )


def test_without_any_traffic_there_is_nothing_to_meet_on_and_the_bills_are_the_fixed_ones() -> None:
    made = compare("us-east-1", RATES, Traffic())
    assert made.break_even == ()
    assert made.levels == ()
    assert made["nat"].usd_per_month == made["nat"].bill.fixed_usd_per_month == D("36.5")


def test_a_missing_price_makes_a_bill_a_lower_bound_and_no_break_even_is_invented() -> None:
    few = GivenRates(
        {
            "nat.hour": "0.045",
            "nat.gib": "0.045",
            "ipv4.hour": "0.005",
            "transfer.cross_zone_gib": "0.01",
            "transfer.out_gib": "0.09",
        }
    )
    made = compare("us-east-1", few, TYPICAL)
    assert made.at_least
    assert made["endpoints"].bill.at_least
    assert not [point for point in made.break_even if "endpoints" in (point.one, point.other)]
    assert made.cheapest_deployable == "nat"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"logs_gib": D(-1)}, "logs_gib"),
        ({"s3_gib": D("NaN")}, "s3_gib"),
        ({"queue_gib": D("1e12")}, "queue_gib"),
    ],
)
def test_impossible_traffic_is_named(wrong: dict[str, Decimal], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Traffic(**wrong)


def test_impossible_inputs_are_named_with_what_is_near() -> None:
    with pytest.raises(SettingsError, match="zones: 0"):
        inputs(zones=0)
    with pytest.raises(SettingsError, match="tasks: -1"):
        inputs(tasks=-1)
    with pytest.raises(SettingsError, match="twice"):
        inputs(endpoints=("logs", "logs"))
    with pytest.raises(SettingsError, match='did you mean "logs_gib"'):
        TYPICAL.along("log_gib", D(1))
    with pytest.raises(SettingsError, match='did you mean "endpoints"'):
        option("endpoint", inputs(), RATES)
