"""The bill by section and resource, and the lines of the chosen row in full below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from karet_tui.cost_figures import Sum, sums
from karet_tui.plain import cut, one_line
from runbook import document
from runbook.cost.price_text import dollars

if TYPE_CHECKING:
    from decimal import Decimal

    from karet_tui.cost_figures import Figures
    from runbook.cost.estimate import PricedLine


class BillPane(Vertical):
    """What the stack costs as it is declared, beside what exists now."""

    DEFAULT_CSS = """
    BillPane #bill-table { height: 1fr; }
    BillPane #bill-lines { height: auto; max-height: 40%; border-top: solid $border; padding: 0 1; }
    BillPane #bill-lines:focus { border-top: solid $primary; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._sums: Sequence[Sum] = ()

    def compose(self) -> ComposeResult:
        yield DataTable(id="bill-table", cursor_type="row")
        with VerticalScroll(id="bill-lines") as pane:
            pane.border_title = "Where it comes from"
            yield Static("", id="bill-text", markup=False)

    def show_figures(self, figures: Figures) -> None:
        """Show the bill of these figures; the cursor stays where it is."""
        self._sums = sums(figures)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#bill-table", DataTable)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_lines(event.cursor_row)

    def _draw(self) -> None:
        if not self._sums:
            return
        table = self._table
        at = table.cursor_row
        titles = {one.number: one.title for one in document.sections()}
        with self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            table.add_column("What", width=max(24, min(60, (self.size.width or 78) - 45)))
            for title in ("A month", "Idle hour", "Exists now"):
                table.add_column(title, width=11)
            for number, one in enumerate(self._sums):
                table.add_row(*_cells(one, titles), key=str(number))
            table.move_cursor(row=min(at, len(self._sums) - 1), animate=False)
        self._show_lines(table.cursor_row)

    def _show_lines(self, row: int) -> None:
        if row >= len(self._sums):
            return
        self.query_one("#bill-text", Static).update(Content("\n").join(_lines(self._sums[row])))
        self.query_one("#bill-lines", VerticalScroll).scroll_home(animate=False)


def _cells(one: Sum, titles: dict[int, str]) -> tuple[Text, ...]:
    bound = "≥ " if one.at_least else ""
    whole = not one.resource
    name = f"{one.section} {titles.get(one.section, '')}" if whole else f"  {one.resource}"
    style = "bold" if whole else ""
    return (
        Text(cut(name, 60) if whole else f"  {cut(name, 58)}", style=style),
        Text(f"{bound}{dollars(one.month)}", style=style, justify="right"),
        Text(f"${one.hour:.4f}" if one.hour else "by use", style=style, justify="right"),
        Text(_now(one.now), style=style, justify="right"),
    )


def _now(usd: Decimal | None) -> str:
    if usd is None:
        return "not known"
    return dollars(usd) if usd else "-"


def _lines(one: Sum) -> Iterator[Content]:
    if not one.lines:
        yield Content.styled("Choose a resource to see its lines, each with its price, date and source.", "$secondary")
    for line in one.lines:
        yield from _line(line)


def _line(line: PricedLine) -> Iterator[Content]:
    quantity = "use that nobody has said" if line.quantity is None else f"{line.quantity.normalize():,f}"
    unit = "unknown price" if line.usd_per_unit is None else f"${line.usd_per_unit.normalize():f}"
    month = "unknown" if line.usd_per_month is None else dollars(line.usd_per_month)
    yield Content.assemble(
        (one_line(line.label), "bold"), f"  {quantity} {one_line(line.unit)} at {unit} = ", (month, "bold")
    )
    source = f"{line.source}, {line.as_of}" if line.as_of else line.source
    facts = [line.basis, line.usage_type, f"SKU {line.sku}" if line.sku else "", source]
    yield Content.styled(f"  {one_line('; '.join(filter(None, facts)))}", "$secondary")
    if line.note:
        yield Content.styled(f"  ! {one_line(line.note)}", "$text-warning")
