"""The sentences of the cost screen: totals, inputs, and what the comparison of the networks says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from karet_tui.plain import counted, one_line
from runbook.cost.network_answer import answer
from runbook.cost.price_text import dollars

if TYPE_CHECKING:
    from karet_tui.cost_figures import Figures
    from runbook.settings import Deployment


def totals(figures: Figures) -> Content:
    """What everything costs a month and an hour, and what exists now."""
    bill = figures.declared
    bound = "at least " if bill.at_least else ""
    return Content.assemble(
        ("A month ", "$secondary"),
        (f"{bound}{dollars(bill.usd_per_month)}", "bold"),
        ("   an hour without use ", "$secondary"),
        (f"${bill.usd_per_hour_running:.4f}", "bold"),
        ("   exists now ", "$secondary"),
        _now(figures),
    )


def source(figures: Figures) -> str:
    """Where the prices come from."""
    bill = figures.declared
    return one_line(f"prices: {bill.source} of {bill.as_of}, list prices without taxes")


def _now(figures: Figures) -> Content:
    if figures.exists is None:
        return Content.styled("not known", "italic")
    bound = "at least " if figures.exists.at_least else ""
    return Content.styled(f"{bound}{dollars(figures.exists.usd_per_month)}", "bold")


def inputs_line(figures: Figures, deployment: Deployment) -> Content:
    """What the figures are for, each behind the key that varies it; what is not the settings' own is marked."""
    inputs = figures.inputs
    parts = (
        ("t", "Traffic", f"{figures.traffic_gib:,.1f} GiB", inputs.traffic_gib is not None),
        ("z", "Zones", str(inputs.zones), inputs.zones != deployment.zones),
        ("r", "Region", inputs.region, inputs.region != deployment.region),
        ("u", "Usage", inputs.band, inputs.band != deployment.usage),
    )
    said = [
        Content.assemble((key, "bold $accent"), (f" {name} ", "$secondary"), (one_line(value), "bold"), "*" * varied)
        for key, name, value, varied in parts
    ]
    if any(varied for *_, varied in parts):
        said.append(Content.assemble(("0", "bold $accent"), (" * not yours", "$secondary")))
    return Content("   ").join(said)


def words(figures: Figures, network: str) -> Content:
    """What the comparison says, and what is not in the bill of the chosen network."""
    return Content("\n").join(_words(figures, network))


def _words(figures: Figures, network: str) -> Iterator[Content]:
    for sentence in answer(figures.comparison):
        yield Content(one_line(sentence))
    if not network:
        return
    points = [at for at in figures.comparison.break_even if network in (at.one, at.other) and at.along == "total"]
    yield Content.styled(f"\n{one_line(network)}: break-even when all traffic grows", "bold $text-accent")
    if not points:
        yield Content("It changes places with no other network.")
    for at in points:
        other = at.other if at.one == network else at.one
        yield Content.assemble(
            f"with {one_line(other)} at ",
            (f"{at.gib:,.1f} GiB", "bold"),
            f": {at.below} is cheaper below, {at.above} above",
        )
        yield Content.styled(f"  {at.formula}", "$secondary")
    if told := figures.comparison.trade_offs[network]:
        yield Content.styled("\nNot in the bill", "bold $text-accent")
        yield from (Content(f"- {one_line(one)}") for one in told)
    unknown = figures.comparison[network].bill.unknown
    if unknown:
        yield Content.styled(f"\n{counted(len(unknown), 'price')} unknown", "bold $text-warning")
        yield from (Content(f"- {one_line(one.label)}: {one_line(one.note)}") for one in unknown)
