"""Amazon VPC: quotas, the order in which things may go, and subnets, gateways and addresses as AWS makes them."""

from __future__ import annotations

from typing import Any

from runbook.rehearsal.rules.ec2_users import alive_endpoints, alive_gateways, in_subnet, mapped_in
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

MOST_VPCS = 5
MOST_ADDRESSES = 5
"""Defaults of a new account (AWS docs: Amazon VPC quotas; Elastic IP addresses), seen 2026-11-23."""


def _ec2(call: WireCall, world: World) -> Any:
    return world.backend("ec2", call.region)


def _too_many_vpcs(call: WireCall, world: World) -> str | None:
    full = len(_ec2(call, world).vpcs) >= MOST_VPCS
    return "The maximum number of VPCs has been reached." if full else None


def _too_many_addresses(call: WireCall, world: World) -> str | None:
    full = len(_ec2(call, world).addresses) >= MOST_ADDRESSES
    return "The maximum number of addresses has been reached." if full else None


def _plain_subnet(call: WireCall, world: World) -> None:
    ec2 = _ec2(call, world)
    mine = [one for each in ec2.subnets.values() for one in each.values() if one.vpc_id == call.params.get("VpcId")]
    for subnet in mine:
        if not ec2.vpcs[subnet.vpc_id].is_default:
            subnet.default_for_az = subnet.map_public_ip_on_launch = False


def _subnet_in_use(call: WireCall, world: World) -> str | None:
    subnet = str(call.params.get("SubnetId"))
    if users := in_subnet(call, world, subnet):
        return f"The subnet '{subnet}' has dependencies and cannot be deleted. ({users})"
    return None


def _addresses_mapped(call: WireCall, world: World) -> str | None:
    vpc = str(call.params.get("VpcId"))
    if users := mapped_in(call, world, vpc):
        return (
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            f"detaching the gateway. ({users})"
        )
    return None


def _vpc_in_use(call: WireCall, world: World) -> str | None:
    vpc, ec2 = str(call.params.get("VpcId")), _ec2(call, world)
    users = [
        *(one.id for one in ec2.internet_gateways.values() if one.vpc and one.vpc.id == vpc),
        *(one.id for one in ec2.groups.get(vpc, {}).values() if one.name != "default"),
        *(one.id for one in alive_endpoints(ec2) if one.vpc_id == vpc),
        *(one.id for one in alive_gateways(ec2) if one.vpc_id == vpc),
    ]
    if users:
        return f"The vpc '{vpc}' has dependencies and cannot be deleted. ({', '.join(users)})"
    return None


def _table_in_use(call: WireCall, world: World) -> str | None:
    table = str(call.params.get("RouteTableId"))
    found = _ec2(call, world).route_tables.get(table)
    main = found is not None and found.main_association_id is not None
    return f"The routeTable '{table}' has dependencies and cannot be deleted. (main)" if main else None


def _address_in_use(call: WireCall, world: World) -> str | None:
    allocation = call.params.get("AllocationId")
    for gateway in alive_gateways(_ec2(call, world)):
        if any(one.get("allocationId") == allocation for one in gateway.address_set):
            return f"Address {allocation} is in use. ({gateway.id})"
    return None


def _no_such_gateway(call: WireCall, world: World) -> str | None:
    id_ = call.params.get("NatGatewayId")
    found = _ec2(call, world).nat_gateways.get(id_)
    return f"The Nat Gateway {id_} was not found" if found is None or found.state == "deleted" else None


def _free_what_it_held(call: WireCall, world: World) -> None:
    ec2 = _ec2(call, world)
    gateway = ec2.nat_gateways[call.params["NatGatewayId"]]
    ec2.enis.pop(gateway._eni.id, None)
    for address in ec2.addresses:
        if address.eni is gateway._eni:
            address.eni = address.association_id = None


def _fails_without_internet(call: WireCall, world: World) -> None:
    ec2 = _ec2(call, world)
    gateway = next(reversed(ec2.nat_gateways.values()))
    attached = {one.vpc.id for one in ec2.internet_gateways.values() if one.vpc}
    if gateway.connectivity_type != "private" and gateway.vpc_id not in attached:
        gateway.state = "failed"
        gateway.failure_code = "Gateway.NotAttached"
        gateway.failure_message = f"Network {gateway.vpc_id} has no Internet gateway attached"


def _tag_filters(call: WireCall) -> dict[str, set[str]]:
    filters = call.params.get("Filters") or call.params.get("Filter") or []
    return {
        one["Name"].removeprefix("tag:"): set(one["Values"])
        for one in filters
        if one.get("Name", "").startswith("tag:")
    }


def _gateways_by_tag(call: WireCall, world: World) -> dict[str, Any] | None:
    wanted = _tag_filters(call)
    if not wanted:
        return None
    filters = call.params.get("Filters") or call.params.get("Filter") or []
    rest = {one["Name"]: one["Values"] for one in filters if not one["Name"].startswith("tag:")}
    ec2 = _ec2(call, world)
    found = []
    for gateway in ec2.describe_nat_gateways(rest or None, call.params.get("NatGatewayIds")):
        tags = {tag["key"]: tag["value"] for tag in gateway.get_tags()}
        if all(tags.get(name) in values for name, values in wanted.items()):
            found.append(gateway_as_answer(gateway))
    return {"NatGateways": found}


