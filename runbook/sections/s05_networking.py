"""Section 5, networking: a VPC with public and private subnets, a way out and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook.kinds.internet_gateway import InternetGateway
from runbook.kinds.kind import Owner
from runbook.kinds.nat import ElasticIp, NatGateway
from runbook.kinds.route_table import Route, RouteTable
from runbook.kinds.security_group import SecurityGroup, SecurityGroupRule
from runbook.kinds.subnet import Subnet
from runbook.kinds.vpc import ExistingSubnet, ExistingVpc, Vpc
from runbook.kinds.vpc_endpoint import VpcEndpoint
from runbook.model import Resource, Section, ref
from runbook.sections import network_ids
from runbook.sections.network_ids import GATEWAY, PUBLIC_OUT, PUBLIC_ROUTES, S3_ENDPOINT, VPC, rule_id
from runbook.sections.s05_checks import checks
from runbook.sections.s05_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import Deployment


def _owner(deployment: Deployment) -> Owner:
    return Owner(deployment.stack, 5, tags=deployment.tags)


def _service(deployment: Deployment, short: str) -> str:
    return f"com.amazonaws.{deployment.region}.{short}"


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The network, or what of it an existing VPC does not have, and the groups with their rules."""
    network = _existing(deployment) if deployment.vpc.id else (*_blocks(deployment), *_ways(deployment))
    return (*network, *_endpoints(deployment), *_groups(deployment), *_rules(deployment))


# -- the network -----------------------------------------------------------------------------------------------------


def _blocks(deployment: Deployment) -> Iterator[Resource]:
    owner, vpc = _owner(deployment), ref(VPC, "id")
    ids = network_ids.ids(deployment)
    services = tuple(_service(deployment, one) for one in network_ids.endpoint_services(deployment))
    yield Vpc(id=VPC, owner=owner, label=deployment.stack, cidr=deployment.vpc.cidr)
    yield InternetGateway(id=GATEWAY, owner=owner, label=deployment.stack, vpc=vpc)
    rows = tuple(zip(ids.public, ids.private, strict=True))
    for subnets, blocks in ((ids.public, deployment.public_subnets), (ids.private, deployment.private_subnets)):
        for id_, block in zip(subnets, blocks, strict=True):
            yield Subnet(
                id=id_,
                owner=owner,
                label=deployment.name(id_.partition(".")[2]),
                vpc=vpc,
                cidr=block,
                rows=rows,
                services=services,
                must_offer=deployment.network == "endpoints",
            )


def _ways(deployment: Deployment) -> Iterator[Resource]:
    """Route tables and gateways; each private subnet has a table of its own, so another way out is another route."""
    owner, vpc = _owner(deployment), ref(VPC, "id")
    ids = network_ids.ids(deployment)
    zones = network_ids.letters(deployment)
    public = tuple(ref(subnet, "id") for subnet in ids.public)
    yield RouteTable(id=PUBLIC_ROUTES, owner=owner, label=deployment.name("public"), vpc=vpc, subnets=public)
    yield Route(id=PUBLIC_OUT, owner=owner, table=ref(PUBLIC_ROUTES, "id"), target=ref(GATEWAY, "id"), by="GatewayId")
    gateways = {"nat": zones[:1], "nat-per-az": zones, "endpoints": ""}[deployment.network]
    for letter in gateways:
        address = f"network.address-{letter}"
        yield ElasticIp(id=address, owner=owner, label=deployment.name(f"nat-{letter}"))
        yield NatGateway(
            id=f"network.nat-{letter}",
            owner=owner,
            label=deployment.name(f"nat-{letter}"),
            subnet=ref(f"network.public-{letter}", "id"),
            address=ref(address, "id"),
            # A NAT gateway fails in a VPC without a way to the internet.
            after=(PUBLIC_OUT,),
        )
    endpoints = tuple(map(network_ids.endpoint_id, network_ids.endpoint_services(deployment)))
    for letter in zones:
        table = f"network.private-routes-{letter}"
        yield RouteTable(
            id=table,
            owner=owner,
            label=deployment.name(f"private-{letter}"),
            vpc=vpc,
            subnets=(ref(f"network.private-{letter}", "id"),),
        )
        nat = letter if letter in gateways else gateways[:1]
        yield Route(
            id=f"network.private-out-{letter}",
            owner=owner,
            wanted=bool(gateways),
            table=ref(table, "id"),
            target=ref(f"network.nat-{nat}", "id") if gateways else "",
            by="NatGatewayId",
            # What is not wanted is removed after what stands behind it in the graph: the new way comes first.
            after=endpoints if gateways else (),
        )
    tables = tuple(ref(f"network.private-routes-{letter}", "id") for letter in zones)
    yield VpcEndpoint(
        id=S3_ENDPOINT,
        owner=owner,
        label=deployment.name("s3"),
        vpc=vpc,
        service=_service(deployment, "s3"),
        type="Gateway",
        tables=tables,
    )


