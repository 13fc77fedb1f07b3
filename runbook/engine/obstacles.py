"""Looks, before anything is removed, at what of others is in the way of a removal or would go along with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from runbook.engine.plan import Plan
from runbook.engine.removal import removes_old
from runbook.errors import AwsError
from runbook.model import Change, ReadOnlyAws, State
from runbook.obstacle import Obstacle

_AT_ONCE = 8

Going = Callable[[str], bool]
"""Whether a text names something that goes in the same plan."""


class Removable(Protocol):
    """What a kind says about the removal of a found thing."""

    def goes_with(self, aws: ReadOnlyAws, state: State) -> Iterable[str]: ...

    def in_the_way(self, aws: ReadOnlyAws, state: State, going: Going) -> Iterable[Obstacle]: ...


def with_obstacles(plan: Plan, kinds: Mapping[str, Removable], aws: ReadOnlyAws) -> Plan:
    """The same plan, each of whose removals says what of others it meets; a read that is refused is said, too."""
    removals = [change for change in plan.changes if removes_old(change)]
    if not removals:
        return plan
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="obstacles") as pool:
        named = pool.map(lambda change: _identities(change, kinds, aws), removals)
        going = _naming({identity for identities in named for identity in identities})
        met = dict(
            zip(
                [change.step for change in removals],
                pool.map(lambda change: _met(change, kinds, aws, going), removals),
                strict=True,
            )
        )
    changes = (replace(one, obstacles=met[one.step]) if one.step in met else one for one in plan.changes)
    return replace(plan, changes=tuple(changes))


def _identities(change: Change, kinds: Mapping[str, Removable], aws: ReadOnlyAws) -> set[str]:
    try:
        return set(kinds[change.kind].goes_with(aws, change.found))
    except AwsError:
        # What cannot be seen counts as somebody else's; `_met` says which read was refused.
        return set()


def _met(change: Change, kinds: Mapping[str, Removable], aws: ReadOnlyAws, going: Going) -> tuple[Obstacle, ...]:
    try:
        return tuple(dict.fromkeys(kinds[change.kind].in_the_way(aws, change.found, going)))
    except AwsError as error:
        what = f"what is in the way cannot be seen: {error.service}.{error.operation} answered {error.code}"
        return (Obstacle(what, "unknown"),)


def _naming(identities: Iterable[str]) -> Going:
    found = sorted(filter(None, identities))
    if not found:
        return lambda _: False
    pattern = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, found))})(?![A-Za-z0-9_-])")
    return lambda text: bool(pattern.search(text))
