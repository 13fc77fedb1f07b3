"""Calls checked against botocore's service model before anything is sent."""

from __future__ import annotations

import pytest

from runbook.aws.offline import iam_action, operation_model, problems, service_model
from runbook.model import UNKNOWN, Call, File, Json, Secret


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (Call("s3", "MakeBucket"), "boto3 has no such operation"),
        (Call("s5", "CreateBucket"), "boto3 has no such operation"),
        (Call("s3", "CreateBucket"), 'Missing required parameter in input: "Bucket"'),
        (Call("s3", "CreateBucket", {"Bucket": "b", "Colour": "red"}), 'Unknown parameter in input: "Colour"'),
        (Call("s3", "CreateBucket", {"Bucket": 7}), "Invalid type for parameter Bucket"),
        (Call("s3", "ListBuckets", {}, token="ClientToken"), "has no parameter 'ClientToken'"),
        (Call("ec2", "CreateTags", {"Resources": ["r"], "Tags": [{"Schluessel": "x"}]}), "Tags[0]"),
        (Call("sts", "GetCallerIdentity", {"Account": "1"}), "Account"),
    ],
)
def test_what_does_not_fit_the_model_is_named_with_the_call(call: Call, part: str) -> None:
    found = problems(call)
    assert len(found) >= 1
    assert all(line.startswith(call.name) for line in found)
    assert any(part in line for line in found)


@pytest.mark.parametrize(
    "call",
    [
        Call("s3", "CreateBucket", {"Bucket": "${data.bucket.name}"}),
        Call("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": Json({"Statement": [{"Resource": UNKNOWN}]})}),
        Call("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": File("c.json", "0" * 64, 1)}),
        Call("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": Secret()}, token="ClientRequestToken"),
        Call("ec2", "CreateNatGateway", {"SubnetId": "${net.subnet.id}"}, token="ClientToken"),
        Call("ec2", "CreateTags", {"Resources": ("r",), "Tags": ({"Key": "a", "Value": "b"},)}),
    ],
)
def test_documents_files_secrets_references_and_tuples_fit(call: Call) -> None:
    assert problems(call) == []


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("s3", "CreateBucket", "s3:CreateBucket"),
        ("elbv2", "CreateRule", "elasticloadbalancing:CreateRule"),
        ("ecr", "CreateRepository", "ecr:CreateRepository"),
        ("service-quotas", "GetServiceQuota", "servicequotas:GetServiceQuota"),
        ("nowhere", "Do", "nowhere:Do"),
    ],
)
def test_the_iam_action_of_an_operation_has_the_prefix_that_iam_uses(service: str, operation: str, action: str) -> None:
    assert iam_action(service, operation) == action


def test_models_are_read_once() -> None:
    assert service_model("s3") is service_model("s3")
    assert operation_model("s3", "CreateBucket") is not None
    assert operation_model("s3", "createBucket") is None
