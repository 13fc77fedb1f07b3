"""Looks at resources and plans each, in the order of the graph and as many at a time as the graph allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from types import MappingProxyType

from runbook.engine.clock import Clock
from runbook.engine.graph import Graph
from runbook.errors import AwsError, UnknownError
from runbook.model import Change, Known, ReadOnlyAws, Resource, State

_READERS = 16
"""Reads under way at once; AWS's describe calls stand far more than this (EC2: 100 in a bucket, AWS docs, 2026-11)."""

_POLL_S = 2.0
"""Seconds between looks for a thing that a run before this one may have made."""


@dataclass(frozen=True)
class Surveyed:
    """One resource, what was found of it, and what the plan does about it."""

    resource: Resource
    state: State
    change: Change


def outputs_for_others(state: State, change: Change) -> Mapping[str, str] | None:
    """The outputs that others may use; None while the thing is absent or will be another one."""
    if state.status in ("absent", "deleting", "failed") or change.action == "replace":
        return None
    return state.outputs


def look_at(resource: Resource, aws: ReadOnlyAws, known: Known) -> State:
    """One look; a resource that can only be found through something unknown does not exist yet.

    Raises
    ------
    AwsError: a read was refused; the resource is named.
    """
    try:
        return resource.look(aws, known)
    except UnknownError:
        return State.ABSENT
    except AwsError as error:
        raise error.for_resource(resource.id) from error


def decided(resource: Resource, state: State, known: Known) -> Change:
    """The change for a state, with its calls filled in as far as they are known."""
    change = resource.plan(state, known)
    return replace(
        change,
        step=change.step or change.id,
        kind=type(resource).__name__,
        section=resource.section,
        calls=tuple(call.filled(known) for call in change.calls),
    )


class Survey:
    """One pass over resources, behind the guard.

    Parameters
    ----------
    graph: all resources of the deployment.
    new_pass: gives AWS for one pass of reading.
    clock: for the patience below.
    patience: ids of resources for which a call was sent whose answer nobody saw: these are asked for again, up to
        their consistency time, before they count as absent.
    on_look: told each id and status as it is found.
    """

    def __init__(
        self,
        graph: Graph,
        new_pass: Callable[[], ReadOnlyAws],
        *,
        clock: Clock,
        patience: Iterable[str] = (),
        on_look: Callable[[str, str], None] = lambda _id, _status: None,
    ) -> None:
        self._graph = graph
        self._new_pass = new_pass
        self._clock = clock
        self._patience = frozenset(patience)
        self._on_look = on_look

    def run(self, ids: Iterable[str], aws: ReadOnlyAws | None = None) -> dict[str, Surveyed]:
        """Look at these resources and all that they refer to.

        Parameters
        ----------
        aws: a pass of reading to share with others; without it a new one.

        Returns
        -------
        Per id what was found, in graph order.

        Raises
        ------
        AwsError: a read was refused; the first one, with its resource and call.
        PlanError: two things with one karet:id, or a declaration that cannot be planned.
        """
        chosen = self._graph.closure(ids)
        aws = aws or self._new_pass()
        outputs: dict[str, Mapping[str, str] | None] = {}
        known = Known(MappingProxyType(outputs))
        found: dict[str, Surveyed] = {}
        waiting = {id_: set(self._graph.refers[id_]) for id_ in chosen}
        running: dict[Future[Surveyed], str] = {}
        done: SimpleQueue[Future[Surveyed]] = SimpleQueue()
        with ThreadPoolExecutor(_READERS, thread_name_prefix="look") as readers:
            try:
                while waiting or running:
                    for id_ in [id_ for id_, missing in waiting.items() if not missing]:
                        del waiting[id_]
                        future = readers.submit(self._one, self._graph.resources[id_], aws, known)
                        running[future] = id_
                        future.add_done_callback(done.put)
                    future = done.get()
                    id_ = running.pop(future)
                    found[id_] = future.result()
                    outputs[id_] = outputs_for_others(found[id_].state, found[id_].change)
                    for missing in waiting.values():
                        missing.discard(id_)
            finally:
                readers.shutdown(cancel_futures=True)
        return {id_: found[id_] for id_ in chosen}

    def _one(self, resource: Resource, aws: ReadOnlyAws, known: Known) -> Surveyed:
        surveyed = self._look(resource, aws, known)
        if resource.id in self._patience:
            give_up = self._clock.monotonic() + resource.consistent_s
            while _may_be_half_seen(surveyed) and self._clock.monotonic() < give_up:
                self._clock.sleep(_POLL_S)
                surveyed = self._look(resource, self._new_pass(), known)
        self._on_look(resource.id, surveyed.state.status)
        return surveyed

    def _look(self, resource: Resource, aws: ReadOnlyAws, known: Known) -> Surveyed:
        state = look_at(resource, aws, known)
        return Surveyed(resource, state, decided(resource, state, known))


def _may_be_half_seen(one: Surveyed) -> bool:
    """Whether an earlier call may have done more than this look shows.

    A replacement that is not visible yet looks like the old thing, which would be replaced once more; our own thing
    whose tags come later looks like a stranger's. What bears another stack's name is a stranger's for sure.
    """
    return one.change.action in ("create", "replace") or (one.change.action == "adopt" and not one.state.stack)


def known_from(found: Mapping[str, Surveyed]) -> dict[str, Mapping[str, str] | None]:
    """The outputs that a survey makes known, per id."""
    return {id_: outputs_for_others(one.state, one.change) for id_, one in found.items()}
