"""Carries out a plan along its graph, as wide as the graph allows, and reports what became of every step."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from runbook.engine.adviser import Adviser
from runbook.engine.clock import Clock
from runbook.engine.events import ChangeFailed, ChangeFinished, ChangeStarted, Event, OnEvent
from runbook.engine.graph import Graph, layers
from runbook.engine.journal import Journal, Run
from runbook.engine.performers import Aws, Performers
from runbook.engine.plan import Plan, ordered
from runbook.engine.procedures import Procedures, Strays, Undo, refuse_open_stops
from runbook.engine.removal import step_needs
from runbook.engine.sending import LoginNeededError, Sender
from runbook.engine.tasks import Crew, Ended, Procedure, Stop
from runbook.errors import CancelledError, GuardError, JournalError, RunbookError, WaitingError
from runbook.model import Change

CALLS_IN_FLIGHT = 8

Became = Literal["done", "failed", "waiting", "not_started"]


@dataclass(frozen=True)
class StepReport:
    """What became of one step.

    Parameters
    ----------
    seconds: from its first look to its end, waits included.
    error: why it failed or waits; None otherwise.
    because: ids of the steps that kept it from being started.
    """

    change: Change
    became: Became
    seconds: float = 0.0
    error: RunbookError | None = None
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of a plan."""

    steps: tuple[StepReport, ...]
    stopped_by: RunbookError | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Steps that do something, by what became of them."""
        found = Counter(one.became for one in self.steps if one.change.action != "none" or one.became != "done")
        return {became: found.get(became, 0) for became in ("done", "failed", "waiting", "not_started")}

    @property
    def outcome(self) -> str:
        """`done`, `failed`, `waiting` or `cancelled`."""
        if isinstance(self.stopped_by, CancelledError):
            return "cancelled"
        became = {one.became for one in self.steps}
        if "failed" in became or (self.stopped_by and not isinstance(self.stopped_by, WaitingError)):
            return "failed"
        return "waiting" if self.stopped_by or "waiting" in became else "done"

    @property
    def exit_code(self) -> int:
        """The exit code of the command line's contract."""
        return {"done": 0, "failed": 1, "waiting": WaitingError.exit_code, "cancelled": CancelledError.exit_code}[
            self.outcome
        ]


class Executor:
    """Carries out one plan.

    Parameters
    ----------
    open_intents: (resource id, call digest) -> intent that an earlier run left without a result.
    outputs: per id the outputs that the survey found.
    on_event: told of everything, one event at a time, from whichever thread it happens in.
    stop: the operator's wish to stop.
    limit: calls in flight at once.
    adviser: a second opinion on waits.
    """

    def __init__(
        self,
        *,
        graph: Graph,
        aws: Aws,
        performers: Performers,
        journal: Journal,
        run: Run,
        clock: Clock,
        outputs: dict[str, Mapping[str, str] | None],
        strays: Strays,
        undo: Undo,
        on_event: OnEvent,
        stop: Stop,
        open_intents: dict[tuple[str, str], str] | None = None,
        limit: int = CALLS_IN_FLIGHT,
        adviser: Adviser | None = None,
    ) -> None:
        self._graph = graph
        self._performers = performers
        self._clock = clock
        self._stop = stop
        self._limit = limit
        self._halt: RunbookError | None = None
        self._tell = _one_at_a_time(on_event)
        self._sender = Sender(
            aws, performers, journal, run, clock, self._tell, lambda: stop.requested, open_intents or {}
        )
        self._procedures = Procedures(graph, aws, self._sender, clock, self._tell, outputs, strays, undo, adviser)

    def run(self, plan: Plan) -> Report:
        """Carry out a plan.

        Raises
        ------
        PlanError: the plan says that it cannot be applied, or a call does not fit AWS's service model.
        JournalError: nothing can be recorded, so nothing was changed.
        """
        refuse_open_stops(plan.changes)
        self._performers.check({change.step: change.calls for change in plan.changes})
        needs = step_needs(plan.changes, self._graph)
        changes = ordered(plan.changes, needs, layers(needs))
        self._sender.settle_answered(plan, self._graph)
        course = _Course(changes, self._procedure, self._clock, self._tell)
        crew = Crew(self._clock, limit=self._limit, halted=self._halted)

        def on_end(ended: Ended) -> None:
            error = course.end(ended, self._halt)
            # Without a journal nothing more may be changed; without the right credentials nothing more can be.
            if isinstance(error, JournalError | LoginNeededError | GuardError):
                self._halt = self._halt or error
            course.start_what_can(crew, self._halted())

        course.start_what_can(crew, self._halted())
        crew.run(on_end)
        steps = course.report()
        whole = all(one.became == "done" for one in steps)
        return Report(steps, None if whole else self._halt)

    def _halted(self) -> RunbookError | None:
        if self._halt is None and self._stop.requested:
            self._halt = CancelledError(
                "stopped by the operator, between two calls",
                hint="Run the same command again; it looks first and goes on from what exists.",
            )
        return self._halt

    def _procedure(self, change: Change) -> Procedure:
        if change.action == "delete":
            return self._procedures.remove(change)
        if change.action == "none":
            return self._procedures.until_ready(change)
        return self._procedures.change(change)


