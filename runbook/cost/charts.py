"""The charts: bills that grow with traffic and where they cross, which network wins over two kinds of traffic, and a
bill in bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from runbook.cost.break_even import Curve
from runbook.cost.chart_paper import BY_USE, FAINT, FIXED, NETWORK_INKS, PAPER, TEXT, Chart, paper, printed
from runbook.cost.estimate import cents
from runbook.cost.networks import BreakEven

if TYPE_CHECKING:
    from runbook.cost.network_grid import NetworkGrid

DASHES: Final[Mapping[str, Any]] = {
    "nat": "-",
    "nat-per-az": (0, (6, 1.6)),
    "endpoints": (0, (3, 1.2)),
    "nat-no-s3": (0, (1.2, 1.2)),
    "public-ip": (0, (6, 1.5, 1.2, 1.5)),
}
"""A line is told by its dashes and its name too, not by its colour alone."""

USD: Final = "US dollars a month"


@dataclass(frozen=True)
class Bar:
    """One bar: what is due without any use, and what comes by use."""

    name: str
    fixed_usd: Decimal
    by_use_usd: Decimal
    at_least: bool = False

    @property
    def usd(self) -> Decimal:
        """Both parts."""
        return self.fixed_usd + self.by_use_usd


def curves(
    bills: Mapping[str, Curve], points: Sequence[BreakEven], until: Decimal, now: Decimal, *, traffic: str, title: str
) -> Chart:
    """What each network costs over an amount of traffic, with the amounts at which two cost the same.

    Parameters
    ----------
    bills: network -> its bill; straight between two bends, so the ends of the pieces are the whole curve.
    points: the break-even points to mark; those beyond `until` are left out.
    until: the last amount, GiB a month.
    now: today's amount, marked by a line.
    traffic: what the amount counts, such as "logs and secrets".
    """
    shown = [point for point in points if point.gib <= until]
    with paper(9, 5) as figure:
        axes = figure.subplots()
        for name, bill in bills.items():
            amounts = sorted({Decimal(0), until, *(bend for bend in bill.bends if bend < until)})
            usd = [float(bill.bill(amount)) for amount in amounts]
            ink = NETWORK_INKS[name].light
            axes.plot([float(one) for one in amounts], usd, color=ink, linestyle=DASHES[name], label=name)
        for name, height in _apart({name: float(bill.bill(until)) for name, bill in bills.items()}, axes).items():
            axes.annotate(
                name,
                (float(until), height),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=NETWORK_INKS[name].light,
                annotation_clip=False,
            )
        _mark(axes, shown)
        axes.axvline(float(now), color=FAINT.light, linewidth=1, linestyle=(0, (2, 2)))
        axes.annotate(
            f"now: {_amount(now)} GiB",
            (float(now), 1),
            xycoords=("data", "axes fraction"),
            xytext=(5, -3),
            textcoords="offset points",
            va="top",
            color=FAINT.light,
        )
        axes.set(xlabel=f"GiB a month to {traffic}", ylabel=USD, title=title, xlim=(0, float(until)))
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter(_thousands)
        axes.yaxis.set_major_formatter(_thousands)
        said = "; ".join(f"{one.one} and {one.other} cost the same at {_amount(one.gib)} GiB" for one in shown)
        return printed(figure, f"{title}. {said or 'No two lines cross'}.")


def winners(
    grids: Mapping[str, NetworkGrid], now: tuple[Decimal, Decimal], *, x_traffic: str, y_traffic: str, title: str
) -> Chart:
    """Maps over two kinds of traffic: which network is the cheapest where.

    Parameters
    ----------
    grids: heading -> the bills over one and the same ground.
    now: today's two amounts; marked where they lie on the map.
    x_traffic, y_traffic: what the two amounts count.
    """
    said = []
    with paper(9, 4.6) as figure:
        panels = figure.subplots(1, len(grids), sharey=True, squeeze=False)[0]
        for axes, (heading, grid) in zip(panels, grids.items(), strict=True):
            for name in grid.networks:
                if share := grid.share(name):
                    said.append(f"{heading}: {name} is the cheapest in {share:.0%} of the map")
                    _region(axes, grid, name)
            axes.set(xscale="log", yscale="log", title=heading, xlabel=f"GiB a month to {x_traffic}")
            axes.xaxis.set_major_formatter(_thousands)
            axes.yaxis.set_major_formatter(_thousands)
            axes.minorticks_off()
            _here(axes, grid, now)
            axes.grid(visible=False)
        panels[0].set_ylabel(f"GiB a month to {y_traffic}")
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
        return printed(figure, f"{title}. {'; '.join(said)}.")


def bars(panels: Mapping[str, Sequence[Bar]], *, title: str) -> Chart:
    """Bills as bars, each in its fixed part and its part by use.

    Parameters
    ----------
    panels: heading -> bars, drawn below each other on one scale; an empty heading is left out.
    """
    heights = [len(rows) for rows in panels.values()]
    said = []
    with paper(9, 1.1 + 0.5 * len(panels) + 0.34 * sum(heights)) as figure:
        places = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (heading, rows) in zip(places, panels.items(), strict=True):
            drawn = list(reversed(rows))
            names = [row.name for row in drawn]
            fixed, by_use = ([float(usd) for usd in part] for part in zip(*_parts(drawn), strict=True))
            axes.barh(names, fixed, color=FIXED.light, label="due without any use", height=0.66)
            axes.barh(
                names,
                by_use,
                left=fixed,
                color=BY_USE.light,
                edgecolor=PAPER.light,
                hatch="////",
                linewidth=0,
                label="by use",
                height=0.66,
            )
            for row in drawn:
                text = f"{'at least ' if row.at_least else ''}{cents(row.usd):,}"
                axes.annotate(
                    text, (float(row.usd), row.name), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9
                )
            axes.set_title(heading, fontsize=11)
            axes.margins(x=0.12, y=0.02)
            axes.set_xlim(left=0)
            axes.xaxis.set_major_formatter(_thousands)
            axes.grid(visible=False, axis="y")
            axes.tick_params(axis="y", length=0)
            said += [f"{row.name} {cents(row.usd):,}" for row in rows]
        places[-1].set_xlabel(USD)
        figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower left", ncols=2, fontsize=10)
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
        return printed(figure, f"{title}, in {USD}. {'; '.join(said)}.")


def _parts(rows: Sequence[Bar]) -> list[tuple[Decimal, Decimal]]:
    return [(row.fixed_usd, row.by_use_usd) for row in rows] or [(Decimal(0), Decimal(0))]


def _mark(axes: Any, points: Sequence[BreakEven]) -> None:
    """A ring at each break-even point, with its amount below and to the right, where rising lines leave room."""
    for point in points:
        at = (float(point.gib), float(point.crossing.usd))
        axes.plot(*at, marker="o", markersize=8, color=TEXT.light, markerfacecolor=PAPER.light, linestyle="none")
        axes.annotate(
            f"{_amount(point.gib)} GiB\n{point.below} = {point.above}",
            at,
            xytext=(8, -9),
            textcoords="offset points",
            va="top",
            fontsize=9.5,
            bbox={"facecolor": PAPER.light, "edgecolor": "none", "pad": 1},
        )


def _region(axes: Any, grid: NetworkGrid, name: str) -> None:
    """The ground on which one network is the cheapest, with its name in the middle of it."""
    ink = NETWORK_INKS[name].light
    if len(grid.networks) == 1 or grid.share(name) == 1:
        axes.axhspan(grid.ys[0], grid.ys[-1], color=ink, linewidth=0)
    else:
        axes.contourf(grid.xs, grid.ys, grid.margin(name), levels=[-1e12, 0], colors=[ink])
    rows, columns = (grid.cheapest == grid.networks.index(name)).nonzero()
    axes.text(
        grid.xs[int(columns.mean())],
        grid.ys[int(rows.mean())],
        name,
        ha="center",
        va="center",
        color=PAPER.light,
        fontweight="bold",
        fontsize=11,
    )


def _here(axes: Any, grid: NetworkGrid, now: tuple[Decimal, Decimal]) -> None:
    x, y = (float(gib) for gib in now)
    if not (grid.xs[0] <= x <= grid.xs[-1] and grid.ys[0] <= y <= grid.ys[-1]):
        return
    axes.plot(x, y, marker="o", markersize=8, color=PAPER.light, markerfacecolor="none", markeredgewidth=2)
    axes.annotate("now", (x, y), xytext=(8, 0), textcoords="offset points", va="center", color=PAPER.light, fontsize=10)


def _apart(heights: Mapping[str, float], axes: Any) -> dict[str, float]:
    """Heights for names beside the ends of lines, moved up where two would lie over each other."""
    least = axes.get_ylim()[1] * 0.055
    moved: dict[str, float] = {}
    last = float("-inf")
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = max(height, last + least)
        moved[name] = last
    return moved


def _thousands(value: float, _: float) -> str:
    return f"{value:,.0f}"


def _amount(gib: Decimal) -> str:
    return f"{gib:,.0f}" if gib >= 100 else f"{gib:,.1f}"
