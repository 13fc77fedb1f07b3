"""VPC endpoints: which services there are and in which zones, private names, and what changing one does."""

from __future__ import annotations

from typing import Any

from runbook.rehearsal.rules.ec2_users import alive_endpoints
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

INTERFACE_SERVICES = (
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "elasticloadbalancing",
    "events",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
)
GATEWAY_SERVICES = ("dynamodb", "s3")
"""AWS docs: AWS services that integrate with AWS PrivateLink; Gateway endpoints; seen 2026-11-23."""

LACKING: dict[str, tuple[str, ...]] = {"use1-az3": ("secretsmanager", "sqs", "xray")}
"""Zone -> services that the rehearsal does not offer there, so that choosing zones is rehearsed. Which zones lack
what on AWS changes; the runbook asks."""

_SOURCE = "botocore 1.44 service model: ec2 CreateVpcEndpoint"


def _ec2(call: WireCall, world: World) -> Any:
    return world.backend("ec2", call.region)


def _details(call: WireCall, world: World) -> list[dict[str, Any]]:
    zones = _ec2(call, world).describe_availability_zones()
    made = []
    for kind, names in (("Gateway", GATEWAY_SERVICES), ("Interface", INTERFACE_SERVICES)):
        for name in names:
            offered = [zone.name for zone in zones if name not in LACKING.get(zone.zone_id, ())]
            whole = f"com.amazonaws.{call.region}.{name}"
            detail = {
                "ServiceName": whole,
                "ServiceId": f"vpce-svc-{name.replace('.', '')}{kind[:1].lower()}",
                "ServiceType": [{"ServiceType": kind}],
                "AvailabilityZones": offered,
                "Owner": "amazon",
                "VpcEndpointPolicySupported": True,
                "AcceptanceRequired": False,
                "Tags": [],
            }
            if kind == "Interface":
                detail["PrivateDnsName"] = f"{name}.{call.region}.amazonaws.com"
            made.append(detail)
    return made


def _services(call: WireCall, world: World) -> dict[str, Any]:
    wanted = call.params.get("ServiceNames") or ()
    found = [one for one in _details(call, world) if not wanted or one["ServiceName"] in wanted]
    for one in call.params.get("Filters") or ():
        if one.get("Name") == "service-type":
            found = [each for each in found if each["ServiceType"][0]["ServiceType"] in one["Values"]]
        if one.get("Name") == "service-name":
            found = [each for each in found if each["ServiceName"] in one["Values"]]
    return {"ServiceDetails": found, "ServiceNames": sorted({one["ServiceName"] for one in found})}


def _no_such_service(call: WireCall, world: World) -> str | None:
    names = call.params.get("ServiceNames") or [call.params.get("ServiceName")]
    if call.operation.startswith("Describe") and not call.params.get("ServiceNames"):
        return None
    offered = {one["ServiceName"] for one in _details(call, world)}
    unknown = [name for name in names if name not in offered]
    return f"The Vpc Endpoint Service '{unknown[0]}' does not exist" if unknown else None


def _is_interface(call: WireCall) -> bool:
    return str(call.params.get("VpcEndpointType", "Gateway")).lower() == "interface"


def _private_dns(call: WireCall) -> bool:
    return _is_interface(call) and call.params.get("PrivateDnsEnabled", True) is not False


def _dns_off(call: WireCall, world: World) -> str | None:
    vpc = _ec2(call, world).vpcs.get(call.params.get("VpcId"))
    if vpc is None or not _private_dns(call):
        return None
    on = all(str(getattr(vpc, name)).lower() == "true" for name in ("enable_dns_support", "enable_dns_hostnames"))
    return (
        None
        if on
        else (
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{vpc.id}"
        )
    )


def _name_taken(call: WireCall, world: World) -> str | None:
    if not _private_dns(call):
        return None
    vpc, service = call.params.get("VpcId"), call.params.get("ServiceName")
    for one in alive_endpoints(_ec2(call, world)):
        if one.vpc_id == vpc and one.service_name == service and one.private_dns_enabled and one.subnet_ids:
            return (
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{service} in the VPC {vpc}"
            )
    return None


def _not_in_zone(call: WireCall, world: World) -> str | None:
    if not _is_interface(call):
        return None
    ec2, short = _ec2(call, world), str(call.params.get("ServiceName")).split(".", 3)[-1]
    for subnets in ec2.subnets.values():
        for subnet in subnets.values():
            zone = subnet.availability_zone_id
            if subnet.id in (call.params.get("SubnetIds") or ()) and short in LACKING.get(zone, ()):
                return (
                    f"The VPC endpoint service {call.params['ServiceName']} does not support the zone of {subnet.id}."
                )
    return None


