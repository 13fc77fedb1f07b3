"""Things take their time at a pace, on a clock that the test holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from rehearsal_clients import make_client

from runbook.errors import RehearsalError
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.states import TRANSITIONS, Pacer, Transition
from runbook.rehearsal.wire import service_model


class HandClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Thing:
    state: str = "available"


ROW = Transition("ec2", "module:Class", "create", "state", "pending", "available", 100.0, "test")
DELETE = Transition("ec2", "module:Class", "delete", "state", "deleting", "deleted", 50.0, "test")


def test_a_thing_is_pending_until_its_time_has_come() -> None:
    clock, thing = HandClock(), Thing()
    pacer = Pacer(clock, pace=0.5)
    pacer.hold(thing, ROW)
    clock.now = 49.9
    pacer.settle()
    assert thing.state == "pending"
    clock.now = 50.0
    pacer.settle()
    assert thing.state == "available"


def test_at_pace_zero_things_are_ready_at_once() -> None:
    thing = Thing()
    Pacer(HandClock()).hold(thing, ROW)
    assert thing.state == "available"


def test_what_is_deleted_while_pending_does_not_come_back() -> None:
    clock, thing = HandClock(), Thing()
    pacer = Pacer(clock, pace=1)
    pacer.hold(thing, ROW)
    thing.state = "deleted"
    pacer.hold(thing, DELETE)
    clock.now = 1000.0
    pacer.settle()
    assert thing.state == "deleted"


def test_setting_the_pace_to_zero_ends_every_wait() -> None:
    thing = Thing()
    pacer = Pacer(HandClock(), pace=1)
    pacer.hold(thing, ROW)
    pacer.set_pace(0)
    assert thing.state == "available"


def test_a_negative_pace_is_refused(aws: Embedded) -> None:
    with pytest.raises(RehearsalError, match="negative"):
        aws.set_pace(-1)


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.method)
def test_rows_name_operations_and_sources(row: Transition) -> None:
    operation = "".join(part.capitalize() for part in row.method.split("_"))
    assert operation in service_model(row.service).operation_names
    assert row.typical_s > 0
    assert row.source


@pytest.fixture
def paced(aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Embedded, HandClock]]:
    clock = HandClock()
    monkeypatch.setattr(aws.pacer, "_clock", clock)
    yield aws, clock
    aws.set_pace(0)


def test_a_nat_gateway_is_pending_then_available_then_deleting_then_deleted(
    paced: tuple[Embedded, HandClock],
) -> None:
    aws, clock = paced
    ec2 = make_client(aws.url, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    aws.set_pace(1)
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    nat = made["NatGatewayId"]

    def state() -> str:
        return str(ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"])

    assert made["State"] == "pending"
    assert state() == "pending"
    assert ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["available"]}])["NatGateways"] == []
    clock.now += 110
    assert state() == "available"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert state() == "deleting"
    clock.now += 50
    assert state() == "deleted"


def test_an_interface_endpoint_takes_its_time_and_a_gateway_one_does_not(paced: tuple[Embedded, HandClock]) -> None:
    aws, clock = paced
    ec2 = make_client(aws.url, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    aws.set_pace(1)

    def state(id_: str) -> str:
        return str(ec2.describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"][0]["State"])

    def make(service: str, kind: str, **more: list[str]) -> str:
        name = f"com.amazonaws.us-east-1.{service}"
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=name, VpcEndpointType=kind, **more)
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    door, gateway = make("logs", "Interface", SubnetIds=[subnet]), make("s3", "Gateway")
    assert (state(door), state(gateway)) == ("pending", "available")
    clock.now += 90
    assert state(door) == "available"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[door])
    assert state(door) == "deleting"
    clock.now += 60
    assert state(door) == "deleted"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[gateway])
    assert (state(door), state(gateway)) == ("deleted", "deleting")
