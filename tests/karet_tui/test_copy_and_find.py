"""Copying, writing, searching, and the palette: everything that the table of commands offers besides the walk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, OptionList
from tui_steps import SMALL, pressed, settled, until

from karet_tui import clipboard
from karet_tui.find_screen import FindScreen


@pytest.fixture(autouse=True)
def _no_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))
    monkeypatch.chdir(tmp_path)


async def test_calls_are_copied_as_commands_and_as_python_and_written_to_a_file(make_app: Any, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "y")
        assert "aws s3api create-bucket" in app.clipboard
        await pressed(pilot, "Y")
        assert "create_bucket(" in app.clipboard
        await pressed(pilot, "w", "w")
    assert "aws s3api create-bucket" in (tmp_path / "s3.bucket.sh").read_text()
    assert (tmp_path / "s3-2.bucket.sh").exists(), "nothing is overwritten"


async def test_the_text_the_evidence_and_the_log_can_be_copied(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "y")
        assert app.clipboard.startswith("The bucket `karet-data-123456789012` holds")
        await pressed(pilot, "v", "y")
        assert '"outcome": "passed"' in app.clipboard
        await pressed(pilot, "l", "y")
        assert "opened stack karet" in app.clipboard


def test_the_first_tool_that_has_a_screen_takes_the_text(tmp_path: Path) -> None:
    for name in ("wl-copy", "xclip"):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n/bin/cat > {tmp_path}/{name}.out\n")
        tool.chmod(0o755)
    assert clipboard.to_local_tool("text", {"PATH": str(tmp_path), "DISPLAY": ":0"}) == "xclip"
    assert (tmp_path / "xclip.out").read_text() == "text"
    assert clipboard.to_local_tool("text", {"PATH": str(tmp_path)}) == ""
    assert clipboard.to_local_tool("text", {"PATH": os.devnull}) == ""


async def test_what_is_searched_is_found_in_texts_calls_and_log_and_enter_goes_there(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "slash")
        assert isinstance(app.screen, FindScreen)
        app.screen.query_one(Input).value = "PutBucketPolicy"
        await pilot.pause()
        listed = [str(one.prompt) for one in app.screen.query_one(OptionList).options]
        assert len(listed) == 1
        assert "s3.policy" in listed[0]
        await pressed(pilot, "enter")
        await until(pilot, lambda: (app.walk.number, app.view.pane) == (2, "resources"))
        assert app.view.resources.chosen.id == "s3.policy"
        await pressed(pilot, "slash")
        app.screen.query_one(Input).value = "Account 1234"
        await pilot.pause()
        await pressed(pilot, "enter")
        await until(pilot, lambda: (app.walk.number, app.view.pane) == (1, "text"))


async def test_the_palette_finds_a_command_by_its_words(make_app: Any, fake: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        app.screen.query_one(Input).value = "fresh reads"
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await settled(pilot)
    assert fake.log == ["app: verify 1"]


async def test_what_is_typed_before_the_search_is_there_is_searched_for(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p")
        for key in ("/", *"CreateB"):
            app.post_message(events.Key("slash" if key == "/" else key, key))
        await until(pilot, lambda: isinstance(app.screen, FindScreen) and app.screen.query("#words"))
        await until(pilot, lambda: app.screen.query_one("#words", Input).value == "CreateB")
        assert app.walk.number == 2
