"""Turns what was found into a plan: what to do about the declared and about strays, what a destroy removes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from runbook.engine.graph import Graph, layers
from runbook.engine.plan import Left, Plan, ordered
from runbook.engine.removal import step_needs
from runbook.engine.survey import Surveyed
from runbook.errors import AwsError
from runbook.model import Call, Change, Keep, ReadOnlyAws, State


class KindOf(Protocol):
    """What the planner needs of a kind without a declaration: how to find what is ours, and how to remove it."""

    keep: Keep

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
    declared = {(type(one.resource).__name__, one.state.name) for one in found.values() if one.state.exists}
    return [one for one in ours if (one.kind, one.state.name) not in declared and scope.covers(one.state)]


def _removal(one: Ours, kinds: Mapping[str, KindOf], reason: str) -> Change:
    state = one.state
    return Change(
        id=state.id or state.name,
        step=f"{state.id}@{state.name}",
        kind=one.kind,
        section=int(state.section) if state.section.isdigit() else 0,
        action="delete",
        reason=reason,
        calls=tuple(kinds[one.kind].undo(state)),
        found=state,
        expected_s=1.0,
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
    ours: everything that belongs to the stack; what nothing declares any more is removed, unless it holds data.
    adopt: ids of resources whose foreign namesake the operator takes over.
    """
    undeclared = _undeclared(ours, found, scope)
    gone_ids = {one.state.id for one in undeclared}
    changes: list[Change] = []
    for one in found.values():
        change = one.change
        if change.action == "adopt" and change.id not in adopt and not change.stop:
            stop = f"{change.reason}; take it over with --adopt {change.id}, or choose another name"
            change = replace(change, stop=stop)
        if change.action == "create" and change.id in gone_ids:
            change = replace(change, action="replace", reason="an immutable setting changed, so it gets a new name")
        changes.append(change)
        if change.action == "replace" and one.state.exists and not _deletes_first(change, kinds):
            old = Ours(change.kind, one.state)
            changes.append(_removal(old, kinds, f"the new {change.id} takes its place"))
    changes += [
        _removal(one, kinds, "nothing declares it any more") for one in undeclared if kinds[one.kind].keep == "no"
    ]
    left = tuple(
        Left(one.state.id, one.kind, one.state.name, "holds data; nothing declares it any more")
        for one in undeclared
        if kinds[one.kind].keep != "no"
    )
    return _plan(changes, graph, scope, left, destroys=False)


def _deletes_first(change: Change, kinds: Mapping[str, KindOf]) -> bool:
    removal = [call.digest for call in kinds[change.kind].undo(change.found)]
    return bool(removal) and [call.digest for call in change.calls[: len(removal)]] == removal


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
    chosen = {id_ for id_, one in found.items() if scope.whole or one.resource.section in scope.sections}
    changes: list[Change] = []
    left: list[Left] = []

    def remove(id_: str) -> None:
        one = found[id_]
        why_kept = _why_kept(one.resource.keep, delete_data=delete_data)
        if not one.state.exists:
            return
        if one.change.action == "adopt":
            left.append(Left(id_, one.change.kind, one.state.name, "is not ours: it does not carry our tags"))
        elif why_kept:
            left.append(Left(id_, one.change.kind, one.state.name, why_kept))
        else:
            reason = "is removed with its section" if id_ in chosen else "depends on what is removed"
            changes.append(
                replace(
                    _removal(Ours(one.change.kind, one.state), kinds, reason),
                    id=id_,
                    step=id_,
                    section=one.resource.section,
                )
            )

    for id_ in chosen:
        remove(id_)
    going = [change.id for change in changes]
    outside = [id_ for id_ in graph.dependents(going) if id_ not in chosen and found[id_].state.exists]
    if with_dependents:
        for id_ in outside:
            remove(id_)
    elif outside:
        names = ", ".join(outside)
        stop = f"{names} depend on it; add their sections, or take them along with --with-dependents"
        changes = [
            replace(change, stop=stop) if set(graph.dependents([change.id])) & set(outside) else change
            for change in changes
        ]
    for one in _undeclared(ours, found, scope):
        why_kept = _why_kept(kinds[one.kind].keep, delete_data=delete_data)
        if why_kept:
            left.append(Left(one.state.id, one.kind, one.state.name, why_kept))
        else:
            changes.append(_removal(one, kinds, "belongs to the stack"))
    return _plan(changes, graph, scope, tuple(left), destroys=True)


def _why_kept(keep: Keep, *, delete_data: bool) -> str:
    if keep == "shared":
        return "is shared with everything else in the account and is never removed"
    if keep == "data" and not delete_data:
        return "holds data; --delete-data removes it too"
    return ""


def _plan(changes: Sequence[Change], graph: Graph, scope: Scope, left: tuple[Left, ...], *, destroys: bool) -> Plan:
    needs = step_needs(changes, graph)
    return Plan(
        account=scope.account,
        region=scope.region,
        stack=scope.stack,
        sections=scope.sections,
        changes=ordered(changes, needs, layers(needs)),
        left=left,
        destroys=destroys,
    )
