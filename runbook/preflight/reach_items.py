"""Reachability as items: which network is judged, and every cell of it in words with its fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from runbook.engine.survey import Surveyed, known_from
from runbook.errors import AwsError
from runbook.model import Known, ReadOnlyAws, Resource, Unknown, ref
from runbook.preflight.finding import Item, Outcome
from runbook.preflight.network import Network
from runbook.preflight.network_declared import Names, declared_network, is_somebody_elses, tasks_of
from runbook.preflight.network_reader import read_network
from runbook.preflight.reachability import Cell, Verdict, cells
from runbook.preflight.ways_out import Fix, Usd, fixes
from runbook.settings import Deployment

_NETWORK = 5
_VPC = "network.vpc"
_OUTCOMES: Mapping[Verdict, Outcome] = {"reachable": "ok", "unknown": "unknown", "unreachable": "failed"}
_WORST: tuple[Verdict, ...] = ("unreachable", "unknown", "reachable")


@dataclass(frozen=True)
class Reach:
    """The cells of a network, each bad one with its cheapest fix.

    Parameters
    ----------
    planned: the network is judged as apply makes it, not as it is.
    problem: why there are no cells; empty when there are.
    """

    cells: tuple[Cell, ...] = ()
    fixes: Mapping[Cell, Fix] | None = None
    planned: bool = False
    problem: str = ""


def reach(
    deployment: Deployment,
    resources: Iterable[Resource],
    found: Mapping[str, Surveyed],
    aws: ReadOnlyAws,
    usd: Usd,
) -> Reach:
    """Judge every way that the tasks need: of the network as it is, or as the plan makes it where it changes it."""
    if _VPC not in found:
        return Reach(problem="the network is no part of this plan; ask without a section, or for section 6")
    every = list(resources)
    known = Known(known_from(found))
    names = Names(known)
    tasks = tasks_of(deployment, every, names)
    try:
        network = _network(every, found, known, names, aws)
    except AwsError as error:
        said = f"{error.service}.{error.operation} answered {error.code}: {error.text}"
        return Reach(problem=f"the network could not be read ({said}); it can be told after section 5 is applied")
    made = tuple(cells(network, tasks, region=deployment.region))
    own = not is_somebody_elses(every)
    return Reach(made, fixes(network, made, usd, own=own), network.planned)


def _network(
    every: list[Resource], found: Mapping[str, Surveyed], known: Known, names: Names, aws: ReadOnlyAws
) -> Network:
    mine = [one for one in every if one.section == _NETWORK]
    if theirs := is_somebody_elses(every):
        return declared_network(mine, names, partly=read_network(aws, theirs))
    vpc = known.value(ref(_VPC, "id"))
    changes = any(found[one.id].change.action != "none" for one in mine if one.id in found)
    if isinstance(vpc, Unknown) or changes:
        return declared_network(mine, names)
    return read_network(aws, str(vpc))


def reach_items(judged: Reach) -> list[Item]:
    """One item for each service that the tasks of each service of the stack need."""
    if judged.problem:
        return [Item("reach.network", "unknown", "The tasks reach the services that they need", judged.problem)]
    by = groupby(sorted(judged.cells, key=_order), key=lambda cell: (cell.tasks, cell.service))
    return [_item(tasks, service, list(some), judged) for (tasks, service), some in by]


def _order(cell: Cell) -> tuple[str, str]:
    return cell.tasks, cell.service


def _item(tasks: str, service: str, some: list[Cell], judged: Reach) -> Item:
    worst = next(verdict for verdict in _WORST if any(cell.verdict == verdict for cell in some))
    ways = dict.fromkeys(f"{cell.subnet}: {(cell.way and f'by {cell.way}') or cell.why}" for cell in some)
    cautions = dict.fromkeys(cell.caution for cell in some if cell.caution)
    fix = next((fix for cell in some if (fix := (judged.fixes or {}).get(cell))), None)
    when = " (as apply makes it)" if judged.planned else ""
    return Item(
        f"reach.{tasks}.{service}",
        _OUTCOMES[worst],
        f"The {tasks} tasks reach {service}{when}",
        "; ".join((*ways, *cautions)),
        fix=f"{fix.text[0].upper()}{fix.text[1:]}." if fix else "",
        monthly_usd=fix.monthly_usd if fix else None,
    )
