"""The answer in words agrees with the figures that it is made of."""

from __future__ import annotations

from decimal import Decimal

from cost_samples import RATES

from runbook.cost.estimate import cents
from runbook.cost.network_answer import answer
from runbook.cost.networks import Comparison, compare
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE
from runbook.pricing.given import GivenRates

TYPICAL = Traffic.of(USAGE["typical"])


def _said(found: Comparison) -> str:
    return " ".join(answer(found))


def test_with_little_traffic_one_gateway_is_named_with_both_bills_and_the_turning_point() -> None:
    found = compare("us-east-1", RATES, TYPICAL)
    said = _said(found)
    assert f"builds is nat: ${cents(found['nat'].usd_per_month)}" in said
    assert f"endpoints: ${cents(found['endpoints'].usd_per_month)}" in said
    assert f"below {found.between('nat', 'endpoints')[0].gib:,.0f} GiB a month" in said
    assert "public-ip would cost" in said
    assert "2 zones" in said


def test_beyond_the_turning_point_endpoints_are_named_and_how_much_they_save() -> None:
    found = compare("us-east-1", RATES, TYPICAL.along("logs_gib", Decimal(5000)), 1)
    said = _said(found)
    saved = found["nat"].usd_per_month - found["endpoints"].usd_per_month
    assert "builds is endpoints" in said
    assert f"${cents(saved):,} more" in said
    assert "1 zone " in said


def test_what_endpoints_cannot_carry_is_said() -> None:
    said = _said(compare("us-east-1", RATES, TYPICAL.along("internet_in_gib", Decimal(20))))
    assert "no way for 20.0 GiB of it" in said


def test_without_traffic_to_services_no_amount_turns_it() -> None:
    said = _said(compare("us-east-1", RATES, Traffic(s3_gib=Decimal(10))))
    assert "nat stays the cheaper one" in said


def test_an_unknown_price_is_no_answer() -> None:
    assert "a price is not known" in _said(compare("us-east-1", GivenRates({"nat.hour": "0.045"}), TYPICAL))
