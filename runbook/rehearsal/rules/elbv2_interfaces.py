"""Elastic Load Balancing in the VPC: a load balancer holds network interfaces, and gives them back after its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.states import current_pacer
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

TAIL_S = 60.0
"""Seconds that the interfaces outlive their load balancer. Source: public issues about deletion: seconds to minutes."""

_FREED_BY = (
    "DeleteSecurityGroup",
    "DeleteSubnet",
    "DeleteVpc",
    "DescribeNetworkInterfaces",
    "DetachInternetGateway",
)


def description(arn: str) -> str:
    """How Elastic Load Balancing names an interface: `ELB app/<name>/<id>`."""
    return f"ELB {arn.rpartition('loadbalancer/')[2]}"


def _made(call: WireCall, world: World) -> None:
    """One interface a subnet, with the load balancer's groups, as AWS makes them."""
    for balancer in world.backend("elbv2", call.region).load_balancers.values():
        _bring_in_line(world, call.region, balancer)


def _bring_in_line(world: World, region: str, balancer: Any) -> None:
    ec2 = world.backend("ec2", region)
    named = description(balancer.arn)
    groups = [group for one in balancer.security_groups if (group := ec2.get_security_group_from_id(one))]
    held = {eni.subnet.id: eni for eni in ec2.enis.values() if eni.description == named}
    wanted = {subnet.id for subnet in balancer.subnets}
    for subnet in wanted - held.keys():
        eni = ec2.create_network_interface(subnet, None, group_ids=list(balancer.security_groups), description=named)
        eni.requester_managed = True
        eni.requester_id = "amazon-elb"
        eni.status = "in-use"
    for subnet, eni in held.items():
        if subnet in wanted:
            eni._group_set = list(groups)
        else:
            del ec2.enis[eni.id]


def _left(call: WireCall, world: World) -> None:
    """From here on the interfaces have only a while to live."""
    arn = str(call.params.get("LoadBalancerArn", ""))
    pacer = current_pacer()
    due = pacer.later(TAIL_S) if pacer else 0.0
    for eni in world.backend("ec2", call.region).enis.values():
        if eni.description == description(arn):
            world.kept["elbv2", "leaving", call.region, eni.id] = due
    _free(call, world)


def _free(call: WireCall, world: World) -> None:
    """Remove the interfaces whose time is over."""
    pacer = current_pacer()
    enis = world.backend("ec2", call.region).enis
    for key, due in list(world.kept.items()):
        if key[:3] == ("elbv2", "leaving", call.region) and (pacer is None or pacer.over(due)):
            enis.pop(key[3], None)
            del world.kept[key]


def _free_first(call: WireCall, world: World) -> Mapping[str, Any] | None:
    _free(call, world)
    return None


def _still_held(call: WireCall, world: World) -> str | None:
    """What a load balancer that is gone still holds cannot be removed yet."""
    _free(call, world)
    enis = world.backend("ec2", call.region).enis
    leaving = [enis[key[3]] for key in world.kept if key[:3] == ("elbv2", "leaving", call.region) and key[3] in enis]
    group, subnet = call.params.get("GroupId"), call.params.get("SubnetId")
    for eni in leaving:
        if subnet and eni.subnet.id == subnet:
            return f"The subnet '{subnet}' has dependencies and cannot be deleted."
        if group and group in {one.id for one in eni.group_set}:
            return f"resource {group} has a dependent object"
    return None


ELBV2_INTERFACE_RULES: tuple[Rule, ...] = (
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer", "SetSubnets", "SetSecurityGroups"),
        gap="a load balancer has no network interfaces, so nothing shows that it holds subnets and security groups",
        source="AWS docs: Requester-managed network interfaces; Elastic Load Balancing user guide",
        complete=_made,
    ),
    Rule(
        service="elbv2",
        operations=("DeleteLoadBalancer",),
        gap="a deleted load balancer leaves nothing behind; on AWS its network interfaces stay for a while",
        source="AWS docs: Elastic Load Balancing, delete a load balancer; public issues about DependencyViolation",
        complete=_left,
    ),
    Rule(
        service="ec2",
        operations=("DeleteSecurityGroup", "DeleteSubnet"),
        code="DependencyViolation",
        gap="a subnet and a group that a deleted load balancer still holds can be deleted at once",
        source="AWS docs: Amazon EC2 API reference, error code DependencyViolation",
        refuse=_still_held,
    ),
    Rule(
        service="ec2",
        operations=_FREED_BY,
        gap="the network interfaces of a deleted load balancer go after a while",
        source="AWS docs: Elastic Load Balancing, delete a load balancer",
        reply=_free_first,
    ),
)
