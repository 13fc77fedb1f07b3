"""Who uses a subnet, a group or an address right now: what AWS would name when it refuses to delete one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


def alive_gateways(ec2: Any) -> Iterator[Any]:
    """NAT gateways that are not gone yet."""
    return (one for one in ec2.nat_gateways.values() if one.state not in ("deleted", "failed"))


def alive_endpoints(ec2: Any) -> Iterator[Any]:
    """VPC endpoints that are not gone yet."""
    return (one for one in ec2.vpc_end_points.values() if one.state != "deleted")


def load_balancers(call: WireCall, world: World) -> list[Any]:
    """The load balancers of the region; none when nobody has used that service, which is then not loaded for this."""
    if "moto.elbv2.models" not in sys.modules:
        return []
    return list(world.backend("elbv2", call.region).load_balancers.values())


def in_subnet(call: WireCall, world: World, subnet: str) -> str:
    """What has an address in a subnet; empty when nothing has."""
    ec2 = world.backend("ec2", call.region)
    users = [
        *(one.id for one in ec2.enis.values() if getattr(one.subnet, "id", "") == subnet),
        *(one.id for one in alive_gateways(ec2) if one.subnet_id == subnet),
        *(one.id for one in alive_endpoints(ec2) if subnet in (one.subnet_ids or ())),
        *(one.name for one in load_balancers(call, world) if subnet in {each.id for each in one.subnets}),
    ]
    return ", ".join(users)


def in_group(call: WireCall, world: World, group: str) -> str:
    """What is in a group, or names it in a rule; empty when nothing does."""
    ec2 = world.backend("ec2", call.region)
    others = [one for groups in ec2.groups.values() for one in groups.values() if one.id != group]
    users = [
        *(
            one.id
            for one in others
            if any(rule.source_group.get("GroupId") == group for rule in (*one.ingress_rules, *one.egress_rules))
        ),
        *(one.id for one in ec2.enis.values() if any(each.id == group for each in one.group_set)),
        *(one.id for one in alive_endpoints(ec2) if group in one.security_group_ids),
        *(one.name for one in load_balancers(call, world) if group in (one.security_groups or ())),
    ]
    return ", ".join(users)


def mapped_in(call: WireCall, world: World, vpc: str) -> str:
    """What has a public address in a VPC; empty when nothing has."""
    ec2 = world.backend("ec2", call.region)
    return ", ".join(
        [
            *(one.id for one in alive_gateways(ec2) if one.vpc_id == vpc and one.connectivity_type != "private"),
            *(one.name for one in load_balancers(call, world) if one.vpc_id == vpc and one.scheme == "internet-facing"),
        ]
    )
