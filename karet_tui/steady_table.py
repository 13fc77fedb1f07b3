"""A table whose cells change many times a second: a row is made into a line again only when it looks different."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, RowKey

_LINES = 500
"""Lines that are remembered: some screens full of rows, each in the looks that it had last."""


class _Cell(NamedTuple):
    words: str
    style: str
    right: bool


class _Styles(NamedTuple):
    """What lies under the text of a row, what the cursor and the mouse lay over that, and what over the text too."""

    under: Style
    marked: Style
    over: Style


class SteadyTable(DataTable[Text]):
    """Textual's own, which makes every row of the screen anew for one changed cell, looks the same.

    Rows are what one chooses, and every cell is a text of one line and one style.
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002  as all widgets call it
        super().__init__(id=id, cursor_type="row")
        self._made: LRUCache[tuple[object, ...], Strip] = LRUCache(_LINES)
        self._keys: list[RowKey] = []
        self._widths: tuple[int, ...] = ()
        self._plain = self._header = Style.null()

    def change_cell(self, row: str, column: str, cell: Text) -> None:
        """Show something else in a cell of a column that keeps its width; nothing but its row is drawn again."""
        self._data[RowKey(row)][ColumnKey(column)] = cell
        self.refresh_row(self.get_row_index(row))

    def render_lines(self, crop: Region) -> list[Strip]:
        # All of this is the same for every line of a picture, and some of it follows from all widgets around this one.
        self._keys = [row.key for row in self.ordered_rows]
        self._widths = tuple(column.get_render_width(self) for column in self.ordered_columns)
        self._plain = self.rich_style
        self._header = self.get_component_styles("datatable--header").rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y - 1 if y else -1
        if row >= len(self._keys):
            return Strip.blank(self.size.width, self._plain)
        texts = [one.label for one in self.ordered_columns] if row < 0 else self.get_row(self._keys[row])
        cells = tuple(_Cell(one.plain, str(one.style), one.justify == "right") for one in texts)
        styles, window = self._styles_of(row), (self.scroll_offset.x, self.size.width)
        look = (row, cells, styles, self._widths, window)
        made = self._made.get(look)
        if made is None:
            made = self._made[look] = self._line(row, cells, styles, *window)
        return made

    def _styles_of(self, row: int) -> _Styles:
        marked = Style()
        if self._show_hover_cursor and self.hover_coordinate.row == row:
            marked += self.get_component_rich_style("datatable--hover")
            if row < 0:
                marked += self.get_component_rich_style("datatable--header-hover")
        if self.cursor_coordinate.row == row:
            marked += self.get_component_rich_style("datatable--cursor")
        return _Styles(self._header if row < 0 else self._plain, marked, Style.from_color(color=marked.color))

    def _line(self, row: int, cells: tuple[_Cell, ...], styles: _Styles, left: int, wide: int) -> Strip:
        pad = " " * self.cell_padding
        segments: list[Segment] = []
        for column, (cell, width) in enumerate(zip(cells, self._widths, strict=True)):
            room = width - 2 * len(pad)
            words = set_cell_size(cell.words, room) if cell_len(cell.words) > room else cell.words
            rest = " " * (room - cell_len(words))
            # A click reads from the style which row it was.
            style = styles.under + Style.from_meta({"row": row, "column": column}) + styles.marked
            segments += [
                Segment(pad + rest if cell.right else pad, style + styles.over),
                Segment(words, style + _parsed(cell.style) + styles.over),
                Segment(pad if cell.right else rest + pad, style + styles.over),
            ]
        behind = styles.under + styles.marked + Style.from_meta({"row": row, "column": 0, "out_of_bounds": True})
        segments.append(Segment(" " * max(0, wide - sum(self._widths)), behind))
        return Strip(segments).crop(left, left + wide).adjust_cell_length(wide, self._plain).simplify()


@lru_cache(maxsize=64)
def _parsed(style: str) -> Style:
    return Style.parse(style)
