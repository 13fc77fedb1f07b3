"""A list of entries that may be as long as it likes: only the lines on the screen are read, and few are remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

Lines = Callable[[int, int], Sequence[str]]
"""Gives so many lines from an index on; may give fewer when something is no longer there."""


def _nothing(first: int, number: int) -> Sequence[str]:
    del first, number
    return ()


_PAGE = 100
_PAGES = 20
"""Pages that are remembered; more are read again when somebody comes back to them."""


class EntryList(ScrollView, can_focus=True):
    """Lines that come from somewhere else, with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(1)", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"entry-list--cursor", "entry-list--loud"}

    DEFAULT_CSS = """
    EntryList { height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; }
    EntryList > .entry-list--cursor { background: $block-cursor-blurred-background; }
    EntryList:focus > .entry-list--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    EntryList > .entry-list--loud { text-style: bold; }
    """

    cursor: reactive[int] = reactive(0)
    """Index of the chosen line."""

    @dataclass
    class Chosen(Message):
        """The cursor came to a line."""

        listed: EntryList
        index: int

        @property
        def control(self) -> EntryList:
            """The list itself."""
            return self.listed

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  as all widgets call it
        super().__init__(id=id)
        self._count = 0
        self._lines: Lines = _nothing
        self._drawn = (80, Style.null(), Style.null(), Style.null())
        self._pages: OrderedDict[int, Sequence[str]] = OrderedDict()

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self._count

    def show_lines(self, count: int, lines: Lines, cursor: int = 0) -> None:
        """Show these instead.

        Parameters
        ----------
        lines: reads some of them; called for what is on the screen, whenever it is drawn.
        """
        self._count, self._lines = count, lines
        self._pages.clear()
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        self.set_reactive(EntryList.cursor, max(0, min(cursor, count - 1)))
        self._see_cursor()
        self.refresh()
        self.post_message(self.Chosen(self, self.cursor))

    def render_lines(self, crop: Region) -> list[Strip]:
        # All of this follows from the widgets around this one, and is the same for every line of a picture.
        named = self.get_component_rich_style
        styles = self.rich_style, named("entry-list--cursor"), named("entry-list--loud")
        self._drawn = (self.scrollable_content_region.width, *styles)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width, style, under_cursor, loud = self._drawn
        if index >= self._count:
            return Strip.blank(width, style)
        line = self._line(index)
        if index == self.cursor:
            style = under_cursor
        elif "✗" in line[:14]:
            style = loud
        return Strip([Segment(line, style)]).adjust_cell_length(width, style)

    def _line(self, index: int) -> str:
        number, at = divmod(index, _PAGE)
        page = self._pages.get(number)
        if page is None:
            page = self._lines(number * _PAGE, min(_PAGE, self._count - number * _PAGE))
            self._pages[number] = page
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        return page[at] if at < len(page) else ""

    def watch_cursor(self) -> None:
        self._see_cursor()
        self.refresh()
        self.post_message(self.Chosen(self, self.cursor))

    def _see_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def on_resize(self, event: Resize) -> None:
        del event
        self.virtual_size = Size(self.scrollable_content_region.width, self._count)
        # Lines are cut to the width, so they are other lines now.
        self._pages.clear()

    def on_click(self, event: Click) -> None:
        self.focus()
        self._go(self.scroll_offset.y + event.y)

    def _go(self, index: int) -> None:
        if self._count:
            self.cursor = max(0, min(index, self._count - 1))

    def action_move(self, step: int) -> None:
        """The line above or below."""
        self._go(self.cursor + step)

    def action_page(self, step: int) -> None:
        """A screen further up or down."""
        self._go(self.cursor + step * max(1, self.scrollable_content_region.height - 1))

    def action_end(self, last: int) -> None:
        """The first or the last line."""
        self._go(self._count - 1 if last else 0)
