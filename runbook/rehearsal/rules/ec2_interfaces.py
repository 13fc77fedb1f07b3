"""Amazon EC2: the network interfaces that AWS makes for gateways and endpoints say what they are for."""

from __future__ import annotations

from typing import Any

from runbook.rehearsal.rules.ec2_users import alive_endpoints, alive_gateways
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


def _say_what_for(call: WireCall, world: World) -> None:
    ec2 = world.backend("ec2", call.region)
    for gateway in alive_gateways(ec2):
        _managed(gateway._eni, f"Interface for NAT Gateway {gateway.id}")
    for endpoint in alive_endpoints(ec2):
        groups = [group for one in endpoint.security_group_ids or () if (group := ec2.get_security_group_from_id(one))]
        for interface in (ec2.enis[id_] for id_ in endpoint.network_interface_ids or () if id_ in ec2.enis):
            _managed(interface, f"VPC Endpoint Interface {endpoint.id}")
            interface._group_set = groups


def _managed(interface: Any, description: str) -> None:
    interface.description, interface.status = description, "in-use"
    interface.requester_managed = True


EC2_INTERFACE_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=("CreateNatGateway", "CreateVpcEndpoint", "ModifyVpcEndpoint"),
        gap="the network interfaces of gateways and endpoints do not say what they are for, and have no groups",
        source="AWS docs: Requester-managed network interfaces; Troubleshoot NAT gateways",
        complete=_say_what_for,
    ),
)
