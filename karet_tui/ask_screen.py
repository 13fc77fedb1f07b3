"""The shape of every question: a titled box over the app, a scrolling middle, and a line of keys; Esc says no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from karet_tui.keys_line import KeysLine

Answer = TypeVar("Answer")


class AskScreen(ModalScreen[Answer]):
    """A question; leaving it without an answer gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", show=False),
        Binding("ctrl+c", "no", show=False),
    ]

    DEFAULT_CSS = """
    AskScreen { align: center middle; }
    AskScreen > #box {
        width: 96; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; padding: 0 1; border: round $border;
    }
    AskScreen #middle { height: auto; max-height: 1fr; padding: 0 1; }
    AskScreen #ask-keys { margin: 1 0 0 0; }
    """

    def box_title(self) -> str:
        """What is asked, in a few words."""
        return ""

    def content(self) -> Iterable[Widget]:
        """The widgets between the title and the line of keys."""
        return ()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        """Key, label and action of each answer."""
        return (("Esc", "Back", "screen.no"),)

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = self.box_title()
            yield from self.content()
            line = KeysLine(self.keys())
            line.id = "ask-keys"
            yield line

    def action_no(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
