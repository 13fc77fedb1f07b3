"""What preflight has to say: one statement, how it came out, and what puts it right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Outcome = Literal["ok", "failed", "warning", "unknown", "not_rehearsed"]
"""warning: it can be applied, and may be regretted. unknown: it cannot be told from here; never taken for ok."""


@dataclass(frozen=True)
class Item:
    """One statement about a deployment that has not happened yet.

    Parameters
    ----------
    id: such as `source.worker.webhook`.
    detail: what was seen.
    fix: what to do about it, in a sentence.
    settings: dotted setting -> the value that fixes it; empty text for: not set.
    monthly_usd: what the fix costs in a month before any traffic; None where it costs nothing or nobody knows.
    """

    id: str
    outcome: Outcome
    statement: str
    detail: str
    fix: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    monthly_usd: Decimal | None = None

    @property
    def lines(self) -> list[str]:
        """The settings as lines of karet.toml, as they stand before the first table."""
        return [f"{key} = {toml(value)}" for key, value in self.settings.items()]

    def as_json(self) -> dict[str, Any]:
        """The item as JSON data."""
        return {
            "id": self.id,
            "outcome": self.outcome,
            "statement": self.statement,
            "detail": self.detail,
            "fix": self.fix,
            "settings": dict(self.settings),
            "monthly_usd": None if self.monthly_usd is None else float(self.monthly_usd),
        }


@dataclass(frozen=True)
class Chapter:
    """Items that belong together, such as all about permissions."""

    name: str
    title: str
    items: tuple[Item, ...]


def toml(value: Any) -> str:
    """A value as TOML writes it: texts, whole numbers, lists of texts, tables of texts in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def worst(items: Iterable[Item]) -> bool:
    """Whether any of the items failed."""
    return any(item.outcome == "failed" for item in items)
