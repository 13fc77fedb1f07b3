"""Sends one call: intent into the journal, call, result into the journal; repeats it only where that is safe."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jmespath

from runbook.aws.answers import meaning
from runbook.aws.eventual import eventual
from runbook.engine.clock import Clock
from runbook.engine.events import CallFinished, CallRetried, CallStarted, OnEvent
from runbook.engine.graph import Graph
from runbook.engine.journal import Journal, Outcome, Run
from runbook.engine.patience import STEP_OVER
from runbook.engine.performers import Answer, Aws, Performers, Workbench
from runbook.engine.plan import Plan
from runbook.engine.provenance import Provenance
from runbook.engine.tasks import Pause, Procedure, Work
from runbook.errors import AwsError, CancelledError, JournalError, PlanError, RunbookError, WaitingError
from runbook.model import Call, Known, references

_THROTTLE_FIRST_S = 1.0
_THROTTLE_MOST_S = 30.0
_THROTTLE_FOR_S = 300.0
"""Doubled, capped, with full jitter, given up after 5 minutes (AWS docs: Exponential backoff and jitter)."""

_EVENTUAL_EVERY_S = 5.0


class UnclearError(RunbookError):
    """Nobody knows whether AWS did it; only a look can tell."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(str(error))
        self.error = error


class LoginNeededError(WaitingError):
    """The credentials are no longer valid; nothing can go on before somebody has logged in."""


@dataclass(frozen=True)
class _Again:
    """The call was refused in a way that passes: it may be sent again, under the same intent."""

    intent: str
    code: str
    in_s: float


