"""Every setting as data, for the documentation, the commented file and the form in the app."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le

from runbook.settings.changes import about, fields_of
from runbook.settings.deployment import Deployment
from runbook.settings.fields import FixedSetting

Kind = Literal["text", "number", "dollars", "choice", "list", "table"]


@dataclass(frozen=True)
class SettingInfo:
    """One setting: its key, what it may be, its default, and why it exists.

    `least` and `most` are the ends of a number's range, `choices` all that may be chosen; `optional` settings may be
    left empty, `required` ones have no default.
    """

    key: str
    kind: Kind
    choices: tuple[Any, ...]
    least: int | None
    most: int | None
    default: Any
    required: bool
    optional: bool
    help: str
    section: int
    source: str
    fixed: FixedSetting | None

    @property
    def allowed(self) -> str:
        """What the value may be, in a few words."""
        if self.choices:
            return ", ".join(str(choice) for choice in self.choices)
        if self.least is not None and self.most is not None:
            return f"{self.least} to {self.most}"
        return {"dollars": "dollars", "list": "list of texts", "number": "whole number"}.get(self.kind, self.kind)


@cache
def all_settings() -> tuple[SettingInfo, ...]:
    """Every setting in the order of declaration, groups opened up."""
    return tuple(_described())


def toml_value(value: Any) -> str:
    """A value as TOML on one line; None is the empty text, which means that a setting is not set."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, str):
        # JSON escapes what TOML wants escaped, but for the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    pairs = ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items())
    return f"{{ {pairs} }}" if pairs else "{}"


def toml_key(key: str) -> str:
    """One part of a key, in quotes where TOML wants them."""
    return key if key.isascii() and key.replace("-", "").replace("_", "").isalnum() else toml_value(key)


def reference_text() -> str:
    """The two tables of docs/settings.md: all settings, and those that cannot change on a live stack."""
    rows = ["| setting | may be | default | what it is | section | default from |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{info.key}` | {info.allowed} | {_default(info)} | {_cell(info.help)} | {info.section} | {info.source} |"
        for info in all_settings()
    ]
    fixed = ["| setting | why | the way |", "|---|---|---|"]
    fixed += [f"| `{info.key}` | {info.fixed.reason} | {info.fixed.way} |" for info in all_settings() if info.fixed]
    return "\n".join(["## All settings", "", *rows, "", "## What cannot change on a live stack", "", *fixed, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _default(info: SettingInfo) -> str:
    if info.required:
        return "none"
    shown = toml_value(info.default).replace("|", "\\|")
    return "not set" if info.default is None else f"`{shown}`"


def _described() -> Iterator[SettingInfo]:
    for key, field in fields_of(Deployment):
        extra = about(field)
        least = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
        most = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
        kind, choices = _kind(field.annotation)
        yield SettingInfo(
            key=key,
            kind=kind,
            choices=tuple(extra["allowed"]) or choices,
            least=least if isinstance(least, int) else None,
            most=most if isinstance(most, int) else None,
            default=None if field.is_required() else field.get_default(call_default_factory=True),
            required=field.is_required(),
            optional=type(None) in get_args(field.annotation),
            help=field.description or "",
            section=extra["section"],
            source=extra["source"],
            fixed=extra["fixed"],
        )


def _kind(annotation: Any) -> tuple[Kind, tuple[Any, ...]]:
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _kind(inner[0])
    if type(None) in inner:
        return _kind(next(one for one in inner if one is not type(None)))
    if get_origin(annotation) is Literal:
        return "choice", inner
    kinds: dict[Any, Kind] = {tuple: "list", Mapping: "table", int: "number", Decimal: "dollars", str: "text"}
    return kinds[get_origin(annotation) or annotation], ()
