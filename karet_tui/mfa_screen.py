"""Asks for the code of an MFA device while a thread waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from karet_tui.ask_screen import AskScreen
from karet_tui.plain import one_line


class MfaScreen(AskScreen[str]):
    """The answer is the code; it is shown as dots and kept nowhere."""

    DEFAULT_CSS = """
    MfaScreen #question { padding: 0 1; height: auto; }
    MfaScreen #code { height: 1; border: none; padding: 0; margin: 1 1 0 1; background: $panel; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def box_title(self) -> str:
        return "AWS asks for an MFA code"

    def content(self) -> Iterable[Widget]:
        yield Static(one_line(self._question), id="question", markup=False)
        yield Input(id="code", password=True, max_length=16, placeholder="the digits on your device")

    def on_mount(self) -> None:
        self.query_one("#code").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("Enter", "go on", "screen.send"), ("Esc", "do not log in", "screen.no"))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_send()

    def action_send(self) -> None:
        """Give the code, if there is one."""
        code = self.query_one("#code", Input).value.strip()
        if code:
            self.dismiss(code)
