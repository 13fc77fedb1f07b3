"""In which order things may go: nothing is removed while something that was found still points at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from runbook.calls import shown
from runbook.engine.graph import Graph
from runbook.model import Change, State

_IDENTITY = ("id", "arn")
"""The outputs that are AWS's own identifiers; other outputs (names, addresses) may occur anywhere by chance."""


def identities(state: State) -> tuple[str, ...]:
    """What others would hold if they point at this thing."""
    return tuple(dict.fromkeys(state.outputs[name] for name in _IDENTITY if state.outputs.get(name)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _pointer(target: State) -> Callable[[list[str]], bool]:
    """Tells whether texts hold an identifier of a thing."""
    found = identities(target)
    if not found:
        return lambda _texts: False
    # An ARN may be followed by a path or a wildcard, never by more of its own name; the same before it.
    pattern = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, found))})(?![A-Za-z0-9_-])")
    return lambda texts: any(pattern.search(text) for text in texts)


def points_at(state: State, target: State) -> bool:
    """Whether a found thing holds an identifier of another one in its settings."""
    return _pointer(target)(list(_texts(shown(state.settings))))


def removes_old(change: Change) -> bool:
    """Whether a step removes something: a delete of the declared, of a stray, or of the old thing of a replacement."""
    return change.action == "delete"


def step_needs(changes: Iterable[Change], graph: Graph) -> dict[str, tuple[str, ...]]:
    """Per step the steps that must be over before it.

    Makes and changes follow the graph. A removal comes after every change and removal of what pointed at the thing
    when it was found, after the step that makes its successor and what depends on that, and otherwise in the reverse
    order of the graph. Two removals that would wait for each other wait for neither: each takes its own entries out of
    the other before it goes, and AWS's refusal until then is known to pass.
    """
    steps = {change.step: change for change in changes}
    removals = [change for change in steps.values() if removes_old(change)]
    others = [change for change in steps.values() if not removes_old(change)]
    texts = {step: list(_texts(shown(change.found.settings))) for step, change in steps.items()}
    pointer = {removal.step: _pointer(removal.found) for removal in removals}
    needs: dict[str, dict[str, None]] = {step: {} for step in steps}
    for change in others:
        needed = (id_ for id_ in graph.needs.get(change.id, ()) if id_ in steps and not removes_old(steps[id_]))
        needs[change.step].update(dict.fromkeys(needed))
    following = {
        removal.step: set(graph.dependents([removal.id])) if removal.id in graph.resources else set()
        for removal in removals
    }
    for removal in removals:
        for other in others:
            acts = other.action != "none"
            if other.id == removal.id or (
                acts and (other.id in following[removal.step] or pointer[removal.step](texts[other.step]))
            ):
                needs[removal.step][other.step] = None
    pairs = [(removal.step, other.step) for removal in removals for other in removals if removal is not other]
    found = {pair: None for pair in pairs if pointer[pair[0]](texts[pair[1]])}
    declared = [(step, other) for step, other in pairs if steps[other].id in following[step]]
    # What was found comes first, because AWS judges by what exists; the declaration orders the rest.
    for first, second in [*(pair for pair in found if pair[::-1] not in found), *declared]:
        if not _reaches(needs, second, first):
            needs[first][second] = None
    return {step: tuple(needed) for step, needed in needs.items()}


def _reaches(needs: dict[str, dict[str, None]], start: str, target: str) -> bool:
    """Whether a step already waits for another one, directly or through others."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        step = stack.pop()
        if step == target:
            return True
        if step not in seen:
            seen.add(step)
            stack.extend(needs[step])
    return False
