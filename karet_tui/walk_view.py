"""The main part of the screen: the sections at the left, and four panes about the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TabbedContent, TabPane, Tabs

from karet_tui.marks import TONES
from karet_tui.plain import one_line
from karet_tui.sections_list import SectionsList
from karet_tui.text_pane import TextPane

if TYPE_CHECKING:
    from textual.widgets import DataTable, OptionList

    from karet_tui.checks_pane import ChecksPane
    from karet_tui.copying import Copied
    from karet_tui.log_pane import LogPane
    from karet_tui.resources_pane import ResourcesPane
    from karet_tui.standing import Standing
    from runbook.model import Section

VAST = 170
"""Columns from which the text stands beside the other panes."""

_FOCUS = {"resources": "#resources-table", "checks": "#checks-table", "log": "#log"}
"""What gets the focus in each pane, so that the arrow keys move there."""


class WalkView(Horizontal):
    """Shows one section; it is told what to show and knows nothing else."""

    DEFAULT_CSS = """
    WalkView { height: 1fr; }
    WalkView #main { width: 1fr; height: 1fr; }
    WalkView TabPane { padding: 0; }
    WalkView #reader { width: 84; height: 1fr; display: none; border: round $border; background: $background; }
    WalkView #reader { border-title-color: $foreground; border-title-style: bold; }
    WalkView #reader:focus-within { border: round $primary; }
    WalkView.vast #reader { display: block; }
    """

    class Continued(Message):
        """Enter was pressed in a list or a table of the walk, where it has no other meaning."""

    _shown: tuple[Section, str | None] | None = None
    """What the text shows, to show it elsewhere when the terminal gets wider."""

    resources: ResourcesPane
    """The table of resources; there once the view is filled, like the two after it."""
    checks: ChecksPane
    """The checks."""
    log_pane: LogPane
    """The log."""

    filled = False
    """Whether all panes are there; until then only the text can be shown."""

    def compose(self) -> ComposeResult:
        yield SectionsList()
        with Vertical(id="main"), TabbedContent(id="panes", initial="text"):
            with TabPane(_tab("Text"), id="text"):
                yield TextPane()
            yield TabPane(_tab("Resources"), id="resources")
            yield TabPane(_tab("Checks"), id="checks")
            yield TabPane(_tab("Log"), id="log-tab")

    async def fill(self) -> None:
        """Make the panes that are not in front; they cost half of the time to the first frame, and nobody sees them."""
        from karet_tui.checks_pane import ChecksPane
        from karet_tui.log_pane import LogPane
        from karet_tui.resources_pane import ResourcesPane

        self.resources, self.checks, self.log_pane = ResourcesPane(), ChecksPane(), LogPane()
        for pane, content in (("resources", self.resources), ("checks", self.checks), ("log-tab", self.log_pane)):
            await self.query_one(f"#{pane}", TabPane).mount(content)
        self.filled = True

    async def on_resize(self) -> None:
        """Where there is room for it, the text has a part of its own beside everything else."""
        vast = self.app.size.width >= VAST
        if vast == self.has_class("vast") or not self.filled:
            return
        if vast and not self.query("#reader TextPane"):
            reader = Vertical(TextPane(), id="reader")
            reader.border_title = "Text"
            await self.mount(reader)
        self.set_class(vast, "vast")
        panes = self.query_one("#panes", TabbedContent)
        if vast:
            if panes.active == "text":
                panes.active = "resources"
            panes.hide_tab("text")
        else:
            panes.show_tab("text")
        if self._shown is not None:
            await self.text.show_section(*self._shown)

    def on_mount(self) -> None:
        # The tabs have keys of their own, so Tab goes from the list straight to what is read.
        self.query_one(Tabs).can_focus = False
        self.sections.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Continued())

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Continued())

    @property
    def text(self) -> TextPane:
        """The text that is on the screen, or would be with its pane in front."""
        return self.query_one("#reader TextPane" if self.has_class("vast") else "#text TextPane", TextPane)

    @property
    def reads(self) -> bool:
        """Whether the text is on the screen now."""
        return self.has_class("vast") or self.pane == "text"

    @property
    def pane(self) -> str:
        """The name of the pane that the keys are about: the one in front, or the text beside it with the focus."""
        if self.has_class("vast") and self.text.has_focus_within:
            return "text"
        return self.query_one("#panes", TabbedContent).active.removesuffix("-tab")

    def to_copy(self) -> Copied:
        """What "copy" takes from the pane in front."""
        from karet_tui.copying import as_commands, of_check, of_log, of_text

        match self.pane:
            case "resources":
                return as_commands(self.resources.chosen)
            case "checks":
                return of_check(self.checks.chosen)
            case "log":
                return of_log(self.log_pane.lines)
            case _:
                return of_text(self.text.number, self.text.source)

    def go_to(self, pane: str, at: float, key: str) -> None:
        """Show a place in a pane: a part of its length, or a row of its table."""
        if pane == "resources":
            self.resources.choose(key)
        elif pane == "log":
            self.log_pane.go_to(at)
        else:
            self.text.go_to(at)

    @property
    def sections(self) -> SectionsList:
        """The list at the left."""
        return self.query_one(SectionsList)

    async def show_section(self, section: Section, text: str | None, standing: Standing) -> None:
        """Show another section, from the beginning of its text."""
        self._shown = (section, text)
        await self.text.show_section(section, text)
        self.show_standing(section, standing)

    def show_standing(self, section: Section, standing: Standing) -> None:
        """Show what is known of the section now."""
        mark = standing.mark
        more = f", {mark.more}" if mark.more else ""
        self.query_one("#main").border_title = Content.assemble(
            one_line(f"{section.number} {section.title}"), "  ", (f"{mark.symbol} {mark.words}{more}", TONES[mark.tone])
        )
        if self.filled:
            self.resources.show_standing(standing)
            self.checks.show_standing(standing)

    def show_pane(self, name: str) -> None:
        """Bring a pane to the front: text, resources, checks or log; the arrow keys move in it from then on."""
        if not self.filled:
            return
        if name == "text" and self.has_class("vast"):
            self.text.focus()
            return
        self.query_one("#panes", TabbedContent).active = "log-tab" if name == "log" else name
        target = self.text if name == "text" else self.query_one(_FOCUS[name])
        (target if target.display and target.focusable else self.sections).focus()


def _tab(title: str) -> Content:
    """The title with its key underlined."""
    return Content.assemble((title[0], "underline"), title[1:])
