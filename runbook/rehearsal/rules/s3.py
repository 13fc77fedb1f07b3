"""Amazon S3: names, owners, what a new bucket starts with, and what a bucket policy may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.s3.models import PublicAccessBlock
from moto.s3.utils import bucket_policy_is_public

from runbook.rehearsal.rules.bucket_names import bucket_name_problem
from runbook.rehearsal.rules.policy_documents import (
    caller_exists,
    invalid_principal,
    parsed,
    shape_problem,
    statements_of,
    texts_of,
)
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}

METRICS = "rehearsal_metrics"
"""Attribute on moto's bucket that holds its metrics configurations, so that they go when the bucket goes."""

DEFAULTS_SET = "rehearsal_defaults_set"
"""Attribute on moto's bucket: a repeated create in us-east-1 succeeds and must not put the defaults back."""


def _name(call: WireCall) -> str:
    return str(call.params.get("Bucket", ""))


def _invalid_name(call: WireCall, _: World) -> str | None:
    problem = bucket_name_problem(_name(call))
    return f"The specified bucket is not valid: {problem}" if problem else None


def _foreign_on_create(call: WireCall, world: World) -> str | None:
    if _name(call) not in world.foreign_buckets:
        return None
    return (
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again."
    )


def _foreign(call: WireCall, world: World) -> str | None:
    return "Access Denied" if call.operation != "CreateBucket" and _name(call) in world.foreign_buckets else None


def _other_owner(call: WireCall, world: World) -> str | None:
    expected = call.params.get("ExpectedBucketOwner")
    if expected is None or expected == world.account_id or world.bucket(_name(call)) is None:
        return None
    return "Access Denied"


def _policy_problem(call: WireCall, world: World) -> str | None:
    document = parsed(_policy(call))
    problem = shape_problem(document, required=("Principal", "Action", "Resource"))
    if problem is not None:
        return problem
    statements = statements_of(document) or []
    stranger = invalid_principal(statements, caller_exists(world.backend("iam", call.region), world.account_id))
    if stranger is not None:
        return f"Invalid principal in policy: {stranger}"
    for statement in statements:
        for resource in texts_of(statement.get("Resource")):
            path = resource.rpartition(":::")[2]
            if path != _name(call) and not path.startswith(f"{_name(call)}/"):
                return "Policy has invalid resource"
        for action in texts_of(statement.get("Action")):
            if action != "*" and not action.lower().startswith("s3:"):
                return "Policy has invalid action"
    return None


def _policy(call: WireCall) -> str:
    policy = call.params.get("Policy", "")
    return policy.decode("utf-8", "replace") if isinstance(policy, bytes) else str(policy)


def _public_policy(call: WireCall, world: World) -> str | None:
    bucket = world.bucket(_name(call))
    block = getattr(bucket, "public_access_block", None)
    if block is None or not block.block_public_policy or not bucket_policy_is_public(_policy(call)):
        return None
    return "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked on this bucket"


def _new_bucket(call: WireCall, world: World) -> None:
    bucket = world.bucket(_name(call))
    if bucket is None or getattr(bucket, DEFAULTS_SET, False):
        return
    setattr(bucket, DEFAULTS_SET, True)
    bucket.encryption = dict(SSE_S3)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = str(call.params.get("ObjectOwnership", "BucketOwnerEnforced"))
    tags = (call.params.get("CreateBucketConfiguration") or {}).get("Tags") or []
    if tags:
        world.backend("s3", call.region).put_bucket_tagging(bucket.name, {tag["Key"]: tag["Value"] for tag in tags})


def _default_encryption(call: WireCall, world: World) -> None:
    bucket = world.bucket(_name(call))
    if bucket is not None:
        bucket.encryption = dict(SSE_S3)


def _metrics_of(call: WireCall, world: World) -> dict[str, Any] | None:
    bucket = world.bucket(_name(call))
    if bucket is None:
        return None
    with world.lock:
        kept: dict[str, Any] = bucket.__dict__.setdefault(METRICS, {})
    return kept


def _put_metrics(call: WireCall, world: World) -> Mapping[str, Any] | None:
    kept = _metrics_of(call, world)
    if kept is None:
        return None
    kept[str(call.params["Id"])] = call.params["MetricsConfiguration"]
    return {}


def _list_metrics(call: WireCall, world: World) -> Mapping[str, Any] | None:
    kept = _metrics_of(call, world)
    if kept is None:
        return None
    return {"IsTruncated": False, "MetricsConfigurationList": [kept[name] for name in sorted(kept)]}


