"""Whether a task in a subnet reaches the AWS services that it needs, how, or why not: pure, over a network as data.

Sources: AWS docs: VPC route tables (route priority), NAT gateways, Access an AWS service using an interface VPC
endpoint, Gateway endpoints for Amazon S3, Amazon ECR interface VPC endpoints, Fargate task networking; read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from runbook.preflight.endpoint_policy import asked, policy_lets
from runbook.preflight.filters import Lets, acls_between, acls_of_nat, group_lets
from runbook.preflight.network import ANYWHERE, S3_LIST, EndpointSeen, Network, RouteSeen, Tasks

Verdict = Literal["reachable", "unreachable", "unknown"]
Cause = Literal[
    "",
    "no way",
    "way broken",
    "group egress",
    "endpoint group",
    "endpoint dns",
    "endpoint policy",
    "vpc dns",
    "acl",
    "elsewhere",
]
"""What stands in the way; the fix follows from it."""


@dataclass(frozen=True)
class Cell:
    """One subnet and one service, for the tasks of one service of the stack.

    Parameters
    ----------
    way: how it is reached; empty when it is not.
    why: why it is not reached, or cannot be told.
    caution: true of a way that works, and worth knowing.
    blame: id of the thing that is in the way, where it is one thing.
    """

    tasks: str
    subnet: str
    service: str
    verdict: Verdict
    way: str = ""
    why: str = ""
    cause: Cause = ""
    caution: str = ""
    blame: str = ""


_Answer = dict[str, Any]


def _yes(way: str, caution: str = "") -> _Answer:
    return {"verdict": "reachable", "way": way, "caution": caution}


def _no(cause: Cause, why: str, blame: str = "") -> _Answer:
    return {"verdict": "unreachable", "cause": cause, "why": why, "blame": blame}


def _untold(cause: Cause, why: str, blame: str = "") -> _Answer:
    return {"verdict": "unknown", "cause": cause, "why": why, "blame": blame}


def _judged(lets: Lets, cause: Cause, why: str, blame: str = "") -> _Answer | None:
    """The answer when something is not let through whole; None when it is."""
    if lets == "yes":
        return None
    return _no(cause, why, blame) if lets == "no" else _untold(cause, f"perhaps: {why}", blame)


def cells(network: Network, tasks: Sequence[Tasks], *, region: str) -> list[Cell]:
    """One cell for each subnet of the tasks and each service that they need, in that order."""
    return [
        Cell(tasks=one.name, subnet=subnet, service=service, **_cell(network, one, subnet, service, region))
        for one in tasks
        for subnet in one.subnets
        for service in one.needs
    ]


def _cell(network: Network, tasks: Tasks, subnet: str, service: str, region: str) -> _Answer:
    if subnet not in network.subnets:
        return _untold("", f"{subnet} was not found")
    if not network.dns_support:
        why = (
            "DNS support of the VPC is off, so no name of AWS resolves (unless its DHCP options name another resolver)"
        )
        return _no("vpc dns", why)
    named = [one for one in network.endpoints if one.service == service and one.type == "Interface"]
    door = next((one for one in named if one.state == "available" and one.private_dns), None)
    if door and network.dns_hostnames:
        # The private name stands in the whole VPC, so no other way is tried, whether this one works or not.
        return _by_interface(network, tasks, subnet, door, region)
    why_not = _unused(network, named)
    answer = _by_route(network, tasks, subnet, service, region)
    if why_not and answer["verdict"] != "reachable":
        cause, text, blame = why_not
        return {**answer, "cause": cause, "why": f"{text}; and {answer['why']}", "blame": blame}
    return answer


def _unused(network: Network, named: Sequence[EndpointSeen]) -> tuple[Cause, str, str] | None:
    """Why an interface endpoint for the service is there and of no use; None when there is none."""
    for one in named:
        if one.state != "available":
            return "way broken", f"{one.id} is {one.state}", one.id
        if not one.private_dns:
            return "endpoint dns", f"{one.id} has private DNS off, so the service's name does not lead to it", one.id
        if not network.dns_hostnames:
            return "vpc dns", f"DNS hostnames of the VPC are off, so the private name of {one.id} does not resolve", ""
    return None


# -- through an interface endpoint -----------------------------------------------------------------------------------


def _by_interface(network: Network, tasks: Tasks, subnet: str, door: EndpointSeen, region: str) -> _Answer:
    if door.service == "s3":
        why = f"{door.id} is an interface endpoint, and ECR's layers are documented for the gateway endpoint of S3 only"
        return _untold("elsewhere", why, door.id)
    answers = [_through(network, tasks, subnet, door, at, region) for at in door.subnets]
    if not answers:
        return _no("way broken", f"{door.id} has an address in no subnet", door.id)
    # Its name answers with the addresses of all zones, in any order.
    worst = min(answers, key=lambda one: ("unreachable", "unknown", "reachable").index(one["verdict"]))
    if worst["verdict"] != "reachable":
        return worst
    zones = {network.subnets[at].zone for at in door.subnets if at in network.subnets}
    zone = network.subnets[subnet].zone
    if zone in zones:
        return worst
    there = ", ".join(sorted(zones))
    caution = (
        f"{door.id} has no address in {zone}: traffic crosses to {there}, costs more, and stops when that zone does"
    )
    return {**worst, "caution": caution}


def _through(network: Network, tasks: Tasks, subnet: str, door: EndpointSeen, at: str, region: str) -> _Answer:
    """Through the endpoint's address in one of its subnets."""
    there = network.subnets.get(at)
    if there is None:
        return _untold("way broken", f"{at}, where {door.id} has an address, was not found", door.id)
    out = group_lets(network, tasks.groups, out=True, peers=door.groups, cidr=there.cidr)
    into = group_lets(network, door.groups, out=False, peers=tasks.groups, cidr=network.subnets[subnet].cidr)
    acl, acl_why = acls_between(network, subnet, at) if at != subnet else ("yes", "")
    policy, action = policy_lets(door.policy, asked(door.service, region=region, bucket=tasks.bucket))
    groups = ", ".join(door.groups)
    return (
        _judged(out, "group egress", f"{_groups_of(tasks)} no tcp 443 out to {door.id}", ", ".join(tasks.groups))
        or _judged(
            into, "endpoint group", f"the group of {door.id} ({groups}) lets no tcp 443 in from the tasks", groups
        )
        or _judged(acl, "acl", acl_why)
        or _judged(policy, "endpoint policy", f"the policy of {door.id} does not allow {action}", door.id)
        or _yes(f"interface endpoint {door.id}")
    )


