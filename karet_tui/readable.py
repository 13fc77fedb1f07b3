"""Data in the colours of the app: the lines of `runbook.readable`, with names, dashes and what is known later apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from textual.content import Content

from karet_tui.plain import cut, one_line
from runbook.calls import Json
from runbook.readable import Line, readable_lines
from runbook.refs import references

_REFERENCE = re.compile(r"(\$\{[^{}$]+\}|\(known after apply\))")
_LONGEST = 2000
"""Characters of one value that are shown."""


def value_lines(value: Any, depth: int = 0, *, sent: bool = False) -> Iterator[Content]:
    """A value as lines, each indented by its depth.

    Parameters
    ----------
    sent: it is what a call sends, so that its references become values when that is done; each line says which.
    """
    for line in readable_lines(value):
        shown = _coloured(line, depth)
        later = ", ".join(f"{output} of {id_}" for id_, output in references(line.text)) if sent else ""
        yield Content.assemble(shown, (f"  (known after apply: {later})", "$secondary")) if later else shown


def _coloured(line: Line, depth: int) -> Content:
    text = cut(line.text, _LONGEST)
    parts = [(one, "italic $text-accent" if at % 2 else "") for at, one in enumerate(_REFERENCE.split(text))]
    return Content.assemble(
        "  " * (depth + line.depth),
        (line.mark, "$secondary"),
        (one_line(line.name), "$text-secondary"),
        " " if line.name and text else "",
        *parts,
    )


def short(value: Any) -> str:
    """A found or declared value on one line."""
    if isinstance(value, Json):
        value = value.document
    if isinstance(value, Mapping | list | tuple) and not value:
        return "empty"
    return " ".join(" ".join(str(line).split()) for line in readable_lines(value))
