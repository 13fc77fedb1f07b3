"""The help: every key with what it does, drawn from the table of commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen
from karet_tui.commands import COMMANDS, Command, Situation

_MOVING = (
    ("↑ ↓", "Move in the list, the table or the text that has the focus."),
    ("Tab", "Give the focus to the next part of the screen; Shift+Tab to the one before."),
    ("Esc", "Leave a question without an answer; nothing happens then."),
)

_SIGNS = (
    ("○", "not looked at, or not begun"),
    ("▲", "something would have to change"),
    ("●", "as declared, done, or passed"),
    ("…", "being worked on"),
    ("✗", "failed"),
    ("‖", "waits for a person"),
    ("!", "keeps a plan from being applied"),
    ("·", "only text so far"),
)


class HelpScreen(AskScreen[None]):
    """Lists the keys and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,q,enter", "no", show=False)]

    def __init__(self, now: Situation, commands: Sequence[Command] = COMMANDS) -> None:
        super().__init__()
        self._now = now
        self._commands = commands

    def box_title(self) -> str:
        return "Keys and signs"

    def content(self) -> Iterable[Widget]:
        with VerticalScroll(id="middle"):
            yield Static(self._table(), id="help-text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#middle").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("↑ ↓", "scroll", "screen.focus_next"), ("Esc", "back", "screen.no"))

    def _table(self) -> Table:
        """A grid, so that long lines wrap beside their keys."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="bold")
        table.add_column(ratio=1)
        for one in self._commands:
            works = " (not now)" if one.refused(self._now) else ""
            table.add_row(Text(one.shown_key), Text(f"{one.label}{works}: {one.help}"))
        for rows in (_MOVING, (("", ""),), _SIGNS):
            for key, text in rows:
                table.add_row(Text(key), Text(text))
        return table
