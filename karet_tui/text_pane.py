"""The text of a section with the operator's values, and where the runbook does something else than the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from karet_tui.plain import one_line

if TYPE_CHECKING:
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

    def compose(self) -> ComposeResult:
        yield Static(_TEXT_ONLY, id="text-only", markup=False)
        yield Static("Opening …", id="opening", markup=False)
        yield Static("", id="corrections-title", markup=False)
        yield Static("", id="corrections", markup=False)

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
        if opening := self.query("#opening"):
            await opening.remove()
            await self.mount(Markdown(id="text", open_links=False), after="#text-only")
        self.set_class(not section.built, "text-only")
        number = len(section.corrections)
        title = f"Where the runbook does something else than the document ({number})" if number else ""
        self.query_one("#corrections-title", Static).update(title)
        self.query_one("#corrections", Static).update(_table(section.corrections))
        await self.query_one("#text", Markdown).update(text)
        self.scroll_home(animate=False)


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
