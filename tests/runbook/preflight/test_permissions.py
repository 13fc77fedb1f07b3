"""What a plan's calls need, and what the simulator says about it: named by section, never more than a warning."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.engine.performers import Performers
from runbook.engine.plan import Plan
from runbook.errors import AwsError
from runbook.model import Call, Change, Permission
from runbook.preflight.permission_places import Places
from runbook.preflight.permissions import Need, needs_of, permission_items, policy_source
from runbook.runs.preflight import read_needs
from runbook.settings import Deployment

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
STACK = {"StringEquals": {"aws:RequestTag/karet:stack": "karet"}}

SUBNET = Permission("ec2:CreateSubnet", "arn:aws:ec2:*:*:subnet/*", STACK)


def change(section: int, *calls: Call) -> Change:
    return Change(id=f"s{section}.x", action="create", reason="", calls=calls, section=section)


PLAN = Plan(
    ACCOUNT,
    "us-east-1",
    "karet",
    (2, 5),
    (
        change(2, Call("s3", "CreateBucket", on="arn:aws:s3:::karet-data")),
        change(
            5,
            Call("ec2", "CreateSubnet", permissions=(SUBNET,)),
            Call("elbv2", "CreateRule", on="${balancer.https.arn}"),
        ),
        Change(id="s5.same", action="none", reason="", section=5),
    ),
)
PLACES = Places(Deployment(region="us-east-1", tls="none").for_account(ACCOUNT), ACCOUNT)
NEEDS = needs_of(PLAN, Performers({}), PLACES, {})


class Simulator:
    """Answers as IAM does, with the actions that are denied."""

    account, region, partition = ACCOUNT, "us-east-1", "aws"

    def __init__(self, *denied: str, refuse: str = "", nested: bool = False) -> None:
        self.denied, self.refuse, self.nested = denied, refuse, nested
        self.apart: set[str] = set()
        self.together = 1
        self.asked: list[dict[str, Any]] = []

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        if operation == self.refuse:
            raise AwsError("no", code="AccessDenied", service=service, operation=operation)
        if operation == "GetRole":
            return {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/path/{params['RoleName']}"}}
        if self.apart & set(params["ActionNames"]) and len(params["ActionNames"]) > self.together:
            raise AwsError("apart", code="InvalidInput", service=service, operation=operation)
        self.asked.append(params)
        results = []
        for action in params["ActionNames"]:
            decision = "implicitDeny" if action in self.denied else "allowed"
            each = [{"EvalResourceName": one, "EvalResourceDecision": decision} for one in params["ResourceArns"]]
            if self.nested:
                results.append({"EvalActionName": action, "EvalDecision": decision, "ResourceSpecificResults": each})
            else:
                results += [
                    {"EvalActionName": action, "EvalResourceName": one, "EvalDecision": decision}
                    for one in params["ResourceArns"]
                ]
        return {"EvaluationResults": results}

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any] | None:
        return self.read(service, operation, **params)


def test_the_needs_are_those_of_the_plans_calls_with_arns_that_a_policy_can_match() -> None:
    assert {
        Need("s3:CreateBucket", "arn:aws:s3:::karet-data"): frozenset({2}),
        Need(
            "ec2:CreateSubnet",
            f"arn:aws:ec2:us-east-1:{ACCOUNT}:subnet/x",
            (("aws:RequestTag/karet:stack", "karet"),),
        ): frozenset({5}),
        Need("elasticloadbalancing:CreateRule", "*"): frozenset({5}),
    } == NEEDS


@pytest.mark.parametrize("nested", [False, True])
def test_what_is_missing_is_named_with_its_section_and_is_advisory(nested: bool) -> None:
    simulator = Simulator("ec2:CreateSubnet", nested=nested)
    found = {one.id: one for one in permission_items(NEEDS, simulator, USER, rehearsal=False)}
    assert {id_: one.outcome for id_, one in found.items()} == {
        "permissions.section-2": "ok",
        "permissions.section-5": "warning",
    }
    assert "ec2:CreateSubnet on arn:aws:ec2" in found["permissions.section-5"].detail
    assert all("advisory" in one.detail for one in found.values())
    entries = [
        {one["ContextKeyName"]: one["ContextKeyValues"] for one in asked["ContextEntries"]} for asked in simulator.asked
    ]
    assert {"aws:RequestTag/karet:stack": ["karet"], "aws:RequestedRegion": ["us-east-1"]} in entries
    assert all("aws:RequestedRegion" in one for one in entries)


@pytest.mark.parametrize("refused", ["GetRole", "SimulatePrincipalPolicy"])
def test_who_may_not_ask_is_told_that_nobody_knows(refused: str) -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ada"
    found = permission_items(NEEDS, Simulator(refuse=refused), session, rehearsal=False)
    assert {one.outcome for one in found} == {"unknown"}
    assert all(refused in one.detail for one in found)


def test_a_session_is_asked_about_by_its_role_with_the_path_that_only_iam_knows() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ada"
    assert policy_source(Simulator(), session) == f"arn:aws:iam::{ACCOUNT}:role/path/deployer"
    assert policy_source(Simulator(), USER) == USER
    assert policy_source(Simulator(), f"arn:aws:iam::{ACCOUNT}:root") == ""


def test_a_rehearsal_says_that_it_proves_nothing_and_still_names_the_actions() -> None:
    simulator = Simulator()
    found = permission_items(NEEDS, simulator, USER, rehearsal=True)
    assert {one.outcome for one in found} == {"not_rehearsed"}
    assert "s3:CreateBucket" in found[0].detail
    assert simulator.asked == []


def test_the_reads_are_asked_about_in_few_questions_and_the_lacking_one_is_named() -> None:
    asked = read_needs(PLACES)
    simulator = Simulator("s3:GetBucketTagging")
    found = {one.id: one for one in permission_items(NEEDS, simulator, USER, rehearsal=False, reads=asked)}
    reads = found["permissions.reads"]
    assert reads.outcome == "warning"
    assert reads.detail.startswith("missing: s3:GetBucketTagging on arn:aws:s3:::karet-data-")
    assert found["permissions.section-2"].outcome == "ok"
    assert len(asked) > 100
    assert len(simulator.asked) <= 32
    pairs = [len(one["ActionNames"]) * len(one["ResourceArns"]) for one in simulator.asked]
    assert max(pairs) <= 100


def test_actions_that_iam_does_not_judge_together_are_asked_about_apart() -> None:
    simulator = Simulator("s3:GetBucketTagging")
    simulator.apart = {"s3:GetBucketTagging", "ec2:DescribeVpcs"}
    found = {one.id: one for one in permission_items({}, simulator, USER, rehearsal=False, reads=read_needs(PLACES))}
    assert found["permissions.reads"].outcome == "warning"
    assert found["permissions.reads"].detail.count("s3:GetBucketTagging") == 1
    assert "(implicitDeny)" in found["permissions.reads"].detail


def test_an_action_that_iam_does_not_judge_even_alone_is_called_unknown() -> None:
    simulator = Simulator()
    simulator.apart, simulator.together = {"s3:GetBucketTagging"}, 0
    found = {one.id: one for one in permission_items({}, simulator, USER, rehearsal=False, reads=read_needs(PLACES))}
    assert found["permissions.reads"].outcome == "unknown"
    assert found["permissions.reads"].detail == "no answer about s3:GetBucketTagging"
