"""What was applied, what differs from it, and which differences a live stack cannot take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from runbook.settings.deployment import Deployment
from runbook.settings.fields import FixedSetting


@dataclass(frozen=True)
class Difference:
    """One setting with two values; None where a side does not have it."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class FixedChange:
    """A fixed setting that is no longer what was applied."""

    key: str
    applied: Any
    now: Any
    reason: str
    way: str


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its dotted key, groups opened up, in the order of declaration."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields_of(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def about(field: FieldInfo) -> Mapping[str, Any]:
    """What `setting` recorded beside a field."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


@cache
def fixed_settings() -> Mapping[str, FixedSetting]:
    """The settings that cannot change on a live stack, by dotted key."""
    found = {key: about(field).get("fixed") for key, field in fields_of(Deployment)}
    return MappingProxyType({key: fixed for key, fixed in found.items() if isinstance(fixed, FixedSetting)})


def applied_settings(deployment: Deployment) -> dict[str, Any]:
    """The settings as they are kept in the account: plain JSON, nested as in karet.toml, without secrets.

    What only matters on the operator's machine is left out. The bucket's name and the subnets are the effective
    ones, so that writing a default into the file is no change.
    """
    values: dict[str, Any] = deployment.model_dump(mode="json")
    for key, field in fields_of(Deployment):
        if about(field).get("local"):
            *path, last = key.split(".")
            inner = values
            for part in path:
                inner = inner[part]
            del inner[last]
    if deployment.account:
        values["storage"]["name"] = deployment.bucket(deployment.account)
    values["vpc"]["public_subnets"] = list(deployment.public_subnets)
    values["vpc"]["private_subnets"] = list(deployment.private_subnets)
    return {key: value for key, value in values.items() if value != {} or key == "tags"}


def applied_text(deployment: Deployment) -> str:
    """The applied settings as one canonical line of JSON: equal settings give equal text."""
    return json.dumps(applied_settings(deployment), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What differs between two results of `applied_settings`, by dotted key and sorted."""
    left, right = dict(_flat(before)), dict(_flat(after))
    return [
        Difference(key, left.get(key), right.get(key))
        for key in sorted({*left, *right})
        if left.get(key) != right.get(key)
    ]


def changed_fixed(applied: Mapping[str, Any], now: Deployment) -> list[FixedChange]:
    """The fixed settings that differ from what was applied.

    A subnet more or less is a change of zones and allowed; a subnet with another CIDR is not. A bucket name that one
    side does not know yet, because the account is not known, says nothing.
    """
    current = dict(_flat(applied_settings(now)))
    found = []
    for key, value in _flat(applied):
        fixed = fixed_settings().get(key)
        if fixed is None or key not in current or not _differs(key, value, current[key]):
            continue
        found.append(FixedChange(key, value, current[key], fixed.reason, fixed.way))
    return found


def _differs(key: str, applied: Any, now: Any) -> bool:
    if key == "storage.name":
        return None not in (applied, now) and applied != now
    if isinstance(applied, list) and isinstance(now, list):
        return any(one != other for one, other in zip(applied, now, strict=False))
    return bool(applied != now)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
