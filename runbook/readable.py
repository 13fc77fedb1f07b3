"""Data as lines that a person can read: one value a line, nesting by indentation, tags as `name = value`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runbook.calls import shown

_INLINE = 60
_STEP = "  "


@dataclass(frozen=True)
class Line:
    """One line in its parts, for whoever colours them.

    Parameters
    ----------
    depth: steps that it is indented.
    mark: the dashes of the lists that begin here, and the spaces under those that began above.
    name: what the value is called, with the sign behind it; empty for a value alone.
    text: the value; empty when it stands on the lines below.
    """

    depth: int = 0
    mark: str = ""
    name: str = ""
    text: str = ""

    def __str__(self) -> str:
        between = " " if self.name and self.text else ""
        return f"{_STEP * self.depth}{self.mark}{self.name}{between}{self.text}"


def readable(value: Any) -> list[str]:
    """The lines of a value: parameters of a call, a setting, an answer.

    Documents that AWS takes as text are shown as data, secrets as dots, files by name and size.
    """
    return [str(line) for line in readable_lines(value)]


def readable_lines(value: Any) -> list[Line]:
    """The same lines in their parts."""
    plain = shown(value)
    short = _short(plain)
    return [Line(text=short)] if short is not None and not _is_list(plain) else list(_lines(plain))


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | list) or not value


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "not set"
    if value == "":
        return '""'
    return str(value)


def _lines(value: Any) -> Iterator[Line]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(str(key), item)
    else:
        for item in value:
            yield from _item(item)


def _named(name: str, item: Any) -> Iterator[Line]:
    if isinstance(item, Mapping) and "$json" in item:
        name, item = f"{name} (JSON)", item["$json"]
    short = _short(item)
    yield Line(name=f"{name}:", text=short or "")
    if short is None:
        for line in _lines(item):
            yield replace(line, depth=line.depth + 1)


def _short(item: Any) -> str | None:
    """The value on one line, where it fits; None where it needs lines of its own."""
    if _is_scalar(item):
        return _scalar(item)
    if isinstance(item, Mapping) and "$secret" in item:
        return f"{item['$secret']} ({item['length']} characters, made when it is sent)"
    if isinstance(item, Mapping) and "$file" in item:
        return f"file {item['$file']} ({item['size']} bytes, sha256 {item['sha256'][:12]})"
    if isinstance(item, list) and all(_is_scalar(one) for one in item):
        text = ", ".join(_scalar(one) for one in item)
        return text if len(text) <= _INLINE else None
    return None


def _item(item: Any) -> Iterator[Line]:
    if isinstance(item, Mapping) and set(item) in ({"Key", "Value"}, {"key", "value"}):
        name, text = item.values()
        yield Line(name=f"{name} =", text=str(text))
        return
    short = _short(item)
    if short is not None:
        yield Line(mark="- ", text=short)
        return
    for at, line in enumerate(_lines(item)):
        yield replace(line, mark=f"{_STEP * line.depth}{'- ' if at == 0 else _STEP}{line.mark}", depth=0)
