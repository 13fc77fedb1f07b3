"""Turns what was found into a plan: what to do about the declared and about strays, what a destroy removes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from runbook.engine.graph import Graph, layers
from runbook.engine.plan import Left, Plan, ordered
from runbook.engine.removal import points_at, removes_old, step_needs
from runbook.engine.survey import Surveyed
from runbook.errors import AwsError
from runbook.model import Call, Change, Keep, ReadOnlyAws, State


class KindOf(Protocol):
    """What the planner needs of a kind without a declaration: how to find what is ours, and how to remove it."""

    removal_s: float
    """Seconds until one is usually gone."""

    def keeps(self) -> Keep: ...

    def undo(self, state: State) -> list[Call]: ...

    def strays(self, aws: ReadOnlyAws, stack: str) -> Iterable[State]: ...


@dataclass(frozen=True)
class Ours:
    """A thing in the account that belongs to the stack, found without its declaration."""

    kind: str
    state: State


@dataclass(frozen=True)
class Scope:
    """What a plan is about.

    Parameters
    ----------
    sections: numbers that were chosen; things of other sections are looked at where they are needed.
    whole: every section was chosen, so that things without a section count too.
    """

    account: str
    region: str
    stack: str
    sections: tuple[int, ...]
    whole: bool

    def owns(self, state: State) -> bool:
        """Whether a found thing is this stack's, in this region; a thing without tags is, by what it points at."""
        if state.tags is None:
            return True
        return state.stack == self.stack and state.tags.get("karet:region", self.region) == self.region

    def covers(self, state: State) -> bool:
        """Whether a found thing belongs to a chosen section."""
        return self.whole or state.section in {str(number) for number in self.sections}


def find_ours(kinds: Mapping[str, KindOf], aws: ReadOnlyAws, stack: str) -> list[Ours]:
    """Everything in the account that belongs to the stack, of every kind.

    Raises
    ------
    AwsError: a read was refused.
    """

    def of(name: str, kind: KindOf) -> list[Ours]:
        try:
            return [Ours(name, state) for state in kind.strays(aws, stack) if state.exists]
        except AwsError as error:
            raise error.for_resource(f"everything of kind {name}") from error

    with ThreadPoolExecutor(8, thread_name_prefix="strays") as pool:
        found = [pool.submit(of, name, kind) for name, kind in kinds.items()]
        return [one for future in found for one in future.result()]


def _undeclared(ours: Iterable[Ours], found: Mapping[str, Surveyed], scope: Scope) -> list[Ours]:
    declared = {(one.change.kind, one.state.name) for one in found.values() if one.state.exists}
    distinct = {(one.kind, one.state.name): one for one in ours if scope.owns(one.state) and scope.covers(one.state)}
    return [distinct[key] for key in sorted(distinct) if key not in declared]


def _not_ours(graph: Graph, found: Mapping[str, Surveyed], scope: Scope) -> dict[str, str]:
    """The declared things that exist and are somebody else's, with how that is known."""
    theirs: dict[str, str] = {}
    for id_, one in found.items():
        if not one.state.exists:
            continue
        region = (one.state.tags or {}).get("karet:region", scope.region)
        if not scope.owns(one.state):
            mine = one.state.stack == scope.stack
            theirs[id_] = f"belongs to this stack in {region}" if mine else "is not ours: it does not carry our tags"
        elif one.state.tags is None and (of := next((to for to in graph.refers[id_] if to in theirs), None)):
            theirs[id_] = f"is part of {found[of].state.name}, which is not ours"
    return theirs


def _removal(one: Ours, kinds: Mapping[str, KindOf], reason: str, resource_id: str = "") -> Change:
    state = one.state
    id_ = resource_id or state.id or state.name
    return Change(
        id=id_,
        step=f"{id_}@{state.name}",
        kind=one.kind,
        section=int(state.section) if state.section.isdigit() else 0,
        action="delete",
        reason=reason,
        calls=tuple(kinds[one.kind].undo(state)),
        found=state,
        expected_s=kinds[one.kind].removal_s,
    )


def plan_apply(
    *,
    graph: Graph,
    found: Mapping[str, Surveyed],
    ours: Sequence[Ours],
    kinds: Mapping[str, KindOf],
    scope: Scope,
    adopt: Collection[str] = (),
) -> Plan:
    """The plan that makes what exists equal to what is declared.

    Parameters
    ----------
    found: the survey of the chosen sections and of all that they need.
    ours: everything that belongs to the stack; what nothing declares any more is removed, unless it holds data or is
        still used by something that this plan does not touch.
    adopt: ids of resources whose foreign namesake the operator takes over.
    """
    undeclared = _undeclared(ours, found, scope)
    going = [one for one in undeclared if kinds[one.kind].keeps() in ("no", "along")]
    replaced = {(one.kind, one.state.id) for one in going}
    theirs = _not_ours(graph, found, scope)
    changes: list[Change] = []
    for id_, one in found.items():
        change = one.change
        if change.action == "adopt" and change.id not in adopt and not change.stop:
            stop = f"{change.reason}; take it over with --adopt {change.id}, or choose another name"
            change = replace(change, stop=stop)
        if change.action == "delete" and id_ in theirs:
            change = replace(change, action="none", calls=(), reason=f"is not wanted, but {theirs[id_]}")
        if change.action == "create" and (change.kind, change.id) in replaced:
            change = replace(change, action="replace", reason="an immutable setting changed, so it gets a new name")
        changes.append(change)
        if change.action == "replace" and one.state.exists and not _deletes_first(change, kinds):
            old = Ours(change.kind, one.state)
            changes.append(_removal(old, kinds, f"the new {change.id} takes its place", change.id))
    changes += [_removal(one, kinds, "nothing declares it any more") for one in going]
    left = [
        Left(one.state.id, one.kind, one.state.name, "holds data; nothing declares it any more")
        for one in undeclared
        if kinds[one.kind].keeps() in ("data", "shared")
    ]
    staying, used = _still_used(changes, graph, found, [one for one in ours if scope.owns(one.state)])
    return _plan(staying, graph, scope, [*left, *used], destroys=False)


