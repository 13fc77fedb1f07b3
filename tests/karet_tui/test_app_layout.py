from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import DataTable
from tui_steps import SMALL, WIDE, pressed, settled

from karet_tui.app import KaretApp
from karet_tui.keys_line import KeysLine
from karet_tui.place_line import PlaceLine
from runbook.runs.options import Options

ROOT = Path(__file__).parents[2]


def whole(app: Any, *widgets: Any) -> None:
    """Every one of these is on the screen with all its sides."""
    width, height = app.size
    for widget in widgets:
        region = widget.region
        assert region.width > 0, widget
        assert region.height > 0, widget
        assert (region.x >= 0, region.y >= 0) == (True, True), widget
        assert (region.right <= width, region.bottom <= height) == (True, True), widget


@pytest.mark.parametrize(
    "size", [SMALL, *(pytest.param(one, marks=pytest.mark.prove) for one in [(100, 30), (120, 40), WIDE])]
)
async def test_on_every_size_the_place_the_sections_the_pane_and_the_keys_are_whole(size: Any, make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        fixed = [app.query_one(PlaceLine), app.query_one("#sections"), app.query_one("#next"), app.query_one("#keys")]
        whole(app, *fixed, app.view.text)
        await pressed(pilot, "n", "p")
        table = app.query_one("#resources-table", DataTable)
        whole(app, *fixed, table, app.query_one("#change"))
        assert table.virtual_size.width <= table.size.width, "no column is cut"
        await pressed(pilot, "v")
        checks = app.query_one("#checks-table", DataTable)
        whole(app, *fixed, checks, app.query_one("#check"))
        assert checks.virtual_size.width <= checks.size.width, "no column is cut"
        await pressed(pilot, "l")
        whole(app, *fixed, app.query_one("#runs"), app.query_one("#log"))


async def test_on_a_very_wide_terminal_the_text_stands_beside_the_resources(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p")
        whole(app, app.view.text, app.query_one("#resources-table"), app.query_one("#sections"))
        assert app.view.text.number == 2
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        await pressed(pilot, "t")
        whole(app, app.view.text)
        assert app.view.pane == "text"
        assert app.view.text.number == 2


async def test_the_line_of_keys_fits_into_80_columns(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p")
        assert all(len(str(one.render())) <= 78 for one in app.query(KeysLine))


async def test_a_key_can_be_clicked(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.click(KeysLine, offset=(2, 0))
        await settled(pilot)
    assert fake.log == ["plan 1"]


async def test_the_place_is_always_on_the_screen(make_app: Any, fake: FakeRuns) -> None:
    fake.rehearsal = False
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        line = str(app.query_one(PlaceLine).render())
    for fact in ("REAL ACCOUNT", "123456789012", "eu-central-1", "stack karet", "user/ada"):
        assert fact in line


async def test_states_are_symbols_and_words_without_any_colour(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        listed = [str(one.prompt) for one in app.query_one("#sections").options]
    assert listed[0].split() == ["▲", "1", "Prerequisites", "1", "change"]
    assert listed[3].split()[-2:] == ["text", "only"]


def test_importing_the_app_loads_nothing_slow() -> None:
    slow = "boto3 botocore moto pandas pydantic flask werkzeug"
    code = f"import sys, karet_tui.app; print([one for one in '{slow}'.split() if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_first_frame_needs_nothing_that_is_slow(fake: FakeRuns, tmp_path: Path) -> None:
    """The document and the library are asked for only after the first frame is on the screen."""
    released = threading.Event()

    def read_sections() -> Any:
        released.wait(10)
        return fake.sections

    app = KaretApp(
        Options(rehearsal=True, state_dir=tmp_path),
        open_runs=lambda *_: fake,  # type: ignore[arg-type]
        read_sections=read_sections,
    )
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        frame = app.export_screenshot()
        released.set()
        await settled(pilot)
        assert app.walk.runs is fake
    for words in ("Sections", "REHEARSAL", "Opening:&#160;reading&#160;the&#160;settings"):
        assert words in frame
