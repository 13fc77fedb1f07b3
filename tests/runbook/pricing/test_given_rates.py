"""Given rates are what was given, checked as strictly as any others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runbook.errors import MissingRateError, PriceError, TierError
from runbook.pricing.given import GivenRates
from runbook.pricing.rate import Rates

V = "us-east-1"


def test_a_given_price_is_a_rate_of_the_catalogue() -> None:
    rates: Rates = GivenRates({"nat.hour": "0.045"})
    rate = rates.rate("nat.hour", "eu-west-1")
    assert (rate.usd, rate.unit, rate.usage_type, rate.source) == (
        Decimal("0.045"),
        "Hrs",
        "EU-NatGateway-Hours",
        "given",
    )
    assert rates.source == "given"


def test_tiers_may_be_given_in_any_order() -> None:
    rate = GivenRates({"vpce.gib": [(1048576, "0.006"), (0, "0.01")]}).rate("vpce.gib", V)
    assert [(tier.begin, tier.end) for tier in rate.tiers] == [(0, 1048576), (1048576, None)]


def test_a_region_may_have_prices_of_its_own() -> None:
    rates = GivenRates({"nat.hour": "1"}, by_region={"eu-west-1": {"nat.hour": "2"}})
    assert (rates.rate("nat.hour", V).usd, rates.rate("nat.hour", "eu-west-1").usd) == (1, 2)


def test_what_was_not_given_is_unknown() -> None:
    with pytest.raises(MissingRateError, match=r"no price of nat\.gib was given"):
        GivenRates({"nat.hour": "1"}).rate("nat.gib", V)


@pytest.mark.parametrize("price", ["", "cheap", "-1", "NaN", "Infinity", "1e99"])
def test_what_is_no_amount_is_refused(price: str) -> None:
    with pytest.raises(PriceError, match="is no amount"):
        GivenRates({"nat.hour": price})


def test_tiers_that_do_not_begin_at_zero_or_come_twice_are_refused() -> None:
    with pytest.raises(TierError, match="first tier is missing"):
        GivenRates({"nat.hour": [(5, "1")]})
    with pytest.raises(TierError, match="no price at all"):
        GivenRates({"nat.hour": []})
    with pytest.raises(TierError, match="tiers overlap"):
        GivenRates({"nat.hour": [(0, "1"), (0, "2")]})


def test_a_key_outside_the_catalogue_is_refused_at_once() -> None:
    with pytest.raises(PriceError, match=r"nat\.hours"):
        GivenRates({"nat.hours": "1"})
