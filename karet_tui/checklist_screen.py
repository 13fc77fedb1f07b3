"""The screen of the checklist: every point with its evidence, and the signatures under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from karet_tui.checks_pane import result_lines
from karet_tui.commands import Command
from karet_tui.details import Details
from karet_tui.marks import OUTCOMES, signed
from karet_tui.plain import counted, cut, lines_of, one_line
from karet_tui.sign_screen import SignScreen
from karet_tui.thread_screen import ThreadScreen
from karet_tui.walk_known import running

if TYPE_CHECKING:
    from textual.widget import Widget

    from runbook.runs.options import Options
    from runbook.runs.runs import Runs
    from runbook.runs.sign_off import ChecklistItem

_OUTCOMES: Mapping[str, tuple[str, str]] = {**OUTCOMES, "needs_person": ("‖ needs you", "attention")}


@dataclass
class _ChecklistRead(Message):
    """Every point was checked with fresh reads."""

    items: Sequence[ChecklistItem]


@dataclass
class _ToSign(Message):
    """A point was checked once more, because somebody wants to sign it."""

    item: ChecklistItem


@dataclass
class _Signed(Message):
    """A signature is in the account."""

    item: str


class ChecklistScreen(ThreadScreen):
    """A table of the points, and the chosen one in full below it."""

    KEYS: ClassVar[tuple[Command, ...]] = (
        Command("s", "sign", "Sign", "Check this point once more, show what would be signed, and ask."),
        Command("v", "again", "Verify", "Check every point again with fresh reads."),
    )

    DEFAULT_CSS = """
    ChecklistScreen #checklist-note { height: 1; padding: 0 1; color: $secondary; }
    ChecklistScreen #checklist-table { height: auto; max-height: 60%; }
    ChecklistScreen #point { height: 1fr; border-top: solid $border; padding: 0 1; }
    ChecklistScreen #point:focus { border-top: solid $primary; }
    """

    def __init__(self, runs: Runs, options: Options) -> None:
        super().__init__(runs, options)
        self.items: Sequence[ChecklistItem] = ()
        self._doing = "Checking every point; this only reads …"

    def part_title(self) -> str:
        return "Checklist"

    def content(self) -> Iterable[Widget]:
        yield Static(self._doing, id="checklist-note", markup=False)
        yield DataTable(id="checklist-table", cursor_type="row")
        with VerticalScroll(id="point") as pane:
            pane.border_title = "Evidence"
            yield Details(id="point-text")

    def on_mount(self) -> None:
        super().on_mount()
        self._table.focus()
        self.action_again()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#checklist-table", DataTable)

    @property
    def chosen(self) -> ChecklistItem | None:
        """The point under the cursor."""
        at = self._table.cursor_row
        return self.items[at] if 0 <= at < len(self.items) else None

    def refused(self, command: Command) -> str:
        if command.action == "again" and self._doing:
            return "The points are being checked at this moment."
        if command.action != "sign":
            return ""
        item = self.chosen
        if self._doing or item is None:
            return "The points are not checked yet."
        if why := running(self.app):
            return f"{why} is going on; a signature waits for its end."
        if item.outcome == "failed" or not item.results:
            return "This point is not true now, so nobody can sign it. Put it right first."
        return ""

    # -- reading -----------------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Check every point."""
        runs = self.runs

        def read() -> Message:
            from runbook.runs.sign_off import checklist

            return _ChecklistRead(checklist(runs))

        self._busy("Checking every point; this only reads …")
        self.in_thread("checklist", "check the points", read)

    def _busy(self, doing: str) -> None:
        self._doing = doing
        self.query_one("#checklist-note", Static).update(doing or self._summary())
        self.show_keys()

    def went_wrong(self) -> None:
        self._busy("")

    @on(_ChecklistRead)
    def _read(self, event: _ChecklistRead) -> None:
        event.stop()
        self.items = event.items
        self._busy("")
        self._draw()

    def _summary(self) -> str:
        if not self.items:
            return "Nothing was checked. Press v to check every point."
        proven = sum(one.outcome == "passed" for one in self.items)
        current = sum(one.sign_off is not None and not one.outdated for one in self.items)
        return f"{counted(len(self.items), 'point')}: {proven} proven, {current} signed."

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        table, at = self._table, self._table.cursor_row
        room = max(20, (self.size.width or 80) - 47)
        with self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            for title, width in (("", 2), ("Outcome", 15), ("Signed", 18), ("Point", room)):
                table.add_column(title, width=width)
            for one in self.items:
                sign = _OUTCOMES[one.outcome][0]
                cells = (str(one.number), sign, _signature(one), cut(one.statement, room))
                table.add_row(*(Text(cell, style="bold" if one.outcome == "failed" else "") for cell in cells))
            table.move_cursor(row=min(at, max(0, len(self.items) - 1)), animate=False)
        self._show_point()

    @on(DataTable.RowHighlighted)
    def _row_chosen(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_point()

    def _show_point(self) -> None:
        item = self.chosen
        text = Content("\n").join(_lines(item)) if item else Content("")
        self.query_one("#point-text", Details).show(text)
        self.query_one("#point", VerticalScroll).scroll_home(animate=False)
        self.show_keys()

    # -- signing -----------------------------------------------------------------------------------------------------

    def action_sign(self) -> None:
        """Ask for a signature under the chosen point, for what is true at this moment."""
        item = self.chosen
        if self.says_why("sign") or item is None:
            return
        runs, id_ = self.runs, item.id

        def look() -> Message:
            from runbook.runs.sign_off import to_sign

            return _ToSign(to_sign(runs, id_))

        self._busy(f"Checking point {item.number} once more …")
        self.in_thread("checklist", "sign this point", look)

    @on(_ToSign)
    def _ask(self, event: _ToSign) -> None:
        event.stop()
        item = event.item
        self._busy("")

        def answered(note: str | None) -> None:
            if note is not None:
                self._sign(item, note)

        self.app.push_screen(SignScreen(item, self.runs.place.identity.arn), answered)

    def _sign(self, item: ChecklistItem, note: str) -> None:
        runs = self.runs

        def write() -> Message:
            from runbook.runs.sign_off import sign

            sign(runs, item.id, note=note, seen=item)
            return _Signed(item.id)

        self._busy(f"Signing point {item.number} …")
        self.in_thread("sign", "sign this point", write)

    @on(_Signed)
    def _is_signed(self, event: _Signed) -> None:
        event.stop()
        self.notify(f"Signed: {one_line(event.item)}.", markup=False, timeout=4)
        self.action_again()


def _signature(item: ChecklistItem) -> str:
    if item.sign_off is None:
        return "○ not signed"
    return "! outdated" if item.outdated else f"● {item.sign_off.at:%Y-%m-%d %H:%M}"


def _lines(item: ChecklistItem) -> Iterator[Content]:
    yield Content.styled(f"{item.number} {one_line(item.statement)}", "bold")
    yield Content.assemble(signed(_OUTCOMES, item.outcome), ": ", one_line(item.evidence))
    if item.judgement:
        yield Content.assemble(("Only you can say ", "bold"), one_line(item.judgement))
    if item.sign_off is not None:
        given = item.sign_off
        yield Content.assemble(
            ("Signed by ", "$secondary"), one_line(given.by), f" at {given.at:%Y-%m-%d %H:%M} UTC", _noted(given.note)
        )
        if item.outdated:
            yield Content.styled(
                "! What was signed is no longer what is true: look again, and sign anew.", "$text-warning"
            )
    for result in item.results:
        yield Content("")
        yield from result_lines(result)


def _noted(note: str) -> str:
    return f": {lines_of(note)}" if note else ""
