"""The loops of the upload probe: put the file, wait for what the poller says about it, remove it in all versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook.errors import CancelledError, ProbeError
from runbook.kinds.kind import Loop

WITHIN_S = 600.0
"""Most that is waited for: a new notification takes about five minutes (AWS docs: Amazon S3 Event Notifications)."""
_AGAIN_EVERY_S = 120.0
"""An upload before the notification works is never reported, so the file is put again."""
_LOOK_EVERY_S = 2.0
_CLOCKS_APART = timedelta(seconds=60)

_WHERE = ("Bucket", "ExpectedBucketOwner", "Key")


def versions_in(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Versions and delete markers of one answer of ListObjectVersions."""
    return [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]


def _remove_versions(params: Mapping[str, Any], bench: Any) -> dict[str, Any]:
    """Remove every version of one key, and every delete marker."""
    where = {name: params[name] for name in ("Bucket", "ExpectedBucketOwner")}
    key, removed = params["Key"], 0
    found = versions_in(bench.read("s3", "ListObjectVersions", Prefix=key, **where))
    for one in [one for one in found if one["Key"] == key]:
        bench.page({"removed": key, "version": one["VersionId"]})
        bench.send("s3", "DeleteObject", Key=key, VersionId=one["VersionId"], **where)
        removed += 1
    return {"versions": removed}


def _send_upload(params: Mapping[str, Any], bench: Any) -> dict[str, Any]:
    """Put the file, wait for what the poller says about it, and remove it, whatever came of it."""
    where = {name: params[name] for name in _WHERE}
    _remove_versions(where, bench)
    try:
        return _Watch(params, where, bench).until_seen()
    finally:
        _remove_versions(where, bench)


class _Watch:
    """One file on its way.

    Attributes
    ----------
    refused: why the worker did not take it, as the poller last said; empty when it said nothing.
    """

    def __init__(self, params: Mapping[str, Any], where: Mapping[str, Any], bench: Any) -> None:
        self._params, self._where, self._bench = params, where, bench
        # Different bytes each time, so that its ETag is of this file and of no earlier one.
        self._body = f"probe,{bench.token}\n".encode()
        self._tag, self._put_at = "", datetime.max.replace(tzinfo=UTC)
        self.refused = ""

    def until_seen(self) -> dict[str, Any]:
        clock = self._bench.clock
        dead = self._dead()
        began = clock.monotonic()
        put_next = began
        while True:
            if clock.monotonic() >= put_next:
                self._put()
                put_next = clock.monotonic() + _AGAIN_EVERY_S
            if seen := self._seen():
                return seen
            waited = clock.monotonic() - began
            if self._dead() > dead:
                raise self._failed(f"ended as a dead letter after {waited:.0f} s")
            if waited >= WITHIN_S:
                raise self._failed(f"was not seen at the worker within {waited:.0f} s")
            if self._bench.stopped():
                raise CancelledError(f"stopped while the file {self._where['Key']} was on its way")
            clock.sleep(_LOOK_EVERY_S)

    def _put(self) -> None:
        answer = self._bench.send("s3", "PutObject", Body=self._body, ContentType="text/csv", **self._where)
        self._tag = str(answer["ETag"]).strip('"')
        about = self._bench.read("s3", "HeadObject", **self._where)
        # The first time by AWS's own clock, so that it can be compared with the times of log lines.
        self._put_at = min(self._put_at, about["LastModified"])
        self._bench.page({"put": self._where["Key"], "etag": self._tag})

    def _seen(self) -> dict[str, Any]:
        since = int((self._put_at - _CLOCKS_APART).timestamp() * 1000)
        found = self._bench.read(
            "logs",
            "FilterLogEvents",
            logGroupName=self._params["LogGroup"],
            startTime=since,
            filterPattern=f'"{self._tag}"',
        )
        for line in found["events"]:
            told = _told(line["message"])
            if told.get("probe") != self._tag:
                continue
            if told.get("event") == "done":
                return self._evidence(line["timestamp"])
            self.refused = str(told.get("why", ""))
        return {}

    def _evidence(self, at_ms: int) -> dict[str, Any]:
        seconds = max(0.0, at_ms / 1000 - self._put_at.timestamp())
        return {
            "seen": f"the poller gave {self._where['Key']} to the worker, which dealt with it without an error; the "
            "message was deleted, and none became a dead letter",
            "at": self._put_at.astimezone(UTC).isoformat(timespec="seconds"),
            "seconds": f"{seconds:.1f}",
        }

    def _dead(self) -> int:
        names = ["ApproximateNumberOfMessages"]
        url = self._params["DeadLetters"]
        answer = self._bench.read("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=names)
        return int(answer["Attributes"][names[0]])

    def _failed(self, what: str) -> ProbeError:
        why = f"; the poller said last: {self.refused}" if self.refused else ""
        return ProbeError(
            f"the file {self._where['Key']}, put into {self._where['Bucket']}, {what}{why}. It is removed again",
            hint=f"Look at the poller's lines in {self._params['LogGroup']} and at `karet verify 8`. The next apply "
            "tries once more.",
        )


def _told(message: str) -> Mapping[str, Any]:
    try:
        told = json.loads(message)
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) else {}


UPLOAD_LOOPS: Mapping[str, Loop] = {
    "SendUpload": Loop(_send_upload, (*_WHERE, "LogGroup", "DeadLetters"), ("s3:PutObject",)),
    "RemoveVersions": Loop(_remove_versions, _WHERE, ("s3:ListBucketVersions", "s3:DeleteObjectVersion")),
}
