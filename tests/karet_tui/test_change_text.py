"""One change in full says what of others a removal meets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from karet_tui.change_text import change_text
from karet_tui.details import hanging
from runbook.model import Change, State
from runbook.obstacle import Obstacle


def test_what_is_in_the_way_of_a_removal_and_what_goes_along_is_told_apart() -> None:
    found = State("ready", name="subnet-1", foreign=("an entry of somebody else",))
    met = (Obstacle("network interface eni-1", "blocks"), Obstacle("12 images", "goes along"))
    removal = Change(id="network.private-a", action="delete", reason="goes", found=found, obstacles=met)
    lines = change_text(removal).plain.splitlines()
    assert (
        lines.index("  network interface eni-1") == next(at for at, one in enumerate(lines) if "In the way" in one) + 1
    )
    assert lines.index("  12 images") == next(at for at, one in enumerate(lines) if "Goes along" in one) + 1
    assert not any("Kept" in line for line in lines)
    assert any("Kept" in line for line in change_text(Change("a", "none", "", found=found)).plain.splitlines())


@given(st.lists(st.text(alphabet="ab c漢-", max_size=60), max_size=5), st.integers(25, 60))
def test_a_folded_line_goes_on_further_right_and_loses_nothing(lines: list[str], width: int) -> None:
    folded = hanging(Content("\n".join(lines)), width)
    assert all(line.cell_length <= width for line in folded.split(allow_blank=True))
    assert folded.plain.replace(" ", "").replace("\n", "") == "".join(lines).replace(" ", "")


def test_what_is_folded_stands_two_columns_further_right_in_its_colour() -> None:
    text = Content.assemble("short\n    ", ("--policy", "bold"), " ", ("x" * 30, "italic"))
    assert hanging(text, 30).plain.splitlines() == ["short", "    --policy", f"      {'x' * 24}", f"      {'x' * 6}"]
    assert {str(span.style) for span in hanging(text, 30).spans} == {"bold", "italic"}
