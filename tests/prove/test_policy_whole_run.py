"""The exported policy is enough for a whole life of the stack, and every statement of it is missed when it lacks."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from wire_permissions import asked

from runbook.errors import AwsError
from runbook.export.policy import Statement
from runbook.preflight.permission_places import Places, foreseen
from runbook.preflight.permissions import needs_of, simulated
from runbook.rehearsal.overlay import Overlay
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.wire_errors import Answer, error_answer
from runbook.runs.policy import policy
from runbook.runs.preflight import performers, read_needs

sys.path.insert(0, str(Path(__file__).parents[1] / "runbook" / "export"))

from iam_judge import WithoutOne, allows, fits

pytestmark = pytest.mark.prove
USER = "arn:aws:iam::123456789012:user/ada"
FREE = {("sts", "GetCallerIdentity")}
"""Nobody can be denied it (AWS docs: AWS STS API reference)."""


class Gate:
    """Stands before the embedded AWS and lets in what a policy allows."""

    def __init__(self, statements: list[Statement]) -> None:
        self.bodies = [one.as_json() for one in statements]
        self.refused: list[str] = []
        self.passed: set[tuple[str, str]] = set()

    def judge(self, call: WireCall) -> Answer | None:
        if not call.known or (call.service, call.operation) in FREE:
            return None
        for action, resource, context in asked(call.service, call.operation, call.params, call.region):
            if not allows(self.bodies, action, resource, context):
                self.refused.append(f"{action} on {resource} with {context}")
                code = "UnauthorizedOperation" if call.service == "ec2" else "AccessDenied"
                return error_answer(call, code, f"not authorized to perform {action} on {resource}", 403)
        self.passed.add((call.service, call.operation))
        return None


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a gate before every request that comes from outside."""
    usual = Overlay._refuse_at_the_door

    def close(statements: list[Statement]) -> Gate:
        gate = Gate(statements)
        monkeypatch.setattr(Overlay, "_refuse_at_the_door", lambda self, call: usual(self, call) or gate.judge(call))
        return gate

    return close


@pytest.mark.parametrize(
    "overrides",
    [("domain=karet.example.com",), ("domain=karet.example.com", "network=endpoints")],
    ids=["whole", "endpoints"],
)
def test_a_whole_run_passes_a_gate_that_refuses_everything_else(
    overrides: tuple[str, ...], open_runs: Any, behind: Any, counted: Any
) -> None:
    gate = behind(policy(open_runs(*overrides)))
    runs = open_runs(*overrides)
    applied = runs.apply(runs.plan(), command="prove")
    assert gate.refused == []
    assert applied.report.outcome == "done", [str(step.error) for step in applied.report.steps if step.error]
    assert open_runs(*overrides).plan().plan.acting == ()
    checks = open_runs(*overrides).verify()
    assert gate.refused == []
    assert {one.id for one in checks if one.outcome == "failed"} == set()
    leaving = open_runs(*overrides)
    removed = leaving.apply(leaving.plan_destroy(delete_data=True), command="prove")
    assert gate.refused == []
    assert removed.report.outcome == "done"
    assert removed.left == ()
    counted(f"policy: {len(gate.bodies)} statements let {len(gate.passed)} operations of a whole run pass")


def test_without_the_policy_the_first_request_is_refused(open_runs: Any, behind: Any) -> None:
    runs = open_runs()
    gate = behind([])
    with pytest.raises(AwsError, match="not authorized"):
        runs.plan()
    assert gate.refused


def test_whichever_statement_is_removed_the_preflight_names_what_only_it_allows(open_runs: Any, counted: Any) -> None:
    runs = open_runs("domain=karet.example.com", "alarms.email=ada@example.com")
    found = policy(runs)
    where = Places(runs.place.deployment, "123456789012")
    outputs = foreseen(runs.graph.resources.values(), where)
    making = needs_of(runs.plan().plan, performers(runs), where, outputs)
    runs.apply(runs.plan(), command="prove")
    removing = needs_of(runs.plan_destroy(delete_data=True).plan, performers(runs), where, outputs)
    reads = read_needs(where)
    wanted = {**making, **removing, **dict.fromkeys(reads, frozenset[int]())}
    region = {"aws:RequestedRegion": "us-east-1"}
    told: Counter[str] = Counter()
    simulator = WithoutOne([one.as_json() for one in found])
    for removed in found:
        rest = [one for one in found if one is not removed]
        simulator.removed = removed.sid
        decided = simulated(simulator, USER, wanted)
        missing = {need for need in wanted if decided[need] != "allowed"}
        assert all(
            fits(removed.as_json(), need.action, need.resource, {**dict(need.context), **region}) for need in missing
        ), removed.sid
        why = "named" if missing else unnamed(removed, rest)
        assert why, f"{removed.sid} is named by nothing and explained by nothing: {removed}"
        told[why] += 1
    reasons = ", ".join(f"{number} {why}" for why, number in sorted(told.items()))
    counted(f"policy: of {len(found)} statements, each removed once: {reasons}")


def unnamed(removed: Statement, rest: list[Statement]) -> str:
    """Why preflight misses nothing without this statement; empty when there is no reason."""
    beside = {"ssm:PutParameter", "ssm:AddTagsToResource", "secretsmanager:PutSecretValue", "ecs:UpdateService"}
    if set(removed.actions) <= beside and removed.part == "change":
        return "of sign, rotate and release, which no plan holds"
    if all(any(action in one.actions for one in rest) for action in removed.actions):
        return "whose actions another statement allows on what was asked about"
    return ""
