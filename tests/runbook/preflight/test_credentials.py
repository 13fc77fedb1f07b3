"""Credentials are held against how long the plan takes, along its longest chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbook.engine.plan import Plan
from runbook.model import Call, Change
from runbook.preflight.credentials import credentials_item, expected_seconds

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def change(id_: str, seconds: float, *needs: str) -> Change:
    calls = (Call("ec2", "CreateVpc"),) if seconds else ()
    return Change(id=id_, action="create", reason="", calls=calls, needs=needs, expected_s=seconds)


PLAN = Plan(
    "1", "r", "s", (), (change("a", 60), change("b", 600, "a"), change("c", 30, "a"), change("d", 240, "b", "c"))
)


def test_a_plan_takes_as_long_as_its_longest_chain() -> None:
    assert expected_seconds(PLAN) == 900


@pytest.mark.parametrize(
    ("minutes", "outcome"), [(None, "ok"), (60, "ok"), (20, "warning"), (10, "failed"), (-5, "failed")]
)
def test_the_time_left_is_held_against_it(minutes: int | None, outcome: str) -> None:
    item = credentials_item(PLAN, None if minutes is None else NOW + timedelta(minutes=minutes), NOW)
    assert item.outcome == outcome
    assert "15 min" in item.detail
    assert bool(item.fix) == (outcome != "ok")
