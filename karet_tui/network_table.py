"""The five networks as a table: what each costs, against the one of the settings, and whether it can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import DataTable

from karet_tui.cost_curve import SIGNS
from karet_tui.plain import one_line
from runbook.cost.price_text import dollars

if TYPE_CHECKING:
    from karet_tui.cost_figures import Figures
    from runbook.cost.networks import Option

_WIDE = 84
"""Columns from which there is room for everything."""


class NetworkTable(DataTable[Text]):
    """One row for each network; the row of the settings' own says so."""

    DEFAULT_CSS = """
    NetworkTable { height: auto; max-height: 8; }
    """

    def __init__(self) -> None:
        super().__init__(id="networks-table", cursor_type="row")
        self._figures: Figures | None = None

    @property
    def chosen(self) -> str:
        """The network under the cursor; empty while there is none."""
        if not self.row_count or not self.is_valid_row_index(self.cursor_row):
            return ""
        return self.coordinate_to_cell_key((self.cursor_row, 0)).row_key.value or ""  # type: ignore[arg-type]

    def show_figures(self, figures: Figures) -> None:
        """Show these; the cursor stays where it is."""
        first, self._figures = self._figures is None, figures
        self._draw()
        if first:
            self.move_cursor(row=self.get_row_index(figures.network), animate=False)

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        figures = self._figures
        if figures is None:
            return
        chosen, wide = self.chosen, self.size.width >= _WIDE
        titles = ["Network", "A month", "Without use", "Difference", "Whole stack", "What it is"]
        if not wide:
            titles.remove("Without use")
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            rows = {option.network: _cells(option, figures) for option in figures.comparison.options}
            for title in titles:
                # Textual would measure the rows later, and misses them when they are drawn twice at once.
                widest = max(cells[title].cell_len for cells in rows.values())
                self.add_column(title, key=title, width=max(len(title), widest))
            for network, cells in rows.items():
                self.add_row(*(cells[title] for title in titles), key=network)
            if chosen in self.rows:
                self.move_cursor(row=self.get_row_index(chosen), animate=False)


def _cells(option: Option, figures: Figures) -> dict[str, Text]:
    bound = "≥ " if option.bill.at_least else ""
    difference = figures.difference(option.network)
    mine = option.network == figures.network
    return {
        "Network": Text(f"{SIGNS[option.network]} {one_line(option.network)}", style="bold" if mine else ""),
        "A month": _right(f"{bound}{dollars(option.usd_per_month)}"),
        "Without use": _right(dollars(option.bill.fixed_usd_per_month)),
        "Difference": _right("yours" if mine else f"{'+' if difference > 0 else ''}{dollars(difference)}"),
        "Whole stack": _right(f"{bound}{dollars(figures.whole_stack(option.network))}"),
        "What it is": Text(_what(option, figures)),
    }


def _what(option: Option, figures: Figures) -> str:
    if not option.carries_all:
        return f"no way for {option.unreachable_gib:,.0f} GiB"
    if option.network == figures.comparison.cheapest_deployable:
        return "cheapest to build"
    return "can be built" if option.deployable else "priced only"


def _right(text: str) -> Text:
    return Text(text, justify="right")
