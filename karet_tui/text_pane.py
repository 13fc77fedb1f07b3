"""The text of a section with the operator's values, and where the runbook does something else than the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from karet_tui.plain import one_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from runbook.model import Correction, Section

_TEXT_ONLY = (
    "The runbook has only the text of this section so far. There is nothing to plan or apply here yet; "
    "read it, and go on with n."
)


class TextPane(VerticalScroll):
    """One section to read."""

    DEFAULT_CSS = """
    TextPane { padding: 0 1; }
    TextPane Markdown { padding: 0; margin: 0; }
    TextPane #text-only { display: none; padding: 0 1; margin: 1 0 0 0; }
    TextPane.text-only #text-only { display: block; }
    TextPane #corrections-title { margin: 1 0; text-style: bold; }
    """

    @dataclass
    class Read(Message):
        """A part of the text is on the screen.

        Parameters
        ----------
        number: of the section.
        screens_left: how many times a screenful is still below; 0 at the end.
        """

        number: int
        screens_left: int

    number = 0
    """The section whose text is shown; 0 while there is none."""

    source = ""
    """Its text as it is written."""

    _untold = False
    """Whether it is not yet told how much of this text is on the screen."""

    def on_mount(self) -> None:
        # The blocks of a text may get their place later than the pane, and nothing else tells the pane about that.
        self.screen.screen_layout_refresh_signal.subscribe(self, self._laid_out)

    def compose(self) -> ComposeResult:
        yield Static("Opening …", id="opening", markup=False)

    async def show_section(self, section: Section, text: str | None) -> None:
        """Show a section from its beginning.

        Parameters
        ----------
        text: with the values filled in; None while they are not known.
        """
        # Imported with the first text: it takes a tenth of a second that the first frame does not need.
        from textual.widgets import Markdown

        if text is None:
            return
        self.number = 0
        if opening := self.query("#opening"):
            await opening.remove()
            await self.mount(
                Static(_TEXT_ONLY, id="text-only", markup=False),
                Markdown(id="text", open_links=False),
                Static("", id="corrections-title", markup=False),
                Static("", id="corrections", markup=False),
            )
        self.set_class(not section.built, "text-only")
        number = len(section.corrections)
        title = f"Where the runbook does something else than the document ({number})" if number else ""
        self.query_one("#corrections-title", Static).update(title)
        self.query_one("#corrections", Static).update(_table(section.corrections))
        await self.query_one("#text", Markdown).update(text)
        self.scroll_home(animate=False)
        self.number, self.source = section.number, text
        self._untold = True
        self.call_after_refresh(self._tell)

    def read_on(self) -> None:
        """Show the next screenful; one line of this one stays, so that the eye finds its place."""
        self.scroll_relative(y=max(1, self._rows - 1), animate=False)
        self.call_after_refresh(self._tell)

    def go_to(self, at: float) -> None:
        """Show the part that far down, from 0 to 1, with some lines above it."""
        self.call_after_refresh(
            lambda: self.scroll_to(y=max(0, at * self.virtual_size.height - self._rows // 2), animate=False)
        )

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._tell()

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell)

    @property
    def _rows(self) -> int:
        return self.scrollable_content_region.height

    def watch_virtual_size(self) -> None:
        self._tell()

    @property
    def _placed(self) -> bool:
        """Whether the text on the screen has its place; before that it looks as if it ended at once."""
        return any(block.size.height for text in self.query("#text") for block in text.children)

    def _laid_out(self, _: Screen[object]) -> None:
        if self._untold:
            self._tell()

    def _tell(self) -> None:
        if not self.number or self._rows < 2 or not self._placed:
            return
        self._untold = False
        below = max(0, self.max_scroll_y - round(self.scroll_offset.y))
        self.post_message(self.Read(self.number, -(-below // (self._rows - 1))))


def _table(corrections: tuple[Correction, ...]) -> Table:
    """A grid, so that long lines wrap beside their labels."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for one in corrections:
        rows = (("Document", one.document), ("Runbook", one.runbook), ("Why", one.reason), ("Source", one.source))
        table.add_row(Text(one_line(one.number), style="bold"), Text(""))
        for label, text in rows:
            table.add_row(Text(f"  {label}", style="italic"), Text(one_line(text)))
        table.add_row(Text(""), Text(""))
    return table
