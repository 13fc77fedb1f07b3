"""S3's rules bite real clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rules.bucket_names import bucket_name_problem
from runbook.rehearsal.world import SOMEBODY_ELSES_BUCKET

BUCKET = "karet-data-123456789012"


def tls_only(bucket: str = BUCKET, **changes: Any) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


@pytest.fixture
def s3(client: ClientFor) -> Any:
    made = client("s3")
    made.create_bucket(Bucket=BUCKET)
    return made


@bites("s3", "an invalid bucket name is accepted")
@pytest.mark.parametrize(
    "name",
    [
        "UPPER_",
        "ab",
        "a" * 64,
        "a..b",
        "192.168.5.4",
        "-abc",
        "abc-",
        ".abc",
        "xn--abc",
        "sthree-abc",
        "amzn-s3-demo-abc",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--table-s3",
    ],
)
def test_an_invalid_bucket_name_is_refused(client: ClientFor, name: str) -> None:
    assert code_of(lambda: client("s3").create_bucket(Bucket=name)) == "InvalidBucketName"


def test_the_suffix_of_directory_buckets_is_reserved() -> None:
    # botocore opens a session for such a name before it creates anything, so no CreateBucket reaches the wire.
    assert bucket_name_problem("abc--x-s3") == "its suffix is reserved"


@pytest.mark.parametrize("name", ["abc", "a.b-c", "1.2.3", "a" * 63, "0bucket9"])
def test_a_good_bucket_name_is_accepted(client: ClientFor, name: str) -> None:
    client("s3").create_bucket(Bucket=name)


@bites("s3", "no name is ever held by another account")
def test_a_name_that_another_account_holds_cannot_be_had(aws: Embedded, client: ClientFor) -> None:
    assert code_of(lambda: client("s3").create_bucket(Bucket=SOMEBODY_ELSES_BUCKET)) == "BucketAlreadyExists"
    assert code_of(lambda: client("s3").create_bucket(Bucket=SOMEBODY_ELSES_BUCKET)) == "BucketAlreadyExists"
    aws.foreign_buckets([BUCKET])
    assert code_of(lambda: client("s3").create_bucket(Bucket=BUCKET)) == "BucketAlreadyExists"


@bites("s3", "no bucket belongs to another account")
def test_another_accounts_bucket_is_closed(client: ClientFor) -> None:
    assert code_of(lambda: client("s3").head_bucket(Bucket=SOMEBODY_ELSES_BUCKET)) == "403"
    assert code_of(lambda: client("s3").get_bucket_location(Bucket=SOMEBODY_ELSES_BUCKET)) == "AccessDenied"
    assert code_of(lambda: client("s3").put_object(Bucket=SOMEBODY_ELSES_BUCKET, Key="k", Body=b"")) == "AccessDenied"


@bites("s3", "ExpectedBucketOwner is ignored")
def test_the_wrong_expected_owner_is_refused_and_the_right_one_is_not(s3: Any) -> None:
    stranger, own = "999999999999", "123456789012"
    assert code_of(lambda: s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=stranger)) == "403"
    put = {"Bucket": BUCKET, "Key": "k", "Body": b"x"}
    assert code_of(lambda: s3.put_object(**put, ExpectedBucketOwner=stranger)) == "AccessDenied"
    assert code_of(lambda: s3.get_bucket_location(Bucket="not-there", ExpectedBucketOwner=stranger)) == "NoSuchBucket"
    s3.put_object(**put, ExpectedBucketOwner=own)


@bites("s3", "any text is accepted as a bucket policy, also one about another bucket or an unknown principal")
@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "{}",
        '{"Version": "2012-10-17", "Statement": []}',
        tls_only("other-bucket"),
        tls_only(Principal=None),
        tls_only(Action="sqs:SendMessage"),
        tls_only(Effect="Refuse"),
        tls_only(Principal={"AWS": "arn:aws:iam::123456789012:role/not-there"}),
        tls_only(Principal={"Service": "nobody"}),
        tls_only().replace("2012-10-17", "2012-10-18"),
    ],
)
def test_a_malformed_bucket_policy_is_refused(s3: Any, policy: str) -> None:
    assert code_of(lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)) == "MalformedPolicy"


@bites("s3", "a public policy is accepted although BlockPublicPolicy is on")
def test_a_public_policy_is_refused_until_it_is_allowed(s3: Any) -> None:
    public = tls_only(Effect="Allow", Action="s3:GetObject", Condition=None)
    public = public.replace(', "Condition": null', "")
    assert code_of(lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=public)) == "AccessDenied"
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=public)


def test_a_tls_only_policy_leaves_object_calls_alone(s3: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=tls_only())
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"
    assert s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}]})["Deleted"] == [{"Key": "k"}]
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"] is False


def test_a_policy_that_denies_without_condition_still_denies(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=tls_only(Condition={}))
    assert code_of(lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")) == "403"


@bites(
    "s3",
    "tags given at creation are dropped; a new bucket has no public access block, encryption or ownership",
)
def test_a_new_bucket_has_its_tags_and_starts_as_buckets_start_since_2023(client: ClientFor) -> None:
    tags = [{"Key": "karet:stack", "Value": "karet"}, {"Key": "karet:id", "Value": "s3.bucket"}]
    for region, more in (("us-east-1", {}), ("eu-west-1", {"LocationConstraint": "eu-west-1"})):
        s3, name = client("s3", region), f"karet-{region}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={**more, "Tags": tags})
        assert sorted(s3.get_bucket_tagging(Bucket=name)["TagSet"], key=str) == sorted(tags, key=str)
        assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
        assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_repeated_create_leaves_later_settings_alone(s3: Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET)
    assert code_of(lambda: s3.get_public_access_block(Bucket=BUCKET)) == "NoSuchPublicAccessBlockConfiguration"


@bites("s3", "a bucket is left without any encryption")
def test_deleting_the_encryption_brings_the_default_back(s3: Any) -> None:
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]


@bites(
    "s3",
    "metrics configurations are accepted and lost: reading one",
    "metrics configurations are accepted and lost: putting one",
    "metrics configurations are accepted and lost: answering one",
    "metrics configurations are accepted and lost: listing them",
    "metrics configurations are accepted and lost: deleting one",
)
def test_metrics_configurations_are_kept_listed_and_deleted(s3: Any) -> None:
    wanted = {"Id": "all", "Filter": {"Prefix": "pipelines/"}}
    which = {"Bucket": BUCKET, "Id": "all"}
    assert code_of(lambda: s3.get_bucket_metrics_configuration(**which)) == "NoSuchConfiguration"
    s3.put_bucket_metrics_configuration(**which, MetricsConfiguration=wanted)
    s3.put_bucket_metrics_configuration(**which, MetricsConfiguration=wanted)
    assert s3.list_bucket_metrics_configurations(Bucket=BUCKET)["MetricsConfigurationList"] == [wanted]
    assert s3.get_bucket_metrics_configuration(**which)["MetricsConfiguration"] == wanted
    s3.delete_bucket_metrics_configuration(**which)
    assert "MetricsConfigurationList" not in s3.list_bucket_metrics_configurations(Bucket=BUCKET)
    assert code_of(lambda: s3.get_bucket_metrics_configuration(Bucket="not-there", Id="all")) == "NoSuchBucket"


@pytest.mark.parametrize(
    ("region", "constraint", "code"),
    [
        ("eu-west-1", None, "IllegalLocationConstraintException"),
        ("eu-west-1", "us-west-2", "IllegalLocationConstraintException"),
        ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
    ],
)
def test_a_wrong_location_constraint_is_refused(
    client: ClientFor, region: str, constraint: str | None, code: str
) -> None:
    more = {"CreateBucketConfiguration": {"LocationConstraint": constraint}} if constraint else {}
    assert code_of(lambda: client("s3", region).create_bucket(Bucket="karet", **more)) == code


def test_a_bucket_with_versions_or_delete_markers_is_not_empty(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    marker = s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"]
    version = s3.list_object_versions(Bucket=BUCKET)["Versions"][0]["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId=version)
    assert code_of(lambda: s3.delete_bucket(Bucket=BUCKET)) == "BucketNotEmpty"
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId=marker)
    s3.delete_bucket(Bucket=BUCKET)