def _existing(deployment: Deployment) -> Iterator[Resource]:
    """Somebody else's VPC and subnets; its gateways and routes are theirs too."""
    owner, vpc = _owner(deployment), deployment.vpc
    ids = network_ids.ids(deployment)
    yield ExistingVpc(id=VPC, owner=owner, vpc=vpc.id or "")
    for subnets, given in ((ids.public, vpc.public_subnet_ids), (ids.private, vpc.private_subnet_ids)):
        for id_, subnet in zip(subnets, given, strict=True):
            yield ExistingSubnet(id=id_, owner=owner, subnet=subnet, vpc=vpc.id or "", beside=given)


def _endpoints(deployment: Deployment) -> Iterator[Resource]:
    """Interface endpoints; declared with every network, so that leaving them behind is planned like making them."""
    owner = _owner(deployment)
    ids = network_ids.ids(deployment)
    wanted = deployment.network == "endpoints"
    for short in network_ids.endpoint_services(deployment):
        yield VpcEndpoint(
            id=network_ids.endpoint_id(short),
            owner=owner,
            label=deployment.name(short.replace(".", "-")),
            wanted=wanted,
            vpc=ref(VPC, "id"),
            service=_service(deployment, short),
            subnets=tuple(ref(subnet, "id") for subnet in ids.private),
            zones=tuple(ref(subnet, "zone") for subnet in ids.private),
            groups=(ref(ids.groups["endpoints"], "id"),),
            # The routes that are not wanted any more go only after the endpoints are there.
            after=network_ids.private_out(deployment) if wanted else (),
        )


# -- groups and rules ------------------------------------------------------------------------------------------------

_WHAT = {
    "alb": "load balancer",
    "web": "web tasks",
    "worker": "worker tasks",
    "endpoints": "interface endpoints",
}


def _groups(deployment: Deployment) -> Iterator[Resource]:
    for group, id_ in network_ids.ids(deployment).groups.items():
        yield SecurityGroup(
            id=id_,
            owner=_owner(deployment),
            label=f"sg-{group}",
            name=deployment.name(group),
            description=f"{_WHAT[group]} of the stack {deployment.stack}",
            vpc=ref(VPC, "id"),
            all_out=group in ("web", "worker"),
        )


def _rules(deployment: Deployment) -> Iterator[Resource]:
    """The matrix: who may reach whom at which port."""
    web, worker = deployment.app.web.port, deployment.app.worker.port
    for port in (443, 80):
        for cidr in deployment.open_to:
            yield _rule(deployment, "alb", f"{port}-{cidr}", port=port, peer=cidr)
    for group, rest, port in (
        ("web", "from-alb", web),
        ("worker", "from-web", worker),
        ("endpoints", "from-web", 443),
        ("endpoints", "from-worker", 443),
        ("alb", "to-web", web),
    ):
        yield _rule(deployment, group, rest, port=port, peer="")


def _rule(deployment: Deployment, group: str, rest: str, *, port: int, peer: str) -> SecurityGroupRule:
    groups = network_ids.ids(deployment).groups
    side, _, other = rest.partition("-")
    return SecurityGroupRule(
        id=rule_id(group, rest),
        owner=_owner(deployment),
        label=deployment.name(rule_id(group, rest).removeprefix("network.rule-")),
        group=ref(groups[group], "id"),
        direction="out" if side == "to" else "in",
        port=port,
        peer=peer or ref(groups[other], "id"),
        peer_is_group=not peer,
        description=f"{'to' if side == 'to' else 'from'} {_WHAT[other] if not peer else 'open_to'}",
    )


SECTION = Section(
    number=5,
    name="networking",
    title="Networking",
    text=read_text("s05_networking"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(82, 86),
)
