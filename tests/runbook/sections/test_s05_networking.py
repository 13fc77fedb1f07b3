"""Section 5 converges between all its settings, and says what is in the way before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rehearsal_clients import make_client

from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Planned, Runs
from runbook.sections.network_ids import endpoint_services, ids
from runbook.sections.s05_networking import resources
from runbook.settings import Deployment

NETWORKS = ("nat", "nat-per-az", "endpoints")
OPEN = 'open_to=["203.0.113.0/24"]'


def applied(runs: Runs, planned: Planned) -> None:
    result = runs.apply(planned, command="test")
    wrong = [f"{step.change.id} {step.became}: {step.error}" for step in result.report.steps if step.became != "done"]
    assert wrong == []
    assert [f"{check.id}: {check.detail}" for check in result.checks if check.outcome == "failed"] == []


def acting(planned: Planned) -> list[str]:
    return [f"{one.step} {one.action}: {one.reason}" for one in planned.plan.acting]


def stops(planned: Planned) -> dict[str, str]:
    return {one.id: one.stop for one in planned.plan.changes if one.stop}


def _ec2(embedded: Embedded) -> Any:
    """Somebody else at work in the same account."""
    return make_client(embedded.url, "ec2")


@st.composite
def choices(draw: Any) -> tuple[str, ...]:
    extra = draw(st.sampled_from(["[]", '["xray"]', '["kms", "sts"]']))
    open_to = draw(st.sampled_from(["[]", '["203.0.113.0/24"]', '["198.51.100.7/32", "203.0.113.0/24"]']))
    return (
        f"network={draw(st.sampled_from(NETWORKS))}",
        f"zones={draw(st.sampled_from([2, 3]))}",
        f"events={draw(st.sampled_from(['sqs', 'none']))}",
        f"extra_endpoints={extra}",
        f"open_to={open_to}",
        f"app.web.port={draw(st.sampled_from([3000, 3100]))}",
    )


def _sample(rings: int) -> Any:
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    # A failing pair is small as it is; making it smaller would take minutes.
    return settings(
        max_examples=rings,
        deadline=None,
        derandomize=True,
        suppress_health_check=health,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )


def _fresh_then_others(
    open_runs: Any, embedded: Embedded, first: tuple[str, ...], then: tuple[str, ...]
) -> tuple[Any, Any]:
    """What exists after the first settings alone, and after others were applied on top of them."""
    embedded.reset()
    applied(open_runs(*first), open_runs(*first).plan(["5"]))
    fresh = embedded.inventory()
    runs = open_runs(*then)
    applied(runs, runs.plan(["5"]))
    assert acting(open_runs(*then).plan(["5"])) == []
    return fresh, embedded.inventory()


# A sample for every day is the pair of whole stacks in test_whole_stack_pairs.
@pytest.mark.long
@pytest.mark.prove
@_sample(5)
@given(ring=st.lists(choices(), min_size=5, max_size=5, unique=True))
def test_from_any_settings_to_any_other_the_network_becomes_what_a_fresh_one_is(
    open_runs: Any, embedded: Embedded, ring: list[tuple[str, ...]]
) -> None:
    # Each goes over into the next one, so that every fresh network serves two comparisons.
    found = [
        _fresh_then_others(open_runs, embedded, first, then)
        for first, then in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    for number, (fresh, _) in enumerate(found):
        assert found[number - 1][1] == fresh, f"{ring[number - 1]} -> {ring[number]}"


def _order(embedded: Embedded, *operations: str) -> list[str]:
    return [one["operation"] for one in embedded.calls() if one["operation"] in operations and not one["code"]]


def test_leaving_nat_makes_the_endpoints_first_then_removes_routes_then_gateways(
    open_runs: Any, embedded: Embedded
) -> None:
    applied(open_runs("network=nat"), open_runs("network=nat").plan(["5"]))
    runs = open_runs("network=endpoints")
    planned = runs.plan(["5"])
    embedded.clear_calls()
    applied(runs, planned)
    order = _order(embedded, "CreateVpcEndpoint", "DeleteRoute", "DeleteNatGateway", "ReleaseAddress")
    assert order == [*["CreateVpcEndpoint"] * 5, *["DeleteRoute"] * 2, "DeleteNatGateway", "ReleaseAddress"]


@pytest.mark.prove
def test_leaving_endpoints_makes_gateway_and_routes_first_then_removes_the_endpoints(
    open_runs: Any, embedded: Embedded
) -> None:
    applied(open_runs("network=endpoints"), open_runs("network=endpoints").plan(["5"]))
    runs = open_runs("network=nat")
    planned = runs.plan(["5"])
    embedded.clear_calls()
    applied(runs, planned)
    order = _order(embedded, "CreateNatGateway", "CreateRoute", "DeleteVpcEndpoints")
    assert order == ["CreateNatGateway", *["CreateRoute"] * 2, *["DeleteVpcEndpoints"] * 5]


@pytest.mark.prove
def test_another_gateway_is_one_replaced_route_without_a_moment_of_none(open_runs: Any, embedded: Embedded) -> None:
    applied(open_runs("network=nat"), open_runs("network=nat").plan(["5"]))
    runs = open_runs("network=nat-per-az")
    planned = runs.plan(["5"])
    embedded.clear_calls()
    applied(runs, planned)
    order = _order(embedded, "CreateNatGateway", "ReplaceRoute", "DeleteRoute", "CreateRoute")
    assert order == ["CreateNatGateway", "ReplaceRoute"]


def test_at_pace_everything_waits_for_what_is_pending(open_runs: Any, embedded: Embedded) -> None:
    embedded.set_pace(0.001)
    try:
        applied(open_runs("network=endpoints"), open_runs("network=endpoints").plan(["5"]))
        runs = open_runs("network=nat")
        applied(runs, runs.plan(["5"]))
    finally:
        embedded.set_pace(0)
    assert acting(open_runs("network=nat").plan(["5"])) == []


# -- zones -----------------------------------------------------------------------------------------------------------


def _zones(runs: Runs) -> dict[str, str]:
    found = runs.plan(["5"]).found
    return {id_: one.state.outputs["zone"] for id_, one in found.items() if "zone" in one.state.outputs}


@pytest.mark.prove
def test_zones_without_a_wanted_endpoint_are_left_out_and_the_choice_stays(open_runs: Any) -> None:
    applied(open_runs("zones=2"), open_runs("zones=2").plan(["5"]))
    two = _zones(open_runs("zones=2"))
    applied(open_runs("zones=3"), open_runs("zones=3").plan(["5"]))
    three = _zones(open_runs("zones=3"))
    assert {id_: three[id_] for id_ in two} == two
    # use1-az3 lacks a service in the rehearsal.
    assert sorted(set(three.values())) == ["use1-az1", "use1-az2", "use1-az4"]
    assert all(three[f"network.public-{one}"] == three[f"network.private-{one}"] for one in "abc")


@pytest.mark.prove
def test_endpoints_where_the_zone_has_none_are_refused_with_the_way_out(open_runs: Any, monkeypatch: Any) -> None:
    applied(open_runs("network=nat"), open_runs("network=nat").plan(["5"]))
    lacking = {"use1-az2": ("logs",)}
    monkeypatch.setattr("runbook.rehearsal.rules.ec2_endpoints.LACKING", lacking)
    refused = stops(open_runs("network=endpoints").plan(["5"]))
    assert list(refused) == ["network.endpoint-logs"]
    assert "use1-az2" in refused["network.endpoint-logs"]
    assert stops(open_runs("network=nat").plan(["5"])) == {}


def test_a_region_without_enough_zones_that_offer_all_is_refused(open_runs: Any, monkeypatch: Any) -> None:
    lacking = {f"use1-az{number}": ("logs",) for number in range(2, 7)}
    monkeypatch.setattr("runbook.rehearsal.rules.ec2_endpoints.LACKING", lacking)
    refused = stops(open_runs("network=endpoints").plan(["5"]))
    assert set(refused) == {"network.public-b", "network.private-b"}
    assert "logs" in refused["network.private-b"]
    assert stops(open_runs("network=nat").plan(["5"])) == {}


# -- an existing VPC -------------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(embedded: Embedded) -> dict[str, Any]:
    """Somebody else's VPC with two public and two private subnets."""
    ec2 = _ec2(embedded)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    zones = ("use1-az1", "use1-az2", "use1-az1", "use1-az2")
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return {"vpc": vpc, "subnets": subnets}


