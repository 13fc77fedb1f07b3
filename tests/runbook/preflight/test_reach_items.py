"""Reachability of the network that is really there, read on the embedded AWS, in the words of a finding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from runbook.preflight.network import ANYWHERE, RouteSeen
from runbook.preflight.network_reader import read_network
from runbook.preflight.reach_items import Reach, reach, reach_items
from runbook.preflight.reachability import Cell
from runbook.preflight.ways_out import Fix
from runbook.rehearsal.embedded import Embedded
from runbook.runs.preflight import before_apply
from runbook.runs.runs import Runs
from runbook.settings import Deployment


def judged(runs: Runs) -> tuple[Reach, Any]:
    planned = runs.plan()
    reads = runs.place.session.look()
    made = reach(runs.place.deployment, runs.graph.resources.values(), planned.found, reads, lambda _: None)
    assert not any(operation.split(".")[1].startswith(("Create", "Delete", "Modify")) for operation in reads.made)
    return made, planned


@pytest.mark.prove
@pytest.mark.parametrize("way", ["endpoints", "nat"])
def test_a_network_that_was_applied_is_read_as_it_is_and_every_cell_is_reachable(
    way: str, open_runs: Any, embedded: Embedded
) -> None:
    options = (f"network={way}", "tls=none")
    assert judged(open_runs(*options))[0].planned
    runs = open_runs(*options)
    runs.apply(runs.plan(["5"]), command="test")
    now, planned = judged(open_runs(*options))
    assert not now.planned
    assert [cell for cell in now.cells if cell.verdict != "reachable"] == []
    assert {item.outcome for item in reach_items(now)} == {"ok"}
    network = read_network(runs.place.session.look(), planned.found["network.vpc"].state.name)
    public = {table for table, routes in network.tables.items() if RouteSeen(ANYWHERE, *network.gateways) in routes}
    assert len(public) == 1
    assert network.acls is not None
    assert len({one.acl for one in network.subnets.values()}) == 1
    assert before_apply(open_runs(*options), planned) == []


def test_a_bad_cell_is_told_with_its_fix_and_the_price_of_it() -> None:
    good = Cell("web", "a", "logs", "reachable", way="NAT gateway nat-1", caution="it is far")
    bad = Cell("web", "b", "logs", "unreachable", why="no route out of b", cause="no way")
    item = reach_items(Reach((good, bad), {bad: Fix("make one", Decimal("36.50"))}))[0]
    assert item.outcome == "failed"
    assert item.detail == "a: by NAT gateway nat-1; b: no route out of b; it is far"
    assert (item.fix, item.monthly_usd) == ("Make one.", Decimal("36.50"))


class Nobody:
    """AWS that nobody may ask."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def read(self, service: str, operation: str, **_: Any) -> dict[str, Any]:
        raise AssertionError(f"{service}.{operation} was asked")

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any] | None:
        return self.read(service, operation, absent=absent, **params)


def test_a_plan_without_the_network_tells_nothing_about_it_and_asks_nobody() -> None:
    made = reach(Deployment(region="us-east-1", tls="none"), [], {}, Nobody(), lambda _: None)
    assert made.cells == ()
    assert "no part of this plan" in made.problem


def test_a_network_that_cannot_be_read_is_unknown() -> None:
    assert [item.outcome for item in reach_items(Reach(problem="not allowed"))] == ["unknown"]
