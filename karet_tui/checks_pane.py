"""The checks of a section: what must be true, whether it is, and the reads that show it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import DataTable, Static

from karet_tui.details import Details
from karet_tui.in_app import in_app
from karet_tui.marks import OUTCOMES, signed
from karet_tui.plain import counted, cut, lines_of, one_line
from karet_tui.readable import value_lines

if TYPE_CHECKING:
    from karet_tui.standing import Standing
    from runbook.checks import CheckResult, Evidence, Outcome

_COUNTED: Mapping[Outcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "waiting": "wait for you",
    "not_rehearsed": "not rehearsed",
}

_LINES = 200
"""Lines of one answer that are shown."""


class ChecksPane(Vertical):
    """The results of the last verification, the chosen one in full below them."""

    DEFAULT_CSS = """
    ChecksPane #checks-note { padding: 0 1; }
    ChecksPane #checks-table { height: auto; max-height: 50%; }
    ChecksPane #check { height: 1fr; border-top: solid $border; padding: 0 1; }
    ChecksPane #check:focus { border-top: solid $primary; }
    ChecksPane.empty #check, ChecksPane.empty #checks-table { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._results: Sequence[CheckResult] = ()
        self._note = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="checks-note", markup=False)
        yield DataTable(id="checks-table", cursor_type="row")
        with VerticalScroll(id="check") as pane:
            pane.border_title = "Details"
            yield Details(id="check-text")

    def show_standing(self, standing: Standing) -> None:
        """Show the checks of a section."""
        self._results = standing.checks
        self._note = _note(standing)
        self._draw()

    @property
    def chosen(self) -> CheckResult | None:
        """The result whose row is chosen."""
        row = self._table.cursor_row
        return self._results[row] if row < len(self._results) else None

    def choose_failed(self) -> None:
        """Choose the first result that failed; its hint stands with it."""
        row = next((at for at, one in enumerate(self._results) if one.outcome == "failed"), None)
        if row is not None:
            self._table.move_cursor(row=row, animate=False)

    def on_resize(self, event: Resize) -> None:
        del event
        self._draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_result(event.cursor_row)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#checks-table", DataTable)

    def _draw(self) -> None:
        table = self._table
        at = table.cursor_row
        self.query_one("#checks-note", Static).update(self._note)
        self.query_one("#checks-note").display = bool(self._note)
        self.set_class(not self._results, "empty")
        outcome_width = max([7, *(len(OUTCOMES[one.outcome][0]) for one in self._results)])
        room = max(20, (self.size.width or 54) - outcome_width - 5)
        with self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            table.add_column("Outcome", width=outcome_width)
            table.add_column("Statement", width=room)
            for one in self._results:
                sign = OUTCOMES[one.outcome][0]
                table.add_row(
                    Text(sign, style="bold" if one.outcome == "failed" else ""), Text(cut(one.statement, room))
                )
            table.move_cursor(row=min(at, max(0, len(self._results) - 1)), animate=False)
        self._show_result(table.cursor_row)

    def _show_result(self, row: int) -> None:
        text = Content("\n").join(result_lines(self._results[row])) if row < len(self._results) else Content("")
        self.query_one("#check-text", Details).show(text)
        self.query_one("#check", VerticalScroll).scroll_home(animate=False)


def _note(standing: Standing) -> str:
    if not standing.built:
        return "The runbook has only the text of this section so far, so there are no checks."
    if not standing.checks:
        return "No checks yet. Press v to verify this section: that only reads."
    counts = Counter(one.outcome for one in standing.checks)
    said = ", ".join(f"{counts[one]} {words}" for one, words in _COUNTED.items() if counts[one])
    by_run = "" if standing.verified else " Made by the run; press v for all checks of this section."
    return f"{counted(len(standing.checks), 'check')}: {said}.{by_run}"


def result_lines(result: CheckResult) -> Iterator[Content]:
    """Everything about one result: what came of it, what to do next, and the evidence."""
    yield Content.styled(one_line(result.statement), "bold")
    yield Content.assemble(signed(OUTCOMES, result.outcome), ": ", one_line(in_app(result.detail)))
    if result.hint:
        yield Content.assemble(("Next: ", "bold"), one_line(in_app(result.hint)))
    yield Content.styled(f"{one_line(result.id)}, read at {result.at:%H:%M:%S} UTC", "$secondary")
    if result.evidence:
        yield Content.styled("\nEvidence: what was read, and what came back", "bold $text-accent")
    for one in result.evidence:
        yield from _evidence(one)


def _evidence(one: Evidence) -> Iterator[Content]:
    yield Content.styled(one_line(one.call), "$primary")
    try:
        lines = list(value_lines(json.loads(one.answer), 1))
    except json.JSONDecodeError:
        # The answer was cut to its bound, or is no JSON: it is shown as it stands.
        lines = [Content(f"  {line}") for line in lines_of(one.answer).splitlines()]
    yield from lines[:_LINES]
    if len(lines) > _LINES:
        yield Content.styled(f"  … {len(lines) - _LINES} more lines", "$secondary")