def _into(theirs: dict[str, Any], network: str = "nat", subnets: list[str] | None = None) -> tuple[str, ...]:
    given_ids = subnets or theirs["subnets"]
    public, private = (str(part).replace("'", '"') for part in (given_ids[:2], given_ids[2:]))
    return (
        f"network={network}",
        f"vpc.id={theirs['vpc']}",
        f"vpc.public_subnet_ids={public}",
        f"vpc.private_subnet_ids={private}",
    )


@pytest.mark.parametrize("network", ["nat", "endpoints"])
def test_an_existing_vpc_is_used_and_stays_as_it_is(
    open_runs: Any, embedded: Embedded, theirs: dict[str, Any], network: str
) -> None:
    before = embedded.inventory()
    runs = open_runs(*_into(theirs, network))
    applied(runs, runs.plan(["5"]))
    assert acting(open_runs(*_into(theirs, network)).plan(["5"])) == []
    runs = open_runs(*_into(theirs, network))
    result = runs.apply(runs.plan_destroy(["5"], delete_data=True), command="test")
    assert result.report.outcome == "done"
    assert embedded.inventory() == before


def test_an_existing_vpc_that_does_not_exist_is_refused(open_runs: Any, theirs: dict[str, Any]) -> None:
    nowhere = {**theirs, "vpc": "vpc-0123456789abcdef0"}
    assert "does not exist" in stops(open_runs(*_into(nowhere)).plan(["5"]))["network.vpc"]


