"""What a notebook shows beside charts: tables and sentences, as HTML for readers and as plain text elsewhere."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FIGURE: Final = "application/vnd.karet.figure+json"
"""The media type of figures as plain data beside what is shown; viewers that do not know it leave it out."""

_SHORT: Final = 24
"""Cells of so many letters stay in one line."""


@dataclass(frozen=True)
class Shown:
    """A piece of output.

    Parameters
    ----------
    data: figures as plain data, for whoever compares them.
    """

    html: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What a notebook keeps of it."""
        told: dict[str, Any] = {"text/html": self.html, "text/plain": self.text}
        return {**told, FIGURE: dict(self.data)} if self.data else told


def sentences(lines: Sequence[str]) -> Shown:
    """Sentences, a paragraph each."""
    return Shown("".join(f"<p>{_safe(line)}</p>" for line in lines), "\n".join(lines))


def answered(text: str, data: Mapping[str, Any]) -> Shown:
    """The answer of a notebook, with its figures as plain data."""
    return Shown(f'<div class="answer"><p>{_safe(text)}</p></div>', text, data)


def bullets(groups: Mapping[str, Sequence[str]]) -> Shown:
    """Lists under headings."""
    parts = []
    for heading, lines in groups.items():
        items = "".join(f"<li>{_safe(line)}</li>" for line in lines)
        parts.append(f"<p><strong>{_safe(heading)}</strong></p><ul>{items}</ul>")
    text = "\n".join(line for heading, lines in groups.items() for line in (heading, *(f"- {one}" for one in lines)))
    return Shown("".join(parts), text)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = (), total: bool = False
) -> Shown:
    """A table.

    Parameters
    ----------
    numbers: the columns, counted from 0, that are set to the right.
    total: the last row is a sum.
    """
    head = "".join(_cell("th", text, right=at in numbers) for at, text in enumerate(columns))
    body = []
    for index, row in enumerate(rows):
        name = "th" if total and index == len(rows) - 1 else "td"
        body.append("<tr>" + "".join(_cell(name, text, right=at in numbers) for at, text in enumerate(row)) + "</tr>")
    made = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    return Shown(made, _plain(columns, rows, numbers))


def _cell(name: str, text: str, *, right: bool) -> str:
    style = f"text-align: {'right' if right else 'left'}{'; white-space: nowrap' if len(text) <= _SHORT else ''}"
    return f'<{name} style="{style}">{_safe(text)}</{name}>'


def _safe(text: str) -> str:
    """Text as HTML; a dollar stands in an element of its own, because notebooks take what lies between two for TeX."""
    return html.escape(text).replace("$", "<span>$</span>")


def _plain(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> str:
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
    lines = []
    for row in (columns, *rows):
        cells = [text.rjust(widths[at]) if at in numbers else text.ljust(widths[at]) for at, text in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
