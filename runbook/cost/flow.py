"""Where traffic flows: how much of it reaches one gateway, one endpoint and the load balancer, for a way through the
network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from runbook.kinds.billing import HOURS, times
from runbook.kinds.ecs_service import Service
from runbook.kinds.nat import NatGateway
from runbook.kinds.vpc_endpoint import VpcEndpoint, short_name
from runbook.model import Resource, State, Usage

Number = TypeVar("Number", bound=Any)

LCU_CONNECTIONS: Final = Decimal(25)
"""New connections a second that one load balancer capacity unit (LCU) covers."""
LCU_ACTIVE: Final = Decimal(3000)
"""Connections open in a minute."""
LCU_GIB: Final = Decimal(1)
"""GiB an hour, to targets that are addresses."""
LCU_RULES: Final = Decimal(1000)
"""Rule evaluations a second. Source of all four: AWS docs: Elastic Load Balancing pricing, LCU details, 2026-11."""


@dataclass(frozen=True)
class Way:
    """What of a network decides where traffic flows.

    Parameters
    ----------
    gateways: NAT gateways, each in a zone of its own.
    zones: zones that tasks run in, evenly.
    endpoints: short names of the services that have an interface endpoint.
    s3_gateway: whether S3 is reached through the free gateway endpoint.
    public: tasks have public addresses and need no gateway.
    services: services of the cluster, each with a log group.
    """

    gateways: int
    zones: int
    endpoints: frozenset[str] = frozenset()
    s3_gateway: bool = True
    public: bool = False
    services: int = 2

    @classmethod
    def declared(cls, resources: Iterable[Resource]) -> Way:
        """The way that resources declare; what is not wanted does not count."""
        wanted = [one for one in resources if one.wanted]
        doors = [one for one in wanted if isinstance(one, VpcEndpoint)]
        services = [one for one in wanted if isinstance(one, Service)]
        gateways = sum(isinstance(one, NatGateway) for one in wanted)
        return cls(
            gateways=gateways,
            zones=max((len(one.subnets) for one in services), default=max(gateways, 1)),
            endpoints=frozenset(short_name(one.service) for one in doors if one.type == "Interface"),
            s3_gateway=any(one.type == "Gateway" and short_name(one.service) == "s3" for one in doors),
            services=len(services),
        )

    @classmethod
    def found(cls, states: Mapping[str, Iterable[State]]) -> Way:
        """The way that exists: the states of NatGateway, VpcEndpoint and Service, by kind."""
        doors = [state for state in states.get("VpcEndpoint", ()) if state.exists]
        services = [state for state in states.get("Service", ()) if state.exists]
        gateways = sum(state.exists for state in states.get("NatGateway", ()))
        kinds = [(door.settings["type"], short_name(door.settings["service"])) for door in doors]
        return cls(
            gateways=gateways,
            zones=max((len(state.settings["subnets"]) for state in services), default=max(gateways, 1)),
            endpoints=frozenset(short for kind, short in kinds if kind == "Interface"),
            s3_gateway=("Gateway", "s3") in kinds,
            services=len(services),
        )


def derive(usage: Usage, way: Way) -> Usage:
    """The usage with what gateways, endpoints and load balancer see of it; a figure made of unknown ones is unknown.

    Only sums, products and quotients are formed, so that whole arrays of usage pass through it like single figures.
    """
    by_service = service_traffic(usage, way.services)
    s3 = plus(usage.s3_traffic_gib, usage.image_pull_gib)
    internet = plus(usage.internet_in_gib, usage.internet_out_gib)
    around = [gib for short, gib in by_service.items() if short not in way.endpoints]
    through = plus(internet, *around, *(() if way.s3_gateway else (s3,)))
    per_gateway = Decimal(1) / way.gateways if way.gateways else Decimal(0)
    astray = Decimal(max(way.zones - way.gateways, 0)) / way.zones if way.gateways else Decimal(0)
    doors = {short: gib for short, gib in by_service.items() if short in way.endpoints}
    return replace(
        usage,
        services=Decimal(way.services),
        nat_gib=times(through, per_gateway),
        nat_out_gib=times(usage.internet_out_gib, per_gateway),
        nat_cross_zone_gib=times(through, per_gateway * astray),
        endpoint_gib=None
        if None in doors.values()
        else {short: gib for short, gib in doors.items() if gib is not None},
        alb_lcus=capacity_units(usage),
    )


def service_traffic(usage: Usage, services: int) -> dict[str, Decimal | None]:
    """What goes to AWS services other than S3, by their short names; half of an image's manifests and tokens each."""
    half = times(usage.ecr_api_gib, Decimal("0.5"))
    return {
        "ecr.api": half,
        "ecr.dkr": half,
        "logs": times(usage.logs_ingest_gib, Decimal(services)),
        "secretsmanager": usage.secrets_gib,
        "sqs": usage.queue_gib,
    }


def unreachable(usage: Usage, way: Way) -> Decimal | None:
    """What tasks cannot send or fetch at all, because no gateway and no endpoint leads there."""
    if way.gateways or way.public:
        return Decimal(0)
    services = [gib for short, gib in service_traffic(usage, way.services).items() if short not in way.endpoints]
    s3 = () if way.s3_gateway else (plus(usage.s3_traffic_gib, usage.image_pull_gib),)
    return plus(usage.internet_in_gib, usage.internet_out_gib, *services, *s3)


def capacity_units(usage: Usage) -> Decimal | None:
    """Capacity units in an average hour: of the four measures the largest counts; what is said directly wins.

    AWS takes the largest of every single hour, so a load with peaks in different measures costs a little more.
    """
    if usage.alb_lcus is not None:
        return usage.alb_lcus
    measures = (
        (usage.new_connections_per_s, LCU_CONNECTIONS),
        (usage.active_connections, LCU_ACTIVE),
        (plus(usage.users_in_gib, usage.users_out_gib), LCU_GIB * HOURS),
        (usage.rule_evaluations_per_s, LCU_RULES),
    )
    known = [quantity / unit for quantity, unit in measures if quantity is not None]
    return largest(known) if len(known) == len(measures) else None


def largest(numbers: Iterable[Number]) -> Number:
    """The largest; a figure that stands for many at once brings `larger`, which tells for each of them."""
    first, *rest = numbers
    for one in rest:
        if hasattr(one, "larger"):
            first = one.larger(first)
        else:
            first = first.larger(one) if hasattr(first, "larger") else max(first, one)
    return first


def plus(*quantities: Decimal | None) -> Decimal | None:
    """The sum; unknown as soon as one part is."""
    total = Decimal(0)
    for quantity in quantities:
        if quantity is None:
            return None
        total = total + quantity
    return total