@dataclass
class Sender:
    """Sends calls for one run.

    Parameters
    ----------
    open_intents: (resource id, call digest) -> intent without a result; the same call goes on under that intent, so
        that AWS sees the same client token.
    jitter: gives a number from 0 to 1.
    """

    aws: Aws
    performers: Performers
    journal: Journal
    run: Run
    clock: Clock
    on_event: OnEvent
    stopped: Callable[[], bool]
    open_intents: dict[tuple[str, str], str] = field(default_factory=dict)
    jitter: Callable[[], float] = random.random
    provenance: Provenance = field(default_factory=Provenance)
    _under_way: set[tuple[str, str]] = field(default_factory=set)
    """Intents whose call is being sent: only its answer closes them. Several steps may be about one resource, such as
    two old revisions that go at the same time, and the end of one says nothing about the other's call."""

    def send(self, resource_id: str, call: Call, known: Known, *, removes: bool = False) -> Procedure:
        """Send one call until AWS has answered it for good.

        Parameters
        ----------
        removes: it is a part of a removal: should the run die, no look has to wait for what it makes.

        Raises
        ------
        UnclearError: no answer that says whether it was done.
        LoginNeededError: the credentials have expired.
        WaitingError: the call is one that a person has to carry out.
        AwsError: AWS refused it.
        """
        call = call.filled(known)
        unfilled = [f"${{{id_}.{output}}}" for id_, output in references([call.params, call.on])]
        if unfilled:
            raise PlanError(f"{resource_id}: {call.name} needs {', '.join(unfilled)}, which is still not known")
        # What is recorded is the call as it was shown; only what is sent has its escapes taken out.
        sent = replace(call, params=known.value(call.params))
        key = (resource_id, call.digest)
        self._under_way.add(key)
        try:
            return (yield from self._until_answered(resource_id, call, sent, removes))
        finally:
            self._under_way.discard(key)

    def _until_answered(self, resource_id: str, call: Call, sent: Call, removes: bool) -> Procedure:
        started = self.clock.monotonic()
        attempt = 1
        while True:
            intent = partial(self._intent, resource_id, call, attempt, removes)
            done = yield Work(partial(self._once, intent, resource_id, call, sent, attempt, started))
            if isinstance(done, Answer):
                return done
            try:
                yield Pause(done.in_s)
            except (CancelledError, WaitingError):
                self.journal.result(done.intent, outcome="refused", duration_s=0.0, attempts=attempt, code=done.code)
                raise
            attempt += 1

    def settle(self, resource_id: str, needed: Iterable[Call], found: str) -> Procedure:
        """Close the intents of a resource whose calls are not needed any more: a look has answered them.

        Parameters
        ----------
        needed: the calls that are still to be sent; their intents stay open.
        found: what the look found, in words.
        """
        keep = {call.digest for call in needed}
        mine = [key for key in list(self.open_intents) if key[0] == resource_id and key[1] not in keep]
        over = [key for key in mine if key not in self._under_way]
        if over:
            yield Work(partial(self._settle, over, found))

    def step_over(self, resource_id: str, action: str, told: Mapping[str, Any]) -> Procedure:
        """Record that the end of a step was seen in the account, so that no later look needs patience for it.

        Parameters
        ----------
        told: its outputs and where they came from; what was waited for.
        """
        detail = {**told, "action": action}
        yield Work(partial(self.journal.event, self.run, STEP_OVER, detail, resource_id))

    def settle_answered(self, plan: Plan, graph: Graph) -> None:
        """Close the intents of earlier runs that the looks for this plan have answered.

        An intent stays open when its call is to be sent once more, and when nobody looked at its resource.
        """
        needed = {(change.id, call.digest) for change in plan.changes for call in change.calls}
        looked = {change.id: change.found.status for change in plan.changes}
        for resource_id, call_digest in list(self.open_intents):
            if (resource_id, call_digest) in needed or (resource_id in graph.resources and resource_id not in looked):
                continue
            found = looked.get(resource_id, "absent")
            self._settle([(resource_id, call_digest)], f"found {found}, the call is not needed any more")

    def _settle(self, keys: Iterable[tuple[str, str]], found: str) -> None:
        for key in keys:
            # Another step of the same resource may have closed it in the meantime.
            intent = self.open_intents.pop(key, None)
            if intent is not None:
                self.journal.settle(intent, found=found, run=self.run)

    def _intent(self, resource_id: str, call: Call, attempt: int, removes: bool) -> str:
        """The intent of a call, on the disk: one that is still open goes on, so that AWS sees its token again."""
        key = (resource_id, call.digest)
        intent = self.open_intents.get(key)
        if intent is None:
            about = call.as_json()
            # What needs no right in AWS changes nothing there: no look has to be patient for it.
            local = not self.performers.of(call).permissions(call)
            intent = self.journal.intent(
                self.run,
                resource_id,
                service=call.service,
                operation=call.operation,
                params=about["params"],
                digest=call.digest,
                more={
                    "keep": dict(call.keep),
                    "read": self.provenance.of_values(resource_id, call.params),
                    "local": local,
                    "removes": removes,
                },
            )
            self.open_intents[key] = intent
        elif attempt == 1:
            self.journal.event(self.run, "intent_taken_up", {"intent": intent, "call": call.name}, resource_id)
        return intent

    def _once(
        self, intended: Callable[[], str], resource_id: str, call: Call, sent: Call, attempt: int, started: float
    ) -> Answer | _Again:
        """One attempt, in a worker: intent, call, result; the result is recorded before anybody hears of it."""
        intent = intended()
        self.on_event(CallStarted(self.clock.now(), resource_id, call.name, attempt))
        pages = 0

        def page(detail: Mapping[str, Any]) -> None:
            nonlocal pages
            pages += 1
            self.journal.page(intent, number=pages, detail=detail)

        began = self.clock.monotonic()

        def record(outcome: Outcome, **more: Any) -> None:
            took = self.clock.monotonic() - began
            self.journal.result(intent, outcome=outcome, duration_s=took, attempts=attempt, **more)

        def finished(request_id: str) -> None:
            # The client token belongs to this call alone: the next call of the same form is another one.
            self.open_intents.pop((resource_id, call.digest), None)
            took = self.clock.monotonic() - began
            self.on_event(CallFinished(self.clock.now(), resource_id, call.service, call.operation, took, request_id))

        performer = self.performers.of(call)
        try:
            answer = performer.perform(sent, Workbench(self.aws, intent.replace("-", ""), page, self.stopped))
        except AwsError as error:
            if error.code in call.done:
                record("ok", code=error.code, request_id=error.request_id)
                finished(error.request_id)
                return Answer({}, error.request_id)
            pause = self._pause(call, error, attempt, self.clock.monotonic() - started)
            if pause is not None:
                return self._again(intent, resource_id, error, attempt, pause)
            unclear = meaning(error) == "unclear"
            record("unclear" if unclear else "refused", code=error.code, request_id=error.request_id, error=error.text)
            named = error.for_resource(resource_id)
            if unclear:
                raise UnclearError(named) from error
            if meaning(error) == "expired" and not eventual(call.service, call.operation, error):
                raise LoginNeededError(f"the credentials have expired: {error.text}", hint=error.hint) from error
            raise named from error
        except JournalError:
            raise
        except RunbookError as error:
            # Raised on this side, before anything was sent or between two pages of a loop.
            record("refused", code=type(error).__name__, error=error.message)
            if isinstance(error, WaitingError) and self.performers.is_aws(call):
                raise LoginNeededError(error.message, hint=error.hint) from error
            raise
        outputs = {name: _plain(jmespath.search(path, answer.body)) for name, path in call.keep.items()}
        record("ok", outputs=outputs, request_id=answer.request_id)
        finished(answer.request_id)
        return answer

    def _again(self, intent: str, resource_id: str, error: AwsError, attempt: int, pause: float) -> _Again:
        """Note a refusal that passes; the intent stays open, because the next attempt may be cut off as well."""
        detail = {"intent": intent, "code": error.code, "error": error.text, "attempt": attempt}
        self.journal.event(self.run, "call_retried", {**detail, "request_id": error.request_id}, resource_id)
        at = self.clock.now()
        self.on_event(
            CallRetried(at, resource_id, error.service, error.operation, error.code, error.text, round(pause, 1))
        )
        return _Again(intent, error.code, pause)

    def _pause(self, call: Call, error: AwsError, attempt: int, since_s: float) -> float | None:
        """Seconds after which the call may be sent again; None when it may not."""
        if meaning(error) in ("throttled", "unreachable"):
            most = min(_THROTTLE_MOST_S, _THROTTLE_FIRST_S * 2 ** (attempt - 1))
            return most * self.jitter() if since_s < _THROTTLE_FOR_S else None
        row = eventual(call.service, call.operation, error)
        return _EVENTUAL_EVERY_S if row and since_s < row.for_s else None


def _plain(value: Any) -> Any:
    """A kept part of an answer as JSON data: times as text, anything else that is no data by its type only."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    moment = getattr(value, "isoformat", None)
    return moment() if moment is not None else f"<{type(value).__name__}>"
