"""Every section that is built keeps the promises: applies, plans empty, verifies, and leaves nothing when destroyed."""

from __future__ import annotations

from typing import Any

import pytest

from runbook import document
from runbook.engine.performers import AwsPerformer
from runbook.model import Call, Usage
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Planned, Runs
from runbook.settings import Deployment

SAMPLE = Deployment(region="us-east-1", tls="none")
BUILT = [section.name for section in document.sections() if section.built and section.resources(SAMPLE)]
"""The sections that make something; section 12 has prices only."""
NEARLY_ALL = {"networking", "services", "load-balancer", "observability", "parity"}
"""Sections that bring most of the document with them; in the gate the test of the whole document has them."""


def applied(runs: Runs, planned: Planned) -> None:
    result = runs.apply(planned, command="test")
    wrong = [f"{step.change.id} {step.became}: {step.error}" for step in result.report.steps if step.became != "done"]
    assert wrong == []
    assert [check.detail for check in result.checks if check.outcome == "failed"] == []


@pytest.mark.parametrize(
    "section", [pytest.param(one, marks=[pytest.mark.prove] if one in NEARLY_ALL else []) for one in BUILT]
)
def test_a_section_applies_then_plans_empty_then_verifies(section: str, open_runs: Any) -> None:
    runs = open_runs()
    planned = runs.plan([section])
    assert planned.plan.acting
    applied(runs, planned)
    again = open_runs().plan([section])
    assert [f"{one.id} {one.action}: {one.reason}" for one in again.plan.acting] == []
    failed = [f"{one.id}: {one.detail}" for one in open_runs().verify([section]) if one.outcome == "failed"]
    assert failed == []


@pytest.mark.parametrize("section", BUILT)
def test_before_a_section_is_applied_its_verification_fails(section: str, open_runs: Any) -> None:
    outcomes = {one.outcome for one in open_runs().verify([section])}
    assert "failed" in outcomes


def _arrived_whole(planned: Planned) -> None:
    """Every kind gives what the protocol asks for, once its thing exists."""
    for id_, one in planned.found.items():
        if not one.resource.wanted:
            assert not one.state.exists, id_
            continue
        assert one.state.name, id_
        assert one.state.outputs or one.resource.cloudformation() is None or id_ in {"s3.policy", "s3.config"}, id_
        for line in one.resource.cost(Usage()):
            assert line.resource == id_
            assert line.rate.count(".") >= 1, line
        wait = one.resource.ready()
        if wait is not None:
            assert 0 < wait.every_s <= wait.at_most_s


@pytest.mark.long
def test_the_whole_document_applies_arrives_whole_is_read_once_and_leaves_nothing(
    open_runs: Any, embedded: Embedded
) -> None:
    before = embedded.inventory()
    applied(open_runs(), open_runs().plan())
    again = open_runs()
    embedded.clear_calls()
    planned_again = again.plan()
    assert [f"{one.id} {one.action}: {one.reason}" for one in planned_again.plan.acting] == []
    assert len(embedded.calls()) == sum(planned_again.reads.values())
    _arrived_whole(planned_again)
    runs = open_runs()
    planned = runs.plan_destroy(delete_data=True)
    result = runs.apply(planned, command="test")
    assert result.report.outcome == "done"
    assert result.left == ()
    after = embedded.inventory()
    shared = {one.name for one in planned.plan.left}
    leftovers = {
        service: [thing for thing in things if not any(name in str(thing) for name in shared)]
        for service, things in after.items()
    }
    assert leftovers == {service: before.get(service, []) for service in leftovers}


def test_planning_twice_gives_the_same_hash(open_runs: Any) -> None:
    assert open_runs().plan().plan.hash == open_runs().plan().plan.hash


def _calls(runs: Runs) -> list[tuple[str, Call]]:
    plan = runs.plan().plan
    return [(change.id, call) for change in plan.changes for call in change.calls]


def test_every_call_fits_the_service_model_and_names_its_permissions(open_runs: Any) -> None:
    performer = AwsPerformer()
    calls = _calls(open_runs())
    assert calls
    for id_, call in calls:
        if call.service not in ("bulk", "person", "image", "probe"):
            assert performer.problems(call) == [], id_
            for permission in performer.permissions(call):
                assert ":" in permission.action, (id_, call.name)


def test_an_account_that_refuses_every_write_can_be_planned_and_verified(open_runs: Any, embedded: Embedded) -> None:
    applied(open_runs(), open_runs().plan(["2"]))
    embedded.refuse_writes(True)
    try:
        assert open_runs().plan().plan.acting
        assert open_runs().plan(["2"]).plan.acting == ()
        assert {one.outcome for one in open_runs().verify(["2"])} == {"passed", "not_rehearsed"}
        assert open_runs().plan_destroy(delete_data=True).plan.acting
        assert open_runs().status().found
    finally:
        embedded.refuse_writes(False)
