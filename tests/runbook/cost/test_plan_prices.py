"""Prices in a plan: each change, now and afterwards, strays, sizes as found, budgets, and what a removal leaves."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from cost_samples import RATES, deployment, month

from runbook import document
from runbook.cost.estimate import declared_resources, estimate
from runbook.cost.plan_prices import PlanPrices, price
from runbook.cost.usage import USAGE
from runbook.engine.graph import Graph
from runbook.engine.plan import Plan
from runbook.engine.planner import Ours, Scope, plan_apply, plan_destroy
from runbook.engine.survey import Surveyed, decided
from runbook.errors import AwsError, PlanError
from runbook.model import Known, Resource, State
from runbook.pricing.given import GivenRates
from runbook.pricing.rate import Rates
from runbook.settings import Deployment

D = Decimal
SCOPE = Scope("123456789012", "us-east-1", "karet", tuple(range(1, 14)), whole=True)
TAGS = {"karet:stack": "karet", "karet:section": "5"}


def ready(id_: str, name: str, **settings: Any) -> State:
    return State("ready", settings, {"arn": f"arn:{name}", "id": name, "name": name}, name, {**TAGS, "karet:id": id_})


def surveyed(resources: list[Resource], states: Mapping[str, State]) -> dict[str, Surveyed]:
    found = {}
    for one in resources:
        state = states.get(one.id, State.ABSENT)
        found[one.id] = Surveyed(one, state, decided(one, state, Known({})))
    return found


def priced(
    setting: Deployment,
    states: Mapping[str, State] | None = None,
    ours: list[Ours] | None = None,
    *,
    rates: Rates = RATES,
    destroy: bool = False,
    band: str = "typical",
) -> tuple[Plan, PlanPrices]:
    resources = declared_resources(setting)
    graph, found, kinds = Graph(resources), surveyed(resources, states or {}), document.kinds()
    if destroy:
        plan = plan_destroy(graph=graph, found=found, ours=ours or [], kinds=kinds, scope=SCOPE, delete_data=False)
    else:
        plan = plan_apply(graph=graph, found=found, ours=ours or [], kinds=kinds, scope=SCOPE)
    return price(
        plan,
        declared=resources,
        found=found,
        ours=ours or [],
        kinds=kinds,
        usage=USAGE[band],
        band=band,
        rates=lambda: rates,
    )


@pytest.mark.parametrize("network", ["nat", "endpoints"])
def test_a_plan_of_everything_costs_what_the_estimate_says_and_nothing_costs_nothing_yet(network: str) -> None:
    setting = deployment(f"network={network}")
    plan, prices = priced(setting)
    whole = estimate(setting, USAGE["typical"], RATES)
    assert prices.total.before == 0
    assert prices.total.after == whole.usd_per_month == prices.total.delta
    assert prices.total.running_per_hour == whole.usd_per_hour_running
    by_id = {change.id: change.monthly_usd for change in plan.changes}
    for id_, usd in whole.by_resource().items():
        assert by_id[id_] == round(usd, 4), id_
    assert by_id["iam.web-role"] == 0
    assert sum((price.after for price in prices.steps.values()), D(0)) == pytest.approx(whole.usd_per_month)


def test_the_hash_of_a_plan_does_not_know_its_prices() -> None:
    assert priced(deployment())[0].hash == priced(deployment(), rates=GivenRates({"nat.hour": "1"}))[0].hash


def test_what_nothing_declares_any_more_is_saved() -> None:
    gone = [
        Ours("NatGateway", ready("network.nat-a", "nat-1", subnet="s", address="e", vpc="v")),
        Ours("ElasticIp", ready("network.address-a", "eip-1")),
    ]
    door = {"type": "Gateway", "service": "com.amazonaws.us-east-1.s3", "subnets": [], "tables": []}
    states = {"network.endpoint-s3": ready("network.endpoint-s3", "vpce-1", **door)}
    plan, prices = priced(deployment("network=endpoints"), states, gone)
    steps = {change.step: prices.steps[change.step] for change in plan.changes if change.action == "delete"}
    fixed = month("0.045") + month("0.005")
    assert fixed <= prices.total.before < fixed + 2
    assert sum(one.delta for one in steps.values()) == -prices.total.before
    assert {change.monthly_usd for change in plan.changes if change.action == "delete"} == {0}
    doors = month("0.01", "2", "5")
    assert prices.total.after > doors


def _service(count: int, definition: str) -> State:
    settings = {
        "cluster": "arn:karet",
        "count": count,
        "task_definition": f"arn:{definition}",
        "subnets": ["a", "b"],
        "registries": [],
    }
    return ready("services.web", "karet-svc", **settings)


def test_a_service_is_priced_by_the_size_that_it_runs_with_not_by_the_declared_one() -> None:
    running = ready("services.task-web", "karet:1", cpu="512", memory="1024", ephemeral_gib=20, status="ACTIVE")
    states = {"services.web": _service(2, "karet:1")}
    ours = [Ours("TaskDefinition", running)]
    _, prices = priced(deployment("web.cpu=1024", "web.memory_mib=2048"), states, ours)
    before = month("0.04048") + month("0.004445", "2")
    assert prices.steps["services.web"].before == before
    assert prices.steps["services.web"].after == before * 2
    assert prices.steps["services.web"].delta == before


def test_the_size_of_a_service_that_nobody_could_read_is_unknown_and_not_guessed() -> None:
    stray = [Ours("Service", _service(2, "karet:9"))]
    _, prices = priced(deployment(), ours=stray)
    assert prices.before is not None
    assert prices.before.at_least
    assert {line.label for line in prices.before.unknown} == {"CPU", "memory"}
    assert not prices.at_least


def test_a_removal_says_what_stays_and_what_that_goes_on_costing() -> None:
    states = {
        "s3.bucket": ready("s3.bucket", "karet-data-1"),
        "logs.web": ready("logs.web", "/karet/web", retention_days=30),
        "network.address-a": ready("network.address-a", "eip-1"),
    }
    plan, prices = priced(deployment(), states, destroy=True)
    left = {one.id: one.monthly_usd for one in plan.left}
    assert left["s3.bucket"] == D("60") * D("0.023")
    assert left["logs.web"] == D("0.4") * D("0.03")
    assert prices.total.after == left["s3.bucket"] + left["logs.web"]
    assert prices.steps["network.address-a"].delta == -month("0.005")


@pytest.mark.parametrize("looked_at_services", [True, False])
def test_a_removal_that_removes_nothing_saves_nothing(looked_at_services: bool) -> None:
    setting = deployment()
    resources = [one for one in declared_resources(setting) if looked_at_services or one.section == 2]
    found = surveyed(resources, {"s3.bucket": ready("s3.bucket", "karet-data-1")})
    graph, kinds = Graph(resources), document.kinds()
    plan = plan_destroy(graph=graph, found=found, ours=[], kinds=kinds, scope=SCOPE, delete_data=False)
    plan, prices = price(
        plan,
        declared=declared_resources(setting),
        found=found,
        ours=[],
        kinds=kinds,
        usage=USAGE["typical"],
        band="typical",
        rates=lambda: RATES,
    )
    assert plan.acting == ()
    assert prices.total.delta == 0
    assert prices.total.after > 0


def test_above_the_budget_is_refused_with_value_rule_and_next_step() -> None:
    _, prices = priced(deployment())
    after = prices.total.after
    prices.refuse_above(None)
    prices.refuse_above(after)
    with pytest.raises(PlanError) as caught:
        prices.refuse_above(D("100"))
    said = str(caught.value)
    assert f"${round(after, 2)}" in said
    assert "budget is $100.00" in said
    assert "karet cost" in said
    assert "at least" not in said


def test_with_an_unknown_price_the_budget_is_held_against_a_lower_bound_and_says_so() -> None:
    _, prices = priced(deployment(), rates=GivenRates({"nat.hour": "0.045"}))
    assert prices.at_least
    prices.refuse_above(D(33))
    with pytest.raises(PlanError, match=r"at least \$32\.85"):
        prices.refuse_above(D(32))


def test_what_makes_nothing_dearer_is_not_refused_above_the_budget() -> None:
    address = {"network.address-a": ready("network.address-a", "eip-1")}
    _, prices = priced(deployment(), address, destroy=True)
    assert prices.total.delta < 0
    prices.refuse_above(D("0.01"))


def test_a_plan_never_fails_for_a_price_and_no_budget_is_kept_without_one() -> None:
    def broken() -> Rates:
        raise AwsError("no", service="pricing", operation="GetProducts", code="AccessDenied")

    resources = declared_resources(deployment())
    found = surveyed(resources, {})
    plan = plan_apply(graph=Graph(resources), found=found, ours=[], kinds=document.kinds(), scope=SCOPE)
    same, prices = price(
        plan,
        declared=resources,
        found=found,
        ours=[],
        kinds=document.kinds(),
        usage=USAGE["low"],
        band="low",
        rates=broken,
    )
    assert {change.monthly_usd for change in same.changes} == {None}
    assert prices.source == "unknown"
    assert prices.as_json()["after_usd"] is None
    with pytest.raises(PlanError, match="nobody knows"):
        prices.refuse_above(D(1000))
