from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_runs import BUCKET, POLICY
from screen_app import HOSTILE, PricedRuns, ScreenApp, calm, keys_of, press, text_of, told
from textual.widgets import Input, Static

from karet_tui.choice_screen import ChoiceScreen
from karet_tui.full_screen import SettingsSaved
from karet_tui.save_screen import SaveScreen
from karet_tui.settings_form import Form
from karet_tui.settings_screen import SettingsScreen
from karet_tui.standing import Standing
from runbook.runs.options import Options
from runbook.settings import Deployment, all_settings, init_text, load

SMALL = (80, 24)
FILE = """\
region = "eu-central-1"
domain = "karet.example.com"

[web]
count = 2 # two are enough
"""


def screen(tmp_path: Path, text: str = FILE) -> SettingsScreen:
    file = tmp_path / "karet.toml"
    if text:
        file.write_text(text)
    options = Options(rehearsal=True, state_dir=tmp_path, config=file, environ={})
    return SettingsScreen(PricedRuns(), options)  # type: ignore[arg-type]


def asked(app: Any) -> str:
    return "\n".join(str(one.render()) for one in app.screen.query(Static))


# -- the form --------------------------------------------------------------------------------------------------------


@pytest.fixture
def form() -> Form:
    return Form(Deployment(region="eu-central-1", domain="karet.example.com"))


@pytest.mark.parametrize("info", all_settings(), ids=lambda one: one.key)
def test_what_stands_in_a_field_means_the_value_that_is_there(form: Form, info: Any) -> None:
    form.change(info.key, form.value_typed(info.key, form.typed_text(info.key)))
    assert form.changes == {}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("web.count", "3", 3),
        ("open_to", "203.0.113.7/32, 10.0.0.0/8", ["203.0.113.7/32", "10.0.0.0/8"]),
        ("domain", "", None),
        ("tags", '{ team = "data" }', {"team": "data"}),
        ("tags", "", {}),
        ("app.web.health_codes", "200", "200"),
        ("web.count", "many", "many"),
    ],
)
def test_a_typed_text_becomes_the_value_that_it_means(form: Form, key: str, text: str, value: Any) -> None:
    assert form.value_typed(key, text) == value


@pytest.mark.parametrize("value", ["a\x1b[31m\u202eb", "plain", "[red]", 'say "no"'])
def test_a_field_shows_nothing_that_a_terminal_could_act_on(form: Form, value: str) -> None:
    for key, whole in (("pipeline.key", value), ("open_to", [value, value]), ("tags", {"note": value})):
        form.changes[key] = whole
        text = form.typed_text(key)
        assert not {"\x1b", "\u202e"} & set(text)
        assert form.value_typed(key, text) == whole


def test_a_wrong_value_is_named_in_the_models_own_words(form: Form) -> None:
    assert form.problems("web.count", 5000)["web.count"].startswith("5000 is out of range")
    assert "a whole number" in form.problems("web.count", "many")["web.count"]
    assert "is not a network in CIDR notation" in form.problems("open_to", ["10."])["open_to"]
    assert form.problems("web.count", 3) == {}


def test_rules_between_settings_are_heard(form: Form) -> None:
    assert form.problems("web.memory_mib", 512 * 100)


def test_values_that_may_hide_a_secret_are_not_in_the_list(form: Form) -> None:
    assert "hunter2" not in form.shown("app.web.environment", {"PASSWORD": "hunter2"})


# -- the screen ------------------------------------------------------------------------------------------------------


