"""The exported policy holds what a stack needs and no more, in documents that IAM takes; preflight names what lacks."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iam_judge import WithoutOne, allows, fits

from runbook.aws.guard import is_read
from runbook.aws.offline import operation_model
from runbook.calls import canonical
from runbook.export.policy import MOST_CHARACTERS, PARTS, Grant, Statement, documents, statements
from runbook.export.policy_reads import read_actions, reads
from runbook.preflight.permission_places import Places, foreseen
from runbook.preflight.permissions import Need, needs_of, permission_items, simulated
from runbook.runs.policy import policy
from runbook.runs.preflight import performers

with warnings.catch_warnings():
    # It leaves the files of its data open, and asks setuptools for something old.
    warnings.simplefilter("ignore")
    from parliament import analyze_policy_string

ROOT = Path(__file__).parents[3]
USER = "arn:aws:iam::123456789012:user/ada"
EVERY = 12
"""Of the statements one in so many is removed in the gate; all of them are in make prove."""


@pytest.fixture
def whole(open_runs: Any) -> Any:
    """The runs of an empty account, and their policy."""
    runs = open_runs("domain=karet.example.com", "alarms.email=ada@example.com")
    return runs, policy(runs)


def bodies(found: list[Statement]) -> list[dict[str, Any]]:
    return [one.as_json() for one in found]


def needs(runs: Any) -> dict[Need, frozenset[int]]:
    where = Places(runs.place.deployment, "123456789012")
    plan = runs.plan().plan
    return needs_of(plan, performers(runs), where, foreseen(runs.graph.resources.values(), where))


EXPLAINED = {
    ("RESOURCE_STAR", "ecs:ListTasks"): "its only resource type is the container instance, which Fargate has none of",
    ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", "s3:PutBucketPolicy"): "the stack has a policy on its own bucket",
    ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", "s3:PutLifecycleConfiguration"): "the stack has rules on its own bucket",
}
"""What parliament says and is right about, and why it stays."""


def objections(found: list[Statement]) -> list[str]:
    """What parliament says against a policy, without what is explained.

    It wants all resource types of an action in one statement. AWS's own examples put them into several, because only
    what is made carries the tag; so they are looked for in all statements of the action.
    """
    said = []
    for body in bodies(found):
        for one in analyze_policy_string(canonical({"Version": "2012-10-17", "Statement": [body]})).findings:
            if one.issue == "RESOURCE_MISMATCH":
                lacking = [(each["action"], each["required_format"]) for each in one.detail]
                said += [f"{a} needs {wanted}" for a, wanted in lacking if not elsewhere(found, a, wanted)]
            elif not any(one.issue == issue and action in str(one.detail) for issue, action in EXPLAINED):
                said.append(f"{body['Sid']}: {one.issue} {one.detail}")
    return said


def elsewhere(found: list[Statement], action: str, wanted: str) -> bool:
    """Whether some statement allows the action on a resource of this format, or on everything."""
    if wanted == "*":
        return False
    parts = wanted.split(":", 5)
    of_others = any(kind in parts[5] for kind in ("/net/", "/gwy/"))
    concrete = ":".join(["arn", "aws", parts[2], "us-east-1", "123456789012", parts[5].replace("*", "x")])
    statements_of = [one.as_json() for one in found if action in one.actions]
    return of_others or any(like(each, concrete) for one in statements_of for each in one["Resource"])


def like(pattern: str, text: str) -> bool:
    # An application load balancer's name begins with the stack's here, which the format does not know.
    regex = re.escape(pattern).replace(r"\*", ".*").replace("karet\\-", "").replace("karet", "")
    return re.fullmatch(regex, text) is not None


def test_it_passes_parliament_fits_managed_policies_is_all_that_preflight_wants_and_a_statement_less_is_named(
    whole: Any,
) -> None:
    runs, found = whole
    made = documents(found)
    assert all(len(canonical(one)) <= MOST_CHARACTERS for one in made)
    assert objections(found) == []
    wanted = needs(runs)
    simulator = WithoutOne(bodies(found))
    decided = simulated(simulator, USER, wanted)
    assert {need.action for need in wanted if decided[need] != "allowed"} == set()
    for removed in found[::EVERY]:
        lacks(removed, found, wanted, simulator)
    parts(runs, found)


def lacks(
    removed: Statement, found: list[Statement], wanted: dict[Need, frozenset[int]], simulator: WithoutOne
) -> None:
    """Without one statement the preflight names exactly what only that statement allows."""
    rest = [one for one in found if one is not removed]
    simulator.removed = removed.sid
    decided = simulated(simulator, USER, wanted)
    missing = {need for need in wanted if decided[need] == "implicitDeny"}
    region = {"aws:RequestedRegion": "us-east-1"}
    mine = {
        need
        for need in wanted
        if fits(removed.as_json(), need.action, need.resource, {**dict(need.context), **region})
        and not any(fits(one.as_json(), need.action, need.resource, {**dict(need.context), **region}) for one in rest)
    }
    assert missing == mine
    said = " ".join(one.detail for one in permission_items(wanted, simulator, USER, rehearsal=False))
    for need in sorted(missing, key=str)[:8]:
        assert f"{need.action} on {need.resource}" in said
    # Setting and taking back are one action for some things, and then the other part allows it, too.
    alone = not any(set(removed.actions) <= set(one.actions) for one in rest)
    if alone and removed.part == "change" and removed.sid.startswith(("ChangeS3", "ChangeEcs", "ChangeSqs")):
        assert {need.action for need in missing} == set(removed.actions), removed.sid


def parts(runs: Any, found: list[Statement]) -> None:
    """The parts can be had apart, and together they hold no more."""
    read = policy(runs, parts=["read"])
    assert {one.part for one in read} == {"read"}
    assert [one for one in found if one.part == "read"] == read
    assert all(
        re.match(r"\w+:(Get|List|Describe|BatchGet|Simulate|Test|Filter)", one) for s in read for one in s.actions
    )
    undo = [one for one in found if one.part == "undo"]
    assert not any(re.match(r"\w+:(Create|Put(?!Bucket|Metrics))", one) for s in undo for one in s.actions)
    passed = [one for one in found if "iam:PassRole" in one.actions]
    assert [one.condition for one in passed] == [{"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}]
    assert [one.sid for one in found if one.resources == ("*",) and one.part == "undo"] != []
    for one in (one for one in found if one.resources == ("*",) and one.part == "undo"):
        assert one.condition["StringEquals"]["aws:RequestedRegion"] == "us-east-1"


def test_a_section_alone_needs_less(open_runs: Any) -> None:
    runs = open_runs()
    actions = {one for s in policy(runs, ["2"], ["change"]) for one in s.actions}
    assert "s3:CreateBucket" in actions
    assert not any(one.startswith("ecs:") for one in actions)


def test_signing_rotating_and_releasing_are_part_of_the_change(open_runs: Any) -> None:
    """Each as the calls of the three commands need it, and no wider."""
    found = bodies(policy(open_runs("domain=karet.example.com"), parts=["change"]))
    at = "us-east-1:123456789012"
    tagged = {"aws:ResourceTag/karet:stack": "karet", "ecs:cluster": f"arn:aws:ecs:{at}:cluster/karet"}
    asked = {
        "ssm:PutParameter": f"arn:aws:ssm:{at}:parameter/karet/signed/alarms",
        "ssm:AddTagsToResource": f"arn:aws:ssm:{at}:parameter/karet/signed/alarms",
        "secretsmanager:PutSecretValue": f"arn:aws:secretsmanager:{at}:secret:/karet/prod/api-key-AbCdEf",
        "ecs:RegisterTaskDefinition": f"arn:aws:ecs:{at}:task-definition/karet:7",
        "ecs:UpdateService": f"arn:aws:ecs:{at}:service/karet/karet-svc",
        "ecs:DeregisterTaskDefinition": "*",
        "ecs:DeleteTaskDefinitions": f"arn:aws:ecs:{at}:task-definition/karet:6",
    }
    context = {**tagged, "aws:RequestedRegion": "us-east-1"}
    assert [action for action, arn in asked.items() if not allows(found, action, arn, context)] == []
    for action in ("ssm:PutParameter", "secretsmanager:PutSecretValue", "ecs:UpdateService"):
        foreign = asked[action].replace("karet", "other")
        assert not allows(found, action, foreign, context)


# -- reads -----------------------------------------------------------------------------------------------------------


_READ = r"(Get|List|Describe|Head|BatchGet|FilterLog|Simulate)[A-Z]\w+"


def _is_one(operation: str) -> bool:
    return any(operation_model(service, operation) for service in {service for service, _ in reads()})


def test_every_read_in_the_source_has_its_row_and_every_row_is_a_read() -> None:
    known = set(reads())
    for service, operation in known:
        assert is_read(service, operation), operation
        assert operation_model(service, operation) is not None, (service, operation)
    operations = {operation for _, operation in known}
    rooms = ("kinds", "sections", "diagnose", "images", "preflight", "runs", "pricing")
    lacking = set()
    for path in (one for room in rooms for one in (ROOT / "runbook" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and text not in operations and re.fullmatch(_READ, text) and _is_one(text):
                lacking.add(f"{text} in {path.relative_to(ROOT)}")
    assert lacking == set()
    assert ("s3:ListBucket", "bucket") in set(read_actions())


# -- statements ------------------------------------------------------------------------------------------------------

names = st.sampled_from(["s3:A", "s3:B", "ec2:A", "ec2:B"])
arns = st.lists(
    st.sampled_from(["*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x"]), min_size=1, max_size=3
)
conditions = st.sampled_from([{}, {"StringEquals": {"aws:ResourceTag/x": "y"}}])
grants = st.builds(Grant, st.sampled_from(PARTS), names, arns.map(lambda some: tuple(sorted(set(some)))), conditions)


@given(st.lists(grants, max_size=12))
def test_statements_allow_every_grant_and_nothing_else(some: list[Grant]) -> None:
    made = bodies(statements(some, "us-east-1"))
    context = {"aws:RequestedRegion": "us-east-1"}
    for action in ("s3:A", "s3:B", "ec2:A", "ec2:B"):
        for resource in ("arn:aws:s3:::b", "arn:aws:s3:::b/x", "arn:aws:s3:::b/y", "arn:aws:s3:::c"):
            for tags in ({}, {"aws:ResourceTag/x": "y"}):
                asked = {**context, **tags}
                before = any(
                    fits(
                        {"Action": [g.action], "Resource": g.resources, "Condition": g.condition},
                        action,
                        resource,
                        asked,
                    )
                    for g in some
                )
                assert any(fits(one, action, resource, asked) for one in made) == before


def test_a_statement_that_is_too_long_for_one_policy_is_halved() -> None:
    long = Statement("S", "read", tuple(f"s3:{'a' * 60}{n}" for n in range(300)), ("*",), {})
    made = documents([long])
    assert len(made) > 1
    assert all(len(canonical(one)) <= MOST_CHARACTERS for one in made)
    assert sorted(a for one in made for s in one["Statement"] for a in s["Action"]) == sorted(long.actions)
    assert len({s["Sid"] for one in made for s in one["Statement"]}) == sum(len(one["Statement"]) for one in made)