def _delete_metrics(call: WireCall, world: World) -> Mapping[str, Any] | None:
    kept = _metrics_of(call, world)
    if kept is None:
        return None
    kept.pop(str(call.params["Id"]), None)
    return {}


def _no_metrics(call: WireCall, world: World) -> str | None:
    kept = _metrics_of(call, world)
    if kept is None or call.params.get("Id") in kept:
        return None
    return "The specified configuration does not exist."


def _get_metrics(call: WireCall, world: World) -> Mapping[str, Any] | None:
    kept = _metrics_of(call, world)
    return None if kept is None else {"MetricsConfiguration": kept[str(call.params["Id"])]}


S3_RULES: tuple[Rule, ...] = (
    Rule(
        service="s3",
        operations=("CreateBucket",),
        code="InvalidBucketName",
        gap="an invalid bucket name is accepted",
        source="AWS docs: Amazon S3 user guide, general purpose bucket naming rules, seen 2026-11-23",
        refuse=_invalid_name,
    ),
    Rule(
        service="s3",
        operations=("CreateBucket",),
        code="BucketAlreadyExists",
        status=409,
        gap="no name is ever held by another account",
        source="botocore 1.44 service model: s3 CreateBucket, error BucketAlreadyExists",
        refuse=_foreign_on_create,
    ),
    Rule(
        service="s3",
        operations=("*",),
        code="AccessDenied",
        status=403,
        gap="no bucket belongs to another account",
        source="AWS docs: Amazon S3 API reference, HeadBucket (403 without permission)",
        refuse=_foreign,
    ),
    Rule(
        service="s3",
        operations=("*",),
        code="AccessDenied",
        status=403,
        gap="ExpectedBucketOwner is ignored",
        source="AWS docs: Amazon S3 user guide, verifying bucket ownership with bucket owner condition",
        refuse=_other_owner,
    ),
    Rule(
        service="s3",
        operations=("PutBucketPolicy",),
        code="MalformedPolicy",
        gap="any text is accepted as a bucket policy, also one about another bucket or an unknown principal",
        source="AWS docs: Amazon S3 API reference, error responses (MalformedPolicy)",
        refuse=_policy_problem,
    ),
    Rule(
        service="s3",
        operations=("PutBucketPolicy",),
        code="AccessDenied",
        status=403,
        gap="a public policy is accepted although BlockPublicPolicy is on",
        source="AWS docs: Amazon S3 user guide, blocking public access (BlockPublicPolicy)",
        refuse=_public_policy,
    ),
    Rule(
        service="s3",
        operations=("CreateBucket",),
        gap="tags given at creation are dropped; a new bucket has no public access block, encryption or ownership",
        source=(
            "AWS docs: Amazon S3 user guide, default encryption (since 2023-01-05), default Block Public Access and "
            "Object Ownership (since 2023-04); botocore 1.44: CreateBucketConfiguration.Tags"
        ),
        complete=_new_bucket,
    ),
    Rule(
        service="s3",
        operations=("DeleteBucketEncryption",),
        gap="a bucket is left without any encryption",
        source="AWS docs: Amazon S3 API reference, DeleteBucketEncryption (resets to SSE-S3)",
        complete=_default_encryption,
    ),
    Rule(
        service="s3",
        operations=("GetBucketMetricsConfiguration",),
        code="NoSuchConfiguration",
        status=404,
        gap="metrics configurations are accepted and lost: reading one",
        source="AWS docs: Amazon S3 API reference, error responses (NoSuchConfiguration)",
        refuse=_no_metrics,
    ),
    Rule(
        service="s3",
        operations=("PutBucketMetricsConfiguration",),
        gap="metrics configurations are accepted and lost: putting one",
        source="botocore 1.44 service model: s3 PutBucketMetricsConfiguration",
        reply=_put_metrics,
    ),
    Rule(
        service="s3",
        operations=("GetBucketMetricsConfiguration",),
        gap="metrics configurations are accepted and lost: answering one",
        source="botocore 1.44 service model: s3 GetBucketMetricsConfiguration",
        reply=_get_metrics,
    ),
    Rule(
        service="s3",
        operations=("ListBucketMetricsConfigurations",),
        gap="metrics configurations are accepted and lost: listing them",
        source="botocore 1.44 service model: s3 ListBucketMetricsConfigurations",
        reply=_list_metrics,
    ),
    Rule(
        service="s3",
        operations=("DeleteBucketMetricsConfiguration",),
        gap="metrics configurations are accepted and lost: deleting one",
        source="botocore 1.44 service model: s3 DeleteBucketMetricsConfiguration",
        reply=_delete_metrics,
    ),
)
