"""In which order things may go: nothing is removed while something that was found still points at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook.engine.graph import Graph
from runbook.model import Change, State

_IDENTITY = ("id", "arn")
"""The outputs that are AWS's own identifiers; other outputs (names, addresses) may occur anywhere by chance."""


def identities(state: State) -> tuple[str, ...]:
    """What others would hold if they point at this thing."""
    return tuple(state.outputs[name] for name in _IDENTITY if state.outputs.get(name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def points_at(state: State, target: State) -> bool:
    """Whether a found thing holds an identifier of another one in its settings."""
    for identity in identities(target):
        # An ARN may be followed by a path or a wildcard, never by more of its own name.
        pattern = re.compile(re.escape(identity) + r"(?![A-Za-z0-9_-])")
        if any(pattern.search(text) for text in _texts(state.settings)):
            return True
    return False


def removes_old(change: Change) -> bool:
    """Whether a step removes something: a delete of the declared, of a stray, or of the old thing of a replacement."""
    return change.action == "delete"


def step_needs(changes: Iterable[Change], graph: Graph) -> dict[str, set[str]]:
    """Per step the steps that must be over before it.

    Makes and changes follow the graph. A removal comes after every change and removal of what pointed at the thing
    when it was found, after the step that makes its successor and what depends on that, and otherwise in the reverse
    order of the graph.
    """
    steps = {change.step: change for change in changes}
    needs: dict[str, set[str]] = {step: set() for step in steps}
    removals = [change for change in steps.values() if removes_old(change)]
    others = [change for change in steps.values() if not removes_old(change)]
    for change in others:
        needs[change.step].update(
            id_ for id_ in graph.needs.get(change.id, ()) if id_ in steps and not _gone(steps[id_])
        )
    for removal in removals:
        successor = [one for one in others if one.id == removal.id]
        following = {*graph.dependents([removal.id])} if removal.id in graph.resources else set()
        for other in others:
            moved = other.action != "none" and other.id in following
            if other in successor or moved or (other.action != "none" and points_at(other.found, removal.found)):
                needs[removal.step].add(other.step)
        for other in removals:
            if other is removal or points_at(removal.found, other.found):
                continue
            declared_after = removal.id in graph.needs.get(other.id, ())
            if points_at(other.found, removal.found) or declared_after:
                needs[removal.step].add(other.step)
    return needs


def _gone(change: Change) -> bool:
    return removes_old(change)
