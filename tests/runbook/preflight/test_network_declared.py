"""The network that the declaration makes lets every task reach what it needs, whichever way out is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runbook import document
from runbook.model import Known, Resource
from runbook.preflight.network import NatSeen, Network, RouteSeen, SubnetSeen
from runbook.preflight.network_declared import Names, declared_network, is_somebody_elses, tasks_of
from runbook.preflight.reachability import cells
from runbook.settings import DEPLOYABLE_NETWORKS, Deployment, revised

BASE = Deployment(region="eu-west-1", tls="none").for_account("123456789012")
NOBODY = Names(None)


def declared(deployment: Deployment) -> Sequence[Resource]:
    return [one for section in document.sections() for one in section.resources(deployment)]


@pytest.mark.parametrize("zones", [2, 3])
@pytest.mark.parametrize("way", DEPLOYABLE_NETWORKS)
def test_every_cell_of_a_declared_network_is_reachable(way: str, zones: int) -> None:
    deployment = revised(BASE, {"network": way, "zones": zones})
    resources = declared(deployment)
    made = cells(declared_network(resources, NOBODY), tasks_of(deployment, resources, NOBODY), region=deployment.region)
    assert [cell for cell in made if cell.verdict != "reachable"] == []
    assert {cell.service for cell in made} == {"ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "sqs"}
    assert len(made) == zones * (len({"ecr.api", "ecr.dkr", "s3", "logs"}) * 2 + 2)
    by = {cell.way.partition(" ")[0] for cell in made if cell.service == "logs"}
    assert by == ({"interface"} if way == "endpoints" else {"NAT"})
    assert all(cell.way.startswith("gateway endpoint") for cell in made if cell.service == "s3")


def test_one_gateway_for_all_zones_is_said_to_be_crossed_to_and_one_a_zone_is_not() -> None:
    cautions = {}
    for way in ("nat", "nat-per-az"):
        deployment = revised(BASE, {"network": way})
        resources = declared(deployment)
        made = cells(declared_network(resources, NOBODY), tasks_of(deployment, resources, NOBODY), region="eu-west-1")
        cautions[way] = {cell.subnet for cell in made if cell.caution}
    assert cautions == {"nat": {"network.private-b"}, "nat-per-az": set()}


def theirs() -> Deployment:
    given = {
        "vpc.id": "vpc-0123456789abcdef0",
        "vpc.public_subnet_ids": ["subnet-0000000000000000a", "subnet-0000000000000000b"],
        "vpc.private_subnet_ids": ["subnet-0000000000000000c", "subnet-0000000000000000d"],
    }
    return revised(BASE, given)


def their_network(*private: RouteSeen) -> Network:
    letters = "abcd"
    subnets = {
        f"subnet-0000000000000000{letter}": SubnetSeen(
            f"subnet-0000000000000000{letter}", f"az-{at % 2}", f"10.1.{at}.0/24", "public" if at < 2 else "private"
        )
        for at, letter in enumerate(letters)
    }
    return Network(
        subnets=subnets,
        tables={"public": (RouteSeen("0.0.0.0/0", "igw-1"),), "private": private},
        gateways=frozenset({"igw-1"}),
        nats={"nat-1": NatSeen("nat-1", "subnet-0000000000000000a")},
    )


def looked_at(deployment: Deployment) -> Names:
    ids = [*deployment.vpc.public_subnet_ids, *deployment.vpc.private_subnet_ids]
    names = ["network.public-a", "network.public-b", "network.private-a", "network.private-b"]
    outputs: dict[str, dict[str, str] | None] = {
        one.id: None for one in declared(deployment) if one.id not in names and one.id != "network.vpc"
    }
    outputs["network.vpc"] = {"id": deployment.vpc.id or ""}
    outputs |= {name: {"id": id_, "zone": "az"} for name, id_ in zip(names, ids, strict=True)}
    return Names(Known(outputs))


@pytest.mark.parametrize(
    ("way", "private", "reached"),
    [
        ("nat", (RouteSeen("0.0.0.0/0", "nat-1"),), {"ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "sqs"}),
        ("nat", (), set()),
        ("endpoints", (), {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs"}),
    ],
)
def test_in_somebody_elses_vpc_their_routes_count_and_our_groups_and_endpoints_are_put_in(
    way: str, private: tuple[RouteSeen, ...], reached: set[str]
) -> None:
    deployment = revised(theirs(), {"network": way})
    resources, names = declared(deployment), looked_at(deployment)
    assert is_somebody_elses(resources) == deployment.vpc.id
    network = declared_network(resources, names, partly=their_network(*private))
    made = cells(network, tasks_of(deployment, resources, names), region=deployment.region)
    assert {cell.service for cell in made if cell.verdict == "reachable"} == reached
    assert {cell.verdict for cell in made if cell.service not in reached} <= {"unreachable"}
