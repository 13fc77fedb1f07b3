"""Parameters of calls as indented lines for people: documents as documents, secrets as dots, unknown values as such."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from textual.content import Content

from karet_tui.plain import cut, one_line
from runbook.calls import HIDDEN, Call, File, Json, Secret
from runbook.refs import Unknown, references

_PLAIN = re.compile(r"[A-Za-z/.*$_][^\s:#'\"\\]*(?: [^\s:#'\"\\]+)*|[A-Za-z][\w.-]*:[^\s#'\"\\]+")
"""Strings that nobody takes for anything else, such as names, sentences and ARNs."""

_WORDS = frozenset({"true", "false", "null", "yes", "no", "none"})
_LONGEST = 2000
"""Characters of one value that are shown."""


def call_lines(call: Call, number: int) -> Content:
    """One call: its name, then its parameters."""
    head = Content.assemble((f"{number}. ", "$secondary"), (one_line(call.name), "bold $primary"))
    body = list(value_lines(call.params, 1))
    return Content("\n").join([head, *(body or [Content.styled("  no parameters", "$secondary")])])


def value_lines(value: Any, depth: int = 0) -> Iterator[Content]:
    """A value as lines, each indented by its depth."""
    if isinstance(value, Json):
        value = value.document
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _item(Content.styled(f"{one_line(key)}:", "$text-secondary"), item, depth)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _item(Content.styled("-", "$secondary"), item, depth)
    else:
        yield _indent(depth).append(_scalar(value))


def _item(head: Content, value: Any, depth: int) -> Iterator[Content]:
    """A key or a dash, with what belongs to it on the same line when that is short, below it otherwise."""
    note = Content.styled("  (a JSON document)", "$secondary") if isinstance(value, Json) else Content("")
    inner = value.document if isinstance(value, Json) else value
    if isinstance(inner, Mapping | list | tuple):
        if not inner:
            yield Content.assemble(_indent(depth), head, " {}" if isinstance(inner, Mapping) else " []", note)
            return
        lines = list(value_lines(inner, depth + 1))
        if head.plain == "-" and isinstance(inner, Mapping):
            # The first key stands beside the dash, as people write lists of things.
            yield Content.assemble(_indent(depth), head, " ", lines[0][2 * (depth + 1) :])
            yield from lines[1:]
            return
        yield Content.assemble(_indent(depth), head, note)
        yield from lines
        return
    yield Content.assemble(_indent(depth), head, " ", _scalar(inner))


def _indent(depth: int) -> Content:
    return Content("  " * depth)


def _scalar(value: Any) -> Content:
    if isinstance(value, Secret):
        return Content.assemble((HIDDEN * 3, "bold"), (f"  (made at apply, {value.length} characters)", "$secondary"))
    if isinstance(value, File):
        return Content.assemble(
            f"the file {one_line(value.name)}", (f"  ({value.size} bytes, sha256 {value.sha256[:12]}…)", "$secondary")
        )
    if isinstance(value, Unknown):
        return Content.styled("known after apply", "italic $text-accent")
    if isinstance(value, bytes):
        return Content.styled(f"{len(value)} bytes", "$secondary")
    if isinstance(value, str):
        return _string(value)
    return Content(json.dumps(value, default=one_line))


def _string(value: str) -> Content:
    refers = list(references(value))
    shown = value.replace("${$}", "$")
    plain = _PLAIN.fullmatch(shown) and shown.lower() not in _WORDS
    text = cut(shown if plain or refers else json.dumps(shown, ensure_ascii=False), _LONGEST)
    if not refers:
        return Content(text)
    after = ", ".join(dict.fromkeys(f"{output} of {id_}" for id_, output in refers))
    return Content.assemble((text, "italic $text-accent"), (f"  (known after apply: {after})", "$secondary"))


def short(value: Any) -> str:
    """A found or declared value on one line."""
    if isinstance(value, Json):
        value = value.document
    if value is None:
        return "not set"
    if isinstance(value, Mapping | list | tuple):
        return " ".join(" ".join(line.plain.split()) for line in value_lines(value)) or "empty"
    return _scalar(value).plain
