"""The network that apply makes: what section 5 declares, and in somebody else's VPC what is there already."""

from __future__ import annotations

from collections.abc import Iterable

from runbook.kinds.ecs_service import Service
from runbook.kinds.internet_gateway import InternetGateway
from runbook.kinds.nat import NatGateway
from runbook.kinds.route_table import Route, RouteTable
from runbook.kinds.security_group import SecurityGroup, SecurityGroupRule
from runbook.kinds.subnet import Subnet
from runbook.kinds.vpc import ExistingVpc
from runbook.kinds.vpc_endpoint import VpcEndpoint, short_name
from runbook.model import Known, Resource, Unknown, ref
from runbook.preflight.network import (
    ANYWHERE,
    S3_LIST,
    EndpointSeen,
    NatSeen,
    Network,
    RouteSeen,
    RuleSeen,
    SubnetSeen,
    Tasks,
)
from runbook.settings import SERVICES, Deployment

_IMAGE_NEEDS = ("ecr.api", "ecr.dkr", "s3", "logs")
"""What every task reaches before it runs: its image (whose layers are in S3) and its log group.

Source: AWS docs: Fargate task networking; Amazon ECR interface VPC endpoints. Seen 2026-11-23.
"""


class Names:
    """The id that AWS gave a declared thing, or its id in the declaration while it does not exist.

    Parameters
    ----------
    known: what the survey found; None to take every name from the declaration.
    """

    def __init__(self, known: Known | None) -> None:
        self._known = known

    def of(self, text: str) -> str:
        """The name behind a reference; text that is none stays."""
        if self._known is not None:
            value = self._known.value(text)
            if not isinstance(value, Unknown):
                return str(value)
        return text.removeprefix("${").partition(".id}")[0] if text.startswith("${") else text

    def resource(self, id_: str) -> str:
        """The name of a declared resource."""
        return self.of(ref(id_, "id"))


def declared_network(resources: Iterable[Resource], names: Names, *, partly: Network | None = None) -> Network:
    """The network as the declaration makes it.

    Parameters
    ----------
    partly: somebody else's VPC as it is; what is declared is put into it.
    """
    every = [one for one in resources if one.wanted]
    base = partly or Network(subnets={}, tables={})
    groups = {**base.groups, **_groups(every, names)}
    doors = _endpoints(every, names)
    there = {one.id for one in base.endpoints}
    return Network(
        subnets={**base.subnets, **_subnets(every, names)},
        tables={**base.tables, **_tables(every, names)},
        gateways=base.gateways | {names.resource(one.id) for one in every if isinstance(one, InternetGateway)},
        nats={**base.nats, **_nats(every, names)},
        endpoints=(*base.endpoints, *(one for one in doors if one.id not in there)),
        groups=groups,
        acls=base.acls,
        dns_support=base.dns_support,
        dns_hostnames=base.dns_hostnames,
        planned=True,
    )


def is_somebody_elses(resources: Iterable[Resource]) -> str:
    """The id of the existing VPC that is deployed into; empty for a VPC of our own."""
    return next((one.vpc for one in resources if isinstance(one, ExistingVpc)), "")


def _subnets(every: Iterable[Resource], names: Names) -> dict[str, SubnetSeen]:
    every = list(every)
    found = {}
    tables = [one for one in every if isinstance(one, RouteTable)]
    for one in every:
        if isinstance(one, Subnet):
            # Rows share a zone; the first of a row stands for it, because AWS's name is known only after apply.
            row = next((row[0] for row in one.rows if one.id in row), one.id).rpartition("-")[2]
            id_ = names.resource(one.id)
            table = next((table.id for table in tables if ref(one.id, "id") in table.subnets), "")
            found[id_] = SubnetSeen(id_, f"zone {row}", one.cidr, names.resource(table) if table else "")
    return found


def _tables(every: Iterable[Resource], names: Names) -> dict[str, tuple[RouteSeen, ...]]:
    every = list(every)
    found: dict[str, tuple[RouteSeen, ...]] = {}
    for one in every:
        if isinstance(one, RouteTable):
            table = ref(one.id, "id")
            out = [
                RouteSeen(route.destination, names.of(route.target))
                for route in every
                if isinstance(route, Route) and route.table == table
            ]
            s3 = [
                RouteSeen(S3_LIST, names.resource(door.id))
                for door in every
                if isinstance(door, VpcEndpoint) and door.type == "Gateway" and table in door.tables
            ]
            found[names.resource(one.id)] = (*out, *s3)
    return found


def _nats(every: Iterable[Resource], names: Names) -> dict[str, NatSeen]:
    gateways = (one for one in every if isinstance(one, NatGateway))
    return {names.resource(one.id): NatSeen(names.resource(one.id), names.of(one.subnet)) for one in gateways}


def _endpoints(every: Iterable[Resource], names: Names) -> list[EndpointSeen]:
    return [
        EndpointSeen(
            id=names.resource(one.id),
            service=short_name(one.service),
            type=one.type,
            subnets=tuple(map(names.of, one.subnets)),
            groups=tuple(map(names.of, one.groups)),
        )
        for one in every
        if isinstance(one, VpcEndpoint)
    ]


def _groups(every: Iterable[Resource], names: Names) -> dict[str, tuple[RuleSeen, ...]]:
    found: dict[str, tuple[RuleSeen, ...]] = {}
    every = list(every)
    rules = [one for one in every if isinstance(one, SecurityGroupRule)]
    for one in every:
        if isinstance(one, SecurityGroup):
            mine = [
                RuleSeen(rule.direction == "out", names.of(rule.peer), rule.port, rule.port)
                for rule in rules
                if rule.group == ref(one.id, "id")
            ]
            everything = [RuleSeen(True, ANYWHERE)] if one.all_out else []
            found[names.resource(one.id)] = (*everything, *mine)
    return found


def tasks_of(deployment: Deployment, resources: Iterable[Resource], names: Names) -> list[Tasks]:
    """The tasks of the services, with the subnets and groups that their declaration names, and what they need."""
    every = {one.id: one for one in resources}
    found = []
    for service in SERVICES:
        one = every.get(f"services.{service}")
        if not isinstance(one, Service):
            continue
        needs = [*_IMAGE_NEEDS]
        if deployment.secrets(service):
            needs.append("secretsmanager")
        if service == "worker" and deployment.events == "sqs":
            needs.append("sqs")
        found.append(
            Tasks(
                name=service,
                subnets=tuple(map(names.of, one.subnets)),
                groups=tuple(map(names.of, one.groups)),
                needs=tuple(needs),
                bucket=deployment.bucket(deployment.account or ""),
            )
        )
    return found
