"""S3: the statements of ours in a bucket's policy; other statements are somebody else's and stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runbook.kinds.kind import Kind
from runbook.kinds.policy import document, normalised
from runbook.model import Call, CfnPart, Json, Keep, Known, ReadOnlyAws, State

_NO_POLICY = ("NoSuchBucketPolicy", "NoSuchBucket")
_OUR_SIDS = "Karet"
"""Prefix of the Sids of our own statements."""


@dataclass(frozen=True, kw_only=True)
class BucketPolicy(Kind):
    """Our statements in the policy of a bucket.

    Parameters
    ----------
    bucket: name of the bucket, usually a reference.
    statements: each with a Sid that begins with `Karet`.
    """

    bucket: str
    account: str
    statements: Sequence[Mapping[str, Any]]
    keep: Keep = "data"

    def settings(self) -> Mapping[str, Any]:
        """Our statements, in one form."""
        return {"statements": normalised(document(self.statements))["Statement"]}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Our statements as they stand in the bucket's policy."""
        name = known.value(self.bucket)
        at = {"Bucket": name, "ExpectedBucketOwner": self.account}
        answer = aws.find("s3", "GetBucketPolicy", _NO_POLICY, **at)
        statements = normalised(json.loads(answer["Policy"]))["Statement"] if answer else []
        ours = [one for one in statements if str(one.get("Sid", "")).startswith(_OUR_SIDS)]
        foreign = [one for one in statements if one not in ours]
        told = tuple(f"policy statement {one.get('Sid', 'without Sid')}" for one in foreign)
        kept = {"foreign_statements": foreign, "owner": self.account}
        if not ours:
            return State("absent", settings=kept, foreign=told)
        return State("ready", settings={"statements": ours, **kept}, name=str(name), foreign=told)

    def create(self, state: State) -> list[Call]:
        """The whole policy: theirs and ours, because the call replaces all of it."""
        whole = document([*state.settings.get("foreign_statements", ()), *self.statements])
        at = {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}
        return [Call("s3", "PutBucketPolicy", {**at, "Policy": Json(whole)})]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """As when it is made."""
        return self.create(state)

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Take our statements out; the policy itself goes when nothing else is in it."""
        at = {"Bucket": state.name, "ExpectedBucketOwner": state.settings["owner"]}
        foreign = state.settings.get("foreign_statements", [])
        if foreign:
            return [Call("s3", "PutBucketPolicy", {**at, "Policy": Json(document(foreign))})]
        return [Call("s3", "DeleteBucketPolicy", at, done=_NO_POLICY)]

    def cloudformation(self) -> CfnPart:
        """AWS::S3::BucketPolicy."""
        return CfnPart(
            "AWS::S3::BucketPolicy",
            {"Bucket": self.bucket, "PolicyDocument": document(self.statements)},
            deletion_policy="Retain",
        )
