"""Lines that grow at their end and may be many: they break at the width, and only those on the screen are drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from karet_tui.plain import one_line

_TRIMMED = 0.1
"""Share of the lines that goes at once when there are too many, so that not every new line moves all others."""


class LineLog(ScrollView, can_focus=True):
    """Shows the end as long as nobody has scrolled away from it.

    Parameters
    ----------
    most: lines that are kept.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-log--loud"}

    DEFAULT_CSS = """
    LineLog { height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; }
    LineLog > .line-log--loud { text-style: bold; }
    """

    def __init__(self, *, most: int, id: str | None = None) -> None:  # noqa: A002  as all widgets call it
        super().__init__(id=id)
        self._most = most
        self._lines: list[str] = []
        self._ends: list[int] = []
        """Per line the row behind its last one."""
        self._wide = 80
        """Columns for which the rows were counted."""
        self._drawn = (80, Style.null(), Style.null())
        self._at_end = True
        """Whether the end is what is looked at, so that new lines push the old ones up."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines, oldest first."""
        return self._lines

    def show_lines(self, lines: Iterable[str]) -> None:
        """Show these instead, from their end."""
        self._lines = [one_line(line) for line in lines][-self._most :]
        self._count_rows()
        self._at_end = True
        self._follow()

    def add_lines(self, lines: Iterable[str]) -> None:
        """Add these at the end."""
        fresh = [one_line(line) for line in lines]
        self._lines.extend(fresh)
        if len(self._lines) > self._most:
            gone = len(self._lines) - round(self._most * (1 - _TRIMMED))
            rows = self._ends[gone - 1] if gone <= len(self._ends) else 0
            del self._lines[:gone]
            self._count_rows()
            if not self._at_end:
                self.scroll_to(y=max(0, self.scroll_offset.y - rows), animate=False, immediate=True)
        else:
            row = self._ends[-1] if self._ends else 0
            for line in fresh:
                row += self._rows_of(line)
                self._ends.append(row)
            self._grown()
        self._follow()

    def on_resize(self, event: Resize) -> None:
        del event
        if self._width != self._wide:
            self._count_rows()
        else:
            self._grown()
        self._follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.size:
            self._at_end = self.is_vertical_scroll_end

    def _follow(self) -> None:
        if self._at_end and self.size:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)

    @property
    def _width(self) -> int:
        # Behind another pane there is no width; what was counted last stays good enough.
        return self.scrollable_content_region.width or self._wide

    def _rows_of(self, line: str) -> int:
        width = self._wide
        if line.isascii():
            return max(1, -(-len(line) // width))
        return 1 if cell_len(line) <= width else len(chop_cells(line, width))

    def _count_rows(self) -> None:
        self._wide = self._width
        row = 0
        self._ends = []
        for line in self._lines:
            row += self._rows_of(line)
            self._ends.append(row)
        self._grown()

    def _grown(self) -> None:
        # Another size places the whole screen anew, which is not worth it while something else is in front.
        if not self.size:
            return
        self.virtual_size = Size(self._wide, self._ends[-1] if self._ends else 0)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        # Both follow from all widgets around this one, and are the same for every line of a picture.
        self._drawn = self._width, self.rich_style, self.get_component_rich_style("line-log--loud")
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, style, loud = self._drawn
        row = self.scroll_offset.y + y
        if not self._ends or row >= self._ends[-1]:
            return Strip.blank(width, style)
        number = bisect_right(self._ends, row)
        line = self._lines[number]
        part = row - (self._ends[number - 1] if number else 0)
        if line.isascii():
            shown = line[part * self._wide : (part + 1) * self._wide]
        else:
            pieces = chop_cells(line, self._wide)
            shown = pieces[part] if part < len(pieces) else ""
        if _loud(line):
            style = loud
        return Strip([Segment(shown, style)]).adjust_cell_length(width, style)


def _loud(line: str) -> bool:
    return " FAILED: " in line or line.startswith("error:") or ": failed" in line
