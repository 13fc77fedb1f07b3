"""The rules of the network bite real clients: quotas, order of removal, subnets, gateways, addresses, tokens."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

from runbook.rehearsal.rules.ec2_network import MOST_ADDRESSES, MOST_VPCS

TAGS = [{"Key": "karet:stack", "Value": "karet"}]


@pytest.fixture
def ec2(client: ClientFor) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"])


def _subnet(ec2: Any, vpc: str, block: str = "10.20.0.0/24", zone: str = "use1-az1") -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZoneId=zone)
    return str(made["Subnet"]["SubnetId"])


def _gateway(ec2: Any, vpc: str) -> str:
    gateway = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def _address(ec2: Any) -> str:
    return str(ec2.allocate_address(Domain="vpc")["AllocationId"])


def _nat(ec2: Any, subnet: str, address: str, **more: Any) -> str:
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, **more)
    return str(made["NatGateway"]["NatGatewayId"])


@bites("ec2", "any number of VPCs is made")
def test_an_account_has_five_vpcs_the_default_one_among_them(ec2: Any) -> None:
    while len(ec2.describe_vpcs()["Vpcs"]) < MOST_VPCS:
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert code_of(lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16")) == "VpcLimitExceeded"


@bites("ec2", "any number of addresses is given")
def test_an_account_has_five_addresses(ec2: Any) -> None:
    for _ in range(MOST_ADDRESSES):
        _address(ec2)
    assert code_of(lambda: _address(ec2)) == "AddressLimitExceeded"


@bites("ec2", "the first subnet of a zone counts as a default one and gives out public addresses")
def test_a_new_subnet_is_no_default_one(ec2: Any, vpc: str) -> None:
    _subnet(ec2, vpc)
    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert [(one["DefaultForAz"], one["MapPublicIpOnLaunch"]) for one in found] == [(False, False)]


@bites("ec2", "a subnet with interfaces, gateways, endpoints or load balancers in it is deleted")
def test_a_subnet_in_use_stays(ec2: Any, vpc: str) -> None:
    subnet = _subnet(ec2, vpc)
    eni = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    assert code_of(lambda: ec2.delete_subnet(SubnetId=subnet)) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    _gateway(ec2, vpc)
    nat = _nat(ec2, subnet, _address(ec2))
    assert code_of(lambda: ec2.delete_subnet(SubnetId=subnet)) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.delete_subnet(SubnetId=subnet)


@bites("ec2", "a gateway is detached while public addresses are mapped through it")
def test_an_internet_gateway_stays_while_addresses_are_mapped(ec2: Any, vpc: str) -> None:
    gateway, subnet = _gateway(ec2, vpc), _subnet(ec2, vpc)
    nat = _nat(ec2, subnet, _address(ec2))
    detach = {"InternetGatewayId": gateway, "VpcId": vpc}
    assert code_of(lambda: ec2.detach_internet_gateway(**detach)) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.detach_internet_gateway(**detach)


@bites("ec2", "a VPC with gateways, groups or endpoints is deleted")
def test_a_vpc_in_use_stays(ec2: Any, vpc: str) -> None:
    gateway = _gateway(ec2, vpc)
    assert code_of(lambda: ec2.delete_vpc(VpcId=vpc)) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    group = ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc)["GroupId"]
    assert code_of(lambda: ec2.delete_vpc(VpcId=vpc)) == "DependencyViolation"
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)


@bites("ec2", "the main route table is deleted")
def test_the_main_route_table_stays(ec2: Any, vpc: str) -> None:
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    assert code_of(lambda: ec2.delete_route_table(RouteTableId=main)) == "DependencyViolation"


@bites(
    "ec2",
    "the address of a NAT gateway is released",
    "the interface and the address of a deleted NAT gateway stay taken",
)
def test_an_address_is_free_only_when_its_gateway_is_gone(ec2: Any, vpc: str) -> None:
    _gateway(ec2, vpc)
    address = _address(ec2)
    nat = _nat(ec2, _subnet(ec2, vpc), address)
    assert code_of(lambda: ec2.release_address(AllocationId=address)) == "InvalidIPAddress.InUse"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert "AssociationId" not in ec2.describe_addresses()["Addresses"][0]
    ec2.release_address(AllocationId=address)


@bites("ec2", "deleting a NAT gateway that does not exist breaks, and a deleted one is deleted again")
def test_a_nat_gateway_is_deleted_once(ec2: Any, vpc: str) -> None:
    _gateway(ec2, vpc)
    nat = _nat(ec2, _subnet(ec2, vpc), _address(ec2))
    ec2.delete_nat_gateway(NatGatewayId=nat)
    for id_ in (nat, "nat-0123456789abcdef0"):
        assert code_of(lambda id_=id_: ec2.delete_nat_gateway(NatGatewayId=id_)) == "NatGatewayNotFound"


@bites("ec2", "a public NAT gateway works in a VPC without internet gateway")
def test_a_nat_gateway_without_internet_fails_and_says_why(ec2: Any, vpc: str) -> None:
    nat = _nat(ec2, _subnet(ec2, vpc), _address(ec2))
    found = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
    assert found["State"] == "failed"


@bites("ec2", "a filter by tag finds every NAT gateway")
def test_nat_gateways_are_filtered_by_tag(ec2: Any, vpc: str) -> None:
    _gateway(ec2, vpc)
    subnet = _subnet(ec2, vpc)
    _nat(ec2, subnet, _address(ec2))
    ours = _nat(ec2, subnet, _address(ec2), TagSpecifications=[{"ResourceType": "natgateway", "Tags": TAGS}])
    by_tag = [{"Name": "tag:karet:stack", "Values": ["karet"]}]
    found = ec2.describe_nat_gateways(Filters=by_tag)["NatGateways"]
    assert [one["NatGatewayId"] for one in found] == [ours]
    assert found[0]["Tags"] == TAGS
    assert found[0]["SubnetId"] == subnet
    nothing = [*by_tag, {"Name": "state", "Values": ["failed"]}]
    assert ec2.describe_nat_gateways(Filters=nothing)["NatGateways"] == []


@bites(
    "ec2",
    "a client token is taken again with other parameters",
    "the same client token makes a second route table, NAT gateway or endpoint",
    "client tokens are forgotten",
)
def test_a_client_token_makes_one_thing(ec2: Any, vpc: str) -> None:
    _gateway(ec2, vpc)
    subnet, address = _subnet(ec2, vpc), _address(ec2)
    service = "com.amazonaws.us-east-1.s3"
    for make, key, name, params in (
        (ec2.create_route_table, "RouteTable", "RouteTableId", {"VpcId": vpc}),
        (ec2.create_nat_gateway, "NatGateway", "NatGatewayId", {"SubnetId": subnet, "AllocationId": address}),
        (ec2.create_vpc_endpoint, "VpcEndpoint", "VpcEndpointId", {"VpcId": vpc, "ServiceName": service}),
    ):
        first = make(**params, ClientToken="t" * 32)[key][name]
        assert make(**params, ClientToken="t" * 32)[key][name] == first
        other = {**params, "TagSpecifications": [{"ResourceType": "natgateway", "Tags": TAGS}]}
        assert code_of(lambda: make(**other, ClientToken="t" * 32)) == "IdempotentParameterMismatch"  # noqa: B023
    assert len(ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]) == 2
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 1
