"""The verdict on a service that does not come up: while an apply waits, when the wait fails, and in the status."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runbook.diagnose.judging import judge
from runbook.diagnose.reading import read_rollout
from runbook.diagnose.verdict import UNKNOWN, RolloutError, Verdict
from runbook.engine.clock import Clock
from runbook.engine.events import Message, OnEvent
from runbook.engine.graph import Graph
from runbook.engine.survey import Surveyed
from runbook.errors import AwsError, RunbookError
from runbook.kinds.ecs_service import Service
from runbook.model import ReadOnlyAws

JUDGE_AFTER_S = 110.0
"""Seconds of waiting after which a rollout is judged.

Two minutes after the first task's start is the time in which a person should know; a wait begins before that start, and
ten seconds are kept for the poll that is under way and for the reads.
"""

JUDGE_EVERY_S = 30.0
"""Seconds between two judgements of one wait: about eight reads each."""


class RolloutAdvice:
    """What the executor asks about waits; about everything but services it knows nothing.

    Parameters
    ----------
    cluster: name of the cluster that the services run in.
    look: begins a pass of reading.
    """

    def __init__(
        self, graph: Graph, cluster: str, look: Callable[[], ReadOnlyAws], clock: Clock, on_event: OnEvent
    ) -> None:
        self._graph = graph
        self._cluster = cluster
        self._look = look
        self._clock = clock
        self._on_event = on_event
        self._judged: dict[str, float] = {}
        self._told: set[tuple[str, str]] = set()

    def why_never(self, resource_id: str, waited: float) -> str:
        """What keeps the tasks from coming up, when waiting longer does not help; each transient cause is told once."""
        last = self._judged.get(resource_id, JUDGE_AFTER_S - JUDGE_EVERY_S)
        if waited < last:
            # Another wait for the same service has begun.
            last = self._judged[resource_id] = JUDGE_AFTER_S - JUDGE_EVERY_S
        if waited - last < JUDGE_EVERY_S or not isinstance(self._graph.resources[resource_id], Service):
            return ""
        self._judged[resource_id] = waited
        verdict = self._verdict(resource_id)
        if verdict is None or verdict.cause == UNKNOWN:
            return ""
        if verdict.firm:
            return f"no task of {verdict.service} is well after {waited:.0f} s"
        if (resource_id, verdict.cause) not in self._told:
            self._told.add((resource_id, verdict.cause))
            self._on_event(Message(self._clock.now(), "warning", "\n".join([*verdict.lines(), verdict.next_step])))
        return ""

    def explained(self, resource_id: str, error: RunbookError) -> RunbookError:
        """The error with the verdict; the error alone when it is about no service or nothing can be read."""
        verdict = self._verdict(resource_id)
        return error if verdict is None else RolloutError(error, verdict)

    def on_unsteady(self, found: Mapping[str, Surveyed]) -> dict[str, Verdict]:
        """Resource id -> verdict, of every service that exists and is not steady, or went back to an older revision."""
        verdicts = {}
        for id_, one in found.items():
            steady = one.state.status == "ready" and not one.state.reason
            if isinstance(one.resource, Service) and one.state.exists and not steady and one.state.status != "deleting":
                verdict = self._verdict(id_)
                if verdict is not None:
                    verdicts[id_] = verdict
        return verdicts

    def _verdict(self, resource_id: str) -> Verdict | None:
        service = self._graph.resources[resource_id]
        if not isinstance(service, Service):
            return None
        part = resource_id.rpartition(".")[2]
        try:
            rollout = read_rollout(self._look(), self._cluster, service.name, part=part, at=self._clock.now())
        except AwsError as error:
            # A failed diagnosis must not take the place of the failure that it is about.
            self._on_event(Message(self._clock.now(), "warning", f"{resource_id} cannot be diagnosed: {error}"))
            return None
        return None if rollout is None else judge(rollout)


def verdict_of(error: RunbookError | None) -> Verdict | None:
    """The verdict that the error of a step carries."""
    return error.verdict if isinstance(error, RolloutError) else None
