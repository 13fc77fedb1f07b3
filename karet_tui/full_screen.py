"""The shape of every screen over the walk: where one is at the top, the screen's own part, its keys at the bottom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantBlur, DescendantFocus
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from karet_tui.commands import Command, Situation
from karet_tui.help_screen import HelpScreen
from karet_tui.keys_line import KeysLine
from karet_tui.place_line import PlaceLine

if TYPE_CHECKING:
    from runbook.runs.options import Options
    from runbook.runs.runs import Runs

CLOSING = (
    Command("question_mark", "help", "Help", "Show this list."),
    Command("escape", "back", "Back", "Go back to the walk."),
)
"""The keys that every such screen has besides its own."""


_IN_A_FIELD = (("Enter", "take it", "focused.submit"), ("Esc", "leave the field", "screen.back"))
"""The keys while somebody types."""


@dataclass(frozen=True)
class SettingsSaved:
    """A screen was left after it had changed the settings, so the stack is opened anew.

    Parameters
    ----------
    plan: number of the section to plan then, so that the operator sees what the change causes; 0 for none.
    """

    plan: int = 0


class FullScreen(ModalScreen[SettingsSaved]):
    """A screen of its own; modal, so that the keys of the walk do not work behind it.

    A subclass gives a title, its keys (`KEYS`, with an action of that name each, bound here) and its content.
    """

    KEYS: ClassVar[tuple[Command, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "back", show=False)]

    DEFAULT_CSS = """
    FullScreen { layout: vertical; background: $background; }
    FullScreen > #part {
        height: 1fr; border: round $border; background: $background;
        border-title-color: $foreground; border-title-style: bold; border-subtitle-color: $text-muted;
    }
    """

    def __init__(self, runs: Runs, options: Options) -> None:
        super().__init__()
        self.runs = runs
        self.options = options
        for one in self.keys:
            self._bindings.bind(one.key, one.action, one.label, show=False)

    @property
    def keys(self) -> tuple[Command, ...]:
        """The keys of this screen, its own first."""
        return (*self.KEYS, *CLOSING)

    def part_title(self) -> str:
        """What the screen is about."""
        return ""

    def content(self) -> Iterable[Widget]:
        """The screen's own part."""
        return ()

    def refused(self, command: Command) -> str:
        """Why a command does not work now; empty when it does."""
        del command
        return ""

    def compose(self) -> ComposeResult:
        yield PlaceLine(self.runs.place.rehearsal)
        with Vertical(id="part") as part:
            part.border_title = self.part_title()
            yield from self.content()
        yield KeysLine()

    def on_mount(self) -> None:
        self.query_one(PlaceLine).show_place(self.runs.place)
        self.show_keys()

    def show_keys(self) -> None:
        """Draw the line of keys again: only what works now is on it; in a field, letters are what is typed."""
        if isinstance(self.focused, Input):
            self.query_one(KeysLine).show_keys(_IN_A_FIELD)
            return
        always = ("always", "wide") if self.has_class("-wide") else ("always",)
        shown = (one for one in self.keys if one.shown in always and not self.refused(one))
        self.query_one(KeysLine).show_keys((one.shown_key, one.label, f"screen.{one.action}") for one in shown)

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _other_focus(self) -> None:
        self.show_keys()

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.app.push_screen(HelpScreen(Situation(), self.keys))

    def action_back(self) -> None:
        """Go back to the walk."""
        self.dismiss(None)
