"""The whole stack with any of the five networks: what the document declares, with the way out exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from runbook.cost.estimate import BillLine, Estimate, declared_lines, declared_resources, marked, priced
from runbook.cost.flow import Way, derive
from runbook.errors import SettingsError
from runbook.kinds.billing import HOURS
from runbook.kinds.ecs_service import Service
from runbook.kinds.nat import ElasticIp, NatGateway
from runbook.model import CostLine, Resource, Usage
from runbook.pricing.rate import Rates
from runbook.settings import DEPLOYABLE_NETWORKS, PRICED_ONLY_NETWORKS, Deployment
from runbook.settings.limits import nearest

_NETWORKS = (*DEPLOYABLE_NETWORKS, *PRICED_ONLY_NETWORKS)


@dataclass(frozen=True)
class Stack:
    """A deployment with one network, ready to be priced for any usage.

    Parameters
    ----------
    resources: what is declared.
    way: how traffic flows.
    public_tasks: tasks that have a public address each.
    """

    network: str
    region: str
    resources: tuple[Resource, ...]
    way: Way
    public_tasks: int = 0

    @classmethod
    def of(cls, deployment: Deployment, network: str = "", *, region: str = "", zones: int = 0) -> Stack:
        """The stack of a deployment, with some discrete choices made differently.

        Parameters
        ----------
        network, region, zones: without them the deployment's own.

        Raises
        ------
        SettingsError: there is no such network, or the deployment cannot have so many zones.
        """
        network = network or deployment.network
        if network not in _NETWORKS:
            raise SettingsError(
                f'"{network}" is no network{nearest(network, _NETWORKS)}', hint=f"Networks: {', '.join(_NETWORKS)}."
            )
        if zones not in (0, 2, 3):
            raise SettingsError(f"zones: {zones} is not 2 or 3", hint="The runbook declares two or three zones.")
        built = network if network in DEPLOYABLE_NETWORKS else "nat"
        changed: dict[str, Any] = {"network": built, "zones": zones or deployment.zones}
        resources = declared_resources(deployment.model_copy(update=changed), region or deployment.region)
        way = Way.declared(resources)
        if network == "nat-no-s3":
            way = replace(way, s3_gateway=False)
        tasks = 0
        if network == "public-ip":
            way = replace(way, gateways=0, public=True)
            resources = [one for one in resources if not isinstance(one, NatGateway | ElasticIp)]
            tasks = sum(one.count for one in resources if isinstance(one, Service))
        return cls(network, region or deployment.region, tuple(resources), way, tasks)

    def lines(self, usage: Usage) -> list[BillLine]:
        """The cost lines for a usage, each with its section and whether it is fixed."""
        lines = declared_lines(self.resources, usage, self.way)
        unused = self._public(derive(Usage(), self.way))
        return [*lines, *marked(5, self._public(derive(usage, self.way)), unused)]

    def cost_lines(self, usage: Usage) -> Iterator[CostLine]:
        """The bare cost lines for a usage, whose figures may stand for many at once."""
        derived = derive(usage, self.way)
        for one in self._billed:
            yield from one.cost(derived)
        yield from self._public(derived)

    @cached_property
    def _billed(self) -> tuple[Resource, ...]:
        """The resources that have any cost line."""
        return tuple(one for one in self.resources if one.wanted and any(True for _ in one.cost(Usage())))

    def _public(self, derived: Usage) -> list[CostLine]:
        """The lines of tasks with public addresses, which no resource has: the runbook does not build them."""
        if not self.way.public:
            return []
        hours, out = HOURS * self.public_tasks, derived.internet_out_gib
        return [
            CostLine("network.tasks", "public addresses", "ipv4.hour", hours, "one a task"),
            CostLine("network.tasks", "data out to the internet", "transfer.out_gib", out, "what tasks send"),
        ]

    def estimate(self, usage: Usage, rates: Rates, *, free_tier: bool = False) -> Estimate:
        """What it costs in a month."""
        return priced(self.lines(usage), rates, self.region, free_tier=free_tier)
