"""The question when somebody leaves during a run: stop after the current calls, wait for the end, or stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen

Leaving: TypeAlias = Literal["stop", "wait"]


class QuitScreen(AskScreen[Leaving]):
    """Asks how to leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", show=False),
        Binding("w", "wait", show=False),
    ]

    DEFAULT_CSS = """
    QuitScreen #quit-text { padding: 0 1; height: auto; margin: 0 0 1 0; }
    """

    def __init__(self, running: str) -> None:
        super().__init__()
        self._what_runs = running

    def box_title(self) -> str:
        return "Leave during a run?"

    def content(self) -> Iterable[Widget]:
        yield Static(
            f"{self._what_runs} is going on.\n\n"
            "Stopped, it ends after the calls that are on their way; nothing is left half-sent. "
            "Apply again later and it goes on from what exists.",
            id="quit-text",
            markup=False,
        )

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (
            ("s", "stop, then leave", "screen.stop"),
            ("w", "wait for the end, then leave", "screen.wait"),
            ("Esc", "stay", "screen.no"),
        )

    def action_stop(self) -> None:
        """Stop, then leave."""
        self.dismiss("stop")

    def action_wait(self) -> None:
        """Leave when the run has ended."""
        self.dismiss("wait")
