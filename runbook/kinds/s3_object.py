"""S3: an object that is put once and never overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from runbook.kinds.kind import Kind
from runbook.model import Call, Change, File, Keep, Known, Permission, ReadOnlyAws, State

_NOT_THERE = ("404", "NoSuchKey", "NoSuchBucket")


@dataclass(frozen=True, kw_only=True)
class SeedObject(Kind):
    """An object that must exist and belongs to its users from then on: another content is shown, never changed.

    Parameters
    ----------
    bucket: name of the bucket, usually a reference.
    bucket_arn: its ARN, for the permissions.
    file: what to put when there is nothing.
    missing: why there is no file to put; the plan stops with it when one is needed.
    """

    bucket: str
    bucket_arn: str
    account: str
    key: str
    file: File | None
    missing: str = ""
    content_type: str = "application/json"
    keep: Keep = "data"

    # After versioning is first switched on, S3 may answer 404 for a new object for some minutes (botocore 1.44 service
    # model, PutBucketVersioning: up to 15).
    consistent_s: ClassVar[float] = 900.0

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Whether the object exists, and whether it is the local file."""
        at = {"Bucket": known.value(self.bucket), "ExpectedBucketOwner": self.account, "Key": self.key}
        head = aws.find("s3", "HeadObject", _NOT_THERE, **at)
        if head is None:
            return State.ABSENT
        etag = str(head.get("ETag", "")).strip('"')
        about = {"etag": etag, "size": head.get("ContentLength"), "version": head.get("VersionId", "")}
        return State(
            "ready",
            settings={**about, "owner": self.account, "bucket": at["Bucket"]},
            name=self.key,
            foreign=self._other_content(etag, about),
        )

    def _other_content(self, etag: str, about: Mapping[str, Any]) -> tuple[str, ...]:
        if self.file is None or not self.file.path:
            return ()
        # The ETag of an object put in one part is its MD5 (AWS docs: S3 API, Object).
        local = hashlib.md5(Path(self.file.path).read_bytes(), usedforsecurity=False).hexdigest()
        if local == etag:
            return ()
        theirs = f"{about['size']} bytes, ETag {etag}, version {about['version'] or 'none'}"
        ours = f"{self.file.size} bytes, MD5 {local}"
        return (
            f"{self.key} in the bucket ({theirs}) is not the local {self.file.name} ({ours}); it is in use and stays",
        )

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; without a local file it cannot be made."""
        change = super().plan(state, known)
        if change.action == "create" and self.file is None:
            return replace(change, calls=(), stop=self.missing)
        return change

    def create(self, state: State) -> list[Call]:
        """Put it if nothing is there; S3 itself refuses when something is."""
        if self.file is None:
            return []
        return [
            Call(
                "s3",
                "PutObject",
                {
                    "Bucket": self.bucket,
                    "ExpectedBucketOwner": self.account,
                    "Key": self.key,
                    "Body": self.file,
                    "ContentType": self.content_type,
                    "IfNoneMatch": "*",
                },
                keep={"etag": "ETag", "version": "VersionId"},
                permissions=(Permission("s3:PutObject", f"{self.bucket_arn}/{self.key}"),),
                done=("PreconditionFailed",),
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """A delete marker: in a versioned bucket every version stays until the bucket itself is emptied."""
        at = {"Bucket": state.settings["bucket"], "ExpectedBucketOwner": state.settings["owner"], "Key": state.name}
        return [Call("s3", "DeleteObject", at, done=_NOT_THERE)]
