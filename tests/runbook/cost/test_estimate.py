"""The estimate: the document's sizing from the rates, tiers over a region's sum, what is unknown, and every output."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from cost_samples import RATES, deployment, month
from hypothesis import given
from hypothesis import strategies as st

from runbook import document
from runbook.cost.estimate import BillLine, Estimate, cents, estimate, priced
from runbook.cost.frames import COLUMNS
from runbook.cost.usage import USAGE
from runbook.kinds.kind import Kind
from runbook.model import CostLine, State, Usage
from runbook.pricing.given import GivenRates
from runbook.pricing.snapshot import snapshot

D = Decimal


def of(made: Estimate, resource: str, *labels: str) -> Decimal:
    lines = [line for line in made.lines if line.resource == resource and (not labels or line.label in labels)]
    assert lines
    return sum((line.usd_per_month for line in lines if line.usd_per_month is not None), D(0))


@pytest.fixture(scope="module")
def document_sizing() -> Estimate:
    return estimate(deployment(), USAGE["typical"], snapshot())


def test_the_documents_sizing_costs_what_its_rates_say(document_sizing: Estimate) -> None:
    def rate(key: str) -> Decimal:
        return snapshot().rate(key, "us-east-1").usd

    vcpu, gib = rate("fargate.vcpu_hour"), rate("fargate.gib_hour")
    web = 2 * 730 * (vcpu / 2 + gib)
    worker = 730 * (vcpu + 2 * gib)
    assert of(document_sizing, "services.web") == web
    assert of(document_sizing, "services.worker", "CPU", "memory") == worker
    assert of(document_sizing, "balancer.load-balancer", "load balancer") == 730 * rate("alb.hour")
    assert of(document_sizing, "balancer.load-balancer", "capacity units") == 730 * rate("alb.lcu_hour")
    assert of(document_sizing, "network.nat-a", "NAT gateway") == 730 * rate("nat.hour")
    assert of(document_sizing, "network.address-a") == 730 * rate("ipv4.hour")
    shown = [str(cents(one)) for one in (web, worker, 730 * rate("alb.hour"), 730 * rate("alb.lcu_hour"))]
    assert shown == ["36.04", "36.04", "16.43", "5.84"]
    assert [str(730 * rate(key)) for key in ("alb.hour", "nat.hour", "ipv4.hour")] == ["16.4250", "32.850", "3.650"]


def test_every_line_of_the_document_has_a_price_a_date_and_a_product(document_sizing: Estimate) -> None:
    assert not document_sizing.at_least
    for line in document_sizing.lines:
        assert line.usd_per_unit is not None, line
        assert line.usage_type, line
        assert line.as_of is not None, line


def test_the_parts_add_up_to_the_total_exactly(document_sizing: Estimate) -> None:
    whole = document_sizing.usd_per_month
    assert sum(document_sizing.by_section().values()) == whole
    assert sum(document_sizing.by_service().values()) == whole
    assert sum(document_sizing.by_resource().values()) == whole
    usage_part = sum(line.usd_per_month or 0 for line in document_sizing.lines if not line.fixed)
    assert document_sizing.fixed_usd_per_month + usage_part == whole
    assert document_sizing.usd_per_hour_running * 730 == pytest.approx(document_sizing.fixed_usd_per_month)


def test_what_follows_from_the_declaration_alone_is_fixed_and_needs_no_usage() -> None:
    nothing_said = estimate(deployment(), Usage(), RATES)
    assert nothing_said.at_least
    assert {line.fixed for line in nothing_said.lines if line.quantity is not None} == {True}
    assert nothing_said.usd_per_month == estimate(deployment(), USAGE["high"], RATES).fixed_usd_per_month


def test_arm_tasks_cost_what_arm_tasks_cost() -> None:
    made = estimate(deployment("architecture=ARM64"), USAGE["typical"], RATES)
    assert of(made, "services.web") == month("0.03238") + month("0.00356", "2")


def test_disk_beyond_what_is_included_is_billed() -> None:
    made = estimate(deployment("worker.ephemeral_storage_gib=50"), USAGE["typical"], RATES)
    assert of(made, "services.worker", "disk") == month("0.000111", "30")


def test_endpoints_are_billed_in_every_zone_and_the_gateway_endpoint_is_free() -> None:
    made = estimate(deployment("network=endpoints", "zones=3"), USAGE["typical"], RATES)
    assert of(made, "network.endpoint-logs", "interface endpoint") == month("0.01", "3")
    assert not [line for line in made.lines if line.resource == "network.endpoint-s3"]
    assert not [line for line in made.lines if line.rate_key.startswith("nat.")]


def test_a_price_that_is_not_known_is_unknown_and_makes_the_total_a_lower_bound() -> None:
    prices = GivenRates({"nat.hour": "0.045", "nat.gib": "0.045", "transfer.out_gib": "0.09"})
    lines = [BillLine(CostLine("x", "y", key, D(10), "z"), 5, fixed=True) for key in ("nat.hour", "ipv4.hour")]
    made = priced(lines, prices, "eu-west-1")
    assert made.usd_per_month == D("0.45")
    assert made.at_least
    assert [line.usd_per_month for line in made.lines] == [D("0.450"), None]
    assert made.lines[1].usage_type == "EU-PublicIPv4:InUseAddress"
    assert "ipv4.hour" in made.lines[1].note
    assert made.as_json()["lines"][1]["usd_per_month"] is None


@given(st.lists(st.decimals(min_value=0, max_value=4_000_000, places=2), min_size=1, max_size=8))
def test_tiers_apply_to_the_sum_of_a_region_and_the_lines_add_up_to_it(gib: list[Decimal]) -> None:
    lines = [BillLine(CostLine(f"door-{i}", "data", "vpce.gib", one, ""), 5, fixed=False) for i, one in enumerate(gib)]
    apart = priced(lines, RATES, "us-east-1")
    whole = [BillLine(CostLine("all", "data", "vpce.gib", sum(gib, D(0)), ""), 5, fixed=False)]
    assert apart.usd_per_month == priced(whole, RATES, "us-east-1").usd_per_month
    for line, one in zip(apart.lines, gib, strict=True):
        assert line.usd_per_month is not None
        assert D("0.004") * one - D("1e-9") <= line.usd_per_month <= D("0.01") * one + D("1e-9")


def test_the_free_tier_takes_off_the_first_units_and_only_when_asked() -> None:
    paid, free = (estimate(deployment(), USAGE["typical"], RATES, free_tier=on) for on in (False, True))
    assert of(paid, "logs.web", "log ingestion") == D("1.25")
    assert of(free, "logs.web", "log ingestion") == 0
    metrics = [sum(of(made, id_) for id_ in ("services.cluster", "s3.request-metrics")) for made in (paid, free)]
    assert metrics[0] - metrics[1] == 10 * D("0.30")
    assert [of(made, "alarms.web-5xx") for made in (paid, free)] == [3 * D("0.10"), 0]


def test_what_exists_can_be_priced_in_place_of_what_is_declared() -> None:
    found = {
        "services.web": State("ready", {"count": 5, "subnets": ["a", "b"], "registries": []}, {}, "web", {}),
        "logs.web": State("ready", {"retention_days": 30}, {}, "/karet/web", {}),
    }
    made = estimate(deployment(), USAGE["typical"], RATES, found=found)
    assert {line.resource for line in made.lines} == {"services.web", "logs.web"}
    assert of(made, "services.web", "CPU") == month("0.04048", "2.5")


def test_the_table_has_the_documented_columns_and_types_and_keeps_unknown_apart_from_zero() -> None:
    made = estimate(deployment(), Usage(), RATES)
    frame = made.frame()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(COLUMNS)
    assert len(frame) == len(made.lines)
    assert int(frame["usd_per_month"].isna().sum()) == len(made.unknown)
    assert float(frame["usd_per_month"].sum()) == pytest.approx(float(made.usd_per_month))
    assert frame.attrs["at_least"] is True


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r\n@SUM(A1)"])
def test_a_cell_of_the_csv_never_starts_a_formula(document_sizing: Estimate, text: str) -> None:
    line = replace(document_sizing.lines[0], resource=text, label=text, note=text, basis="1 - 1 = 0")
    (row,) = csv.DictReader(io.StringIO(replace(document_sizing, lines=(line,)).csv()))
    assert {row["resource"], row["label"], row["note"]} == {f"'{text}"}
    assert row["basis"] == "1 - 1 = 0"


def test_csv_and_json_carry_the_same_figures(document_sizing: Estimate) -> None:
    rows = list(csv.DictReader(io.StringIO(document_sizing.csv())))
    told = json.loads(json.dumps(document_sizing.as_json()))
    assert {"region", "source", "as_of", "lines", "usd_per_month", "at_least"} <= told.keys()
    contract = {
        "resource",
        "label",
        "service_code",
        "usage_type",
        "unit",
        "quantity",
        "usd_per_unit",
        "usd_per_month",
        "sku",
    }
    assert contract <= told["lines"][0].keys()
    assert [float(row["usd_per_month"]) for row in rows] == [line["usd_per_month"] for line in told["lines"]]
    assert sum(line["usd_per_month"] for line in told["lines"]) == pytest.approx(told["usd_per_month"])


@pytest.mark.parametrize("network", ["nat", "nat-per-az", "endpoints"])
def test_a_kind_gives_the_same_lines_whatever_the_usage_is(network: str) -> None:
    for section in document.sections():
        for one in section.resources(deployment(f"network={network}")):
            used = [(line.resource, line.label, line.rate) for line in one.cost(USAGE["high"])]
            assert used == [(line.resource, line.label, line.rate) for line in one.cost(Usage())]


def test_a_kind_that_costs_something_can_be_priced_without_its_declaration() -> None:
    for name, kind in document.kinds().items():
        own_cost = kind.cost is not Kind.cost
        own_found = kind.cost_found.__func__ is not Kind.cost_found.__func__  # type: ignore[attr-defined]
        assert own_cost == own_found, f"{name} has only one of cost and cost_found; strays need the second"


def test_half_a_cent_is_rounded_up() -> None:
    assert cents(D("16.425")) == D("16.43")
    assert cents(D("0.004999")) == D("0.00")
