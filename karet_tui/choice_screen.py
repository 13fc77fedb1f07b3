"""Asks for one of several words: a list that grows shorter while one types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from karet_tui.ask_screen import AskScreen
from karet_tui.plain import TYPED, one_line


class ChoiceScreen(AskScreen[str]):
    """The answer is one of the words; the arrow keys choose while the cursor stays in the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    ChoiceScreen #box { width: 48; }
    ChoiceScreen #part-of-word { height: 1; border: none; padding: 0; margin: 0 1; background: $panel; }
    ChoiceScreen #middle { height: auto; border: none; padding: 0 1; margin: 1 0 0 0; background: $surface; }
    """

    def __init__(self, title: str, words: Sequence[str], now: str = "") -> None:
        super().__init__()
        self._title = title
        self._words = tuple(words)
        self._now = now
        self._fitting: list[str] = []

    def box_title(self) -> str:
        return self._title

    def content(self) -> Iterable[Widget]:
        yield Input(id="part-of-word", restrict=TYPED, placeholder="type a part of it, or choose below")
        yield OptionList(id="middle", markup=False)

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("↑ ↓", "choose", "screen.move(1)"), ("Enter", "take it", "screen.take"), ("Esc", "back", "screen.no"))

    def on_mount(self) -> None:
        self.query_one("#part-of-word").focus()
        self._list("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list(event.value.strip().lower())

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_take()

    def _list(self, part: str) -> None:
        fitting = [one for one in self._words if part in one.lower()]
        self._fitting = fitting
        listed = self.query_one("#middle", OptionList)
        listed.clear_options()
        listed.add_options(
            Option(Content(one_line(f"{one}{'  (now)' if one == self._now else ''}", squeeze=False))) for one in fitting
        )
        if fitting:
            listed.highlighted = fitting.index(self._now) if self._now in fitting else 0
        self.call_after_refresh(self._fit)

    def action_move(self, step: int) -> None:
        """Choose the next one or the one before."""
        listed = self.query_one("#middle", OptionList)
        if step > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()

    def action_take(self) -> None:
        """Answer with the chosen one."""
        listed = self.query_one("#middle", OptionList)
        if listed.highlighted is not None:
            self.dismiss(self._fitting[listed.highlighted])
