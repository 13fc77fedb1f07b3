"""Faults strike real clients as AWS would, an account refuses writes, and closed doors stay closed."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from rehearsal_clients import ClientFor, code_of, make_client

from runbook.errors import RehearsalError
from runbook.rehearsal.embedded import Embedded

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)


def names(s3: Any) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_throttling_has_the_code_of_the_service(aws: Embedded, client: ClientFor) -> None:
    aws.add_faults(["*.*:throttle:*"])
    assert code_of(client("s3").list_buckets) == "SlowDown"
    assert code_of(client("ec2").describe_vpcs) == "RequestLimitExceeded"
    assert code_of(client("iam").list_roles) == "Throttling"
    assert code_of(client("ssm").describe_parameters) == "ThrottlingException"
    assert (
        code_of(lambda: client("service-quotas").list_service_quotas(ServiceCode="vpc")) == "TooManyRequestsException"
    )


def test_denied_and_expired_have_the_codes_of_the_service(aws: Embedded, client: ClientFor) -> None:
    aws.add_faults(["ec2.*:denied", "ec2.*:expired", "ssm.*:denied", "ssm.*:expired", "s3.*:denied", "s3.*:expired"])
    assert code_of(client("ec2").describe_vpcs) == "UnauthorizedOperation"
    assert code_of(client("ec2").describe_vpcs) == "RequestExpired"
    assert code_of(client("ssm").describe_parameters) == "AccessDeniedException"
    assert code_of(client("ssm").describe_parameters) == "ExpiredTokenException"
    assert code_of(client("s3").list_buckets) == "AccessDenied"
    assert code_of(client("s3").list_buckets) == "ExpiredToken"


def test_an_error_of_choice_is_answered(aws: Embedded, client: ClientFor) -> None:
    aws.add_faults(["iam.GetRole:error=NoSuchEntity"])
    assert code_of(lambda: client("iam").get_role(RoleName="r")) == "NoSuchEntity"


def test_a_503_before_the_call_does_nothing_and_after_the_call_does_it(aws: Embedded, client: ClientFor) -> None:
    s3 = client("s3")
    aws.add_faults(["s3.CreateBucket:503", "s3.CreateBucket:503-after"])
    assert code_of(lambda: s3.create_bucket(Bucket="first")) == "ServiceUnavailable"
    assert names(s3) == []
    assert code_of(lambda: s3.create_bucket(Bucket="second")) == "ServiceUnavailable"
    assert names(s3) == ["second"]


def test_a_cut_connection_leaves_the_thing_behind(aws: Embedded, client: ClientFor) -> None:
    iam = client("iam")
    aws.add_faults(["iam.CreateRole:cut"])
    with pytest.raises(ConnectionClosedError):
        iam.create_role(RoleName="cut-role", AssumeRolePolicyDocument=TRUST)
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["cut-role"]
    assert aws.calls()[0]["status"] == 0
    assert aws.calls()[0]["fault"] == "iam.CreateRole:cut:1:0"


def test_a_held_back_answer_leaves_the_thing_behind(aws: Embedded, client: ClientFor) -> None:
    impatient = make_client(aws.url, "ssm", read_timeout=0.4)
    aws.add_faults(["ssm.PutParameter:timeout"])
    with pytest.raises(ReadTimeoutError):
        impatient.put_parameter(Name="/karet/x", Value="1", Type="String")
    assert client("ssm").get_parameter(Name="/karet/x")["Parameter"]["Value"] == "1"


def test_a_fault_for_an_operation_that_does_not_exist_is_refused(aws: Embedded) -> None:
    with pytest.raises(RehearsalError, match="CreateBuckets"):
        aws.add_faults(["s3.CreateBuckets:503"])
    assert aws.remaining_faults() == []


def test_an_account_that_refuses_writes_still_answers_reads(aws: Embedded, client: ClientFor) -> None:
    client("s3").create_bucket(Bucket="karet-data")
    aws.refuse_writes(True)
    assert code_of(lambda: client("s3").create_bucket(Bucket="other")) == "AccessDenied"
    assert code_of(lambda: client("s3").delete_object(Bucket="karet-data", Key="k")) == "AccessDenied"
    assert code_of(lambda: client("ec2").create_vpc(CidrBlock="10.0.0.0/16")) == "UnauthorizedOperation"
    assert code_of(lambda: client("ssm").put_parameter(Name="/a", Value="b", Type="String")) == "AccessDeniedException"
    assert names(client("s3")) == ["karet-data"]
    assert client("s3").head_bucket(Bucket="karet-data")
    assert client("iam").list_roles()["Roles"] == []
    assert client("iam").simulate_principal_policy(PolicySourceArn="a" * 20, ActionNames=["s3:GetObject"])
    assert client("sts").get_caller_identity()["Account"] == aws.account_id
    aws.refuse_writes(False)
    client("s3").create_bucket(Bucket="other")


def test_reset_empties_the_account_and_forgets_faults_refusals_and_calls(aws: Embedded, client: ClientFor) -> None:
    client("s3").create_bucket(Bucket="karet-data")
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    aws.add_faults(["s3.*:503:*"])
    aws.refuse_writes(True)
    aws.reset()
    assert aws.calls() == []
    assert aws.inventory() == {}
    client("s3").create_bucket(Bucket="karet-data")


def test_calls_are_noted_with_service_operation_and_status(aws: Embedded, client: ClientFor) -> None:
    client("sts").get_caller_identity()
    code_of(lambda: client("s3").create_bucket(Bucket="UPPER"))
    noted = [(call["service"], call["operation"], call["status"], call["code"]) for call in aws.calls()]
    assert noted == [("sts", "GetCallerIdentity", 200, ""), ("s3", "CreateBucket", 400, "InvalidBucketName")]
    aws.inventory()
    assert len(aws.calls()) == 2
    aws.clear_calls()
    assert aws.calls() == []


def test_what_moto_lacks_is_said_to_be_missing_and_is_not_retried(aws: Embedded, client: ClientFor) -> None:
    assert code_of(lambda: client("pricing").describe_services(ServiceCode="AmazonEC2")) == "NotImplemented"
    assert code_of(
        lambda: client("iam").list_policies_granting_service_access(Arn="a" * 20, ServiceNamespaces=["s3"])
    ) == ("NotImplemented")


@pytest.mark.parametrize("path", ["/moto-api/reset", "/latest/meta-data/", "/moto-api/data.json"])
def test_motos_own_doors_are_closed(aws: Embedded, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(aws.url + path, data=b"", timeout=5)
    raised.value.close()
    assert raised.value.code == 404


def test_an_unsigned_request_is_refused(aws: Embedded, client: ClientFor) -> None:
    client("s3").create_bucket(Bucket="karet-data")
    client("s3").put_object(Bucket="karet-data", Key="k", Body=b"x")
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{aws.url}/karet-data/k", timeout=5)
    raised.value.close()
    assert raised.value.code == 403


def test_a_proxy_in_the_environment_is_no_obstacle(aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert make_client(aws.url, "sts").get_caller_identity()["Account"] == aws.account_id
