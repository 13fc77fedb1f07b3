"""Section 11 lets one branch of one GitHub repository release, shares the account's provider, and proves what runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook.engine.performers import AwsPerformer
from runbook.errors import SettingsError
from runbook.model import Call
from runbook.rehearsal.embedded import Embedded
from runbook.sections.s11_releases import SECTION
from runbook.settings import Deployment

REPOSITORY = "github.repository=acme/karet"
HOST = "token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
SUBJECT = "repo:acme/karet:ref:refs/heads/main"


def _apply(runs: Any, **how: Any) -> Any:
    result = runs.apply(runs.plan(["11"], **how), command="test")
    assert [f"{one.change.id}: {one.error}" for one in result.report.steps if one.became != "done"] == []
    return result


@pytest.fixture
def iam(embedded: Embedded) -> Any:
    return embedded._rehearsal._inside.client("iam", "us-east-1")


def _checked(runs: Any) -> dict[str, str]:
    return {one.id: one.outcome for one in runs.verify(["11"]) if one.id.startswith("releases.")}


def test_without_a_repository_nothing_is_made(open_runs: Any) -> None:
    assert SECTION.resources(Deployment(region="us-east-1", tls="none")) == ()
    assert open_runs().plan(["11"]).plan.changes == ()
    assert "releases.role-limited" not in {one.id for one in SECTION.checks(Deployment(region="us-east-1", tls="none"))}


def test_one_branch_of_one_repository_may_release_and_the_provider_stays_for_others(open_runs: Any, iam: Any) -> None:
    runs = open_runs(REPOSITORY)
    assert _apply(runs).exit_code == 0
    assert open_runs(REPOSITORY).plan(["11"]).plan.acting == ()
    role = iam.get_role(RoleName="karet-github-role")["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": ARN}
    assert trust["Condition"] == {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": SUBJECT}}
    assert _checked(runs)["releases.role-limited"] == "passed"
    # A second stack has a role of its own and the same provider.
    blue = open_runs(REPOSITORY, stack="blue")
    assert [one.id for one in blue.plan(["11"]).plan.acting] == ["releases.role"]
    assert _apply(blue).exit_code == 0
    planned = open_runs(REPOSITORY).plan_destroy(["11"], delete_data=True)
    assert [(one.id, one.why) for one in planned.plan.left] == [
        ("releases.provider", "is shared with everything else in the account and is never removed")
    ]
    assert runs.apply(planned, command="test").exit_code == 0
    assert [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]] == [ARN]
    # Without the setting the role goes, and the provider stays.
    open_runs(stack="blue").apply(open_runs(stack="blue").plan(["11"]), command="test")
    assert [one["RoleName"] for one in iam.list_roles()["Roles"]] == []
    assert [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]] == [ARN]


def test_a_provider_of_the_account_is_used_as_it_is_and_never_changed(open_runs: Any, iam: Any) -> None:
    tags = [{"Key": "owner", "Value": "platform"}]
    iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=["a", "sts.amazonaws.com"], Tags=tags)
    before = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert _apply(open_runs(REPOSITORY)).exit_code == 0
    after = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}


def test_a_provider_for_others_only_stops_the_plan_and_says_what_to_add(open_runs: Any, iam: Any) -> None:
    iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=["https://github.com/acme"])
    (stop,) = (one.stop for one in open_runs(REPOSITORY).plan(["11"]).plan.changes if one.stop)
    assert "takes no tokens for sts.amazonaws.com" in stop
    assert "add the audience" in stop


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {f"{HOST}:sub": "repo:acme/*"}},
        {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}},
        {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": [SUBJECT, "repo:other/x:*"]}},
    ],
)
def test_a_role_that_others_can_take_on_fails_the_check(open_runs: Any, iam: Any, condition: Any) -> None:
    _apply(open_runs(REPOSITORY))
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": ARN},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.update_assume_role_policy(RoleName="karet-github-role", PolicyDocument=trust)
    assert _checked(open_runs(REPOSITORY))["releases.role-limited"] == "failed"


def test_before_anything_runs_the_digests_and_rollouts_fail_their_checks(open_runs: Any) -> None:
    assert _checked(open_runs()) == {
        f"releases.{service}-{what}": "failed" for service in ("web", "worker") for what in ("digest", "complete")
    }


def test_the_role_reaches_only_what_is_released(open_runs: Any) -> None:
    role = open_runs(REPOSITORY, "github.branch=release/v1").graph.resources["releases.role"]
    statements = {one["Sid"]: one for one in role.policies["release"]["Statement"]}
    assert role.trust["Statement"][0]["Condition"]["StringEquals"][f"{HOST}:sub"].endswith("refs/heads/release/v1")
    open_to_all = {sid for sid, one in statements.items() if one["Resource"] == "*" and "Condition" not in one}
    assert open_to_all == {"Login", "Register"}
    assert [arn.rpartition("/")[2] for arn in statements["Push"]["Resource"]] == [
        "karet",
        "karet-worker",
        "karet-poller",
    ]
    assert [arn.rpartition("/")[2] for arn in statements["Deploy"]["Resource"]] == ["karet-svc", "karet-worker-svc"]
    assert len(statements["Pass"]["Resource"]) == 3
    assert statements["Pass"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_the_kind_arrives_whole(open_runs: Any) -> None:
    runs = open_runs(REPOSITORY)
    calls: list[Call] = [call for change in runs.plan(["11"]).plan.changes for call in change.calls]
    performer = AwsPerformer()
    assert [performer.problems(call) for call in calls] == [[] for _ in calls]
    names = {one.action for call in calls for one in performer.permissions(call)}
    assert names == {"iam:CreateOpenIDConnectProvider", "iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy"}
    part = runs.graph.resources["releases.provider"].cloudformation()
    assert part is not None
    assert (part.type, part.deletion_policy) == ("AWS::IAM::OIDCProvider", "Retain")


@pytest.mark.parametrize("given", ["repository=acme", "repository=acme/ka ret", "branch=*", "branch=feature/*"])
def test_a_repository_or_branch_with_a_wildcard_is_refused(open_runs: Any, given: str) -> None:
    with pytest.raises(SettingsError):
        open_runs(f"github.{given}")
