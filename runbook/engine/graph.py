"""What must exist before what: the graph of references and `after`, its order, its circles, its closure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError as _Circle
from graphlib import TopologicalSorter

from runbook.errors import CycleError, PlanError
from runbook.model import Resource, references


class Graph:
    """The resources of a deployment and what each of them needs.

    Parameters
    ----------
    resources: in reading order; the order is kept wherever the graph leaves a choice.

    Raises
    ------
    PlanError: an id is declared twice, or a reference or `after` names nothing that is declared.
    CycleError: resources wait for each other.
    """

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources: dict[str, Resource] = {}
        for resource in resources:
            if resource.id in self.resources:
                raise PlanError(
                    f"two resources are declared with the id {resource.id}",
                    hint="Ids are unique in a deployment; rename one of them.",
                )
            self.resources[resource.id] = resource
        self.refers: dict[str, tuple[str, ...]] = {id_: self._targets(one) for id_, one in self.resources.items()}
        """Per id the ids that it refers to: these must be looked at first."""
        self.needs: dict[str, tuple[str, ...]] = {
            id_: tuple(dict.fromkeys([*self.refers[id_], *self._after(one)])) for id_, one in self.resources.items()
        }
        """Per id the ids that must be ready first: references and `after`."""
        self.order: tuple[str, ...] = layers(self.needs)
        """Every id, each after what it needs."""

    def _targets(self, resource: Resource) -> tuple[str, ...]:
        found = dict.fromkeys(target for target, _ in references(resource) if target != resource.id)
        for target in found:
            self._declared(resource.id, target, f"refers to ${{{target}...}}")
        return tuple(found)

    def _after(self, resource: Resource) -> tuple[str, ...]:
        for target in resource.after:
            self._declared(resource.id, target, f"must come after {target}")
        return resource.after

    def _declared(self, resource_id: str, target: str, how: str) -> None:
        if target not in self.resources:
            raise PlanError(
                f"{resource_id} {how}, but nothing declares {target}",
                hint="Correct the id, or declare the resource in its section.",
            )

    def closure(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These ids and everything that they need, directly or through others, in graph order."""
        wanted: set[str] = set()
        stack = list(ids)
        while stack:
            id_ = stack.pop()
            if id_ not in wanted:
                wanted.add(id_)
                stack.extend(self.needs[id_])
        return tuple(id_ for id_ in self.order if id_ in wanted)

    def dependents(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Everything that needs one of these ids, directly or through others, without the ids themselves."""
        given = set(ids)
        reached = set(given)
        for id_ in self.order:
            if reached.intersection(self.needs[id_]):
                reached.add(id_)
        return tuple(id_ for id_ in self.order if id_ in reached and id_ not in given)


def layers(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The keys in an order in which each comes after what it needs; where that leaves a choice, in the order given.

    Raises
    ------
    CycleError: there is no such order.
    """
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except _Circle as circle:
        raise CycleError(list(reversed(circle.args[1]))) from None
    rank = {key: position for position, key in enumerate(needs)}
    ordered: list[str] = []
    while sorter.is_active():
        layer = sorted(sorter.get_ready(), key=rank.__getitem__)
        ordered.extend(layer)
        sorter.done(*layer)
    return tuple(ordered)
