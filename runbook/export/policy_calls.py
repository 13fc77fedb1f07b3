"""The calls that make resources from nothing and take them away again, told before anything exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook.model import Call, Known, Resource, State

Outputs = Mapping[str, Mapping[str, str] | None]
"""What can be foreseen of each resource's outputs."""


def making(resources: Iterable[Resource], outputs: Outputs) -> Iterator[tuple[Resource, Call]]:
    """The calls that make each wanted resource where there is nothing yet."""
    known = Known(outputs)
    for one in resources:
        if one.wanted:
            yield from ((one, call) for call in one.plan(State.ABSENT, known).calls)


def removing(resources: Iterable[Resource], outputs: Outputs) -> Iterator[tuple[Resource, Call]]:
    """The calls that remove each wanted resource, had it been made as declared.

    What AWS would have chosen, such as an identifier, is a star. What others put into a thing decides which calls
    remove our part of it, so both are told: with something of theirs, and without.
    """
    known = Known(outputs)
    for one in resources:
        if one.wanted and one.keep != "shared":
            for state in (as_made(one, known, outputs), as_made(one, known, outputs, Nothing("*"))):
                yield from ((one, call) for call in type(one).undo(state))


class Star(str):
    """Something that is not known yet, whatever it is asked for: text, list or mapping."""

    __slots__ = ()

    def keys(self) -> tuple[str, ...]:
        """No keys, so that it can be made a mapping."""
        return ()

    def items(self) -> tuple[tuple[str, str], ...]:
        """As an empty mapping."""
        return ()

    def __iter__(self) -> Iterator[str]:
        yield self

    def __getitem__(self, key: Any) -> Any:
        return self


ANY = Star("*")


class Nothing(Star):
    """As `Star`, but empty when it is taken as a list, and false."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __bool__(self) -> bool:
        return False


class _Made(dict[str, Any]):
    """What was found of a thing that does not exist yet: what is not declared is a star."""

    def __init__(self, known: Mapping[str, Any], star: Star) -> None:
        super().__init__(known)
        self._star = star

    def __missing__(self, key: str) -> Any:
        return self._star

    def get(self, key: str, default: Any = None) -> Any:
        del default
        return self[key]

    def __contains__(self, key: object) -> bool:
        return True


def as_made(resource: Any, known: Known, outputs: Outputs, star: Star = ANY) -> State:
    """The state of a resource, had it been made as declared; what AWS would have chosen is the star."""
    declared = known.fill(dict(resource.settings()))
    status = "ACTIVE" if star else "INACTIVE"
    return State(
        "ready",
        settings=_Made({"status": status, **declared}, star),
        outputs=_Made(outputs.get(resource.id) or {}, Star("*")),
        name=str(getattr(resource, "name", "*")),
        tags=getattr(resource, "tags", None),
    )
