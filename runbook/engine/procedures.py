"""How one step of a plan is carried out: look again, send, look until it is ready, or until it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jmespath

from runbook.aws.answers import meaning
from runbook.engine.adviser import Adviser, NotReadyError, doubt, explained
from runbook.engine.clock import Clock
from runbook.engine.events import CallRetried, OnEvent, WaitProgress
from runbook.engine.graph import Graph
from runbook.engine.performers import Answer, Aws
from runbook.engine.sending import LoginNeededError, Sender, UnclearError
from runbook.engine.survey import Surveyed, decided, look_at, outputs_for_others
from runbook.engine.tasks import Pause, Procedure, Work
from runbook.errors import AwsError, PlanError, RunbookError, StaleError, WaitingError
from runbook.model import Call, Change, Known, ReadOnlyAws, Resource, State, Wait, canonical, shown

_LOOK_EVERY_S = 2.0
_GONE_WITHIN_S = 1200.0
"""Bound for a removal: the longest tail of review Table F is 20 minutes (ECS service, security group)."""
_READY_WITHIN_S = 600.0
_GONE_IS_SEEN_WITHIN_S = 30.0
_UNCLEAR_ROUNDS = 4
_READ_AGAIN_FOR_S = 120.0

_DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "taken over",
    "none": "left as it is",
}

Strays = Callable[[str, ReadOnlyAws], Iterable[State]]
"""Kind name and a pass of reading -> everything of that kind that belongs to the stack."""
Undo = Callable[[str, State], list[Call]]
"""Kind name and a state -> the calls that remove it."""


@dataclass
class Procedures:
    """The three procedures of a run: make or change, wait for what is pending, remove.

    Parameters
    ----------
    outputs: per id what is known; filled in as things become ready.
    strays, undo: from the kinds, for things that no declaration stands for.
    adviser: a second opinion on waits; None for none.
    """

    graph: Graph
    aws: Aws
    sender: Sender
    clock: Clock
    on_event: OnEvent
    outputs: dict[str, Mapping[str, str] | None]
    strays: Strays
    undo: Undo
    adviser: Adviser | None = None

    @property
    def known(self) -> Known:
        """What is known now."""
        return Known(self.outputs)

    # -- make or change ----------------------------------------------------------------------------------------------

    def change(self, planned: Change) -> Procedure:
        """Carry out a create, update, replace or adopt exactly as planned.

        Raises
        ------
        StaleError: right before its first call the thing needs other calls than were shown.
        """
        resource = self.graph.resources[planned.id]
        seen: Surveyed = yield from self._look(resource)
        if seen.state.status == "deleting":
            yield from self._until_gone(planned, lambda aws: look_at(resource, aws, self.known))
            seen = yield from self._look(resource)
        self._agree(planned, seen.change)
        calls = seen.change.calls
        old = seen.state if planned.action == "replace" and seen.state.exists else None
        removal = tuple(self.undo(planned.kind, old)) if old else ()
        if removal and _digests(calls[: len(removal)]) == _digests(removal):
            # The two cannot exist side by side: the old one goes first, and is gone before the new one is made.
            yield from self.remove(planned)
            seen = yield from self._look(resource)
            self._agree(planned, seen.change)
            calls = seen.change.calls
        yield from self._settle(seen)
        for _ in range(_UNCLEAR_ROUNDS):
            try:
                yield from self._send_in_order(resource.id, calls)
                break
            except UnclearError as unclear:
                failure: AwsError = unclear.error
                seen = yield from self._look_for_effect(planned, resource, calls)
                self._go_on(planned, seen.change)
                calls = seen.change.calls
                yield from self._settle(seen)
        else:
            raise failure
        yield from self.until_ready(planned)

    def _send_in_order(self, resource_id: str, calls: Iterable[Call]) -> Procedure:
        """Send the calls of one thing; what is kept of an answer is known to the calls after it, and to nobody else."""
        own: dict[str, str] = {}
        for call in calls:
            known = Known({**self.outputs, resource_id: own}) if own else self.known
            answer: Answer = yield from self.sender.send(resource_id, call, known)
            self.sender.provenance.answered(resource_id, call.filled(known).digest, answer.body)
            found = {name: jmespath.search(path, answer.body) for name, path in call.keep.items()}
            own |= {name: value for name, value in found.items() if isinstance(value, str)}

    def _settle(self, seen: Surveyed) -> Procedure:
        """Close the intents that this look has answered."""
        yield from self.sender.settle(seen.resource.id, seen.change.calls, f"found {seen.state.status}")

    def _agree(self, planned: Change, fresh: Change) -> None:
        """Refuse when the thing now needs other calls than the ones that were shown and confirmed; fewer are fine."""
        if fresh.stop:
            raise StaleError([f"{planned.id} was to be {_DONE[planned.action]}, now it cannot: {fresh.stop}"])
        shown_before = iter(_digests(call.filled(self.known) for call in planned.calls))
        if not all(digest in shown_before for digest in _digests(fresh.calls)):
            names = ", ".join(call.name for call in fresh.calls)
            raise StaleError(
                [f"{planned.id} was to be {_DONE[planned.action]}, now it {fresh.reason} and needs {names}"]
            )

    def _go_on(self, planned: Change, fresh: Change) -> None:
        """After a call without an answer: finishing our own thing is what was confirmed, anything beyond is not."""
        if fresh.action in ("update", "none") and not fresh.stop:
            return
        self._agree(planned, fresh)

    def _look_for_effect(self, planned: Change, resource: Resource, calls: tuple[Call, ...]) -> Procedure:
        """Look until the unanswered call shows an effect, or until the kind's consistency time is over."""
        before = _digests(call.filled(self.known) for call in calls)
        give_up = self.clock.monotonic() + resource.consistent_s
        while True:
            seen: Surveyed = yield from self._look(resource)
            # Tags may be seen later than the thing itself, so that our own looks like a stranger's for a moment.
            strange = seen.change.action == "adopt" != planned.action
            if (_digests(seen.change.calls) != before and not strange) or self.clock.monotonic() >= give_up:
                return seen
            yield Pause(_LOOK_EVERY_S)

    def until_ready(self, planned: Change) -> Procedure:
        """Look until the thing is ready and as declared; then its outputs are known to others, and the step is over.

        Raises
        ------
        NotReadyError: it failed, or was not ready within its bound.
        StaleError: what is found now is not ours, or may not be changed.
        """
        state = yield from explained(self.adviser, planned.id, self._until_ready(planned))
        told = partial(self.sender.provenance.told, planned.id, state.outputs)
        wait = self.graph.resources[planned.id].ready()
        yield from self.sender.step_over(planned.id, planned.action, told(wait, self.known))

    def _until_ready(self, planned: Change) -> Procedure:
        resource = self.graph.resources[planned.id]
        wait = resource.ready()
        pending_s = wait.at_most_s if wait else _READY_WITHIN_S
        began = since = self.clock.monotonic()
        status = ""
        while True:
            seen: Surveyed = yield from self._look(resource)
            state, change = seen.state, seen.change
            if state.status == "ready" and not change.calls and not change.stop:
                self.outputs[resource.id] = outputs_for_others(state, change)
                yield from self._settle(seen)
                return state
            if state.status == "failed" and not _is_old_one(planned, state):
                raise NotReadyError(
                    f"{resource.id} failed: {state.reason or 'AWS gives no reason'}",
                    hint="Run the same command again: what failed is replaced, and the plan shows it.",
                )
            now = self.clock.monotonic()
            if state.status != status:
                status, since = state.status, now
            bound = pending_s if status == "pending" else resource.consistent_s
            if now - since >= bound or now - began >= pending_s + resource.consistent_s:
                raise self._not_ready(resource, seen, now - began)
            if status == "pending" and wait:
                self.outputs[resource.id] = state.outputs
                why_never = yield from self._poll(resource, wait, since)
                if why_never:
                    yield from self._refuse_unless_ready(resource, why_never)
            else:
                self._progress(resource.id, f"{resource.id} to be as declared", now - since, bound, state.reason)
            yield Pause(_LOOK_EVERY_S)

    def _refuse_unless_ready(self, resource: Resource, why_never: str) -> Procedure:
        """A wait says that the thing never becomes ready; only a look that says otherwise is believed instead."""
        seen: Surveyed = yield from self._look(resource)
        if seen.state.status != "ready":
            raise NotReadyError(
                f"{resource.id} will not become ready: {why_never}",
                hint="Remove the cause, then run the same command again; it goes on from what exists.",
            )

    def _not_ready(self, resource: Resource, seen: Surveyed, waited: float) -> RunbookError:
        if seen.change.stop:
            return StaleError([f"{resource.id}: {seen.change.stop}"])
        what = {
            "absent": "was made, but cannot be found",
            "failed": "is replaced, but the new one cannot be found",
            "pending": f"is still pending ({seen.state.reason})" if seen.state.reason else "is still pending",
        }.get(seen.state.status, f"is {seen.state.status}, but {seen.change.reason}")
        differs = "; ".join(
            f"{one.setting} is {canonical(shown(one.found))}, declared {canonical(shown(one.declared))}"
            for one in seen.change.differences
        )
        return NotReadyError(
            f"{resource.id} {what} after {waited:.0f} s" + (f": {differs}" if differs else ""),
            hint="Run the same command again: it looks first and goes on from what exists.",
        )

    def _poll(self, resource: Resource, wait: Wait, began: float) -> Procedure:
        """Repeat the one read of a wait until its condition holds or its bound is reached.

        Returns
        -------
        str: why it will never be ready; empty otherwise.
        """
        while True:
            call, known = wait.call, self.known
            read = partial(self.aws.read, call.service, call.operation, known.value(call.params))
            answer = yield from self._read(resource.id, read)
            waited = self.clock.monotonic() - began
            why_never = jmespath.search(wait.fails, answer) if wait.fails else None
            if jmespath.search(wait.until, answer) or why_never or waited >= wait.at_most_s:
                return str(why_never or "")
            never = yield from doubt(self.adviser, resource.id, waited)
            if never:
                return never
            self._progress(resource.id, wait.what, waited, wait.at_most_s, "", wait.typical_s)
            yield Pause(min(wait.every_s, max(0.0, wait.at_most_s - waited)))

    # -- remove ------------------------------------------------------------------------------------------------------

    def remove(self, planned: Change) -> Procedure:
        """Remove a thing: the declared one, the old one of a replacement, or a stray; then wait until it is gone.

        Raises
        ------
        StaleError: what is there now is not what was shown.
        """
        look = self._finder(planned)
        state: State = yield from self._read(planned.id, lambda: look(self.aws.look()))
        for _ in range(_UNCLEAR_ROUNDS):
            if not state.exists or state.status == "deleting":
                break
            calls = tuple(self.undo(planned.kind, state))
            if planned.action == "delete":
                self._agree(planned, replace(planned, stop="", calls=calls, reason=f"is {state.status}"))
            try:
                for call in calls:
                    yield from self.sender.send(planned.id, call, self.known, removes=True)
                break
            except UnclearError as unclear:
                failure = unclear.error
                state = yield from self._removal_effect(planned, look, state)
        else:
            raise failure
        yield from self._until_gone(planned, look)
        if planned.action == "delete":
            yield from self.sender.settle(planned.id, (), "found absent")
            yield from self.sender.step_over(planned.id, planned.action, {})
        if planned.step == planned.id:
            self.outputs[planned.id] = None

    def _removal_effect(self, planned: Change, look: Callable[[ReadOnlyAws], State], before: State) -> Procedure:
        """Look until an unanswered removal shows an effect, or for as long as AWS may show what is gone."""
        give_up = self.clock.monotonic() + _GONE_IS_SEEN_WITHIN_S
        while True:
            state: State = yield from self._read(planned.id, lambda: look(self.aws.look()))
            if state.fingerprint() != before.fingerprint() or self.clock.monotonic() >= give_up:
                return state
            yield Pause(_LOOK_EVERY_S)

    def _finder(self, planned: Change) -> Callable[[ReadOnlyAws], State]:
        """How to find exactly the thing that shall go; tags are checked again on our side by whoever lists it."""
        resource = self.graph.resources.get(planned.id)
        if resource is not None and planned.step == planned.id:

            def declared(aws: ReadOnlyAws) -> State:
                state = look_at(resource, aws, self.known)
                meant = (state.name, state.stack) == (planned.found.name, planned.found.stack)
                return state if meant else State.ABSENT

            return declared

        def stray(aws: ReadOnlyAws) -> State:
            found = [one for one in self.strays(planned.kind, aws) if one.name == planned.found.name]
            if not found or (resource is not None and self._is_in_use(resource, planned, aws)):
                return State.ABSENT
            return found[0]

        return stray

    def _is_in_use(self, resource: Resource, planned: Change, aws: ReadOnlyAws) -> bool:
        """Whether the old thing of a replacement turned out to be as declared, so that nothing took its place."""
        if type(resource).__name__ != planned.kind or not resource.wanted:
            return False
        state = look_at(resource, aws, self.known)
        same_thing = (state.name, state.outputs.get("id")) == (planned.found.name, planned.found.outputs.get("id"))
        return state.exists and same_thing

    def _until_gone(self, planned: Change, look: Callable[[ReadOnlyAws], State]) -> Procedure:
        began = self.clock.monotonic()
        while True:
            state: State = yield from self._read(planned.id, lambda: look(self.aws.look()))
            waited = self.clock.monotonic() - began
            if not state.exists:
                return
            if waited >= _GONE_WITHIN_S:
                why = state.reason or state.status
                raise NotReadyError(
                    f"{planned.id} ({planned.found.name}) still exists after {waited:.0f} s: {why}",
                    hint="Something may still use it. Run the same command again; it goes on from what exists.",
                )
            self._progress(planned.id, f"{planned.id} to be gone", waited, _GONE_WITHIN_S, state.reason)
            yield Pause(_LOOK_EVERY_S)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _look(self, resource: Resource) -> Procedure:
        """A look and a plan with fresh reads, in one worker."""

        def look() -> Surveyed:
            known = self.known
            state = look_at(resource, self.sender.provenance.looking(resource.id, self.aws.look()), known)
            return Surveyed(resource, state, decided(resource, state, known))

        return (yield from self._read(resource.id, look))

    def _read(self, resource_id: str, read: Callable[[], Any]) -> Procedure:
        """A read in a worker; what AWS does not answer for a moment is asked again, within a bound."""
        began = self.clock.monotonic()
        while True:
            try:
                return (yield Work(read))
            except AwsError as error:
                if meaning(error) == "expired":
                    raise LoginNeededError(f"the credentials have expired: {error.text}", hint=error.hint) from error
                passing = meaning(error) in ("throttled", "unreachable", "unclear")
                if not passing or self.clock.monotonic() - began > _READ_AGAIN_FOR_S:
                    raise error.for_resource(resource_id) from error
                at = self.clock.now()
                self.on_event(
                    CallRetried(at, resource_id, error.service, error.operation, error.code, error.text, _LOOK_EVERY_S)
                )
            except WaitingError as error:
                # Looking waits for nobody but a person who logs in.
                raise LoginNeededError(error.message, hint=error.hint) from error
            yield Pause(_LOOK_EVERY_S)

    def _progress(
        self, id_: str, what: str, waited: float, at_most: float, detail: str, typical: float | None = None
    ) -> None:
        self.on_event(WaitProgress(self.clock.now(), id_, what, waited, at_most, typical, detail))


def _is_old_one(planned: Change, state: State) -> bool:
    """Whether a failed thing is the one that was replaced, so that the new one is only not visible yet."""
    before = planned.found
    same_thing = (state.name, state.outputs.get("id")) == (before.name, before.outputs.get("id"))
    return planned.action == "replace" and before.status == "failed" and same_thing


def _digests(calls: Iterable[Call]) -> list[str]:
    return [call.digest for call in calls]


def refuse_open_stops(changes: Iterable[Change]) -> None:
    """Refuse a plan that says of itself that it cannot be applied.

    Raises
    ------
    PlanError: naming every stop.
    """
    stops = [f"  {change.id}: {change.stop}" for change in changes if change.stop]
    if stops:
        raise PlanError("this plan cannot be applied as it is:\n" + "\n".join(stops))