def _one_at_a_time(on_event: OnEvent) -> OnEvent:
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            on_event(event)

    return tell


class _Course:
    """Which steps are over, which run, and which may start."""

    def __init__(
        self, changes: Sequence[Change], procedure: Callable[[Change], Procedure], clock: Clock, tell: OnEvent
    ) -> None:
        self.changes = {change.step: change for change in changes}
        self._procedure = procedure
        self._clock = clock
        self._tell = tell
        self._waiting = dict(self.changes)
        self._began: dict[str, float] = {}
        self._over: dict[str, StepReport] = {}

    def start_what_can(self, crew: Crew, halted: RunbookError | None) -> None:
        """Start every step whose needs are done; settle those that can never start."""
        moved = True
        while moved:
            moved = False
            for step, change in list(self._waiting.items()):
                if any(need not in self._over for need in change.needs):
                    continue
                del self._waiting[step]
                moved = True
                blocked = tuple(need for need in change.needs if self._over[need].became != "done")
                if blocked or (halted and change.action != "none"):
                    self._over[step] = StepReport(change, "not_started", because=blocked)
                elif change.action == "none" and change.found.status != "pending":
                    self._over[step] = StepReport(change, "done")
                else:
                    self._began[step] = self._clock.monotonic()
                    self._tell(ChangeStarted(self._clock.now(), change.id, change.action))
                    crew.add(step, self._procedure(change))

    def end(self, ended: Ended, halt: RunbookError | None) -> RunbookError | None:
        """Note the end of a step; an error that is no RunbookError is a defect and goes up.

        Parameters
        ----------
        halt: the error that ends the run: a step that ended by it was stopped, not refused.
        """
        change = self.changes[ended.name]
        seconds = self._clock.monotonic() - self._began[ended.name]
        error = ended.error
        if error is not None and not isinstance(error, RunbookError):
            raise error
        if error is None:
            self._over[ended.name] = StepReport(change, "done", seconds)
            self._tell(ChangeFinished(self._clock.now(), change.id, change.action, "done"))
            return None
        became: Became = "failed"
        if error is halt or isinstance(error, CancelledError):
            became = "not_started"
        elif isinstance(error, WaitingError):
            became = "waiting"
        self._over[ended.name] = StepReport(change, became, seconds, error)
        if became == "failed":
            self._tell(ChangeFailed.of(self._clock.now(), change.id, change.action, error))
        else:
            self._tell(ChangeFinished(self._clock.now(), change.id, change.action, became))
        return error

    def report(self) -> tuple[StepReport, ...]:
        """Every step with what became of it, in the order of the plan."""
        return tuple(self._over.get(step) or StepReport(change, "not_started") for step, change in self.changes.items())