def _groups_of(tasks: Tasks) -> str:
    return f"the {tasks.name} tasks' {'groups let' if len(tasks.groups) > 1 else 'group lets'}"


# -- by a route ------------------------------------------------------------------------------------------------------


def _by_route(network: Network, tasks: Tasks, subnet: str, service: str, region: str) -> _Answer:
    routes = network.tables.get(network.subnets[subnet].table)
    if routes is None:
        return _untold("elsewhere", f"the route table of {subnet} could not be read")
    if service == "s3" and (gateway := _route(routes, S3_LIST)):
        # A prefix list is more exact than the way to everywhere, so it is taken.
        return _by_gateway_endpoint(network, tasks, subnet, gateway, region)
    way = _route(routes, ANYWHERE)
    if way is None:
        lacking = "no route to the S3 gateway endpoint and " if service == "s3" else ""
        return _no("no way", f"{lacking}no route out of {subnet}, and no endpoint for {service}")
    if way.blackhole:
        return _no("no way", f"the route of {subnet} leads into a black hole: {way.target} is gone", way.target)
    onward = partial(_onward, network, tasks, subnet, service)
    if way.target in network.nats or way.target.startswith("nat-"):
        return _nat(network, subnet, way.target) or onward(f"NAT gateway {way.target}", network.nats[way.target].subnet)
    if way.target in network.gateways or way.target.startswith("igw-"):
        if way.target not in network.gateways:
            return _no("no way", f"{way.target} is not attached to the VPC", way.target)
        if not tasks.public_ip:
            why = f"{subnet} leads straight to the internet, which a task without a public address cannot use"
            return _no("no way", why, way.target)
        return onward(f"internet gateway {way.target}", "")
    return _untold("elsewhere", f"{subnet} leads to {way.target}; what lies behind it is not visible here", way.target)


