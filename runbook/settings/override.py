"""One KEY=VALUE as a person types it: the key by TOML's rules, the value by the type of the setting it is meant for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from runbook.settings.deployment import Deployment


def number(text: str) -> Decimal:
    """A number with a point as tomllib reads it, exact."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]} is not a number") from error


def key_path(text: str) -> tuple[str, ...] | None:
    """The parts of a dotted key; None when the text is no key."""
    try:
        values: Any = tomllib.loads(f"{text} = 0")
    except (ValueError, RecursionError):
        return None
    path: list[str] = []
    while isinstance(values, dict):
        if len(values) != 1:
            return None
        ((part, values),) = values.items()
        path.append(part)
    return tuple(path)


def _wanted(key: Sequence[str]) -> object:
    """The type of the setting that a key names; None when there is none."""
    wanted: object = Deployment
    for part in key:
        if isinstance(wanted, type) and issubclass(wanted, BaseModel):
            field = wanted.model_fields.get(part)
            wanted = field.annotation if field else None
        elif get_origin(wanted) in (Mapping, dict):
            wanted = str
        else:
            return None
    return wanted


def value_from(text: str, key: Sequence[str]) -> Any:
    """The value of a --set: TOML where it is TOML, else the bare text; a list may be written with commas only."""
    wanted = _wanted(key)
    try:
        parsed = tomllib.loads(f"value = {text}", parse_float=number)
    except (ValueError, RecursionError):
        parsed = {}
    value = parsed["value"] if set(parsed) == {"value"} else text
    if not isinstance(value, str) and _is_text(wanted):
        return text
    if isinstance(value, str) and get_origin(wanted) is tuple and not text.startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _is_text(wanted: object) -> bool:
    if wanted is str:
        return True
    return any(_is_text(inner) for inner in get_args(wanted)) if get_origin(wanted) not in (tuple, Mapping) else False
