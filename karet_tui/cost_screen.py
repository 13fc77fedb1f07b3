"""The screen of costs: what the stack costs by section and resource, and what other ways out of the network would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Input, Static, TabbedContent, TabPane, Tabs

from karet_tui.bill_pane import BillPane
from karet_tui.choice_screen import ChoiceScreen
from karet_tui.commands import Command
from karet_tui.cost_curve import CostCurve
from karet_tui.cost_figures import Figures, Inputs, gib_typed, work_out
from karet_tui.cost_words import inputs_line, source, totals, words
from karet_tui.in_app import in_app
from karet_tui.network_table import NetworkTable
from karet_tui.saving_screen import SavingScreen
from karet_tui.walk_known import found_states
from runbook.cost import price_text
from runbook.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from runbook.runs.options import Options
    from runbook.runs.runs import Runs

BANDS = ("low", "typical", "high")


@dataclass
class _FiguresReady(Message):
    """The figures for some inputs are there."""

    figures: Figures


class CostScreen(SavingScreen):
    """The bill, and the comparison of the networks with inputs that can be varied."""

    KEYS: ClassVar[tuple[Command, ...]] = (
        Command("b", "pane('bill')", "Bill", "See the bill by section and resource."),
        Command("n", "pane('networks')", "Networks", "Compare the five ways out of the network."),
        Command("w", "use", "Use this", "Write the network under the cursor into the settings, then plan."),
        Command(
            "t",
            "traffic",
            "Traffic",
            "Type the traffic of a month in GiB; Enter goes back to the table.",
            shown="never",
        ),
        Command("plus", "scale(2)", "Double", "Twice the traffic.", shown="never"),
        Command("minus", "scale(0)", "Halve", "Half the traffic.", shown="never"),
        Command("z", "zones", "Zones", "Two or three availability zones.", shown="never"),
        Command("r", "region", "Region", "Take the prices of another region.", shown="never"),
        Command("u", "usage", "Usage", "Low, typical or high usage.", shown="never"),
        Command("0", "reset", "Yours", "Back to your own settings and their usage.", shown="wide"),
        Command("c", "curve", "Curve", "On a small terminal: the curve, or the words about it."),
    )

    DEFAULT_CSS = """
    CostScreen #totals { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CostScreen TabbedContent { height: 1fr; }
    CostScreen TabPane { padding: 0; }
    CostScreen #inputs { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CostScreen #traffic-line { height: 1; padding: 0 1; display: none; }
    CostScreen #traffic-line.asked { display: block; }
    CostScreen #traffic-line Static { width: auto; }
    CostScreen #traffic { height: 1; border: none; padding: 0 1; width: 16; background: $panel; }
    CostScreen #lower { height: 1fr; }
    CostScreen #words { width: 1fr; padding: 0 1; }
    CostScreen #curve-box { width: 2fr; display: none; }
    CostScreen.-wide #curve-box { display: block; }
    CostScreen.curve #curve-box { display: block; }
    CostScreen.-narrow.curve #words { display: none; }
    CostScreen.-narrow.-tall #lower { layout: vertical; }
    CostScreen.-narrow.-tall #words { height: auto; max-height: 40%; width: 100%; display: block; }
    CostScreen.-narrow.-tall #curve-box { display: block; width: 100%; height: 1fr; }
    CostScreen #curve-title { height: 1; padding: 0 1; color: $secondary; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, runs: Runs, options: Options) -> None:
        super().__init__(runs, options)
        deployment = runs.place.deployment
        self.inputs = Inputs(deployment.region, deployment.zones, deployment.usage)
        self.figures: Figures | None = None

    def part_title(self) -> str:
        return "What it costs"

    def content(self) -> Iterable[Widget]:
        yield Static("Working it out …", id="totals", markup=False)
        yield Static("", id="inputs", markup=False)
        with TabbedContent(id="panes", initial="bill"):
            with TabPane("Bill", id="bill"):
                yield BillPane()
            with TabPane("Networks", id="networks"), Vertical():
                with Horizontal(id="traffic-line"):
                    yield Static("GiB a month: ", markup=False)
                    yield Input(id="traffic", type="number", max_length=14)
                    yield Static("  Enter or Esc: done", markup=False)
                yield NetworkTable()
                with Horizontal(id="lower"):
                    with VerticalScroll(id="words"):
                        yield Static("", id="words-text", markup=False)
                    with Vertical(id="curve-box"):
                        yield Static(Content("$ a month over GiB a month"), id="curve-title")
                        yield CostCurve()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Tabs).can_focus = False
        self.query_one("#bill-table").focus()
        self._work_out()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def refused(self, command: Command) -> str:
        on_networks = self.query_one("#panes", TabbedContent).active == "networks"
        if command.action in ("use", "traffic", "scale(2)", "scale(0)", "curve"):
            if not on_networks:
                return "This belongs to the networks: press n first."
            if command.action == "curve" and not self._one_at_a_time:
                return "Curve and words are both on the screen."
        return ""

    @property
    def _one_at_a_time(self) -> bool:
        return self.has_class("-narrow") and not self.has_class("-tall")

    # -- figures -----------------------------------------------------------------------------------------------------

    def _work_out(self) -> None:
        deployment, inputs, runs, found = self.runs.place.deployment, self.inputs, self.runs, found_states(self.app)
        self.in_thread(
            "figures",
            "work out what it costs",
            lambda: _FiguresReady(work_out(deployment, inputs, runs.rates(), found)),
        )

    @on(_FiguresReady)
    def _figures_ready(self, event: _FiguresReady) -> None:
        event.stop()
        self.figures = event.figures
        self.query_one(BillPane).show_figures(event.figures)
        self.query_one(NetworkTable).show_figures(event.figures)
        self.query_one(CostCurve).show_figures(event.figures)
        self._draw()

    def _draw(self) -> None:
        if self.figures is None:
            return
        self.query_one("#totals", Static).update(totals(self.figures))
        self.query_one("#part").border_subtitle = Content(source(self.figures))
        self.query_one("#inputs", Static).update(inputs_line(self.figures, self.runs.place.deployment))
        self.query_one("#words-text", Static).update(words(self.figures, self.query_one(NetworkTable).chosen))
        self.show_keys()

    @on(DataTable.RowHighlighted, "#networks-table")
    def _network_chosen(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._draw()

    @on(TabbedContent.TabActivated)
    def _tab_shown(self) -> None:
        self.show_keys()

    # -- what the operator does --------------------------------------------------------------------------------------

    def action_pane(self, name: str) -> None:
        """Show the bill or the networks."""
        self.query_one("#panes", TabbedContent).active = name
        self.query_one("#bill-table" if name == "bill" else "#networks-table").focus()

    def action_curve(self) -> None:
        """On a small terminal, the curve in place of the words, or back."""
        if not self.says_why("curve"):
            self.toggle_class("curve")

    def action_zones(self) -> None:
        """The other number of zones."""
        self._vary(replace(self.inputs, zones=2 if self.inputs.zones == 3 else 3))

    def action_usage(self) -> None:
        """The next band; its traffic comes with it."""
        at = BANDS.index(self.inputs.band)
        self._vary(replace(self.inputs, band=BANDS[(at + 1) % len(BANDS)], traffic_gib=None))

    def action_region(self) -> None:
        """Ask for a region."""
        from runbook.pricing.snapshot import packaged

        def chosen(region: str | None) -> None:
            if region:
                self._vary(replace(self.inputs, region=region))

        regions = sorted({*packaged().regions(), self.inputs.region})
        self.app.push_screen(ChoiceScreen("Prices of which region?", regions, self.inputs.region), chosen)

    def action_scale(self, double: int) -> None:
        """Twice or half the traffic."""
        if self.figures and not self.says_why("scale(2)"):
            factor = Decimal(2) if double else Decimal("0.5")
            self._vary(replace(self.inputs, traffic_gib=round(self.figures.traffic_gib * factor, 3)))

    def action_reset(self) -> None:
        """Everything as the settings have it."""
        deployment = self.runs.place.deployment
        self._vary(Inputs(deployment.region, deployment.zones, deployment.usage))

    def _vary(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._work_out()

    def action_traffic(self) -> None:
        """Type the traffic; the figures follow while one types."""
        if self.figures is None or self.says_why("traffic"):
            return
        self.query_one("#traffic-line").add_class("asked")
        field = self.query_one("#traffic", Input)
        with self.prevent(Input.Changed):
            field.value = f"{self.figures.traffic_gib:.1f}"
        field.focus()
        field.action_select_all()

    @on(Input.Changed, "#traffic")
    def _traffic_typed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            self._vary(replace(self.inputs, traffic_gib=gib_typed(event.value)))
        except SettingsError:
            # Half a number is no mistake yet; the figures stay at the last whole one.
            return

    @on(Input.Submitted, "#traffic")
    def _traffic_done(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            gib_typed(event.value)
        except SettingsError as error:
            self.notify(in_app(f"{error.message}. {error.hint}"), markup=False, timeout=4)
            return
        self._leave_traffic()

    def _leave_traffic(self) -> None:
        self.query_one("#traffic-line").remove_class("asked")
        self.query_one("#networks-table").focus()

    def action_back(self) -> None:
        """Out of the field, or back to the walk."""
        if self.query_one("#traffic-line").has_class("asked"):
            self._leave_traffic()
        else:
            super().action_back()

    def action_use(self) -> None:
        """Ask whether to write the network under the cursor into the settings."""
        if self.figures is None or self.says_why("use"):
            return
        network = self.query_one(NetworkTable).chosen
        option = self.figures.comparison[network]
        if not option.deployable:
            self.notify(
                f"{network} is priced only: the runbook does not build it. Choose one that can be built.",
                markup=False,
                timeout=5,
            )
        elif network == self.runs.place.deployment.network:
            self.notify(f"{network} is the network of the settings already.", markup=False, timeout=4)
        else:
            difference = self.figures.difference(network)
            more = "more" if difference >= 0 else "less"
            about = f"{price_text.dollars(abs(difference))} {more} than {self.figures.network}"
            if not option.carries_all:
                about += f"; it has no way for {option.unreachable_gib:,.0f} GiB of the traffic"
            self.ask_to_save({"network": network}, about)
