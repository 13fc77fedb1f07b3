from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from tui_steps import SMALL, pressed, settled

from karet_tui import screens
from karet_tui.commands import COMMANDS, Command
from karet_tui.full_screen import FullScreen, SettingsSaved
from karet_tui.help_screen import HelpScreen


class Sample(FullScreen):
    KEYS = (
        Command("x", "use", "Use this", "Write the setting."),
        Command("z", "never", "Never", "Does not work."),
    )

    def part_title(self) -> str:
        return "A sample"

    def content(self) -> Iterable[Widget]:
        yield Static("its own part")

    def refused(self, command: Command) -> str:
        return "never" if command.key == "z" else ""

    def action_use(self) -> None:
        self.dismiss(SettingsSaved(plan=3))


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("a_sample_screen")
    module.SampleScreen = Sample  # type: ignore[attr-defined]
    module.__spec__ = SimpleSpec()  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "a_sample_screen", module)
    monkeypatch.setitem(screens.SCREENS, "cost", ("a_sample_screen", "SampleScreen"))  # type: ignore[arg-type]


class SimpleSpec:
    name = "a_sample_screen"
    _initializing = False


def test_every_screen_of_the_table_has_a_command() -> None:
    named = {one.action.removeprefix("open('").removesuffix("')") for one in COMMANDS if one.action.startswith("open(")}
    assert named == set(screens.SCREENS)


async def test_a_screen_says_where_one_is_and_shows_only_keys_that_work(sample: None, make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "m")
        shown = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert "REHEARSAL" in shown
        assert "123456789012" in shown
        assert "x Use this  ? Help  Esc Back" in shown
        await pressed(pilot, "p")
        assert isinstance(app.screen, Sample)
        await pressed(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pressed(pilot, "escape", "escape")
        assert len(app.screen_stack) == 1


async def test_saved_settings_open_the_stack_anew_and_plan_what_they_change(
    sample: None, make_app: Any, fake: FakeRuns
) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "m", "x")
        assert app.walk.number == 3
    assert fake.log == ["plan 3"]


async def test_a_screen_that_is_not_there_is_refused_in_a_sentence(
    make_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(screens.SCREENS, "cost", ("karet_tui.nothing_such", "Nothing"))  # type: ignore[arg-type]
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "m")
        assert [one.message for one in app._notifications] == ["This build of the app has no screen for cost."]
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize(
    ("key", "name"), [("m", "cost"), ("k", "checklist"), ("j", "journal"), ("e", "settings")], ids=str
)
async def test_its_key_opens_a_screen_and_leaving_it_leads_back(
    key: str, name: str, make_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def make(wanted: str, *_: object) -> ModalScreen[None]:
        opened.append(wanted)
        return ModalScreen()

    monkeypatch.setattr("karet_tui.screens.make", make)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pressed(pilot, key)
        assert opened == [name]
        app.screen.dismiss(None)
        await settled(pilot)
        await pressed(pilot, "c")
        assert app.view.pane == "checks"
