"""IAM's rules bite real clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

from runbook.rehearsal.rules.iam import SERVICE_LINKED_ROLES


def trust(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }
    kept = {key: value for key, value in {**statement, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


@pytest.fixture
def iam(client: ClientFor) -> Any:
    made = client("iam")
    made.create_role(RoleName="karet-task-role", AssumeRolePolicyDocument=trust())
    return made


BAD_TRUST = [
    "not json",
    "[]",
    "{}",
    '{"Version": "2012-10-17"}',
    trust(Principal=None),
    trust(Action=None),
    trust(Effect=None),
    trust(Effect="Maybe"),
    trust(Resource="*"),
    trust(Action="s3:GetObject"),
    trust(Principal={"Service": "ecs-tasks"}),
    trust(Principal={"AWS": "arn:aws:iam::123456789012:role/not-there"}),
    trust(Principal={"AWS": ["123456789012", "arn:aws:iam::123456789012:user/not-there"]}),
    trust().replace("2012-10-17", "2020-01-01"),
]


@bites("iam", "any text is accepted as a trust policy, also with principals that do not exist")
@pytest.mark.parametrize("document", BAD_TRUST)
def test_a_malformed_trust_policy_is_refused(iam: Any, document: str) -> None:
    create = {"RoleName": "other", "AssumeRolePolicyDocument": document}
    assert code_of(lambda: iam.create_role(**create)) == "MalformedPolicyDocument"
    update = {"RoleName": "karet-task-role", "PolicyDocument": document}
    assert code_of(lambda: iam.update_assume_role_policy(**update)) == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": ["ecs-tasks.amazonaws.com", "events.amazonaws.com"]},
        {"AWS": "123456789012"},
        {"AWS": "arn:aws:iam::123456789012:root"},
        {"AWS": "arn:aws:iam::123456789012:role/karet-task-role"},
        {"AWS": "arn:aws:iam::999999999999:role/unknown-here"},
    ],
)
def test_a_good_trust_policy_is_accepted(iam: Any, principal: dict[str, Any]) -> None:
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(Principal=principal))


def test_a_trust_policy_for_github_is_accepted(iam: Any) -> None:
    document = trust(
        Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
        Action=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
    )
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=document)


@bites("iam", "two role names that differ only in case are both accepted")
def test_a_role_name_is_taken_in_every_case(iam: Any) -> None:
    again = {"RoleName": "KARET-task-role", "AssumeRolePolicyDocument": trust()}
    assert code_of(lambda: iam.create_role(**again)) == "EntityAlreadyExists"


@bites("iam", "the inline policies of a role may grow without end")
def test_inline_policies_have_a_size_limit(iam: Any) -> None:
    def document(resources: int) -> str:
        names = [f"arn:aws:s3:::karet/{number:050}" for number in range(resources)]
        return json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": names}]},
            indent=4,
        )

    put = {"RoleName": "karet-task-role", "PolicyName": "p"}
    iam.put_role_policy(**put, PolicyDocument=document(130))
    iam.put_role_policy(**put, PolicyDocument=document(131))
    assert code_of(lambda: iam.put_role_policy(**put, PolicyDocument=document(200))) == "LimitExceeded"
    second = {"RoleName": "karet-task-role", "PolicyName": "q", "PolicyDocument": document(60)}
    assert code_of(lambda: iam.put_role_policy(**second)) == "LimitExceeded"


@bites("iam", "any number of managed policies can be attached to a role")
def test_a_role_carries_ten_managed_policies(iam: Any) -> None:
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    arns = [iam.create_policy(PolicyName=f"p{n}", PolicyDocument=document)["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName="karet-task-role", PolicyArn=arn)
    iam.attach_role_policy(RoleName="karet-task-role", PolicyArn=arns[0])
    last = {"RoleName": "karet-task-role", "PolicyArn": arns[10]}
    assert code_of(lambda: iam.attach_role_policy(**last)) == "LimitExceeded"


@bites(
    "iam",
    "service-linked roles get made-up names, such as AWSServiceRoleForecs",
    "a service-linked role that exists is refused with EntityAlreadyExists",
)
@pytest.mark.parametrize(("service", "name"), sorted(SERVICE_LINKED_ROLES.items()))
def test_a_service_linked_role_has_awss_name_and_is_created_once(client: ClientFor, service: str, name: str) -> None:
    iam = client("iam")
    role = iam.create_service_linked_role(AWSServiceName=service)["Role"]
    assert (role["RoleName"], role["Path"]) == (name, f"/aws-service-role/{service}/")
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == role["Arn"]
    assert code_of(lambda: iam.create_service_linked_role(AWSServiceName=service)) == "InvalidInput"


@bites("iam", "a service-linked role can be changed and deleted like any other")
def test_a_service_linked_role_is_protected(iam: Any) -> None:
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    assert code_of(lambda: iam.delete_role(RoleName="AWSServiceRoleForECS")) == "UnmodifiableEntity"
    tag = {"RoleName": "AWSServiceRoleForECS", "Tags": [{"Key": "k", "Value": "v"}]}
    assert code_of(lambda: iam.tag_role(**tag)) == "UnmodifiableEntity"
    iam.delete_role(RoleName="karet-task-role")


@bites("iam", "permission simulation is missing; the rehearsal answers `allowed` to everything and proves nothing")
def test_simulation_answers_every_action_for_every_resource(iam: Any) -> None:
    answer = iam.simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:user/moto",
        ActionNames=["s3:GetObject", "ecs:CreateService"],
        ResourceArns=["arn:aws:s3:::a", "*"],
    )
    found = {
        (one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in answer["EvaluationResults"]
    }
    assert found == {
        (action, resource, "allowed")
        for action in ("s3:GetObject", "ecs:CreateService")
        for resource in ("arn:aws:s3:::a", "*")
    }
    assert answer["IsTruncated"] is False


def test_a_role_with_policies_is_not_deleted(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    iam.attach_role_policy(RoleName="karet-task-role", PolicyArn=arn)
    assert code_of(lambda: iam.delete_role(RoleName="karet-task-role")) == "DeleteConflict"
    iam.detach_role_policy(RoleName="karet-task-role", PolicyArn=arn)
    iam.delete_role(RoleName="karet-task-role")


def test_a_managed_policy_of_aws_keeps_its_text(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert "ecr:GetAuthorizationToken" in json.dumps(document)


def test_a_permission_policy_without_resource_is_refused(iam: Any) -> None:
    bad = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}'
    put = {"RoleName": "karet-task-role", "PolicyName": "p", "PolicyDocument": bad}
    assert code_of(lambda: iam.put_role_policy(**put)) == "MalformedPolicyDocument"


@bites("iam", "an identity provider may have an address without TLS, with a port or with a query")
@pytest.mark.parametrize("url", ["http://a.example.com", "https://a.example.com:444", "https://a.example.com/?x"])
def test_an_identity_provider_has_a_plain_address_with_tls(client: ClientFor, url: str) -> None:
    create = client("iam").create_open_id_connect_provider
    assert code_of(lambda: create(Url=url, ClientIDList=["sts.amazonaws.com"])) == "InvalidInput"
    create(Url="https://a.example.com/x", ClientIDList=["sts.amazonaws.com"])
