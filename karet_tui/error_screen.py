"""An error for a person: what failed, why it matters, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from karet_tui.ask_screen import AskScreen
from karet_tui.in_app import in_app
from karet_tui.plain import lines_of, one_line
from runbook.errors import AwsError, RunbookError, SettingsError


class ErrorScreen(AskScreen[Literal["again", "quit"]]):
    """Shows one error.

    Parameters
    ----------
    title: what could not be done.
    may_retry: the app can do nothing else than try again or end.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ok", show=False),
        Binding("r", "again", show=False),
        Binding("q", "quit_now", show=False),
    ]

    DEFAULT_CSS = """
    ErrorScreen > #box { border: round $error; }
    ErrorScreen #middle { margin: 0 0 1 0; }
    """

    def __init__(self, title: str, error: RunbookError, *, may_retry: bool = False) -> None:
        super().__init__()
        self._title = title
        self._error = error
        self._may_retry = may_retry

    def box_title(self) -> str:
        return self._title

    def content(self) -> Iterable[Widget]:
        with VerticalScroll(id="middle"):
            yield Static(Content("\n").join(self._text()), id="error-text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#middle").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        if self._may_retry:
            return (("r", "try again", "screen.again"), ("q", "quit", "screen.quit_now"))
        return (("Enter or Esc", "back", "screen.ok"),)

    def _text(self) -> Iterator[Content]:
        error = self._error
        if isinstance(error, AwsError):
            if error.resource_id:
                yield _fact("Resource", error.resource_id)
            yield _fact("Call", f"{error.service}.{error.operation}")
            yield _fact("AWS says", error.code)
            if error.request_id:
                yield _fact("Request", error.request_id)
            yield Content(f"\n{lines_of(error.text)}")
        else:
            yield Content(lines_of(in_app(error.message)))
        if isinstance(error, SettingsError):
            yield from (Content(f"  {lines_of(problem)}") for problem in error.problems)
        if error.hint:
            yield Content.assemble(("\nNext: ", "bold $text-accent"), lines_of(in_app(error.hint)))

    def action_no(self) -> None:
        """Back; when there is nothing to go back to, end."""
        self.dismiss("quit" if self._may_retry else None)

    def action_ok(self) -> None:
        """Back, unless the question is whether to try again."""
        if not self._may_retry:
            self.dismiss(None)

    def action_again(self) -> None:
        """Try again."""
        if self._may_retry:
            self.dismiss("again")

    def action_quit_now(self) -> None:
        """End."""
        if self._may_retry:
            self.dismiss("quit")


def _fact(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<10}", "$secondary"), one_line(value))