def _two_in_a_zone(call: WireCall, world: World) -> str | None:
    ids = call.params.get("SubnetIds") or ()
    subnets = [one for each in _ec2(call, world).subnets.values() for one in each.values() if one.id in ids]
    zones = [one.availability_zone_id for one in subnets]
    return "Found another VPC endpoint subnet in the same availability zone." if len(set(zones)) < len(zones) else None


def _route_exists(call: WireCall, world: World) -> str | None:
    if _is_interface(call):
        return None
    tables = set(call.params.get("RouteTableIds") or ())
    for one in alive_endpoints(_ec2(call, world)):
        both = tables & set(one.route_table_ids or ()) if not one.subnet_ids else set()
        if both and one.service_name == call.params.get("ServiceName"):
            return f"route table {min(both)} already has a route with destination-prefix-list-id of {one.id}"
    return None


def _default_group(call: WireCall, world: World) -> None:
    ec2 = _ec2(call, world)
    endpoint = next(reversed(ec2.vpc_end_points.values()))
    if _is_interface(call) and not endpoint.security_group_ids:
        groups = ec2.groups.get(endpoint.vpc_id, {}).values()
        endpoint.security_group_ids = [one.id for one in groups if one.name == "default"]


def _follow_change(call: WireCall, world: World) -> None:
    ec2, params = _ec2(call, world), call.params
    endpoint = ec2.vpc_end_points[params["VpcEndpointId"]]
    if "PrivateDnsEnabled" in params:
        endpoint.private_dns_enabled = params["PrivateDnsEnabled"]
    prefix = endpoint.destination_prefix_list_id
    for table in params.get("AddRouteTableIds") or () if prefix else ():
        ec2.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix)
    for table in params.get("RemoveRouteTableIds") or () if prefix else ():
        ec2.delete_route(table, prefix)
    gone = set(params.get("RemoveSubnetIds") or ())
    for id_ in list(endpoint.network_interface_ids):
        if id_ in ec2.enis and ec2.enis[id_].subnet.id in gone:
            del ec2.enis[id_]
            endpoint.network_interface_ids.remove(id_)
    for subnet in params.get("AddSubnetIds") or ():
        endpoint.network_interface_ids.append(ec2.create_network_interface(ec2.get_subnet(subnet), None).id)


EC2_ENDPOINT_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint", "DescribeVpcEndpointServices"),
        code="InvalidServiceName",
        gap="an endpoint for a service that does not exist is made",
        source="AWS docs: Amazon EC2 API error codes (InvalidServiceName)",
        refuse=_no_such_service,
    ),
    Rule(
        service="ec2",
        operations=("DescribeVpcEndpointServices",),
        gap="DescribeVpcEndpointServices loads all of moto and offers each service in every zone; the rehearsal knows "
        "the services of this deployment, and one zone of us-east-1 lacks some",
        source="AWS docs: AWS services that integrate with AWS PrivateLink",
        reply=_services,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        code="InvalidParameter",
        gap="private DNS is switched on in a VPC whose DNS attributes are off",
        source=f"{_SOURCE}, PrivateDnsEnabled",
        refuse=_dns_off,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        code="InvalidParameter",
        gap="a second endpoint takes the same private name",
        source="AWS docs: Access an AWS service using an interface VPC endpoint, private DNS",
        refuse=_name_taken,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        code="InvalidParameter",
        gap="an endpoint is made in a zone that does not offer its service",
        source="AWS docs: Interface endpoints, subnets and Availability Zones",
        refuse=_not_in_zone,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        code="DuplicateSubnetsInSameZone",
        gap="an endpoint has two subnets in one zone",
        source="AWS docs: Amazon EC2 API error codes (DuplicateSubnetsInSameZone)",
        refuse=_two_in_a_zone,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        code="RouteAlreadyExists",
        gap="a second gateway endpoint for a service is made in the same route table",
        source="AWS docs: Gateway endpoints, considerations; Amazon EC2 API error codes",
        refuse=_route_exists,
    ),
    Rule(
        service="ec2",
        operations=("CreateVpcEndpoint",),
        gap="an interface endpoint without groups has none",
        source=f"{_SOURCE}, SecurityGroupIds (the default security group)",
        complete=_default_group,
    ),
    Rule(
        service="ec2",
        operations=("ModifyVpcEndpoint",),
        gap="changing an endpoint changes neither routes nor interfaces nor its private name",
        source="botocore 1.44 service model: ec2 ModifyVpcEndpoint",
        complete=_follow_change,
    ),
)
