"""A run that died while a gateway was being made is gone on with by one that waits for it, and so do its dependents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rehearsal_hand_clock import HandClock

from runbook.engine.events import Event, WaitProgress
from runbook.engine.performers import Performers
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Runs

GATEWAY = "network.nat-a"
BEHIND = ("network.private-out-a", "network.private-out-b")
POLLS = 3


class _Killed(BaseException):
    """Stands for the end of the process."""


class _KillsAfter:
    """Lets AWS begin to make the gateway, and ends the run before the answer can be recorded."""

    def __init__(self, usual: Performers) -> None:
        self._usual = usual

    def of(self, call: Any) -> Any:
        usual = self._usual.of(call)
        if call.operation != "CreateNatGateway":
            return usual

        class Killer:
            problems, permissions = usual.problems, usual.permissions

            def perform(self, call: Any, bench: Any) -> Any:
                usual.perform(call, bench)
                raise _Killed

        return Killer()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


@pytest.fixture
def clock(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    """Time in AWS, which passes only when somebody waits for it."""
    made = HandClock()
    monkeypatch.setattr(embedded.pacer, "_clock", made)
    embedded.set_pace(1)
    yield made
    embedded.set_pace(0)


def test_killed_while_a_gateway_is_pending_the_next_run_waits_and_so_does_what_is_behind_it(
    open_runs: Any, embedded: Embedded, clock: HandClock
) -> None:
    def pass_time(event: Event) -> None:
        if isinstance(event, WaitProgress) and event.id != GATEWAY:
            clock.now += 10

    runs = open_runs("network=nat")
    dying = Runs(runs.place, lambda usual: _KillsAfter(usual))  # type: ignore[arg-type,return-value]
    with pytest.raises(_Killed):
        dying.apply(dying.plan(["5"]), command="test", on_event=pass_time)
    runs = open_runs("network=nat")
    planned = runs.plan(["5"])
    found = {one.id: one for one in planned.plan.changes}
    assert (found[GATEWAY].action, found[GATEWAY].found.status) == ("none", "pending")
    assert {found[id_].action for id_ in BEHIND} == {"create"}
    ec2 = embedded._rehearsal._inside.client("ec2", "us-east-1")
    made_meanwhile: list[list[str]] = []

    def look_around(event: Event) -> None:
        pass_time(event)
        if isinstance(event, WaitProgress) and event.id == GATEWAY:
            tables = ec2.describe_route_tables()["RouteTables"]
            through = [one["NatGatewayId"] for table in tables for one in table["Routes"] if "NatGatewayId" in one]
            made_meanwhile.append(through)
            # Long after it was asked for the first time, and then all at once.
            clock.now += 600 if len(made_meanwhile) == POLLS else 1

    result = runs.apply(planned, command="test", on_event=look_around)
    assert [f"{one.change.id}: {one.error}" for one in result.report.steps if one.became != "done"] == []
    assert made_meanwhile == [[]] * POLLS
    began = [one.change.id for one in result.report.steps]
    assert all(began.index(GATEWAY) < began.index(id_) for id_ in BEHIND)
    embedded.set_pace(0)
    assert open_runs("network=nat").plan(["5"]).plan.acting == ()
    assert len(embedded.inventory()["us-east-1 ec2.nat_gateways"]) == 1
