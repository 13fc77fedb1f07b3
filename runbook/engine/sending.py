"""Sends one call: intent into the journal, call, result into the journal; repeats it only where that is safe."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import jmespath

from runbook.aws.answers import meaning
from runbook.aws.eventual import eventual
from runbook.engine.clock import Clock
from runbook.engine.events import CallFinished, CallRetried, CallStarted, OnEvent
from runbook.engine.journal import Journal, Run
from runbook.engine.performers import Answer, Aws, Performers, Workbench
from runbook.engine.tasks import Pause, Procedure, Work
from runbook.errors import AwsError, PlanError, RunbookError, WaitingError
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


@dataclass
class Sender:
    """Sends calls for one run.

    Parameters
    ----------
    open_intents: (resource id, call digest) -> intent without a result; the same call goes on under that intent, so
        that AWS sees the same client token.
    jitter: a number from 0 to 1.
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

    def send(self, resource_id: str, call: Call, known: Known) -> Procedure:
        """Send one call until AWS has answered it for good.

        Raises
        ------
        UnclearError: no answer that says whether it was done.
        WaitingError: a person has to act: the credentials have expired, or the call is a person's.
        AwsError: AWS refused it.
        """
        call = call.filled(known)
        unfilled = [f"${{{id_}.{output}}}" for id_, output in references(call.params)]
        if unfilled:
            raise PlanError(f"{resource_id}: {call.name} needs {', '.join(unfilled)}, which is still not known")
        key = (resource_id, call.digest)
        intent = self.open_intents.get(key) or (yield Work(lambda: self._intend(resource_id, call)))
        self.open_intents[key] = intent
        started = self.clock.monotonic()
        attempt = 0
        while True:
            attempt += 1
            number = attempt
            try:
                answer = yield Work(lambda n=number: self._once(resource_id, call, intent, n))  # type: ignore[misc]
            except AwsError as error:
                pause = self._pause(call, error, attempt, self.clock.monotonic() - started)
                if pause is None:
                    raise
                at = self.clock.now()
                self.on_event(
                    CallRetried(at, resource_id, call.service, call.operation, error.code, error.text, round(pause, 1))
                )
                yield Pause(pause)
            else:
                del self.open_intents[key]
                return answer

    def _intend(self, resource_id: str, call: Call) -> str:
        about = call.as_json()
        return self.journal.intent(
            self.run,
            resource_id,
            service=call.service,
            operation=call.operation,
            params=about["params"],
            digest=call.digest,
        )

    def _once(self, resource_id: str, call: Call, intent: str, attempt: int) -> Answer:
        """One attempt, in a worker; its outcome is in the journal before anybody hears of it."""
        self.on_event(CallStarted(self.clock.now(), resource_id, call.name, attempt))
        pages = 0

        def page(detail: object) -> None:
            nonlocal pages
            pages += 1
            self.journal.page(intent, number=pages, detail={"page": detail})

        bench = Workbench(self.aws, intent.replace("-", ""), page, self.stopped)
        began = self.clock.monotonic()
        try:
            answer = self.performers.of(call).perform(call, bench)
        except AwsError as error:
            named = error.for_resource(resource_id)
            took = self.clock.monotonic() - began
            if error.code in call.done:
                self.journal.result(intent, outcome="ok", duration_s=took, attempts=attempt, code=error.code)
                self.on_event(
                    CallFinished(self.clock.now(), resource_id, call.service, call.operation, took, error.request_id)
                )
                return Answer({}, error.request_id)
            unclear = meaning(error) == "unclear"
            self.journal.result(
                intent,
                outcome="unclear" if unclear else "refused",
                duration_s=took,
                attempts=attempt,
                code=error.code,
                request_id=error.request_id,
                error=error.text,
            )
            if unclear:
                raise UnclearError(named) from error
            if meaning(error) == "expired":
                raise WaitingError(f"the credentials have expired: {error.text}", hint=error.hint) from error
            raise named from error
        except WaitingError as error:
            took = self.clock.monotonic() - began
            self.journal.result(intent, outcome="refused", duration_s=took, attempts=attempt, code="WaitingForPerson")
            raise error
        took = self.clock.monotonic() - began
        outputs = {name: jmespath.search(expression, answer.body) for name, expression in call.keep.items()}
        self.journal.result(
            intent, outcome="ok", duration_s=took, attempts=attempt, outputs=outputs, request_id=answer.request_id
        )
        self.on_event(
            CallFinished(self.clock.now(), resource_id, call.service, call.operation, took, answer.request_id)
        )
        return answer

    def _pause(self, call: Call, error: AwsError, attempt: int, since_s: float) -> float | None:
        """Seconds after which the call may be sent again; None when it may not."""
        if meaning(error) in ("throttled", "unreachable"):
            most = min(_THROTTLE_MOST_S, _THROTTLE_FIRST_S * 2 ** (attempt - 1))
            return most * self.jitter() if since_s < _THROTTLE_FOR_S else None
        row = eventual(call.service, call.operation, error)
        return _EVENTUAL_EVERY_S if row and since_s < row.for_s else None
