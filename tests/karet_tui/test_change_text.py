"""One change in full says what of others a removal meets."""

from __future__ import annotations

from karet_tui.change_text import change_text
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
