"""Section 2, S3 bucket: one private, versioned bucket for uploads, pipeline config and Parquet output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from runbook.kinds.kind import Owner
from runbook.kinds.s3 import Bucket
from runbook.kinds.s3_object import SeedObject
from runbook.kinds.s3_policy import BucketPolicy
from runbook.model import Check, File, Finding, Known, ReadOnlyAws, Resource, Section, ref
from runbook.sections.s02_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import Deployment

BUCKET = "s3.bucket"


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The bucket, its TLS-only policy, and the pipeline config if the bucket has none."""
    owner = Owner(deployment.stack, 2, region=deployment.region, tags=deployment.tags)
    account = deployment.account or ""
    arn = ref(BUCKET, "arn")
    file, missing = _config(Path(deployment.pipeline.file))
    return (
        Bucket(
            id=BUCKET,
            owner=owner,
            name=deployment.bucket(account),
            account=account,
            region=deployment.region,
            noncurrent_days=deployment.storage.noncurrent_days,
            unfinished_upload_days=deployment.storage.unfinished_upload_days,
        ),
        BucketPolicy(
            id="s3.policy",
            owner=owner,
            bucket=ref(BUCKET, "name"),
            account=account,
            statements=(
                {
                    "Sid": "KaretTlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
        ),
        SeedObject(
            id="s3.config",
            owner=owner,
            bucket=ref(BUCKET, "name"),
            bucket_arn=arn,
            account=account,
            key=deployment.pipeline.key,
            file=file,
            missing=missing,
            after=("s3.policy",),
        ),
    )


def _config(path: Path) -> tuple[File | None, str]:
    """The pipeline config on this machine, or why there is none to upload."""
    way = "Set pipeline.file in karet.toml to your pipeline config"
    try:
        json.loads(path.read_text())
        return File.of(path), ""
    except FileNotFoundError:
        return None, f"the pipeline config {path} does not exist. {way}."
    except OSError as error:
        return None, f"the pipeline config {path} cannot be read: {error.strerror}. {way}."
    except ValueError as error:
        return None, f"the pipeline config {path} is no JSON: {error}. Correct the file, or {way[0].lower()}{way[1:]}."


# -- checks ----------------------------------------------------------------------------------------------------------


def _encrypted(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    answer = aws.find(
        "s3",
        "GetBucketEncryption",
        ("ServerSideEncryptionConfigurationNotFoundError",),
        **_bucket(deployment),
    )
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    kinds = [rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "") for rule in rules]
    if any(kinds):
        return Finding("passed", f"new objects are encrypted with {', '.join(kinds)}")
    return Finding("failed", "the bucket has no default encryption", "Set default encryption in the S3 console.")


def _no_acls(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    answer = aws.find("s3", "GetBucketOwnershipControls", ("OwnershipControlsNotFoundError",), **_bucket(deployment))
    rules = (answer or {}).get("OwnershipControls", {}).get("Rules", [])
    found = ", ".join(rule["ObjectOwnership"] for rule in rules) or "not set"
    if found == "BucketOwnerEnforced":
        return Finding("passed", "object ownership is BucketOwnerEnforced, so access control lists have no effect")
    return Finding("failed", f"object ownership is {found}", "Set Object Ownership to 'Bucket owner enforced'.")


def _not_public(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    answer = aws.find("s3", "GetBucketPolicyStatus", ("NoSuchBucketPolicy",), **_bucket(deployment))
    public = (answer or {}).get("PolicyStatus", {}).get("IsPublic", False)
    if not public:
        return Finding("passed", "S3 itself judges the bucket policy as not public")
    return Finding("failed", "S3 judges the bucket policy as public", "Remove the statement that opens it.")


def _config_is_json(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    key = deployment.pipeline.key
    answer = aws.find("s3", "GetObject", ("NoSuchKey", "NoSuchBucket", "404"), Key=key, **_bucket(deployment))
    if answer is None:
        return Finding("failed", f"there is no object {key}", "Run `karet apply 2`; it puts the config once.")
    try:
        json.loads(answer["Body"])
    except ValueError as error:
        return Finding("failed", f"{key} is no JSON: {error}", "Upload a correct file; both services read it.")
    return Finding("passed", f"{key} is JSON, {len(answer['Body'])} bytes")


def _bucket(deployment: Deployment) -> dict[str, str]:
    account = deployment.account or ""
    return {"Bucket": deployment.bucket(account), "ExpectedBucketOwner": account}


def checks(deployment: Deployment) -> Sequence[Check]:
    """What AWS gives new buckets by default is verified, not assumed; and the config can be read."""
    return (
        Check("s3.encrypted", "New objects are encrypted by default", partial(_encrypted, deployment)),
        Check("s3.no-acls", "Access control lists have no effect", partial(_no_acls, deployment)),
        Check(
            "s3.not-public",
            "The bucket policy opens nothing to the public",
            partial(_not_public, deployment),
            not_rehearsed="the embedded AWS does not judge bucket policies",
        ),
        Check("s3.config-is-json", "The pipeline config is there and is JSON", partial(_config_is_json, deployment)),
    )


SECTION = Section(
    number=2,
    name="s3",
    title="S3 bucket",
    text=read_text("s02_s3"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(29, 41),
)
