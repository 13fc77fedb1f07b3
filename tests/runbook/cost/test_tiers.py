"""Tiers: exact sums over binary ranges, the same in floats, and shares that add up."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runbook.cost.tiers import begins, split, tiered, tiered_array
from runbook.pricing.rate import Tier

D = Decimal
VPCE = (Tier(D(0), D(1048576), D("0.01")), Tier(D(1048576), D(5242880), D("0.006")), Tier(D(5242880), None, D("0.004")))
quantities = st.decimals(min_value=0, max_value=10**8, places=3)


@st.composite
def tier_tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    edges = sorted(draw(st.sets(st.integers(1, 10**7), max_size=4)))
    prices = [draw(st.decimals(min_value=0, max_value=1, places=9)) for _ in range(len(edges) + 1)]
    starts, ends = [0, *edges], [*edges, None]
    return tuple(
        Tier(D(start), None if end is None else D(end), price)
        for start, end, price in zip(starts, ends, prices, strict=True)
    )


def test_each_unit_costs_what_its_range_says_and_ranges_are_binary() -> None:
    assert tiered(VPCE, D(1048576)) == D("10485.76")
    assert tiered(VPCE, D(1048577)) == D("10485.76") + D("0.006")
    assert tiered(VPCE, D(6000000)) == D("10485.76") + 4194304 * D("0.006") + (6000000 - 5242880) * D("0.004")
    assert tiered(VPCE, D(0)) == 0
    assert begins(VPCE) == (1048576, 5242880)


@given(tier_tables(), quantities, quantities)
def test_a_bill_grows_with_use_and_never_by_more_than_the_dearest_price(
    tiers: tuple[Tier, ...], one: Decimal, more: Decimal
) -> None:
    rise = tiered(tiers, one + more) - tiered(tiers, one)
    assert min(tier.usd for tier in tiers) * more <= rise <= max(tier.usd for tier in tiers) * more


@given(tier_tables(), st.lists(quantities, min_size=1, max_size=20))
def test_whole_arrays_cost_what_their_numbers_cost(tiers: tuple[Tier, ...], numbers: list[Decimal]) -> None:
    together = tiered_array(tiers, np.array([float(one) for one in numbers]))
    for found, one in zip(together, numbers, strict=True):
        assert abs(found - float(tiered(tiers, one))) <= 1e-6 + 1e-9 * float(one)


@given(quantities, st.lists(quantities, min_size=1, max_size=12))
def test_shares_add_up_to_the_total_exactly_and_nothing_used_costs_nothing(
    total: Decimal, numbers: list[Decimal]
) -> None:
    shares = split(total, numbers)
    assert len(shares) == len(numbers)
    assert sum(shares) == (total if any(numbers) else 0)
    assert all(share == 0 for share, one in zip(shares, numbers, strict=True) if not one)
