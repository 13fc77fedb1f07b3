"""The resources of a section as a table, and the chosen one in full below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import DataTable, Static
from textual.widgets.data_table import ColumnKey

from karet_tui.call_form import Form, next_form
from karet_tui.change_text import change_text
from karet_tui.details import Details
from karet_tui.in_app import in_app
from karet_tui.marks import ACTIONS, BECAME
from karet_tui.outcome_text import became
from karet_tui.plain import cut
from karet_tui.steady_table import SteadyTable
from runbook.cost import price_text

if TYPE_CHECKING:
    from karet_tui.standing import Standing
    from runbook.cost.plan_prices import PlanPrices
    from runbook.engine.executor import StepReport
    from runbook.model import Change
    from runbook.runs.runs import Planned

_WIDE = 90
"""Columns of the pane from which there is room for kind and name."""


_SHORTEST = 12
"""Columns with which a reason still says something."""


class ResourcesPane(Vertical):
    """What a section makes, what would be done about it, and with which calls."""

    DEFAULT_CSS = """
    ResourcesPane #resources-note { padding: 0 1; }
    ResourcesPane #resources-table { height: auto; max-height: 50%; }
    ResourcesPane #change { height: 1fr; border-top: solid $border; padding: 0 1; }
    ResourcesPane #change:focus { border-top: solid $primary; }
    ResourcesPane.empty #change, ResourcesPane.empty #resources-table { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._changes: Sequence[Change] = ()
        self._steps: Mapping[str, StepReport] = {}
        self._prices: PlanPrices | None = None
        self._live: dict[str, tuple[str, str]] = {}
        self._note = ""
        self._planned: Planned | None = None
        self.form: Form = "aws"
        """How the calls of the chosen row are shown."""

    def compose(self) -> ComposeResult:
        yield Static("", id="resources-note", markup=False)
        yield SteadyTable(id="resources-table")
        with VerticalScroll(id="change") as pane:
            pane.border_title = "Details"
            yield Details(id="change-text")

    def show_standing(self, standing: Standing) -> None:
        """Show what is known of a section; the chosen row stays where it is as long as it is there."""
        fresh = standing.planned is not None and standing.planned is not self._planned
        self._planned = standing.planned
        self._changes = standing.changes or ()
        self._steps = standing.steps
        self._prices = standing.prices
        self._live.clear()
        self._note = _note(standing)
        self._draw()
        if fresh:
            self._choose_first()

    def _choose_first(self) -> None:
        """Of a plan that was just made, what it would change is looked at first: the rest stays as it is."""
        acting = [one for one in self._changes if one.stop] or [one for one in self._changes if one.action != "none"]
        if acting:
            self.choose(_key(acting[0]))

    def mark_live(self, states: Mapping[str, tuple[str, str]]) -> None:
        """Say what a run is doing to these resources.

        Parameters
        ----------
        states: per resource id the sign to show in place of its action, and the words in place of its reason.
        """
        fresh = {id_: said for id_, said in states.items() if self._live.get(id_) != said}
        self._live.update(states)
        table = self._table
        if not table.columns:
            return
        for change in self._changes:
            if change.id in fresh and _key(change) in table.rows:
                sign, words = fresh[change.id]
                table.change_cell(_key(change), "action", _sign(sign))
                if ColumnKey("reason") not in table.columns:
                    continue
                width = table.columns[ColumnKey("reason")].width
                table.change_cell(_key(change), "reason", Text(cut(words or change.reason, width)))

    @property
    def chosen(self) -> Change | None:
        """The change whose row is chosen."""
        key = self._chosen()
        return next((one for one in self._changes if _key(one) == key), None)

    def show_next_form(self) -> None:
        """Show the calls in another form."""
        self.form = next_form(self.form)
        self._show_change(self._chosen())

    def choose(self, key: str) -> None:
        """Choose a row by the step it stands for."""
        if key in self._table.rows:
            self._table.move_cursor(row=self._table.get_row_index(key), animate=False)

    def on_resize(self, event: Resize) -> None:
        del event
        self._draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_change(event.row_key.value)

    @property
    def _table(self) -> SteadyTable:
        return self.query_one("#resources-table", SteadyTable)

    def _draw(self) -> None:
        table = self._table
        chosen = self._chosen()
        self.query_one("#resources-note", Static).update(self._note)
        self.query_one("#resources-note").display = bool(self._note)
        self.set_class(not self._changes, "empty")
        with self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            columns = self._columns()
            for name, width in columns.items():
                table.add_column(_title(name), key=name, width=width)
            for change in self._changes:
                cells = self._cells(change)
                table.add_row(*(self._fit(cells[name], width) for name, width in columns.items()), key=_key(change))
            if chosen is not None and chosen in table.rows:
                table.move_cursor(row=table.get_row_index(chosen), animate=False)
        self._show_change(self._chosen())

    def _columns(self) -> dict[str, int]:
        """The columns that there is room for, with their widths; the reason takes what is left."""
        room = (self.size.width or 54) - 2
        wide = room >= _WIDE
        names = ["action", "resource", "kind", "name", "reason"] if wide else ["action", "resource", "reason"]
        if self._prices is not None and any(self._price(one) for one in self._changes):
            names.insert(-1, "price")
        width_of = {
            name: max([len(_title(name)), *(len(self._cells(one)[name].plain) for one in self._changes)])
            for name in names
        }
        width_of["resource"] = min(width_of["resource"], 40 if wide else 24)
        if wide:
            width_of["name"] = min(width_of["name"], 40)

        def left() -> int:
            return room - sum(width for name, width in width_of.items() if name != "reason") - 2 * len(width_of)

        if left() < _SHORTEST and "price" in width_of:
            # The first thing that a plan is asked is what it costs; a run, what became of each step.
            del width_of["price" if self._live or self._steps else "reason"]
        if "reason" in width_of:
            width_of["reason"] = max(_SHORTEST, min(width_of["reason"], left()))
        return width_of

    def _cells(self, change: Change) -> dict[str, Text]:
        return {
            "action": self._action(change),
            "resource": Text(cut(change.id, 200)),
            "kind": Text(cut(change.kind, 40)),
            "name": Text(cut(change.found.name or "", 200)),
            "price": Text(self._price(change), justify="right"),
            "reason": Text(cut(self._reason(change), 300)),
        }

    def _reason(self, change: Change) -> str:
        """Why something is to be done; after a run, what became of it."""
        step = self._steps.get(_key(change))
        if step is not None and change.action != "none":
            return became(step)
        if change.id in self._live and change.action != "none":
            return self._live[change.id][1] or change.reason
        return in_app(change.stop) or change.reason

    def _price(self, change: Change) -> str:
        return price_text.amount(self._prices, change) if self._prices else ""

    @staticmethod
    def _fit(cell: Text, width: int) -> Text:
        return Text(cut(cell.plain, width), style=cell.style, justify=cell.justify)

    def _action(self, change: Change) -> Text:
        if change.id in self._live and change.action != "none":
            return _sign(self._live[change.id][0])
        step = self._steps.get(_key(change))
        if step is not None and change.action != "none":
            return _sign(BECAME[step.became][0])
        if change.stop:
            return _sign("! stopped")
        return _sign(ACTIONS[change.action][0])

    def _chosen(self) -> str | None:
        table = self._table
        if not table.row_count or not table.is_valid_row_index(table.cursor_row):
            return None
        return table.coordinate_to_cell_key((table.cursor_row, 0)).row_key.value  # type: ignore[arg-type]

    def _show_change(self, key: str | None) -> None:
        change = next((one for one in self._changes if _key(one) == key), None)
        if change is None:
            self.query_one("#change-text", Details).show(Content(""))
            return
        price = price_text.of_change(self._prices, change) if self._prices else ""
        text = change_text(change, self._steps.get(_key(change)), price[:1].upper() + price[1:], self.form)
        self.query_one("#change-text", Details).show(text)
        self.query_one("#change", VerticalScroll).scroll_home(animate=False)


def _title(column: str) -> str:
    """What stands above a column."""
    return "A month" if column == "price" else column.capitalize()


def _key(change: Change) -> str:
    return change.step or change.id


def _sign(words: str) -> Text:
    loud = words.startswith(("✗", "±", "-", "!"))
    return Text(words, style="bold" if loud else "")


def _note(standing: Standing) -> str:
    """What to say above the table, or in its place."""
    if not standing.built:
        return "The runbook has only the text of this section so far, so there are no resources to show."
    if standing.doing and standing.changes is None:
        return f"{standing.doing.capitalize()} …"
    if standing.changes is None:
        return "Nobody has looked at this section yet. Press p to plan it: that only reads."
    if not standing.changes:
        return "There is nothing of this section in the account." if standing.removed else "Nothing to show."
    applied = standing.planned.applied if standing.planned else None
    return "\n".join(cut(line, 300) for line in applied.lines()) if applied else ""
