"""Carries out probes: loops that try something out in the account and wait, within bounds, for what comes of it.

A probe holds its worker while it waits, so a run should have few of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runbook.engine.clock import Clock
from runbook.engine.performers import Answer, BulkPerformer, LoopRunner, Performer, PersonPerformer, Workbench
from runbook.model import Call


@dataclass(frozen=True)
class ProbeBench(Workbench):
    """What a loop may use, and a clock to wait by."""

    clock: Clock


class ProbePerformer(BulkPerformer):
    """Runs probes; each step is recorded, and a clock is there to wait by.

    Parameters
    ----------
    loops: by operation name.
    """

    def __init__(self, loops: Mapping[str, LoopRunner], clock: Clock) -> None:
        super().__init__(loops)
        self._clock = clock

    def perform(self, call: Call, bench: Workbench) -> Answer:
        """Run the probe to its end."""
        with_clock = ProbeBench(bench.aws, bench.token, bench.page, bench.stopped, self._clock)
        return Answer(self._loops[call.operation].run(call.params, with_clock))


def beside_aws(loops: Mapping[str, LoopRunner], clock: Clock) -> dict[str, Performer]:
    """The performers of what no AWS service carries out, but for images."""
    return {"bulk": BulkPerformer(loops), "probe": ProbePerformer(loops, clock), "person": PersonPerformer()}
