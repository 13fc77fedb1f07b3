"""S3: whether two entries of a notification cover the same event of the same key, which S3 refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether some event of some key would be reported by both.

    Source
    ------
    AWS docs: Amazon S3 user guide, Configuring event notifications using object key name filtering, seen 2026-11-23:
    neither overlapping prefixes, nor overlapping suffixes, nor the combination, for the same type of event.
    """
    prefix, suffix = _rules(one)
    other_prefix, other_suffix = _rules(other)
    return (
        any(_same_event(mine, theirs) for mine in one.get("Events", ()) for theirs in other.get("Events", ()))
        and (prefix.startswith(other_prefix) or other_prefix.startswith(prefix))
        and (suffix.endswith(other_suffix) or other_suffix.endswith(suffix))
    )


def _rules(entry: Mapping[str, Any]) -> tuple[str, str]:
    listed = ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    rules = {str(rule.get("Name", "")).lower(): str(rule.get("Value") or "") for rule in listed}
    return rules.get("prefix", ""), rules.get("suffix", "")


def _same_event(one: str, other: str) -> bool:
    """Whether an event, or a family of events such as `s3:ObjectCreated:*`, is or holds the other."""
    if one == other:
        return True
    family, member = sorted((one, other), key=lambda event: not event.endswith("*"))
    return family.endswith("*") and member.startswith(family[:-1])
