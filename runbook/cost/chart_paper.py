"""The paper that charts are drawn on: one look, colours that follow dark and light, the same text every time."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Ink:
    """A colour on light paper and its twin on dark paper."""

    light: str
    dark: str


PAPER: Final = Ink("#ffffff", "#15181c")
TEXT: Final = Ink("#1f2328", "#e7eaee")
FAINT: Final = Ink("#59636e", "#a3adb8")
GRID: Final = Ink("#d8dde2", "#343b43")
NETWORK_INKS: Final = {
    "nat": Ink("#0063a3", "#5cb3f5"),
    "nat-per-az": Ink("#7a3e9d", "#c79be6"),
    "endpoints": Ink("#b84a00", "#ff9a56"),
    "nat-no-s3": Ink("#8a6d00", "#dcc04a"),
    "public-ip": Ink("#007a52", "#3fcf9b"),
}
FIXED: Final = Ink("#0b5fa0", "#62b5f2")
BY_USE: Final = Ink("#c2560a", "#ffa062")
INKS: Final = (PAPER, TEXT, FAINT, GRID, *NETWORK_INKS.values(), FIXED, BY_USE)
"""Every colour that a chart may have; no two share their light one, by which the dark one is found."""

_MEASURED = "DejaVu Sans"
"""The font that comes with the chart library: letters are measured in it on every machine."""
_SHOWN = f"'{_MEASURED}', Verdana, Arial, sans-serif"
_STYLE: dict[Any, Any] = {
    "font.family": _MEASURED,
    "font.size": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "karet",
    "figure.facecolor": PAPER.light,
    "axes.facecolor": PAPER.light,
    "axes.edgecolor": FAINT.light,
    "axes.labelcolor": TEXT.light,
    "axes.titlecolor": TEXT.light,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID.light,
    "grid.linewidth": 0.8,
    "text.color": TEXT.light,
    "xtick.color": FAINT.light,
    "xtick.labelcolor": TEXT.light,
    "ytick.color": FAINT.light,
    "ytick.labelcolor": TEXT.light,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
}


@dataclass(frozen=True)
class Chart:
    """A chart as the text of an SVG picture.

    Parameters
    ----------
    says: what the picture shows in a sentence, for those who cannot see it.
    """

    svg: str
    says: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook keeps of it: the picture and its sentence."""
        return {"image/svg+xml": self.svg, "text/plain": self.says}


@contextmanager
def paper(width_in: float, height_in: float) -> Iterator[Figure]:
    """A blank figure in the house's look; whatever is drawn inside has that look.

    Raises
    ------
    RunbookError: the chart library is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise RunbookError(
            "charts need matplotlib, which is not installed",
            hint="Install the extra: pip install 'karet-runbook[notebooks]'.",
        ) from error
    with mpl.rc_context(_STYLE):
        yield Figure(figsize=(width_in, height_in), layout="constrained")


def printed(figure: Figure, says: str) -> Chart:
    """The figure as a picture that is the same text every time it is drawn."""
    made = io.StringIO()
    figure.savefig(made, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Chart(_finished(made.getvalue(), says), says)


_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def _finished(svg: str, says: str) -> str:
    """Without preamble and names nobody refers to, coordinates to a hundredth, with sentence and dark colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[a-z]+[\w.]*?_\d+">', "<g>", svg)
    svg = svg.replace("*{stroke-linejoin", ".karet-chart *{stroke-linejoin").replace(f"'{_MEASURED}'", _SHOWN)
    svg = _NUMBER.sub(lambda found: _short(float(found[0])), svg)
    # Rules reach neither what a mark is drawn from, which then takes the colour of its place, nor plain attributes.
    svg = re.sub(r'(<path id="m\w+"[^>]*style=")stroke: #\w{6}(?:; )?', r"\1", svg)
    svg = re.sub(r' fill="(#\w{6})"', r' style="fill: \1"', svg)
    svg = re.sub(r"> <", "><", re.sub(r"\s+", " ", svg))
    opening, rest = svg.split(">", 1)
    label = html.escape(says, quote=True)
    head = f'{opening} class="karet-chart" role="img" aria-label="{label}"><title>{html.escape(says)}</title>'
    return f"{head}<style>{_dark_rules()}</style>{rest.strip()}\n"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _dark_rules() -> str:
    """Rules for dark paper; a viewer that leaves them out shows the light picture whole."""
    rules = "".join(
        f'.karet-chart [style*="{what}: {ink.light}"]{{{what}:{ink.dark}!important}}'
        for ink in INKS
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{rules}}}"
