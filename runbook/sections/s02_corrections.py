"""Where section 2 does something other than the source document, about the bucket, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="2.1",
        document="Creates the bucket without a location constraint.",
        runbook="Sends the region as location constraint, except in us-east-1, where it sends none.",
        reason=(
            "Elsewhere the call is refused without it (IllegalLocationConstraintException), and in us-east-1 it is "
            "refused with it (InvalidLocationConstraint)."
        ),
        source="AWS docs: S3 CreateBucket; moto 5.2.5, probed",
    ),
    Correction(
        number="2.2",
        document="Trusts that the bucket with the right name is the right bucket.",
        runbook="Names the expected owner in every call on the bucket after its creation.",
        reason=(
            "Names are shared by all accounts and this one can be guessed; somebody else may have taken it to receive "
            "your files."
        ),
        source="AWS docs: Verifying bucket ownership with bucket owner condition",
    ),
    Correction(
        number="2.3",
        document="Uploads right after switching versioning on.",
        runbook="Reads the object back and asks again within bounds before a missing object counts as missing.",
        reason=(
            "AWS recommends fifteen minutes of patience after the first switch; until then reads may answer that a "
            "key does not exist."
        ),
        source="botocore 1.44 service model, s3 PutBucketVersioning",
    ),
    Correction(
        number="2.4",
        document="Copies the config over whatever is there.",
        runbook=(
            "Uploads it only if the key is absent, in one conditional call, after section 1 has found the file on "
            "your machine."
        ),
        reason="Running the step again would replace a config that is in use.",
        source="botocore 1.44 service model, s3 PutObject IfNoneMatch",
    ),
    Correction(
        number="2.5",
        document="Puts the config at one fixed key.",
        runbook="Takes the key from pipeline.key; the default is the key of the document.",
        reason="Public builds read pipelines/<pipeline>/pipeline.json and never look at the key of the document.",
        source="public sources of karet and karet-worker, seen 2026-06",
    ),
    Correction(
        number="2.6",
        document="Leaves plain HTTP possible.",
        runbook="Adds a bucket policy that refuses every request without TLS.",
        reason=(
            "Credentials and data must not cross a network in the clear; the policy only refuses, so the public "
            "access block accepts it."
        ),
        source="AWS docs: Security best practices for Amazon S3",
    ),
    Correction(
        number="2.7",
        document="Switches versioning on and sets no limit.",
        runbook=(
            "Adds a lifecycle: old versions expire, so do delete markers without versions, and unfinished uploads are "
            "aborted."
        ),
        reason="The worker overwrites and deletes its output; every old version would be stored and billed for ever.",
        source="AWS docs: Managing the lifecycle of objects",
    ),
)
