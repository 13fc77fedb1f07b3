"""S3: a small file that goes the whole way of an upload, what was seen of it, and its removal in all versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import Kind, Loop
from runbook.kinds.s3 import bucket_arn
from runbook.kinds.s3_probe_watch import UPLOAD_LOOPS, versions_in
from runbook.kinds.ssm import PROVEN, found_parameter, may_put, parameters_of
from runbook.model import Call, Json, Keep, Known, Permission, ReadOnlyAws, State

FILE_NAME = "_karet-probe-"
"""What the file's name begins with; the poller writes the ETag of such files into its log."""

_GONE = ("NoSuchBucket", "404")


@dataclass(frozen=True, kw_only=True)
class UploadProbe(Kind):
    """A file put where uploads are reported from, waited for until the poller says that the worker dealt with it.

    What was seen is kept in a parameter, with what the way depends on: another bucket, queue, path or image is another
    way, which has to be proven anew.

    Parameters
    ----------
    name: path of the parameter.
    bucket, key: where the file is put; queue and dead_letters: URLs; log_group: where the poller writes.
    dead_letters_arn: for the permission to count them.
    wiring: everything else that the way depends on.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    bucket: str
    key: str
    queue: str
    dead_letters: str
    dead_letters_arn: str
    log_group: str
    wiring: Mapping[str, Any]
    keep: Keep = "along"

    typical_s: ClassVar[float] = 330.0
    immutable: ClassVar[frozenset[str]] = frozenset({"wiring"})
    one_at_a_time: ClassVar[bool] = True
    loops: ClassVar[Mapping[str, Loop]] = UPLOAD_LOOPS

    def settings(self) -> Mapping[str, Any]:
        """What the way depends on."""
        return {"wiring": {"bucket": self.bucket, "key": self.key, "queue": self.queue, **self.wiring}}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """What was proven, or a file that a run left which was cut off, or neither."""
        proven = _proven(found_parameter(aws, self.name), self.account)
        bucket = known.value(self.bucket) if self.bucket else ""
        if proven.exists or not bucket or not isinstance(bucket, str):
            return proven
        key = known.value(self.key)
        at = {"Bucket": bucket, "ExpectedBucketOwner": self.account, "Prefix": key}
        answer = aws.find("s3", "ListObjectVersions", _GONE, **at) or {}
        if not [one for one in versions_in(answer) if one["Key"] == key]:
            return proven
        kept = {"bucket": bucket, "key": key, "owner": self.account, "partition": aws.partition, "parameter": ""}
        return State("failed", settings=kept, name=key, reason="a probe was cut off and left its file")

    def create(self, state: State) -> list[Call]:
        """The probe, and the parameter with what it saw."""
        objects = f"{bucket_arn(self.partition, self.bucket)}/{self.key}"
        logs = self._arn("logs", f"log-group:{self.log_group}:*")
        probe = Call(
            "probe",
            "SendUpload",
            {
                "Bucket": self.bucket,
                "ExpectedBucketOwner": self.account,
                "Key": self.key,
                "LogGroup": self.log_group,
                "DeadLetters": self.dead_letters,
            },
            keep={"seen": "seen", "at": "at", "seconds": "seconds"},
            permissions=(
                Permission("s3:PutObject", objects),
                Permission("s3:GetObject", objects),
                *_removing(self.partition, self.bucket, self.key),
                Permission("sqs:GetQueueAttributes", self.dead_letters_arn),
                Permission("logs:FilterLogEvents", logs),
            ),
        )
        parameter = self._arn("ssm", f"parameter/{self.name.lstrip('/')}")
        own = {what: f"${{{self.id}.{what}}}" for what in ("seen", "at", "seconds")}
        keep = Call(
            "ssm",
            "PutParameter",
            {
                "Name": self.name,
                "Description": f"What section {self.section} saw of a file of its own on the way to the worker",
                "Type": "String",
                "Tier": "Intelligent-Tiering",
                "Value": Json({**self.settings(), **own}),
                "Tags": self.tag_list(),
            },
            on=parameter,
            permissions=may_put(parameter),
        )
        return [probe, keep]

    def _arn(self, service: str, what: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{what}"

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        params = {"ResourceType": "Parameter", "ResourceId": self.name, "Tags": self.tag_list()}
        return [Call("ssm", "AddTagsToResource", params, on=state.outputs["arn"])]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """The file in all versions, if a run left it, and what was seen."""
        kept = state.settings
        calls = []
        if kept.get("bucket"):
            at = {"Bucket": kept["bucket"], "ExpectedBucketOwner": kept["owner"], "Key": kept["key"]}
            permissions = _removing(kept["partition"], kept["bucket"], kept["key"])
            calls.append(Call("bulk", "RemoveVersions", at, permissions=permissions, done=_GONE))
        if kept.get("parameter"):
            gone = ("ParameterNotFound",)
            name = kept["parameter"]
            calls.append(Call("ssm", "DeleteParameter", {"Name": name}, on=state.outputs["arn"], done=gone))
        return calls

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """What probes of the stack have proven."""
        for one in parameters_of(aws, stack, lambda name: name.startswith(f"/{stack}/{PROVEN}/")):
            yield _proven(one, aws.account)


def _proven(parameter: State, account: str) -> State:
    """What a parameter tells about a probe; a text that is no evidence proves nothing, and is replaced."""
    if not parameter.exists:
        return parameter
    document = parameter.settings["document"]
    told = document if isinstance(document, Mapping) else {}
    wiring = told.get("wiring")
    at = wiring if isinstance(wiring, Mapping) else {}
    arn = parameter.outputs["arn"]
    kept = {
        "wiring": wiring,
        "bucket": at.get("bucket", ""),
        "key": at.get("key", ""),
        "owner": account,
        "partition": arn.split(":")[1],
        "parameter": parameter.name,
    }
    seen = {name: str(told.get(name, "")) for name in ("seen", "at", "seconds")}
    outputs = {"name": parameter.name, "arn": arn, **seen}
    return State(parameter.status, settings=kept, outputs=outputs, name=parameter.name, tags=parameter.tags)


def _removing(partition: str, bucket: str, key: str) -> tuple[Permission, ...]:
    whole = bucket_arn(partition, bucket)
    return Permission("s3:ListBucketVersions", whole), Permission("s3:DeleteObjectVersion", f"{whole}/{key}")
