"""The rules of endpoints and security groups bite real clients."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

LOGS = "com.amazonaws.us-east-1.logs"
S3 = "com.amazonaws.us-east-1.s3"


@pytest.fixture
def ec2(client: ClientFor) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """A VPC in which private names work."""
    made = str(ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"])
    ec2.modify_vpc_attribute(VpcId=made, EnableDnsHostnames={"Value": True})
    return made


def _subnet(ec2: Any, vpc: str, number: int = 0, zone: str = "use1-az1") -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZoneId=zone)
    return str(made["Subnet"]["SubnetId"])


def _interface(ec2: Any, vpc: str, subnets: list[str], service: str = LOGS, **more: Any) -> dict[str, Any]:
    params = {"VpcId": vpc, "ServiceName": service, "VpcEndpointType": "Interface", "SubnetIds": subnets, **more}
    made: dict[str, Any] = ec2.create_vpc_endpoint(**params)["VpcEndpoint"]
    return made


def _table(ec2: Any, vpc: str) -> str:
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def _to_endpoints(ec2: Any, table: str) -> int:
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return sum(1 for one in routes if "DestinationPrefixListId" in one)


@bites("ec2", "a group name that begins with sg-, is too long or has other characters is accepted")
@pytest.mark.parametrize("name", ["sg-alb", "SG-alb", "a" * 256, "käret"])
def test_an_illegal_group_name_is_refused(ec2: Any, vpc: str, name: str) -> None:
    make = {"GroupName": name, "Description": "x", "VpcId": vpc}
    assert code_of(lambda: ec2.create_security_group(**make)) == "InvalidParameterValue"


def test_the_name_of_the_stack_in_front_makes_a_group_name_legal(ec2: Any, vpc: str) -> None:
    assert ec2.create_security_group(GroupName="karet-sg-alb", Description="x", VpcId=vpc)["GroupId"]


@bites("ec2", "the default group of a VPC is deleted")
def test_the_default_group_stays(ec2: Any, vpc: str) -> None:
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert code_of(lambda: ec2.delete_security_group(GroupId=groups[0]["GroupId"])) == "CannotDelete"


@bites("ec2", "a group is deleted that interfaces, endpoints, load balancers or rules of other groups use")
def test_a_group_in_use_stays(ec2: Any, vpc: str) -> None:
    one, other = (
        ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"] for name in ("a", "b")
    )
    pair = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": one}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
    assert code_of(lambda: ec2.delete_security_group(GroupId=one)) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=pair)
    endpoint = _interface(ec2, vpc, [_subnet(ec2, vpc)], SecurityGroupIds=[one])["VpcEndpointId"]
    assert code_of(lambda: ec2.delete_security_group(GroupId=one)) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    eni = ec2.create_network_interface(SubnetId=_subnet(ec2, vpc, 1), Groups=[one])["NetworkInterface"]
    assert code_of(lambda: ec2.delete_security_group(GroupId=one)) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=eni["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=one)


@bites("ec2", "an endpoint for a service that does not exist is made")
def test_a_service_that_does_not_exist_is_refused(ec2: Any, vpc: str) -> None:
    subnet, bogus = _subnet(ec2, vpc), "com.amazonaws.us-east-1.bogus"
    assert code_of(lambda: _interface(ec2, vpc, [subnet], bogus)) == "InvalidServiceName"
    assert code_of(lambda: ec2.describe_vpc_endpoint_services(ServiceNames=[bogus])) == "InvalidServiceName"


@bites(
    "ec2",
    "DescribeVpcEndpointServices loads all of moto and offers each service in every zone; the rehearsal knows the "
    "services of this deployment, and one zone of us-east-1 lacks some",
)
def test_services_are_listed_with_their_zones(ec2: Any) -> None:
    answer = ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.sqs"])
    (detail,) = answer["ServiceDetails"]
    assert "us-east-1e" not in detail["AvailabilityZones"]
    assert len(detail["AvailabilityZones"]) == 5
    gateways = ec2.describe_vpc_endpoint_services(Filters=[{"Name": "service-type", "Values": ["Gateway"]}])
    assert S3 in gateways["ServiceNames"]


@bites("ec2", "an endpoint is made in a zone that does not offer its service")
def test_an_endpoint_in_a_zone_without_its_service_is_refused(ec2: Any, vpc: str) -> None:
    subnet = _subnet(ec2, vpc, zone="use1-az3")
    assert code_of(lambda: _interface(ec2, vpc, [subnet], "com.amazonaws.us-east-1.sqs")) == "InvalidParameter"
    assert _interface(ec2, vpc, [subnet])["State"] == "available"


@bites("ec2", "private DNS is switched on in a VPC whose DNS attributes are off")
def test_private_names_need_both_dns_attributes(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = _subnet(ec2, vpc)
    assert code_of(lambda: _interface(ec2, vpc, [subnet])) == "InvalidParameter"
    assert _interface(ec2, vpc, [subnet], PrivateDnsEnabled=False)["PrivateDnsEnabled"] is False


@bites("ec2", "a second endpoint takes the same private name")
def test_one_endpoint_has_the_private_name_of_a_service(ec2: Any, vpc: str) -> None:
    subnet = _subnet(ec2, vpc)
    first = _interface(ec2, vpc, [subnet])["VpcEndpointId"]
    assert code_of(lambda: _interface(ec2, vpc, [subnet])) == "InvalidParameter"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
    assert _interface(ec2, vpc, [subnet])["VpcEndpointId"] != first


@bites("ec2", "an endpoint has two subnets in one zone")
def test_an_endpoint_has_one_subnet_a_zone(ec2: Any, vpc: str) -> None:
    subnets = [_subnet(ec2, vpc, number) for number in (0, 1)]
    assert code_of(lambda: _interface(ec2, vpc, subnets)) == "DuplicateSubnetsInSameZone"


@bites("ec2", "a second gateway endpoint for a service is made in the same route table")
def test_a_route_table_has_one_route_to_s3(ec2: Any, vpc: str) -> None:
    make = {"VpcId": vpc, "ServiceName": S3, "VpcEndpointType": "Gateway", "RouteTableIds": [_table(ec2, vpc)]}
    ec2.create_vpc_endpoint(**make)
    assert code_of(lambda: ec2.create_vpc_endpoint(**make)) == "RouteAlreadyExists"


@bites("ec2", "an interface endpoint without groups has none")
def test_an_endpoint_without_groups_gets_the_default_one(ec2: Any, vpc: str) -> None:
    made = _interface(ec2, vpc, [_subnet(ec2, vpc)])["VpcEndpointId"]
    groups = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]["Groups"]
    assert [one["GroupName"] for one in groups] == ["default"]


@bites("ec2", "changing an endpoint changes neither routes nor interfaces nor its private name")
def test_changing_an_endpoint_changes_what_hangs_on_it(ec2: Any, vpc: str) -> None:
    one, other = _table(ec2, vpc), _table(ec2, vpc)
    gateway = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[one])
    id_ = gateway["VpcEndpoint"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=id_, AddRouteTableIds=[other], RemoveRouteTableIds=[one])
    assert (_to_endpoints(ec2, one), _to_endpoints(ec2, other)) == (0, 1)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[id_])
    assert _to_endpoints(ec2, other) == 0
    first, second = _subnet(ec2, vpc, 0), _subnet(ec2, vpc, 1, "use1-az2")
    door = _interface(ec2, vpc, [first], PrivateDnsEnabled=False)["VpcEndpointId"]
    change = {"AddSubnetIds": [second], "RemoveSubnetIds": [first], "PrivateDnsEnabled": True}
    ec2.modify_vpc_endpoint(VpcEndpointId=door, **change)
    assert [each["SubnetId"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]] == [second]
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[door])["VpcEndpoints"][0]["PrivateDnsEnabled"] is True


def test_endpoints_are_filtered_by_tag(ec2: Any, vpc: str) -> None:
    subnet = _subnet(ec2, vpc)
    tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "karet:stack", "Value": "karet"}]}]
    ours = _interface(ec2, vpc, [subnet], TagSpecifications=tags)["VpcEndpointId"]
    _interface(ec2, vpc, [subnet], "com.amazonaws.us-east-1.sqs")
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:karet:stack", "Values": ["karet"]}])["VpcEndpoints"]
    assert [one["VpcEndpointId"] for one in found] == [ours]


@bites("ec2", "the network interfaces of gateways and endpoints do not say what they are for, and have no groups")
def test_interfaces_say_which_gateway_or_endpoint_they_belong_to(ec2: Any, vpc: str) -> None:
    subnet = _subnet(ec2, vpc)
    group = ec2.create_security_group(GroupName="doors", Description="x", VpcId=vpc)["GroupId"]
    endpoint = _interface(ec2, vpc, [subnet], SecurityGroupIds=[group])["VpcEndpointId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    found = {one["Description"]: one for one in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert set(found) == {f"VPC Endpoint Interface {endpoint}", f"Interface for NAT Gateway {nat}"}
    assert [one["GroupId"] for one in found[f"VPC Endpoint Interface {endpoint}"]["Groups"]] == [group]
