"""Data as lines that a person can read: one value a line, nesting by indentation, tags as `name = value`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runbook.calls import shown

_INLINE = 60
_STEP = "  "


def readable(value: Any) -> list[str]:
    """The lines of a value: parameters of a call, a setting, an answer.

    Documents that AWS takes as text are shown as data, secrets as dots, files by name and size.
    """
    plain = shown(value)
    return [f"{_scalar(plain)}"] if _is_scalar(plain) else list(_lines(plain))


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


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(str(key), item)
    else:
        for item in value:
            yield from _item(item)


def _named(name: str, item: Any) -> Iterator[str]:
    if isinstance(item, Mapping) and "$json" in item:
        name, item = f"{name} (JSON)", item["$json"]
    short = _short(item)
    if short is not None:
        yield f"{name}: {short}"
        return
    yield f"{name}:"
    for line in _lines(item):
        yield f"{_STEP}{line}"


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


def _item(item: Any) -> Iterator[str]:
    if isinstance(item, Mapping) and set(item) in ({"Key", "Value"}, {"key", "value"}):
        name, text = item.values()
        yield f"{name} = {text}"
        return
    short = _short(item)
    if short is not None:
        yield f"- {short}"
        return
    for at, line in enumerate(_lines(item)):
        yield f"{'- ' if at == 0 else _STEP}{line}"