def _route(routes: Sequence[RouteSeen], to: str) -> RouteSeen | None:
    return next((one for one in routes if one.to == to), None)


def _by_gateway_endpoint(network: Network, tasks: Tasks, subnet: str, route: RouteSeen, region: str) -> _Answer:
    door = next((one for one in network.endpoints if one.id == route.target), None)
    if route.blackhole or (door and door.state not in ("available", "pending")):
        return _no("way broken", f"the gateway endpoint {route.target} does not work any more", route.target)
    out = group_lets(network, tasks.groups, out=True, peers=(S3_LIST,), cidr=ANYWHERE)
    acl, acl_why = acls_between(network, subnet, "", ANYWHERE)
    wanted = asked("s3", region=region, bucket=tasks.bucket)
    policy, action = policy_lets(door.policy if door else None, wanted)
    return (
        _judged(out, "group egress", f"{_groups_of(tasks)} no tcp 443 out to S3", ", ".join(tasks.groups))
        or _judged(acl, "acl", acl_why)
        or _judged(policy, "endpoint policy", f"the policy of {route.target} does not allow {action}", route.target)
        or _yes(f"gateway endpoint {route.target}")
    )


def _nat(network: Network, subnet: str, id_: str) -> _Answer | None:
    """What is wrong with the NAT gateway that a subnet uses; None when nothing is."""
    nat = network.nats.get(id_)
    if nat is None:
        return _no("no way", f"the NAT gateway {id_}, where {subnet} leads to, does not exist in this VPC", id_)
    if nat.state == "pending":
        return _untold("way broken", f"the NAT gateway {id_} is not available yet", id_)
    if nat.state != "available":
        reason = f" ({nat.reason})" if nat.reason else ""
        return _no("no way", f"the NAT gateway {id_} is {nat.state}{reason}", id_)
    if not nat.public:
        return _untold("elsewhere", f"{id_} is a private NAT gateway; what lies behind it is not visible here", id_)
    stands = network.subnets.get(nat.subnet)
    routes = network.tables.get(stands.table) if stands else None
    if routes is None:
        return _untold("elsewhere", f"the subnet of the NAT gateway {id_} could not be read", id_)
    way = _route(routes, ANYWHERE)
    if way is None or way.blackhole or way.target not in network.gateways:
        return _no("no way", f"the NAT gateway {id_} stands in {nat.subnet}, which leads to no internet gateway", id_)
    return None


def _onward(network: Network, tasks: Tasks, subnet: str, service: str, by: str, over: str) -> _Answer:
    """Out to the service's public addresses, through the groups and ACLs on the way."""
    peers = (S3_LIST,) if service == "s3" else ()
    out = group_lets(network, tasks.groups, out=True, peers=peers, cidr=ANYWHERE)
    if over == subnet:
        over = ""
    near, why = acls_between(network, subnet, over, ANYWHERE)
    far, far_why = acls_of_nat(network, over) if over else ("yes", "")
    return (
        _judged(out, "group egress", f"{_groups_of(tasks)} no tcp 443 out to the internet", ", ".join(tasks.groups))
        or _judged(near, "acl", why)
        or _judged(far, "acl", far_why)
        or _yes(by, _crossing(network, subnet, over))
    )


def _crossing(network: Network, subnet: str, over: str) -> str:
    """Said of a NAT gateway in another zone."""
    if not over or network.subnets[over].zone == network.subnets[subnet].zone:
        return ""
    return (
        f"traffic crosses from {network.subnets[subnet].zone} to {network.subnets[over].zone}, and stops when that does"
    )
