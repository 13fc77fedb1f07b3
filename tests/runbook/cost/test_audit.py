"""Section 12 of the document: every row beside a computed one that adds up, and both claims judged with figures."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from cost_samples import RATES, deployment, month

from runbook.cost.audit import Audit, audit
from runbook.cost.estimate import cents, estimate
from runbook.cost.networks import compare
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE
from runbook.kinds.billing import message_requests
from runbook.pricing.given import GivenRates
from runbook.pricing.snapshot import snapshot

D = Decimal


@pytest.fixture(scope="module")
def made() -> Audit:
    return audit(deployment(), USAGE["typical"], snapshot())


def test_every_line_of_the_estimate_is_in_exactly_one_row(made: Audit) -> None:
    whole = estimate(deployment(), USAGE["typical"], snapshot())
    assert made.computed_usd == whole.usd_per_month
    assert made.document_usd == 105
    assert all(row.reasons for row in made.rows)


def test_the_documents_rows_stand_beside_what_the_rates_say(made: Audit) -> None:
    computed = {row.item: row.computed_usd for row in made.rows}
    fargate = month("0.04048") + month("0.004445", "2")
    assert computed["Fargate, web tasks"] == computed["Fargate, worker tasks"] == fargate
    assert cents(computed["Load balancer and capacity units"]) == cents(month("0.0225") + month("0.008"))
    assert computed["Public IPv4 addresses"] == month("0.005", "3")
    assert computed["Alarms and request metrics"] == D("5.30")
    assert computed["Container Insights"] == D("15.90")


def test_the_reasons_carry_the_figures_that_explain_the_difference(made: Audit) -> None:
    reasons = {row.item: " ".join(row.reasons) for row in made.rows}
    assert "$29.55" in reasons["Fargate, web tasks"]
    assert "$6.49" in reasons["Fargate, worker tasks"]
    assert "$65.70" in reasons["NAT gateway"]


def test_both_claims_are_judged_with_figures(made: Audit) -> None:
    total, cheaper = made.claims
    assert not total.true
    transfer = next(row.computed_usd for row in made.rows if row.item == "Data transfer")
    assert f"${cents(made.computed_usd - transfer)}" in total.verdict
    assert not cheaper.true
    compared = compare("us-east-1", snapshot(), Traffic.of(USAGE["typical"]))
    for network in ("nat", "endpoints"):
        assert f"${cents(compared[network].usd_per_month)}" in cheaper.verdict
    assert f"{compared.between('nat', 'endpoints')[0].gib:,.0f} GiB" in cheaper.verdict


def test_a_claim_that_comes_true_is_called_right() -> None:
    prices = {key: [(tier.begin, tier.usd) for tier in RATES.rate(key, "us-east-1").tiers] for key in _KEYS}
    prices |= {key: [(D(0), D("0.0001"))] for key in ("vpce.hour", "vpce.gib")}
    assert audit(deployment(), USAGE["typical"], GivenRates(prices)).claims[1].true


_KEYS = [
    line.rate_key
    for network in ("nat", "endpoints")
    for line in estimate(deployment(f"network={network}"), USAGE["typical"], RATES).lines
]


def test_the_audit_follows_the_deployment_and_is_plain_data() -> None:
    other = audit(deployment("network=endpoints", "zones=3", region="eu-west-1"), USAGE["high"], snapshot())
    told = json.loads(json.dumps(other.as_json()))
    doors = next(row for row in told["rows"] if row["item"] == "Interface endpoints")
    assert doors["document_usd"] is None
    assert doors["computed_usd"] > 5 * 3 * 730 * 0.011
    assert "this deployment uses endpoints" in str(told["rows"])
    assert len(told["claims"]) == 2


def test_an_unknown_price_makes_the_computed_sum_a_lower_bound() -> None:
    made = audit(deployment(), USAGE["typical"], GivenRates({"nat.hour": "0.045"}))
    assert made.at_least
    assert "at least" in made.claims[0].verdict


def test_messages_are_billed_three_times_and_in_chunks() -> None:
    assert message_requests(D(10), D(64)) == 30
    assert message_requests(D(10), D("64.5")) == 60
    assert message_requests(D(10), D(0)) == 30
    assert message_requests(None, D(1)) is None


def test_alarms_are_billed_for_every_metric_they_look_at_and_request_metrics_as_sixteen() -> None:
    lines = {
        line.resource: (line.rate_key, line.quantity)
        for line in estimate(deployment(), USAGE["typical"], RATES).lines
        if line.section == 10 and line.rate_key.startswith("cloudwatch.")
    }
    assert lines == {
        "s3.request-metrics": ("cloudwatch.metric_month", 16),
        "alarms.web-5xx": ("cloudwatch.alarm_month", 3),
        "alarms.worker-cpu": ("cloudwatch.alarm_month", 1),
        "alarms.bucket-4xx": ("cloudwatch.alarm_month", 1),
    }
    off = estimate(deployment("alarms.enabled=no"), USAGE["typical"], RATES)
    assert not [line for line in off.lines if line.section == 10 and line.rate_key.startswith("cloudwatch.")]
