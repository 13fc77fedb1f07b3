"""The log: what happens now, and the runs that the journal remembers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from karet_tui.line_log import LineLog
from karet_tui.log_lines import run_title
from karet_tui.messages import RunChosen
from karet_tui.plain import one_line

if TYPE_CHECKING:
    from runbook.engine.journal_read import RunSummary

_KEPT = 20_000
"""Lines of this session that are kept; the journal has all that matters."""

_NOW = "now"


class LogPane(Vertical):
    """A list of runs above the lines of the chosen one."""

    DEFAULT_CSS = """
    LogPane #runs { height: auto; max-height: 35%; border: none; padding: 0 1; background: $background; }
    LogPane #log { height: 1fr; border-top: solid $border; padding: 0 1; background: $background; }
    LogPane #log:focus { border-top: solid $primary; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._session: deque[str] = deque(maxlen=_KEPT)
        self._past: Sequence[str] = ()
        self._chosen = _NOW

    def compose(self) -> ComposeResult:
        yield OptionList(Option("This session", id=_NOW), id="runs", markup=False)
        log = LineLog(id="log", most=_KEPT)
        log.border_title = "Lines"
        yield log

    def add_lines(self, lines: Iterable[str]) -> None:
        """Add to the lines of this session."""
        safe = [one_line(line) for line in lines]
        self._session.extend(safe)
        if self._chosen == _NOW:
            self._log.add_lines(safe)

    def show_runs(self, runs: Iterable[RunSummary]) -> None:
        """List the runs of the journal below this session."""
        listed = self.query_one("#runs", OptionList)
        with self.prevent(OptionList.OptionHighlighted):
            listed.clear_options()
            listed.add_option(Option("This session", id=_NOW))
            listed.add_options(Option(Content(run_title(one)), id=one.id) for one in runs)
            ids = [one.id for one in listed.options]
            listed.highlighted = ids.index(self._chosen) if self._chosen in ids else 0

    def show_run(self, run: str, lines: Sequence[str]) -> None:
        """Show the lines of a past run, if it is still the chosen one."""
        if run == self._chosen:
            self._past = lines
            self._draw()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        chosen = event.option_id or _NOW
        if chosen == self._chosen:
            return
        self._chosen, self._past = chosen, ()
        self._draw()
        if chosen != _NOW:
            self.post_message(RunChosen(chosen))

    @property
    def lines(self) -> Sequence[str]:
        """The lines that are shown."""
        return list(self._session) if self._chosen == _NOW else self._past

    def go_to(self, at: float) -> None:
        """Show the part that far down, from 0 to 1."""
        log = self._log
        self.call_after_refresh(lambda: log.scroll_to(y=max(0, at * log.max_scroll_y), animate=False))

    @property
    def _log(self) -> LineLog:
        return self.query_one("#log", LineLog)

    def _draw(self) -> None:
        """Show the lines of the chosen run."""
        self._log.show_lines(self._session if self._chosen == _NOW else self._past)
