"""The table of a run looks exactly as Textual's own does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from karet_tui.steady_table import SteadyTable

CELLS = [
    ("+ create", "s3.bucket", "1.23"),
    ("✗ failed", "a name that is much longer than its column has room for", "0"),
    ("~ ändern", "日本語の名前", ""),
    ("= keep", "[bold]no markup[/]", "12"),
]


def _show_mouse(table: DataTable[Text]) -> None:
    table._show_hover_cursor = True
    table.hover_coordinate = Coordinate(2, 1)


def _change(table: DataTable[Text], row: str, column: str, cell: Text) -> None:
    (table.change_cell if isinstance(table, SteadyTable) else table.update_cell)(row, column, cell)


CHANGES: dict[str, Callable[[DataTable[Text]], object]] = {
    "nothing": DataTable.refresh,
    "cursor": lambda table: table.move_cursor(row=1),
    "focus": lambda table: table.focus(),
    "mouse": _show_mouse,
    "scrolled": lambda table: table.move_cursor(row=3, animate=False),
    "cell": lambda table: table.update_cell("= keep", "action", Text("✓ done")),
    "cell alone": lambda table: _change(table, "= keep", "resource", Text("another", style="bold")),
    "narrow": lambda table: setattr(table.styles, "width", 25),
    "sideways": lambda table: table.scroll_to(x=5, animate=False),
    "theme": lambda table: setattr(table.app, "theme", "textual-light"),
    "empty": lambda table: table.clear(),
}
"""In this order, each on top of those before."""


class OneTable(App[None]):
    """A table, smaller than what it holds."""

    CSS = "DataTable { height: 4; width: 60; }"
    AUTO_FOCUS = None

    def __init__(self, table: DataTable[Text]) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table


@cache
def pictures(kind: type[DataTable[Text]]) -> dict[str, list[tuple[str, object]]]:
    """After each change every character with its style; what a click reads from the style is part of it."""
    seen: dict[str, list[tuple[str, object]]] = {}

    async def see() -> None:
        table = SteadyTable(id="table") if kind is SteadyTable else DataTable[Text](id="table", cursor_type="row")
        app = OneTable(table)
        async with app.run_test(size=(80, 12)) as pilot:
            for name, width in (("action", 9), ("resource", 20), ("price", 6)):
                table.add_column(name, key=name, width=width)
            for action, name, price in CELLS:
                loud = "bold" if action.startswith("✗") else ""
                table.add_row(Text(action, style=loud), Text(name), Text(price, justify="right"), key=action)
            for name, change in CHANGES.items():
                change(table)
                await pilot.pause()
                strips = table.render_lines(table.size.region)
                seen[name] = [(one, part.style) for strip in strips for part in strip for one in part.text]

    asyncio.run(see())
    return seen


@pytest.mark.parametrize("change", CHANGES)
def test_a_steady_table_looks_as_the_usual_one(change: str) -> None:
    steady, usual = pictures(SteadyTable)[change], pictures(DataTable)[change]
    assert "".join(one for one, _ in steady) == "".join(one for one, _ in usual)
    assert steady == usual


def test_every_change_of_these_can_be_seen() -> None:
    seen = list(pictures(DataTable).values())
    assert all(before != after for before, after in pairwise(seen))
