from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fake_runs import BUCKET
from screen_app import PricedRuns, ScreenApp, calm, keys_of, press, text_of, told
from textual.widgets import DataTable, Static

from karet_tui.choice_screen import ChoiceScreen
from karet_tui.cost_figures import Inputs, gib_typed, sums, work_out
from karet_tui.cost_screen import CostScreen
from karet_tui.full_screen import SettingsSaved
from karet_tui.network_table import NetworkTable
from karet_tui.save_screen import SaveScreen
from karet_tui.standing import Standing
from runbook.errors import SettingsError
from runbook.model import State
from runbook.pricing.snapshot import snapshot
from runbook.runs.costs import Question, networks
from runbook.runs.options import Options

SMALL, BIG = (80, 24), (120, 40)


def screen(tmp_path: Path, text: str = "", **more: Any) -> CostScreen:
    file = tmp_path / "karet.toml"
    if text:
        file.write_text(text)
    options = Options(rehearsal=True, state_dir=tmp_path, config=file, environ={}, **more)
    return CostScreen(PricedRuns(), options)  # type: ignore[arg-type]


def figures(**more: Any) -> Any:
    deployment = PricedRuns().place.deployment
    return work_out(deployment, Inputs("eu-central-1", 2, "typical", **more), snapshot(), None)


def test_the_whole_stack_with_another_network_is_what_karet_cost_says() -> None:
    asked = Question(Options(rehearsal=True, region="eu-central-1", environ={}))
    expected = networks(asked)[0].stacks
    mine = figures()
    for name, bill in expected.items():
        assert abs(mine.whole_stack(name) - bill.usd_per_month) < Decimal("0.005"), name


def test_sums_add_up_to_the_bill() -> None:
    mine = figures()
    rows = sums(mine)
    assert sum(one.month for one in rows if not one.resource) == mine.declared.usd_per_month
    assert sum(one.month for one in rows if one.resource) == mine.declared.usd_per_month


def test_curves_meet_where_the_break_even_says() -> None:
    mine = figures(traffic_gib=Decimal(1000))
    (at,) = (one for one in mine.comparison.between("nat", "endpoints", "total"))
    nat, endpoints = mine.curves["nat"], mine.curves["endpoints"]
    cheaper = [gib for (gib, one), (_, other) in zip(nat, endpoints, strict=True) if one < other]
    assert max(cheaper) < float(at.gib) < min(gib for gib, _ in nat if gib > max(cheaper))


@pytest.mark.parametrize("text", ["", "-1", "0", "nan", "1e12", "ten"])
def test_what_is_no_traffic_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        gib_typed(text)


async def test_every_key_of_the_cost_screen(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    app.walk.standings[2] = Standing(changes=(BUCKET,))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "exists now $0.00" in text_of(app)
        assert "w Use this" not in keys_of(app)
        await press(pilot, "w")
        assert "press n first" in told(app)
        await press(pilot, "n")
        assert "w Use this" in keys_of(app)
        assert "● nat" in text_of(app)
        before = shown.figures
        assert before
        await press(pilot, "c")
        assert "$ a month over GiB a month" in text_of(app)
        await press(pilot, "c", "z")
        assert shown.inputs.zones == 3
        assert "Zones 3*" in text_of(app)
        await press(pilot, "plus", "plus", "minus")
        assert shown.figures
        assert float(shown.figures.traffic_gib) == pytest.approx(2 * float(before.traffic_gib), rel=1e-3)
        await press(pilot, "u")
        assert (shown.inputs.band, shown.inputs.traffic_gib) == ("high", None)
        await press(pilot, "0")
        assert shown.inputs == Inputs("eu-central-1", 2, "typical")
        await press(pilot, "r")
        assert isinstance(app.screen, ChoiceScreen)
        await press(pilot, *"us-east-1", "enter")
        assert shown.inputs.region == "us-east-1"
        await press(pilot, "b", "down")
        assert "GB-Mo at $" in text_of(app)
        await press(pilot, "question_mark")
        assert "Compare the five ways" in text_of(app)
        await press(pilot, "escape", "escape")
    assert app.answers == [None]


async def test_traffic_is_typed_and_the_figures_follow(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    async with app.run_test(size=BIG) as pilot:
        await calm(pilot)
        await press(pilot, "n", "t", *"50000")
        assert shown.figures
        assert shown.figures.traffic_gib == 50000
        assert shown.figures.comparison.cheapest_deployable == "endpoints"
        await press(pilot, "enter")
        assert app.focused is app.screen.query_one("#networks-table")
        await press(pilot, "t", "x", "escape")
        assert shown.figures.traffic_gib == 50000, "what is no number is not taken"
        table = app.screen.query_one("#networks-table", DataTable)
        assert [str(one) for one in table.get_row("endpoints")][-1] == "cheapest to build"


async def test_no_name_of_a_network_is_cut_however_often_the_table_is_drawn(tmp_path: Path) -> None:
    app = ScreenApp(screen(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "n")
        table = app.screen.query_one(NetworkTable)
        # Drawn while the rows of the drawing before are not yet measured.
        table.on_resize()
        table._new_rows.clear()
        await calm(pilot)
        assert all(name in text_of(app) for name in ("nat-per-az", "endpoints", "public-ip", "cheapest to build"))


async def test_use_this_writes_the_network_and_asks_for_its_plan(tmp_path: Path) -> None:
    shown = screen(tmp_path, 'region = "eu-central-1" # mine\n# why\nnetwork = "nat"\n')
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "n", "w")
        assert "is the network of the settings already" in told(app)
        await press(pilot, *["down"] * 4, "w")
        assert "public-ip is priced only" in told(app)
        assert not isinstance(app.screen, SaveScreen)
        await press(pilot, "up", "up", "w")
        assert isinstance(app.screen, SaveScreen)
        asked = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert '"nat" → "endpoints"' in asked
        assert "network.nat-a" in asked
        assert "more than nat" in asked
        await press(pilot, "escape")
        assert tomllib.loads((tmp_path / "karet.toml").read_text())["network"] == "nat"
        await press(pilot, "w", "enter")
    assert app.answers == [SettingsSaved(plan=5)]
    assert (tmp_path / "karet.toml").read_text() == 'region = "eu-central-1" # mine\n# why\nnetwork = "endpoints"\n'


async def test_a_setting_of_the_command_line_is_not_overwritten_in_vain(tmp_path: Path) -> None:
    app = ScreenApp(screen(tmp_path, "zones = 2\n", overrides=("network=nat",)))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "n", "down", "w")
        assert "is set on the command line of this session" in text_of(app)
        await press(pilot, "enter", "escape")
        assert not app.answers
    assert (tmp_path / "karet.toml").read_text() == "zones = 2\n"


async def test_what_exists_is_priced_as_it_was_found(tmp_path: Path) -> None:
    found = replace(BUCKET, id="network.nat-a", found=State("ready", name="nat-1"))
    app = ScreenApp(screen(tmp_path))
    app.walk.standings[5] = Standing(changes=(found,))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert re.search(r"exists now \$[1-9]", text_of(app))
