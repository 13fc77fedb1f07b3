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
    """The one that is chosen, in full, such as a change, a check or an entry; stands alone in what scrolls it."""

    # Every text that fits takes the same room, so that going through a list places nothing anew.
    DEFAULT_CSS = "Details { min-height: 100%; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__("", id=id, markup=False)
        self._whole = Content("")
        self._rows = 0

    def show(self, text: Content) -> None:
        """Show another text."""
        self._whole = text
        self._fold()

    def on_resize(self, event: Resize) -> None:
        del event
        self._fold()

    def _fold(self) -> None:
        if not self.size:
            self.update(self._whole)
            return
        folded = hanging(self._whole, self.size.width)
        rows = max(folded.plain.count("\n") + 1, self.container_size.height)
        # To place the whole screen anew takes longer than everything else that a key does.
        self.update(folded, layout=rows != self._rows)
        self._rows = rows


def hanging(text: Content, width: int) -> Content:
    """The text in lines of at most so many columns; the rest of a line stands further right than its beginning."""
    if all(len(line) <= width for line in text.plain.split("\n")) and text.plain.isascii():
        return text
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