def _deletes_first(change: Change, kinds: Mapping[str, KindOf]) -> bool:
    removal = [call.digest for call in kinds[change.kind].undo(change.found)]
    return bool(removal) and [call.digest for call in change.calls[: len(removal)]] == removal


def _still_used(
    changes: Sequence[Change], graph: Graph, found: Mapping[str, Surveyed], ours: Iterable[Ours]
) -> tuple[list[Change], list[Left]]:
    """The changes without the removal of what something uses that they do not touch, and what stays for that reason."""
    holders = {(one.kind, one.state.name): ("", one.state) for one in ours}
    holders |= {(one.change.kind, one.state.name): (id_, one.state) for id_, one in found.items() if one.state.exists}
    staying, left = list(changes), []
    while True:
        touched = {(change.kind, change.found.name) for change in staying if change.action != "none"}
        still = [(name, id_, state) for (kind, name), (id_, state) in holders.items() if (kind, name) not in touched]
        used: set[str] = set()
        for change in filter(removes_old, staying):
            declared = change.step == change.id
            users = sorted(
                name
                for name, id_, state in still
                if points_at(state, change.found)
                or (declared and change.id in graph.refers.get(id_, ()) and not _somebody_elses(state))
            )
            if users:
                used.add(change.step)
                why = f"is still used by {', '.join(users)}, which stays as it is"
                left.append(Left(change.id, change.kind, change.found.name, why))
        if not used:
            return staying, left
        staying = [change for change in staying if change.step not in used]


def _somebody_elses(state: State) -> bool:
    """Whether what stands under a declared id is a stranger, who does not use what our declaration would."""
    return state.tags is not None and not state.stack


def plan_destroy(
    *,
    graph: Graph,
    found: Mapping[str, Surveyed],
    ours: Sequence[Ours],
    kinds: Mapping[str, KindOf],
    scope: Scope,
    delete_data: bool,
    with_dependents: bool = False,
) -> Plan:
    """The plan that removes what the chosen sections declare and what belongs to them without a declaration.

    Parameters
    ----------
    found: the survey of all sections, so that what depends on the chosen ones is known.
    delete_data: buckets, images, log groups and secrets go too.
    with_dependents: take along what depends on the chosen sections instead of refusing.
    """
    chosen = [id_ for id_, one in found.items() if scope.whole or one.resource.section in scope.sections]
    theirs = _not_ours(graph, found, scope)
    changes: list[Change] = []
    left: list[Left] = []

    def remove(id_: str, reason: str) -> None:
        one = found[id_]
        if not one.state.exists:
            return
        why_left = theirs.get(id_) or _why_kept(one.resource.keep, delete_data=delete_data)
        if why_left:
            left.append(Left(id_, one.change.kind, one.state.name, why_left))
        else:
            removal = _removal(Ours(one.change.kind, one.state), kinds, reason, id_)
            changes.append(replace(removal, step=id_, section=one.resource.section))

    for id_ in chosen:
        remove(id_, "is removed with its section")
    dependents = graph.dependents(change.id for change in changes)
    outside = [id_ for id_ in dependents if id_ not in chosen and found[id_].state.exists]
    for id_ in [id_ for id_ in outside if found[id_].resource.keep == "along"]:
        remove(id_, "tells about what is removed")
        outside.remove(id_)
    if with_dependents:
        for id_ in outside:
            remove(id_, "depends on what is removed")
        outside = []
    for one in _undeclared(ours, found, scope):
        why_left = _why_kept(kinds[one.kind].keeps(), delete_data=delete_data)
        if why_left:
            left.append(Left(one.state.id, one.kind, one.state.name, why_left))
        else:
            changes.append(_removal(one, kinds, "belongs to the stack"))
    refused = [replace(change, stop=_depended_on(change, graph, outside)) for change in changes]
    inside = {id_: one for id_, one in found.items() if id_ not in outside}
    declared = {(found[id_].change.kind, found[id_].state.name) for id_ in outside}
    others = [one for one in ours if scope.owns(one.state) and (one.kind, one.state.name) not in declared]
    staying, used = _still_used(refused, graph, inside, others)
    return _plan(staying, graph, scope, [*left, *used], destroys=True)


def _depended_on(change: Change, graph: Graph, outside: Collection[str]) -> str:
    dependents = [id_ for id_ in graph.dependents([change.id]) if id_ in outside]
    if not dependents:
        return ""
    return f"{', '.join(dependents)} depend on it; add their sections, or take them along with --with-dependents"


def _why_kept(keep: Keep, *, delete_data: bool) -> str:
    if keep == "shared":
        return "is shared with everything else in the account and is never removed"
    if keep == "data" and not delete_data:
        return "holds data; --delete-data removes it too"
    return ""


def _plan(changes: Sequence[Change], graph: Graph, scope: Scope, left: Sequence[Left], *, destroys: bool) -> Plan:
    twice = {step for step, count in Counter(change.step for change in changes).items() if count > 1}
    distinct = [
        replace(change, step=f"{change.id}@{change.kind}:{change.found.name}") if change.step in twice else change
        for change in changes
    ]
    needs = step_needs(distinct, graph)
    return Plan(
        account=scope.account,
        region=scope.region,
        stack=scope.stack,
        sections=scope.sections,
        changes=ordered(distinct, needs, layers(needs)),
        left=tuple(left),
        destroys=destroys,
    )
