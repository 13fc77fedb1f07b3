"""The shape of every question: a titled box over the app, a scrolling middle, and a line of keys; Esc says no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from karet_tui.keys_line import KeysLine
from karet_tui.plain import one_line

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
    AskScreen #middle { height: auto; padding: 0 1; }
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
            box.border_title = Content(one_line(self.box_title()))
            yield from self.content()
            yield KeysLine(self.keys(), id="ask-keys")

    def on_key(self, event: Key) -> None:
        self.typed_early(event)

    def typed_early(self, event: Key) -> None:
        """Keep what is typed before the field that it is meant for takes it: whoever types fast has not to wait."""
        field = next(iter(self.focus_chain), None)
        if event.is_printable and isinstance(field, Input) and self.focused in (None, field):
            event.stop()
            field.insert_text_at_cursor(event.character or "")

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Let what scrolls have the rows that the rest leaves, so that the line of keys is always on the screen."""
        box = self.query_one("#box")
        for middle in box.query("#middle"):
            rest = sum(one.outer_size.height + one.styles.margin.height for one in box.children if one is not middle)
            middle.styles.max_height = max(3, self.size.height - box.gutter.height - middle.styles.margin.height - rest)

    def action_no(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
