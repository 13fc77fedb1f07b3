"""The bills of the networks over the traffic, drawn with characters: each line is made of its network's own sign."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.color import Color
from textual_plotext import PlotextPlot

if TYPE_CHECKING:
    from karet_tui.cost_figures import Figures

SIGNS: Mapping[str, str] = {"nat": "●", "nat-per-az": "■", "endpoints": "◆", "nat-no-s3": "+", "public-ip": "x"}
"""What the line of each network is made of, so that nobody has to tell colours apart."""

COLOURS: Mapping[str, str] = {
    "nat": "primary",
    "nat-per-az": "success",
    "endpoints": "accent",
    "nat-no-s3": "error",
    "public-ip": "secondary",
}
"""Variables of the theme."""

_GIB = (10, 100, 1_000, 10_000, 100_000)
_USD = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)


class CostCurve(PlotextPlot):
    """Dollars a month over GiB a month, both in powers of ten; a line of dots stands at the traffic chosen."""

    DEFAULT_CSS = """
    CostCurve { height: 1fr; min-height: 6; }
    """

    def __init__(self) -> None:
        super().__init__(id="curve")
        self._figures: Figures | None = None

    def show_figures(self, figures: Figures) -> None:
        """Draw these."""
        self._figures = figures
        self._draw()

    def on_mount(self) -> None:
        # The pictures of a theme are made when it is chosen, and the lines have its colours too.
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        figures, plot = self._figures, self.plt
        if figures is None or not figures.curves:
            return
        plot.clear_data()
        plot.clear_figure()
        shown = {name: points for name, points in figures.curves.items() if all(usd > 0 for _, usd in points)}
        dollars = [usd for points in shown.values() for _, usd in points]
        if not dollars:
            return
        low, high = math.log10(min(dollars)), math.log10(max(dollars))
        # The settings' own network is drawn last, over the others.
        for name in sorted(shown, key=lambda one: one == figures.network):
            points = shown[name]
            plot.plot(
                [math.log10(gib) for gib, _ in points],
                [math.log10(usd) for _, usd in points],
                marker=SIGNS[name],
                color=self._colour(COLOURS[name]),
            )
        at = float(figures.traffic_gib)
        if _GIB[0] <= at <= _GIB[-1]:
            plot.vline(math.log10(at), self._colour("foreground"))
        plot.xticks([math.log10(one) for one in _GIB], [f"{one:,}" for one in _GIB])
        steps = [one for one in _USD if low - 0.1 <= math.log10(one) <= high + 0.1]
        if self.size.height < 14:
            steps = [one for one in steps if str(one)[0] == "1"] or steps
        plot.yticks([math.log10(one) for one in steps], [f"${one:,}" for one in steps])
        plot.xlim(math.log10(_GIB[0]), math.log10(_GIB[-1]))
        plot.ylim(low - 0.05, high + 0.05)
        self.refresh()

    def _colour(self, variable: str) -> tuple[int, int, int]:
        return Color.parse(self.app.theme_variables[variable]).rgb
