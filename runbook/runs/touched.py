"""Which declared resources a change of settings touches, told from the declarations alone: nothing is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from runbook import document
from runbook.engine.graph import Graph
from runbook.kinds.kind import Kind
from runbook.model import Resource
from runbook.settings import Deployment

How = Literal["new", "changed", "gone"]


@dataclass(frozen=True)
class Touched:
    """One resource that is declared differently.

    Parameters
    ----------
    settings: names of what differs in it; empty for a resource that comes or goes as a whole.
    """

    id: str
    kind: str
    section: int
    how: How
    settings: tuple[str, ...] = ()


def touched(before: Deployment, after: Deployment) -> list[Touched]:
    """What two deployments declare differently, in the order in which it would be built.

    Raises
    ------
    RunbookError: the new settings cannot be declared.
    """
    old, new = graph_of(before), graph_of(after)
    there, wanted = _wanted(old), _wanted(new)
    gone = [_whole(there[id_], "gone") for id_ in reversed(old.order) if id_ in there and id_ not in wanted]
    made = []
    for id_ in new.order:
        if id_ not in wanted:
            continue
        if id_ not in there:
            made.append(_whole(wanted[id_], "new"))
        elif differs := _differing(there[id_], wanted[id_]):
            one = wanted[id_]
            made.append(Touched(id_, type(one).__name__, one.section, "changed", differs))
    return [*made, *gone]


def graph_of(deployment: Deployment) -> Graph:
    """Everything that the sections declare for a deployment."""
    return Graph([one for section in document.sections() for one in section.resources(deployment)])


def _wanted(graph: Graph) -> Mapping[str, Resource]:
    return {id_: one for id_, one in graph.resources.items() if one.wanted}


def _whole(one: Resource, how: How) -> Touched:
    return Touched(one.id, type(one).__name__, one.section, how)


def _differing(before: Resource, after: Resource) -> tuple[str, ...]:
    """Names of the declared settings with other values; what a resource needs to know of others is none of them."""
    if not (isinstance(before, Kind) and isinstance(after, Kind)) or type(before) is not type(after):
        return () if before == after else ("kind",)
    old, new = dict(before.settings()), dict(after.settings())
    differs = [name for name in (*new, *(name for name in old if name not in new)) if old.get(name) != new.get(name)]
    tags = dict(before.owner.tags) != dict(after.owner.tags)
    return (*differs, "tags") if tags else tuple(differs)
