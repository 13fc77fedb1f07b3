"""The network's kinds alone: what is found half made, failed, changed by somebody else, or not ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.kinds.internet_gateway import InternetGateway
from runbook.kinds.kind import Owner
from runbook.kinds.nat import ElasticIp, NatGateway
from runbook.kinds.route_table import Route, RouteTable
from runbook.kinds.security_group import SecurityGroup, SecurityGroupRule
from runbook.kinds.subnet import Subnet
from runbook.kinds.vpc import Vpc
from runbook.kinds.vpc_endpoint import VpcEndpoint
from runbook.model import Known, Resource, State, Usage, ref
from runbook.rehearsal.embedded import Embedded
from runbook.settings import Deployment

OWNER = Owner("karet", 4)
VPC = Vpc(id="n.vpc", owner=OWNER, label="karet", cidr="10.20.0.0/16")
GATEWAY = InternetGateway(id="n.igw", owner=OWNER, vpc=ref("n.vpc", "id"))
SUBNET = Subnet(
    id="n.subnet", owner=OWNER, vpc=ref("n.vpc", "id"), cidr="10.20.0.0/24", rows=(("n.subnet",),), services=()
)
TABLE = RouteTable(id="n.table", owner=OWNER, vpc=ref("n.vpc", "id"), subnets=(ref("n.subnet", "id"),))
ROUTE = Route(id="n.route", owner=OWNER, table=ref("n.table", "id"), target=ref("n.igw", "id"), by="GatewayId")
ADDRESS = ElasticIp(id="n.address", owner=OWNER)
NAT = NatGateway(
    id="n.nat", owner=OWNER, subnet=ref("n.subnet", "id"), address=ref("n.address", "id"), after=("n.igw",)
)
GROUP = SecurityGroup(id="n.group", owner=OWNER, name="karet-x", description="x", vpc=ref("n.vpc", "id"), all_out=False)
RULE = SecurityGroupRule(
    id="n.rule", owner=OWNER, group=ref("n.group", "id"), direction="in", port=443, peer="203.0.113.0/24"
)
DOOR = VpcEndpoint(
    id="n.door",
    owner=OWNER,
    vpc=ref("n.vpc", "id"),
    service="com.amazonaws.us-east-1.logs",
    subnets=(ref("n.subnet", "id"),),
    zones=(ref("n.subnet", "zone"),),
    groups=(ref("n.group", "id"),),
)
EVERY = (VPC, GATEWAY, SUBNET, TABLE, ROUTE, ADDRESS, NAT, GROUP, RULE, DOOR)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> list[Resource]:
    """What is declared; a test may change it."""
    things: list[Resource] = [VPC, GATEWAY, SUBNET]

    def made(_: Deployment) -> Sequence[Resource]:
        return tuple(things)

    declare(monkeypatch, made)
    return things


def _ec2(embedded: Embedded) -> Any:
    return embedded._rehearsal._inside.client("ec2", "us-east-1")


def _moto(embedded: Embedded) -> Any:
    return embedded._rehearsal.world.backend("ec2", "us-east-1")


def _found(runs: Any, id_: str) -> State:
    state: State = runs.plan().found[id_].state
    return state


def test_everything_is_made_once_and_goes_without_a_trace(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    before = embedded.inventory()
    declared[:] = EVERY
    applied(open_runs())
    assert set(actions(open_runs()).values()) == {"none"}
    runs = open_runs()
    result = runs.apply(runs.plan_destroy(delete_data=True), command="test")
    assert (result.report.outcome, result.left) == ("done", ())
    assert embedded.inventory() == before


def test_a_vpc_whose_making_was_cut_off_is_finished(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC]
    tags = [{"ResourceType": "vpc", "Tags": VPC.tag_list()}]
    _ec2(embedded).create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=tags)
    assert sent(open_runs()) == ["ec2.ModifyVpcAttribute"]
    applied(open_runs())
    assert actions(open_runs()) == {"n.vpc": "none"}


def test_other_addresses_for_a_vpc_are_refused(open_runs: Any, declared: list[Resource]) -> None:
    applied(open_runs())
    declared[0] = Vpc(id="n.vpc", owner=OWNER, label="karet", cidr="10.30.0.0/16")
    (stop,) = [change.stop for change in open_runs().plan().plan.changes if change.stop]
    assert "another stack" in stop


@pytest.mark.prove
def test_a_detached_gateway_is_attached_again(open_runs: Any, declared: list[Resource], embedded: Embedded) -> None:
    applied(open_runs())
    gateway = _found(open_runs(), "n.igw")
    _ec2(embedded).detach_internet_gateway(InternetGatewayId=gateway.name, VpcId=gateway.settings["vpc"])
    assert sent(open_runs()) == ["ec2.AttachInternetGateway"]
    applied(open_runs())
    assert _found(open_runs(), "n.igw").settings["vpc"] == gateway.settings["vpc"]


def test_a_failed_nat_gateway_is_replaced_behind_the_same_address(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GATEWAY, SUBNET, ADDRESS, NAT]
    applied(open_runs())
    old = _found(open_runs(), "n.nat")
    gateway = _moto(embedded).nat_gateways[old.name]
    gateway.state, gateway.failure_message = "failed", "Elastic IP address could not be associated"
    plan = open_runs().plan().plan
    (change,) = plan.acting
    assert (change.action, [call.operation for call in change.calls]) == (
        "replace",
        ["DeleteNatGateway", "CreateNatGateway"],
    )
    assert "could not be associated" in change.reason
    applied(open_runs())
    new = _found(open_runs(), "n.nat")
    assert new.name != old.name
    assert new.settings["address"] == old.settings["address"]


def test_a_pending_nat_gateway_is_waited_for_and_not_made_again(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GATEWAY, SUBNET, ADDRESS, NAT]
    applied(open_runs())
    gateway = _found(open_runs(), "n.nat")
    _moto(embedded).nat_gateways[gateway.name].state = "pending"
    assert _found(open_runs(), "n.nat").status == "pending"
    assert actions(open_runs())["n.nat"] == "none"


def test_an_unanswered_create_makes_one_gateway(open_runs: Any, declared: list[Resource], embedded: Embedded) -> None:
    declared[:] = [VPC, GATEWAY, SUBNET, ADDRESS, NAT]
    embedded.add_faults([f"ec2.{one}:503-after:1" for one in ("CreateVpc", "AllocateAddress", "CreateNatGateway")])
    try:
        applied(open_runs())
    finally:
        embedded.clear_faults()
    assert len(_ec2(embedded).describe_addresses()["Addresses"]) == 1
    assert len(_ec2(embedded).describe_nat_gateways()["NatGateways"]) == 1
    assert len([one for one in _ec2(embedded).describe_vpcs()["Vpcs"] if not one["IsDefault"]]) == 1


def test_a_subnet_of_somebody_else_in_our_route_table_is_shown_and_stays(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GATEWAY, SUBNET, TABLE]
    applied(open_runs())
    table = _found(open_runs(), "n.table")
    ec2 = _ec2(embedded)
    other = ec2.create_subnet(VpcId=table.settings["vpc"], CidrBlock="10.20.9.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table.name, SubnetId=other)
    assert actions(open_runs())["n.table"] == "none"
    assert _found(open_runs(), "n.table").foreign == (f"used by {other}",)


def test_a_route_to_somebody_elses_gateway_stops_and_is_never_removed(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GATEWAY, SUBNET, TABLE]
    applied(open_runs())
    ec2, table = _ec2(embedded), _found(open_runs(), "n.table")
    eni = ec2.create_network_interface(SubnetId=table.settings["subnets"][0])["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_route(RouteTableId=table.name, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=eni)
    declared.append(ROUTE)
    (change,) = [one for one in open_runs().plan().plan.changes if one.id == "n.route"]
    assert change.action == "adopt"
    assert change.stop
    declared[-1] = Route(id="n.route", owner=OWNER, wanted=False, table=ref("n.table", "id"), target="", by="GatewayId")
    assert actions(open_runs())["n.route"] == "none"
    declared.pop()
    assert actions(open_runs()) == dict.fromkeys(["n.vpc", "n.igw", "n.subnet", "n.table"], "none")


@pytest.mark.prove
def test_a_rule_that_somebody_made_by_hand_can_be_taken_over(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GROUP]
    applied(open_runs())
    cidr = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}]
    group = _found(open_runs(), "n.group").name
    _ec2(embedded).authorize_security_group_ingress(GroupId=group, IpPermissions=cidr)
    declared.append(RULE)
    assert actions(open_runs())["n.rule"] == "adopt"
    runs = open_runs()
    result = runs.apply(runs.plan(adopt=["n.rule"]), command="test")
    assert result.report.outcome == "done"
    assert actions(open_runs())["n.rule"] == "none"


@pytest.mark.prove
def test_another_port_is_another_rule_made_before_the_old_one_goes(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GROUP, RULE]
    applied(open_runs())
    declared[2] = SecurityGroupRule(
        id="n.rule", owner=OWNER, group=ref("n.group", "id"), direction="in", port=8443, peer="203.0.113.0/24"
    )
    embedded.clear_calls()
    applied(open_runs())
    operations = [one["operation"] for one in embedded.calls() if "SecurityGroupIngress" in one["operation"]]
    assert operations == ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]
    assert set(actions(open_runs()).values()) == {"none"}


@pytest.mark.prove
def test_the_rule_that_lets_everything_out_is_taken_out_and_put_back(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, GROUP]
    applied(open_runs())
    assert _found(open_runs(), "n.group").settings["all_out"] is False
    declared[1] = SecurityGroup(id="n.group", owner=OWNER, name="karet-x", description="x", vpc=ref("n.vpc", "id"))
    assert sent(open_runs()) == ["ec2.AuthorizeSecurityGroupEgress"]
    applied(open_runs())
    assert _found(open_runs(), "n.group").settings["all_out"] is True


def test_an_endpoint_never_ends_up_on_the_default_group(
    open_runs: Any, declared: list[Resource], embedded: Embedded
) -> None:
    declared[:] = [VPC, SUBNET, GROUP, DOOR]
    applied(open_runs())
    ec2, door = _ec2(embedded), _found(open_runs(), "n.door")
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [door.settings["vpc"]]}])
    default = next(one["GroupId"] for one in groups["SecurityGroups"] if one["GroupName"] == "default")
    ours = door.settings["groups"]
    ec2.modify_vpc_endpoint(VpcEndpointId=door.name, AddSecurityGroupIds=[default], RemoveSecurityGroupIds=ours)
    (change,) = open_runs().plan().plan.acting
    assert change.calls[0].params["RemoveSecurityGroupIds"] == [default]
    applied(open_runs())
    assert _found(open_runs(), "n.door").settings["groups"] == ours


def test_two_things_with_one_id_stop_the_plan(open_runs: Any, declared: list[Resource], embedded: Embedded) -> None:
    declared[:] = [ADDRESS]
    applied(open_runs())
    tags = [{"ResourceType": "elastic-ip", "Tags": ADDRESS.tag_list()}]
    _ec2(embedded).allocate_address(Domain="vpc", TagSpecifications=tags)
    with pytest.raises(Exception, match=r"n\.address"):
        open_runs().plan()


@pytest.mark.parametrize("thing", EVERY, ids=lambda one: one.id)
def test_each_kind_has_its_part_in_cloudformation_and_its_price(thing: Any) -> None:
    part = thing.cloudformation()
    assert part is not None
    assert part.type.startswith("AWS::EC2::")
    rates = {line.rate for line in thing.cost(Usage())}
    expected = {
        "n.address": {"ipv4.hour"},
        "n.nat": {"nat.hour", "nat.gib", "transfer.cross_zone_gib", "transfer.out_gib"},
        "n.door": {"vpce.hour", "vpce.gib"},
    }
    assert rates == expected.get(thing.id, set())


def test_what_is_not_wanted_costs_nothing() -> None:
    unwanted = VpcEndpoint(id="n.door", owner=OWNER, wanted=False, vpc="vpc-1", service="s", subnets=("a", "b"))
    assert list(unwanted.cost(Usage())) == []
    assert unwanted.cloudformation() is None
    assert unwanted.plan(State.ABSENT, Known({})).action == "none"
