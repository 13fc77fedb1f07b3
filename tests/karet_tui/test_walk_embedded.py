"""The whole way with the keyboard alone, on the embedded AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tui_steps import SMALL, WIDE, pressed, settled

from karet_tui.app import KaretApp
from runbook.runs.options import Options


def app_on(runs: Any, tmp_path: Path) -> KaretApp:
    return KaretApp(Options(rehearsal=True, state_dir=tmp_path), open_runs=lambda *_: runs)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_sections_1_to_3_are_walked_by_keyboard_alone(size: Any, open_runs: Any, tmp_path: Path) -> None:
    app = app_on(open_runs(), tmp_path)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for number in (1, 2, 3):
            assert app.walk.number == number
            await pressed(pilot, "p", "a", "enter", "v")
            assert (app.walk.here.ended, app.walk.here.failed_checks) == ("done", 0)
            assert app.walk.here.verified
            await pressed(pilot, "n")
        assert app.walk.number == 4
    again = open_runs()
    assert [one.id for one in again.plan(["1", "2", "3"]).plan.acting] == []