def test_an_existing_vpc_without_private_names_is_refused(
    open_runs: Any, embedded: Embedded, theirs: dict[str, Any]
) -> None:
    _ec2(embedded).modify_vpc_attribute(VpcId=theirs["vpc"], EnableDnsHostnames={"Value": False})
    assert "EnableDnsHostnames" in stops(open_runs(*_into(theirs)).plan(["5"]))["network.vpc"]


def test_subnets_that_are_elsewhere_missing_or_in_one_zone_are_refused(
    open_runs: Any, embedded: Embedded, theirs: dict[str, Any]
) -> None:
    ec2 = _ec2(embedded)
    other = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    away = ec2.create_subnet(VpcId=other, CidrBlock="10.8.0.0/24", AvailabilityZoneId="use1-az4")["Subnet"]["SubnetId"]
    twin = ec2.create_subnet(VpcId=theirs["vpc"], CidrBlock="10.9.9.0/24", AvailabilityZoneId="use1-az1")
    given_ids = [away, "subnet-0123456789abcdef0", theirs["subnets"][2], twin["Subnet"]["SubnetId"]]
    refused = stops(open_runs(*_into(theirs, subnets=given_ids)).plan(["5"]))
    assert other in refused["network.public-a"]
    assert "does not exist" in refused["network.public-b"]
    assert "same zone" in refused["network.private-a"]
    assert "same zone" in refused["network.private-b"]


# -- groups ----------------------------------------------------------------------------------------------------------


def _check(runs: Runs, id_: str) -> Any:
    return next(one for one in runs.verify(["5"]) if one.id == id_)


@pytest.mark.prove
def test_the_matrix_is_shown_as_a_table_and_a_missing_rule_fails(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs(OPEN)
    applied(runs, runs.plan(["5"]))
    lines = _check(open_runs(OPEN), "network.groups").detail.splitlines()
    assert lines[0].split() == ["group", "side", "port", "from", "or", "to"]
    assert ["worker", "in", "8080", "web"] in [line.split() for line in lines]
    rule = runs.plan(["5"]).found["network.rule-worker-from-web"].state
    _ec2(embedded).revoke_security_group_ingress(GroupId=rule.settings["group"], SecurityGroupRuleIds=[rule.name])
    assert "worker" in _check(open_runs(OPEN), "network.groups").detail
    assert _check(open_runs(OPEN), "network.groups").outcome == "failed"


@pytest.mark.prove
def test_a_rule_of_somebody_else_is_shown_with_what_it_exposes_and_stays(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs(OPEN)
    applied(runs, runs.plan(["5"]))
    group = runs.plan(["5"]).found["network.group-worker"].state.name
    ssh = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    _ec2(embedded).authorize_security_group_ingress(GroupId=group, IpPermissions=ssh)
    again = open_runs(OPEN).plan(["5"])
    assert acting(again) == []
    assert "lets tcp 22 in from anybody" in again.found["network.group-worker"].state.foreign[0]
    check = _check(open_runs(OPEN), "network.foreign-rules")
    assert check.outcome == "failed"
    assert "22" in check.detail


def test_a_private_subnet_whose_route_is_gone_fails_the_check(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs()
    applied(runs, runs.plan(["5"]))
    table = runs.plan(["5"]).found["network.private-routes-b"].state.name
    _ec2(embedded).delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    assert "network.private-b" in _check(open_runs(), "network.way-out").detail
    assert acting(open_runs().plan(["5"])) == ["network.private-out-b create: does not exist"]


# -- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("vpc", [False, True])
def test_every_id_that_other_sections_point_at_is_declared(network: Any, vpc: bool) -> None:
    existing = {
        "id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ("subnet-00000001", "subnet-00000002"),
        "private_subnet_ids": ("subnet-00000003", "subnet-00000004"),
    }
    settings_ = {"region": "us-east-1", "tls": "none", "network": network, **({"vpc": existing} if vpc else {})}
    deployment = Deployment.model_validate(settings_)
    declared = {one.id for one in resources(deployment)}
    found = ids(deployment)
    pointed = {found.vpc, *found.public, *found.private, *found.groups.values()}
    assert pointed | {*found.before_tasks, *found.before_balancer} <= declared
    assert set(endpoint_services(deployment)) >= {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs"}
