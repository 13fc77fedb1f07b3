"""Prices where things are changed: beside the steps, as totals, against a budget, and after a removal."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.pricing.snapshot import snapshot


def s3_bill() -> float:
    """What the document's bucket costs with typical usage."""
    usd = {key: float(snapshot().rate(f"s3.{key}", "us-east-1").usd) for key in _USED}
    return sum(usd[key] * quantity for key, quantity in _USED.items())


_USED = {"storage_gib_month": 60, "put_requests": 50_000, "get_requests": 500_000}


def test_a_plan_carries_the_price_of_each_change_and_the_totals(karet: Any) -> None:
    plan = karet("plan", "2", "--json").json
    price = {change["id"]: change["monthly_usd"] for change in plan["changes"]}
    assert price["s3.bucket"] == pytest.approx(s3_bill())
    assert price["s3.policy"] == 0
    totals = plan["prices"]
    assert (totals["before_usd"], totals["at_least"], totals["source"]) == (0, False, "snapshot")
    assert totals["after_usd"] == totals["delta_usd"] == pytest.approx(s3_bill())
    assert totals["steps"]["s3.bucket"]["after_usd"] == pytest.approx(s3_bill())
    said = karet("plan", "2").err
    assert f"price: ${s3_bill():.2f} a month, by use" in said
    assert f"Cost a month: now $0.00, afterwards ${s3_bill():.2f} (+${s3_bill():.2f})." in said


def test_above_the_budget_nothing_is_changed_and_the_exit_code_says_so(karet: Any) -> None:
    said = karet("apply", "2", "--yes", "--budget", "1")
    assert said.code == 1
    assert "the budget is $1.00" in said.err
    assert "nothing was changed" in said.err
    assert "raise --budget" in said.err
    said = karet("plan", "2", "--json", "--set", "budget_usd=1")
    assert said.code == 1
    assert said.json["prices"]["before_usd"] == 0
    assert karet("plan", "2", "--budget", "$2.50", "--set", "budget_usd=1").code == 0
    for budget in ("much", "-3", "0", "NaN", "1e9"):
        said = karet("plan", "2", "--budget", budget)
        assert said.code == 64
        assert budget.lstrip("-") in said.err


def test_a_removal_says_what_stays_and_what_it_goes_on_costing(karet: Any) -> None:
    assert karet("apply", "2", "--yes").code == 0
    again = karet("plan", "2", "--json", "--budget", "1")
    assert again.code == 0
    assert again.json["prices"]["delta_usd"] == 0
    said = karet("destroy", "2", "--yes").err
    stored = 60 * float(snapshot().rate("s3.storage_gib_month", "us-east-1").usd)
    assert f"--delete-data removes it too; it goes on costing ${stored:.2f} a month" in said
    assert f"afterwards ${stored:.2f}" in said


def test_live_prices_come_from_the_price_list_and_say_whose_it_is(karet: Any) -> None:
    plan = karet("plan", "2", "--live-prices", "--json").json
    assert plan["prices"]["source"] == "live"
    assert plan["prices"]["after_usd"] == pytest.approx(s3_bill())
    assert "answered by the rehearsal" in " ".join(plan["prices"]["notes"])
