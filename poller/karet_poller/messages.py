"""What stands in a message: uploads that S3 reports, its test message, or something that nobody can use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

CREATED = "ObjectCreated:"


PROBE = "_karet-probe-"
"""What the file names of the runbook's own uploads begin with; it looks for them in the log, by their ETag."""


class BrokenMessageError(ValueError):
    """The message is nothing that S3 would write."""


@dataclass(frozen=True)
class Message:
    """One message as it is held.

    Parameters
    ----------
    receipt: what SQS wants to hear when it is extended or deleted; new with every receive.
    receives: how often it has been received, this time included.
    """

    id: str
    receipt: str
    receives: int
    records: tuple[Mapping[str, Any], ...] = ()
    keys: tuple[str, ...] = ()


def uploads(body: str) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """The records of created objects in a message and their keys, decoded; empty for S3's test message.

    Raises
    ------
    BrokenMessageError: it is no JSON, or not in the shape that S3 writes.

    Source
    ------
    AWS docs: Amazon S3 user guide, Event message structure: keys are URL-encoded with plus for a space, names of
    events come without `s3:`; S3-compatible servers write it.
    """
    try:
        whole = json.loads(body)
    except ValueError:
        raise BrokenMessageError("is no JSON") from None
    if not isinstance(whole, dict):
        raise BrokenMessageError("is no JSON object")
    if whole.get("Event") == "s3:TestEvent":
        return (), ()
    records = whole.get("Records")
    if not isinstance(records, list) or not records:
        raise BrokenMessageError("has no records")
    kept = [one for one in records if _event(one).removeprefix("s3:").startswith(CREATED)]
    return tuple(kept), tuple(_key(one) for one in kept)


def _event(record: Any) -> str:
    if not isinstance(record, dict) or not isinstance(record.get("eventName"), str):
        raise BrokenMessageError("has a record without eventName")
    return str(record["eventName"])


def _key(record: Mapping[str, Any]) -> str:
    try:
        key = record["s3"]["object"]["key"]
    except (KeyError, TypeError):
        key = None
    if not isinstance(key, str) or not key:
        raise BrokenMessageError("has a record without a key")
    return unquote_plus(key)


def probed(messages: Sequence[Message]) -> dict[str, str]:
    """Which of the runbook's own uploads is among these messages, as a fact for the log; nothing for all others."""
    for message in messages:
        for record, key in zip(message.records, message.keys, strict=True):
            tag = record["s3"]["object"].get("eTag")
            if key.rpartition("/")[2].startswith(PROBE) and isinstance(tag, str):
                return {"probe": tag}
    return {}
