"""After a run that did not end well: failures with their verdicts, what waits for whom, what is left, the retry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen
from karet_tui.clipboard import copy
from karet_tui.outcome_text import outcome_parts, to_copy

if TYPE_CHECKING:
    from runbook.engine.executor import Report

_TITLES = {
    "failed": "{} has failed",
    "waiting": "{} waits for you",
    "cancelled": "{} was stopped",
}


class OutcomeScreen(AskScreen[Literal["again"]]):
    """Shows the end of a run; the answer `again` asks for a new plan of what is left.

    Parameters
    ----------
    title: what ran, such as `Applying section 6`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "again", show=False),
        Binding("y", "copy", show=False),
    ]

    DEFAULT_CSS = """
    OutcomeScreen #middle { margin: 0 0 1 0; }
    OutcomeScreen.failed > #box { border: round $error; }
    OutcomeScreen.waiting > #box { border: round $warning; }
    """

    def __init__(self, title: str, report: Report) -> None:
        super().__init__(classes=report.outcome)
        self._title = title
        self._report = report

    def box_title(self) -> str:
        return _TITLES.get(self._report.outcome, "{}").format(self._title)

    def content(self) -> Iterable[Widget]:
        with VerticalScroll(id="middle"):
            yield Static(Content("\n").join(outcome_parts(self._report)), id="outcome-text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#middle").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        done = "I have done it: look, and go on" if self._report.outcome == "waiting" else "plan what is left"
        what = "copy the values" if self._report.outcome == "waiting" else "copy"
        return (("Enter", done, "screen.again"), ("y", what, "screen.copy"), ("Esc", "back", "screen.no"))

    def action_again(self) -> None:
        """Look again, and plan what is left."""
        self.dismiss("again")

    def action_copy(self) -> None:
        """Copy the values to set, or the errors."""
        copy(self.app, to_copy([one for one in self._report.steps if one.became in ("failed", "waiting")]))
