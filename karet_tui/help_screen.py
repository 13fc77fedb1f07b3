"""The help: every key with what it does, drawn from the table of commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen
from karet_tui.commands import COMMANDS, Situation

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

    def __init__(self, now: Situation) -> None:
        super().__init__()
        self._now = now

    def box_title(self) -> str:
        return "Help"

    def content(self) -> Iterable[Widget]:
        with VerticalScroll(id="middle"):
            yield Static(self._text(), id="help-text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#middle").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("↑ ↓", "Scroll", "screen.focus_next"), ("Esc", "Back", "screen.no"))

    def _text(self) -> Content:
        lines = [Content.styled("Keys", "bold $text-accent")]
        for one in COMMANDS:
            works = "" if not one.refused(self._now) else "  (not now)"
            lines.append(_row(one.shown_key, f"{one.label}{works}: {one.help}"))
        lines += [_row(key, text) for key, text in _MOVING]
        lines.append(Content.styled("\nSigns", "bold $text-accent"))
        lines += [_row(sign, text) for sign, text in _SIGNS]
        return Content("\n").join(lines)


def _row(key: str, text: str) -> Content:
    return Content.assemble((f"{key:<8}", "bold $footer-key-foreground"), text)