async def test_a_number_is_edited_saved_and_the_comment_stays(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "s Save" not in keys_of(app)
        await press(pilot, "s")
        assert "Nothing is changed" in told(app)
        await press(pilot, "slash", *"web.count", "enter", "enter")
        field = app.screen.query_one("#typed", Input)
        assert field.value == "2"
        await press(pilot, "backspace", *"5000")
        assert "! web.count: 5000 is out of range" in text_of(app)
        await press(pilot, "enter")
        assert shown.form
        assert shown.form.changes == {}, "a wrong value is not taken"
        await press(pilot, *["backspace"] * 4, "3", "enter")
        assert shown.form.changes == {"web.count": 3}
        assert "~ changed" in text_of(app)
        await press(pilot, "x")
        assert shown.form.changes == {}
        await press(pilot, "enter", "backspace", "4", "enter", "s")
        assert isinstance(app.screen, SaveScreen)
        assert "web.count  2 → 4" in asked(app)
        assert "services.web  " in asked(app)
        await press(pilot, "enter")
    assert app.answers == [SettingsSaved(plan=6)]
    assert (tmp_path / "karet.toml").read_text() == FILE.replace("count = 2", "count = 4")


async def test_a_choice_is_chosen_and_leaving_asks_about_what_is_not_saved(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "slash", *"network", "enter")
        assert shown.chosen
        assert shown.chosen.key == "open_to", "the help is searched too"
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, ChoiceScreen)
        await press(pilot, "down", "down", "enter")
        assert shown.form
        assert shown.form.changes == {"network": "endpoints"}
        await press(pilot, "d")
        assert shown.form.changes == {}
        await press(pilot, "enter", "down", "enter", "escape")
        await press(pilot, "c")
        assert "network" in text_of(app)
        assert "zones" not in text_of(app)
        await press(pilot, "escape")
        assert "1 change not saved" in text_of(app)
        await press(pilot, "enter", "escape", "down", "enter")
    assert app.answers == [None]
    assert (tmp_path / "karet.toml").read_text() == FILE


async def test_fixed_settings_are_shown_as_fixed_with_the_reason_until_nothing_exists(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "= fixed" in text_of(app)
        assert "every name in AWS begins with it" in text_of(app)
        assert "Enter Edit" not in keys_of(app)
        await press(pilot, "enter")
        assert "stack is fixed" in told(app)
        app.walk.standings[2] = Standing(changes=(BUCKET,))
        await press(pilot, "down", "up")
        assert "Fixed once the stack exists" in text_of(app)
        assert "Enter Edit" in keys_of(app)
        app.walk.standings[2] = Standing(changes=(POLICY,))
        await press(pilot, "down", "up")
        assert "Enter Edit" not in keys_of(app)


async def test_text_of_the_file_is_never_markup(tmp_path: Path) -> None:
    shown = screen(tmp_path, f'{FILE}\n[pipeline]\nfile = "[red]x[/][@click=app.quit]"\n')
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "slash", *"line.f", "enter")
        assert '"[red]x[/][@click=app.quit]"' in text_of(app)
        await press(pilot, "enter")
        field = app.screen.query_one("#typed", Input)
        field.insert_text_at_cursor(HOSTILE)
        await calm(pilot)
        assert "\x1b" not in text_of(app)
        assert app.is_running


async def test_a_broken_file_is_explained_and_somebody_elses_change_is_kept(tmp_path: Path) -> None:
    shown = screen(tmp_path, FILE + "colour = 1\n")
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "web.colour: is not a setting" in text_of(app)
        await press(pilot, "escape", "escape")
    assert app.answers == [None]


async def test_a_change_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    shown = screen(tmp_path)
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "slash", *"usage", "enter", "enter", "down", "enter", "s")
        assert isinstance(app.screen, SaveScreen)
        (tmp_path / "karet.toml").write_text(FILE + "# theirs\n")
        await press(pilot, "enter")
        assert "changed by somebody else" in text_of(app)
    assert (tmp_path / "karet.toml").read_text() == FILE + "# theirs\n"


def test_a_new_file_begins_with_what_the_app_was_opened_with(tmp_path: Path) -> None:
    from karet_tui.settings_change import propose

    runs = PricedRuns()
    file = tmp_path / "karet.toml"
    found = propose(Options(config=file, environ={}), runs.place.deployment, {"network": "endpoints"})
    found.save()
    read = load(file, environ={}, profile_region=lambda: None).deployment
    assert (read.network, read.region, read.domain) == ("endpoints", "eu-central-1", "karet.example.com")
    assert file.read_text().startswith(init_text({"region": "eu-central-1"}).splitlines()[0])


async def test_while_somebody_types_the_line_of_keys_says_what_the_keys_do_then(tmp_path: Path) -> None:
    app = ScreenApp(screen(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        before = keys_of(app)
        await press(pilot, "slash")
        assert keys_of(app) == "Enter take it  Esc leave the field"
        await press(pilot, "escape")
        assert keys_of(app) == before
