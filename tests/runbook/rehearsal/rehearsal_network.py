"""A small network for the tests of rules that need one: two public subnets in two zones, and a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rehearsal_clients import ClientFor


@dataclass(frozen=True)
class Network:
    """Ids of what was made."""

    vpc: str
    subnets: tuple[str, str]
    group: str
    gateway: str


def make_network(client: ClientFor, *, gateway: bool = True) -> Network:
    """A VPC with two subnets in two zones, one group, and a way in unless it is not wanted."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    )
    group = ec2.create_security_group(GroupName="front", Description="front", VpcId=vpc)["GroupId"]
    way_in = ""
    if gateway:
        way_in = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=way_in, VpcId=vpc)
    return Network(vpc, (subnets[0], subnets[1]), group, way_in)


def make_balancer(client: ClientFor, network: Network, name: str = "karet-alb", **more: Any) -> dict[str, Any]:
    """An application load balancer in both subnets."""
    params = {"Name": name, "Subnets": list(network.subnets), "SecurityGroups": [network.group], **more}
    made: dict[str, Any] = client("elbv2").create_load_balancer(**params)["LoadBalancers"][0]
    return made


def make_targets(client: ClientFor, network: Network, name: str = "karet-web", **more: Any) -> str:
    """The ARN of a target group of type ip."""
    params = {
        "Name": name,
        "Protocol": "HTTP",
        "Port": 3000,
        "VpcId": network.vpc,
        "TargetType": "ip",
        "HealthCheckPath": "/",
        **more,
    }
    return str(client("elbv2").create_target_group(**params)["TargetGroups"][0]["TargetGroupArn"])
