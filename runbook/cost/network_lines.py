"""What a network is made of for the bill: how traffic flows in it, and the cost lines of the very kinds that are
deployed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runbook.cost.estimate import BillLine, marked
from runbook.cost.flow import Way, derive
from runbook.cost.traffic import Traffic
from runbook.errors import SettingsError
from runbook.kinds.billing import BOTH_SIDES, HOURS, times
from runbook.kinds.kind import Kind, Owner
from runbook.kinds.nat import ElasticIp, NatGateway
from runbook.kinds.vpc_endpoint import VpcEndpoint
from runbook.model import CostLine, Usage
from runbook.settings import DEPLOYABLE_NETWORKS, PRICED_ONLY_NETWORKS
from runbook.settings.limits import nearest

NETWORKS: Final = (*DEPLOYABLE_NETWORKS, *PRICED_ONLY_NETWORKS)
ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs")
"""Interface endpoints of the stack with its default settings."""
MOST_ZONES: Final = 6
_LETTERS = "abcdef"
_OWNER = Owner("karet", 5)


@dataclass(frozen=True)
class Inputs:
    """What the comparison is made for.

    Parameters
    ----------
    tasks: tasks that run; with `public-ip` each has an address of its own.
    """

    region: str
    traffic: Traffic
    zones: int = 2
    endpoints: tuple[str, ...] = ENDPOINTS
    tasks: int = 3

    def __post_init__(self) -> None:
        """Refuse what cannot be compared.

        Raises
        ------
        SettingsError: zones, tasks or endpoints are out of range; every one is a line of `problems`.
        """
        problems = []
        if not 1 <= self.zones <= MOST_ZONES:
            problems.append(f"zones: {self.zones} is not between 1 and {MOST_ZONES}")
        if not 0 <= self.tasks <= 10_000:
            problems.append(f"tasks: {self.tasks} is not between 0 and 10000")
        if len(set(self.endpoints)) != len(self.endpoints) or not all(self.endpoints):
            problems.append("endpoints: a service is named twice, or has no name")
        if problems:
            raise SettingsError("the networks cannot be compared", problems=problems)

    def with_traffic(self, traffic: Traffic) -> Inputs:
        """The same with other traffic."""
        return Inputs(self.region, traffic, self.zones, self.endpoints, self.tasks)


def way_of(network: str, inputs: Inputs) -> Way:
    """How traffic flows in a network.

    Raises
    ------
    SettingsError: there is no such network.
    """
    ways = {
        "nat": Way(gateways=1, zones=inputs.zones, services=1),
        "nat-per-az": Way(gateways=inputs.zones, zones=inputs.zones, services=1),
        "endpoints": Way(gateways=0, zones=inputs.zones, endpoints=frozenset(inputs.endpoints), services=1),
        "nat-no-s3": Way(gateways=1, zones=inputs.zones, s3_gateway=False, services=1),
        "public-ip": Way(gateways=0, zones=inputs.zones, public=True, services=1),
    }
    if network not in ways:
        raise SettingsError(f'"{network}" is no network{nearest(network, ways)}', hint=f"Networks: {', '.join(ways)}.")
    return ways[network]


def network_lines(network: str, inputs: Inputs, traffic: Usage | None = None) -> Iterator[BillLine]:
    """The cost lines of a network, from the very kinds that the runbook deploys.

    Parameters
    ----------
    traffic: in place of the inputs' own, such as one whose figures stand for many at once.
    """
    way = way_of(network, inputs)
    usage, unused = derive(traffic or inputs.traffic.as_usage(), way), derive(Usage(), way)
    for thing in _things(way, inputs):
        yield from marked(5, thing.cost(usage), thing.cost(unused))
    if way.public:
        addresses = CostLine("network.tasks", "public addresses", "ipv4.hour", HOURS * inputs.tasks, "one a task")
        out = CostLine("network.tasks", "data out to the internet", "transfer.out_gib", usage.internet_out_gib, "")
        yield BillLine(addresses, 5, fixed=True)
        yield BillLine(out, 5, fixed=False)
    zones = times(usage.cross_zone_gib, BOTH_SIDES)
    yield BillLine(
        CostLine("network.tasks", "data between zones", "transfer.cross_zone_gib", zones, "billed on both sides"),
        5,
        fixed=False,
    )


def _things(way: Way, inputs: Inputs) -> Iterator[Kind]:
    for letter in _LETTERS[: way.gateways]:
        yield ElasticIp(id=f"network.address-{letter}", owner=_OWNER)
        yield NatGateway(id=f"network.nat-{letter}", owner=_OWNER, subnet="", address="")
    for short in sorted(way.endpoints):
        yield VpcEndpoint(
            id=f"network.endpoint-{short.replace('.', '-')}",
            owner=_OWNER,
            vpc="",
            service=f"com.amazonaws.{inputs.region}.{short}",
            subnets=tuple(_LETTERS[: inputs.zones]),
        )
