"""The first start without a settings file: a form writes one, and rehearsal and real account cannot be confused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import Input, Static
from tui_steps import SMALL, pressed, settled

from karet_tui.app import KaretApp
from karet_tui.place_line import PlaceLine
from karet_tui.start_screen import StartScreen
from runbook.runs.options import Options
from runbook.settings import load


@pytest.fixture
def first(fake: FakeRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KaretApp:
    monkeypatch.chdir(tmp_path)
    return KaretApp(
        Options(state_dir=tmp_path / "state", environ={}),
        open_runs=lambda *_: fake,  # type: ignore[arg-type]
        read_sections=lambda: fake.sections,
    )


def box(app: Any) -> str:
    return "\n".join(str(one.render()) for one in app.screen.query(Static))


async def test_the_form_says_what_is_missing_and_writes_nothing_before_it_is_there(
    first: KaretApp, tmp_path: Path
) -> None:
    async with first.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert isinstance(first.screen, StartScreen)
        assert "REHEARSAL" in box(first)
        assert "! still to be said: AWS region to deploy into" in box(first)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(first.screen, StartScreen)
        first.screen.query_one("#answer-0", Input).value = "eu-nowhere-9"
        await pilot.pause()
        assert "eu-nowhere-9" in box(first)
        assert "Good." not in box(first)
    assert not (tmp_path / "karet.toml").exists()


async def test_the_choice_of_a_real_account_is_said_in_words_and_the_answers_are_written(
    first: KaretApp, tmp_path: Path
) -> None:
    async with first.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("down")
        await pilot.pause()
        assert "REAL ACCOUNT" in box(first)
        await pilot.press("enter", *"eu-central-1", "enter", *"karet.example.com", "enter")
        await pilot.pause()
        assert "Good. karet.toml can be written." in box(first)
        await pressed(pilot, "enter")
        assert first.walk.runs is not None
        assert (first.options.rehearsal, first.options.config) == (False, Path("karet.toml"))
        written = load(tmp_path / "karet.toml", (), environ={}, profile_region=lambda: None)
    assert (written.deployment.region, written.deployment.domain) == ("eu-central-1", "karet.example.com")


async def test_what_is_typed_can_be_seen_and_the_top_never_says_what_nobody_has_decided(
    first: KaretApp, tmp_path: Path
) -> None:
    def top() -> str:
        return str(first.screen_stack[0].query_one(PlaceLine).render())

    async with first.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert "NOTHING DECIDED YET" in top()
        await pilot.press("enter", *"eu-central-1")
        field = first.screen.query_one("#answer-0", Input)
        assert (field.has_focus, field.content_size.height) == (True, 1)
        where = first.screen.query_one("#where")
        assert where.content_size.height == where.virtual_size.height == 2, "both choices are on the screen"
        await pressed(pilot, "ctrl+s")
        assert first.options.rehearsal
        assert "NOTHING DECIDED YET" not in top()


async def test_leaving_the_form_leaves_the_app_and_no_file(first: KaretApp, tmp_path: Path) -> None:
    async with first.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("escape")
        await pilot.pause()
    assert (first.return_value, list(tmp_path.glob("*.toml"))) == (0, [])
