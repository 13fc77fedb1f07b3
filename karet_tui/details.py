"""Text whose long lines go on under themselves: what is folded is indented a little further than where it began."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

_FURTHER: Final = 2
"""Columns by which what is folded stands further right."""

_NARROWEST: Final = 20
"""Columns that are left for a folded line however far right it began."""


class Details(Static):
    """The one that is chosen, in full, such as a change, a check or an entry."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__("", id=id, markup=False)
        self._whole = Content("")

    def show(self, text: Content) -> None:
        """Show another text."""
        self._whole = text
        self._fold()

    def on_resize(self, event: Resize) -> None:
        del event
        self._fold()

    def _fold(self) -> None:
        self.update(hanging(self._whole, self.size.width) if self.size.width else self._whole)


def hanging(text: Content, width: int) -> Content:
    """The text in lines of at most so many columns; the rest of a line stands further right than its beginning."""
    folded: list[Content] = []
    for line in text.split(allow_blank=True):
        if line.cell_length <= width:
            folded.append(line)
            continue
        began = len(line.plain) - len(line.plain.lstrip(" "))
        indent = max(0, min(began + _FURTHER, width - _NARROWEST))
        rest = line[began:].wrap(max(1, width - indent))
        folded.append(Content.assemble(" " * min(began, indent), rest[0]))
        folded.extend(Content.assemble(" " * indent, one) for one in rest[1:])
    return Content("\n").join(folded)
