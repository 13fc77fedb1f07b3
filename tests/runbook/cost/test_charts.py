"""Charts: legible on light and dark paper, units on every axis, break-even points marked, the same text every time."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from cost_samples import RATES

from runbook.cost.chart_paper import INKS, NETWORK_INKS, PAPER, Chart
from runbook.cost.charts import DASHES, Bar, bars, curves, winners
from runbook.cost.network_grid import network_grid
from runbook.cost.network_lines import NETWORKS
from runbook.cost.networks import compare, curve
from runbook.cost.traffic import Traffic
from runbook.cost.usage import USAGE

TRAFFIC = Traffic.of(USAGE["typical"])
GROUND = [1.0, 30.0, 1000.0, 30000.0]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _words(chart: Chart) -> list[str]:
    """Everything that is written in a picture, which has to be well-formed."""
    root = ElementTree.fromstring(chart.svg)  # noqa: S314 (a picture of our own)
    return [one.text or "" for one in root.iter() if one.tag.endswith("}text")]


@pytest.fixture(scope="module")
def bills() -> Chart:
    found = compare("us-east-1", RATES, TRAFFIC)
    return curves(
        {name: curve(name, found.inputs, RATES, "services") for name in NETWORKS},
        found.between("nat", "endpoints"),
        Decimal(2000),
        Decimal("5.3"),
        traffic="logs",
        title="Bills",
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_can_be_told_on_both_papers_and_without_colour(name: str) -> None:
    ink = NETWORK_INKS[name]
    # WCAG 2.2: 4.5 for text, and the names of the networks are written in their colours.
    assert _contrast(ink.light, PAPER.light) >= 4.5
    assert _contrast(ink.dark, PAPER.dark) >= 4.5
    assert len({str(DASHES[other]) for other in NETWORKS}) == len(NETWORKS)


def test_no_two_colours_share_the_light_one_that_the_dark_one_is_found_by() -> None:
    assert len({ink.light for ink in INKS}) == len(INKS)


def test_curves_say_units_networks_and_the_amount_at_which_two_bills_meet(bills: Chart) -> None:
    words = _words(bills)
    assert "US dollars a month" in words
    assert "GiB a month to logs" in words
    assert set(NETWORKS) <= set(words)
    point = compare("us-east-1", RATES, TRAFFIC).between("nat", "endpoints")[0]
    assert f"{point.gib:,.0f} GiB" in words
    assert "nat = endpoints" in words
    assert f"nat and endpoints cost the same at {point.gib:,.0f} GiB" in bills.says


def test_every_colour_of_a_picture_has_a_dark_one(bills: Chart) -> None:
    used = set(re.findall(r"(?:fill|stroke): (#\w{6})", bills.svg.split("</style>", 1)[1]))
    assert used <= {ink.light for ink in INKS}
    for colour in used:
        assert f'[style*="fill: {colour}"]' in bills.svg


def test_a_picture_stands_alone_and_is_read_out(bills: Chart) -> None:
    addresses = set(re.findall(r"https?://[^\"' ]+", bills.svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in bills.svg
    assert 'role="img"' in bills.svg
    assert "<title>Bills." in bills.svg


def test_the_same_chart_is_the_same_text() -> None:
    rows = [Bar("services", Decimal(70), Decimal(2)), Bar("logs", Decimal(0), Decimal("2.505"))]
    one, two = (bars({"by section": rows}, title="A bill") for _ in range(2))
    assert one.svg == two.svg
    assert {"services", "72.00", "2.51", "due without any use", "by use", "US dollars a month"} <= set(_words(one))


def test_a_bar_with_an_unknown_part_says_at_least() -> None:
    drawn = bars({"": [Bar("s3", Decimal(1), Decimal(1), at_least=True)]}, title="A bill")
    assert "at least 2.00" in _words(drawn)


def test_the_map_names_each_winner_and_marks_today() -> None:
    inputs = compare("us-east-1", RATES, TRAFFIC).inputs
    grid = network_grid(inputs, RATES, "services", GROUND, "s3_gib", GROUND, networks=("nat-no-s3", "endpoints"))
    drawn = winners({"two": grid}, (Decimal(5), Decimal(100)), x_traffic="logs", y_traffic="S3", title="The cheapest")
    assert {"nat-no-s3", "endpoints", "now", "GiB a month to logs", "GiB a month to S3"} <= set(_words(drawn))
    assert "two: endpoints is the cheapest in" in drawn.says
    outside = winners({"": grid}, (Decimal(0), Decimal(0)), x_traffic="logs", y_traffic="S3", title="The cheapest")
    assert "now" not in _words(outside)


def test_a_map_with_one_network_is_its_colour() -> None:
    inputs = compare("us-east-1", RATES, TRAFFIC).inputs
    grid = network_grid(inputs, RATES, "services", GROUND, "s3_gib", GROUND, networks=("nat",))
    drawn = winners({"": grid}, (Decimal(0), Decimal(0)), x_traffic="logs", y_traffic="S3", title="The cheapest")
    assert "nat is the cheapest in 100%" in drawn.says
