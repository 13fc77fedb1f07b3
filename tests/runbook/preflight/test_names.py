"""Names that are taken are told with the way out, before the first change."""

from __future__ import annotations

from runbook.engine.plan import Plan
from runbook.model import Call, Change
from runbook.preflight.names import name_items


def plan(*changes: Change) -> Plan:
    return Plan("123456789012", "us-east-1", "karet", (2,), changes)


def test_nothing_taken_is_ok() -> None:
    assert [item.outcome for item in name_items(plan(Change(id="a", action="create", reason="")))] == ["ok"]


def test_what_can_be_taken_over_and_what_stops_are_told_apart() -> None:
    calls = (Call("ec2", "CreateTags"),)
    adopted = Change(id="a", action="adopt", reason="it exists and does not carry our tags", calls=calls)
    refused = Change(id="b", action="adopt", reason="it exists", stop="it exists and has failed; remove it")
    fixed = Change(id="c", action="update", reason="", stop="cidr cannot change on a live stack")
    items = name_items(plan(adopted, refused, fixed, Change(id="d", action="none", reason="")))
    assert [(item.id, item.outcome) for item in items] == [
        ("names.a", "warning"),
        ("names.b", "failed"),
        ("names.c", "failed"),
    ]
    assert "--adopt a" in items[0].fix
    assert items[1].fix == ""
    assert items[2].detail == "cidr cannot change on a live stack"
