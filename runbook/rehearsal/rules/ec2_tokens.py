"""Client tokens of Amazon EC2: the same token makes one thing, and another request with it is refused."""

from __future__ import annotations

from typing import Any

from runbook.calls import digest
from runbook.rehearsal.rules.ec2_network import gateway_as_answer
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

_MAKES = {
    "CreateRouteTable": ("route_tables", "RouteTable"),
    "CreateNatGateway": ("nat_gateways", "NatGateway"),
    "CreateVpcEndpoint": ("vpc_end_points", "VpcEndpoint"),
}
"""Operation -> moto's collection, key of the answer."""


def _key(call: WireCall) -> tuple[str, ...] | None:
    token = call.params.get("ClientToken")
    return ("ec2 token", call.region, call.operation, str(token)) if token else None


def _remember(call: WireCall, world: World) -> None:
    if (key := _key(call)) is not None:
        made = next(reversed(getattr(world.backend("ec2", call.region), _MAKES[call.operation][0])))
        world.kept.setdefault(key, (made, digest(dict(call.params))))


def _other_request(call: WireCall, world: World) -> str | None:
    key = _key(call)
    known = world.kept.get(key) if key else None
    if known is None or known[1] == digest(dict(call.params)):
        return None
    return f"The client token {key[-1] if key else ''} was used for another request."


def _same_again(call: WireCall, world: World) -> dict[str, Any] | None:
    key = _key(call)
    known = world.kept.get(key) if key else None
    if known is None:
        return None
    collection, name = _MAKES[call.operation]
    thing = getattr(world.backend("ec2", call.region), collection).get(known[0])
    if thing is None:
        return None
    return {name: _as_answer(call.operation, thing), "ClientToken": call.params["ClientToken"]}


def _as_answer(operation: str, thing: Any) -> dict[str, Any]:
    if operation == "CreateNatGateway":
        return gateway_as_answer(thing)
    tags = [{"Key": tag["key"], "Value": tag["value"]} for tag in thing.get_tags()]
    if operation == "CreateRouteTable":
        return {"RouteTableId": thing.id, "VpcId": thing.vpc_id, "Tags": tags}
    return {
        "VpcEndpointId": thing.id,
        "VpcId": thing.vpc_id,
        "ServiceName": thing.service_name,
        "VpcEndpointType": thing.vpc_endpoint_type or "Gateway",
        "State": thing.state,
        "Tags": tags,
    }


_SOURCE = "AWS docs: Ensuring idempotency in Amazon EC2 API requests"

EC2_TOKEN_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=tuple(_MAKES),
        code="IdempotentParameterMismatch",
        gap="a client token is taken again with other parameters",
        source=_SOURCE,
        refuse=_other_request,
    ),
    Rule(
        service="ec2",
        operations=tuple(_MAKES),
        gap="the same client token makes a second route table, NAT gateway or endpoint",
        source=_SOURCE,
        reply=_same_again,
    ),
    Rule(
        service="ec2",
        operations=tuple(_MAKES),
        gap="client tokens are forgotten",
        source=_SOURCE,
        complete=_remember,
    ),
)