def gateway_as_answer(gateway: Any) -> dict[str, Any]:
    """A NAT gateway of moto in boto3's shape."""
    keys = {"allocationId": "AllocationId", "publicIp": "PublicIp", "networkInterfaceId": "NetworkInterfaceId"}
    keys |= {"privateIp": "PrivateIp", "associationId": "AssociationId"}
    made = {
        "NatGatewayId": gateway.id,
        "SubnetId": gateway.subnet_id,
        "VpcId": gateway.vpc_id,
        "State": gateway.state,
        "ConnectivityType": gateway.connectivity_type,
        "CreateTime": gateway._created_at,
        "NatGatewayAddresses": [
            {name: one[key] for key, name in keys.items() if one.get(key)} for one in gateway.address_set
        ],
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in gateway.get_tags()],
    }
    failure = {"FailureCode": "failure_code", "FailureMessage": "failure_message"}
    return made | {name: getattr(gateway, key) for name, key in failure.items() if hasattr(gateway, key)}


EC2_NETWORK_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=("CreateVpc",),
        code="VpcLimitExceeded",
        gap="any number of VPCs is made",
        source="AWS docs: Amazon VPC quotas; Amazon EC2 API error codes",
        refuse=_too_many_vpcs,
    ),
    Rule(
        service="ec2",
        operations=("AllocateAddress",),
        code="AddressLimitExceeded",
        gap="any number of addresses is given",
        source="AWS docs: Elastic IP addresses (5 a region); Amazon EC2 API error codes",
        refuse=_too_many_addresses,
    ),
    Rule(
        service="ec2",
        operations=("CreateSubnet",),
        gap="the first subnet of a zone counts as a default one and gives out public addresses",
        source="botocore 1.44 service model: ec2 Subnet, DefaultForAz and MapPublicIpOnLaunch",
        complete=_plain_subnet,
    ),
    Rule(
        service="ec2",
        operations=("DeleteSubnet",),
        code="DependencyViolation",
        gap="a subnet with interfaces, gateways, endpoints or load balancers in it is deleted",
        source="AWS docs: Amazon EC2 API error codes (DependencyViolation); Delete a subnet",
        refuse=_subnet_in_use,
    ),
    Rule(
        service="ec2",
        operations=("DetachInternetGateway",),
        code="DependencyViolation",
        gap="a gateway is detached while public addresses are mapped through it",
        source="botocore 1.44 service model: ec2 DetachInternetGateway (no instances with Elastic IP addresses)",
        refuse=_addresses_mapped,
    ),
    Rule(
        service="ec2",
        operations=("DeleteVpc",),
        code="DependencyViolation",
        gap="a VPC with gateways, groups or endpoints is deleted",
        source="botocore 1.44 service model: ec2 DeleteVpc (detach or delete all gateways and resources first)",
        refuse=_vpc_in_use,
    ),
    Rule(
        service="ec2",
        operations=("DeleteRouteTable",),
        code="DependencyViolation",
        gap="the main route table is deleted",
        source="botocore 1.44 service model: ec2 DeleteRouteTable (you can't delete the main route table)",
        refuse=_table_in_use,
    ),
    Rule(
        service="ec2",
        operations=("ReleaseAddress",),
        code="InvalidIPAddress.InUse",
        gap="the address of a NAT gateway is released",
        source="botocore 1.44 service model: ec2 ReleaseAddress (disassociate it first); Amazon EC2 API error codes",
        refuse=_address_in_use,
    ),
    Rule(
        service="ec2",
        operations=("DeleteNatGateway",),
        code="NatGatewayNotFound",
        gap="deleting a NAT gateway that does not exist breaks, and a deleted one is deleted again",
        source="AWS docs: Amazon EC2 API error codes (NatGatewayNotFound)",
        refuse=_no_such_gateway,
    ),
    Rule(
        service="ec2",
        operations=("DeleteNatGateway",),
        gap="the interface and the address of a deleted NAT gateway stay taken",
        source="botocore 1.44 service model: ec2 DeleteNatGateway (disassociates its Elastic IP address)",
        complete=_free_what_it_held,
    ),
    Rule(
        service="ec2",
        operations=("CreateNatGateway",),
        gap="a public NAT gateway works in a VPC without internet gateway",
        source="AWS docs: Troubleshoot NAT gateways (Gateway.NotAttached)",
        complete=_fails_without_internet,
    ),
    Rule(
        service="ec2",
        operations=("DescribeNatGateways",),
        gap="a filter by tag finds every NAT gateway",
        source="botocore 1.44 service model: ec2 DescribeNatGateways, Filter tag:<key>",
        reply=_gateways_by_tag,
    ),
)
