from __future__ import annotations

import threading
from typing import Any

from fake_runs import FakeRuns
from textual.widgets import DataTable, Static, TabbedContent
from tui_steps import SMALL, pressed, settled

from karet_tui.confirm_screen import ConfirmScreen
from karet_tui.help_screen import HelpScreen


def shown(app: Any, selector: str) -> str:
    return str(app.screen_stack[0].query_one(selector, Static).render())


def rows(app: Any, table: str = "#resources-table") -> list[list[str]]:
    found = app.screen_stack[0].query_one(table, DataTable)
    return [[str(cell) for cell in found.get_row_at(row)] for row in range(found.row_count)]


async def test_a_section_is_planned_applied_and_verified_and_the_next_step_is_always_named(
    make_app: Any, fake: FakeRuns
) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p")
        assert shown(app, "#next").startswith("Enter look through the 2 changes")
        assert [row[:2] for row in rows(app)] == [
            ["+ create", "s3.bucket"],
            ["~ update", "s3.policy"],
            ["= keep", "s3.config"],
        ]
        await pressed(pilot, "a")
        assert isinstance(app.screen, ConfirmScreen)
        await pressed(pilot, "enter")
        assert [row[0] for row in rows(app)] == ["● done", "● done", "= keep"]
        assert [row[-1] for row in rows(app)] == ["was created, 1 s", "was changed, 1 s", "is as declared"]
        assert shown(app, "#next") == "Enter verify what is there"
        await pressed(pilot, "v")
        assert [row[0] for row in rows(app, "#checks-table")] == ["● passed"] * 3
        assert shown(app, "#next") == "Enter go on to section 3, IAM roles"
    assert fake.log == ["plan 2", "app: apply 2", "app: verify 2"]


async def test_the_details_of_a_resource_are_exact(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "down")
        assert "1 call to AWS, as aws commands" in shown(app, "#change-text")
        await pressed(pilot, "f", "f")
        text = shown(app, "#change-text")
    for expected in (
        "s3.policy",
        "Found: exists as karet-data-123456789012",
        "Comes after: s3.bucket",
        "found     not set",
        "declared  Effect: Deny",
        "the statement AuditorsRead",
        "1 call to AWS, as the parameters that are sent",
        "1. s3.PutBucketPolicy",
        "Resource: ${s3.bucket.arn}/*",
    ):
        assert expected in text


async def test_a_secret_is_told_by_its_length_in_the_calls(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pressed(pilot, "p")
        assert "--secret-string file:///dev/stdin" in shown(app, "#change-text")
        await pressed(pilot, "f", "f")
        assert "(48 characters, made when it is sent)" in shown(app, "#change-text")


async def test_at_the_start_all_sections_are_looked_at_without_planning(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert {number: one.mark.words for number, one in app.walk.standings.items()} == {
            1: "1 change",
            2: "2 changes",
            3: "1 change",
            4: "text only",
        }
    assert fake.log == []


async def test_a_section_that_is_not_built_says_so_at_the_top_and_cannot_be_planned(
    make_app: Any, fake: FakeRuns
) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "n", "n")
        assert app.walk.number == 4
        assert app.query_one("#text-only").display
        assert "has only the text of this section so far" in shown(app, "#text-only")
        await pressed(pilot, "p")
        assert [one.message for one in app._notifications] == ["The runbook has only the text of this section so far."]
    assert fake.log == []


async def test_nothing_is_applied_that_was_not_planned(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "a")
        assert not isinstance(app.screen, ConfirmScreen)
        assert [one.message for one in app._notifications] == ["There is nothing to apply: press p to plan first."]
    assert fake.log == []


async def test_a_new_look_takes_the_place_of_the_one_before(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        fake.hold_plan = threading.Event()
        await pilot.press("p")
        await pilot.pause()
        assert app.walk.standings[1].doing == "planning"
        await pilot.press("n", "p")
        await pilot.pause()
        assert [one.doing for one in app.walk.standings.values()] == ["", "planning", "", ""]
        fake.hold_plan.set()
        await settled(pilot)
        assert app.walk.standings[1].planned is None
        assert app.walk.standings[2].planned is not None


async def test_the_keys_of_the_panes_bring_them_to_the_front(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        panes = app.query_one("#panes", TabbedContent)
        for key, name in (("r", "resources"), ("c", "checks"), ("l", "log-tab"), ("t", "text")):
            await pressed(pilot, key)
            assert panes.active == name


async def test_the_log_has_every_event_of_the_session(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        lines = list(app.view.log_pane._session)
    assert lines[0] == "opened stack karet; region from karet.toml"
    assert "12:00:00Z s3.policy: s3.PutBucketPolicy" in lines
    assert lines[-1].startswith("12:00:00Z run ended: done: 2 done")


async def test_the_help_lists_every_key(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=(120, 50)) as pilot:
        await settled(pilot)
        await pressed(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        screen = app.export_screenshot()
        for words in ("Plan:", "Apply&#160;(not&#160;now):", "Ctrl+C", "Look&#160;at&#160;all:"):
            assert words in screen
        await pressed(pilot, "escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_no_press_is_lost_however_fast_one_goes_through_the_sections(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        numbers = [one.number for one in app.walk.sections]
        for _ in numbers[1:]:
            app.action_next()
        await settled(pilot)
        assert app.walk.number == app.view.text.number == numbers[-1]
        app.action_previous()
        app.action_previous()
        await settled(pilot)
        assert app.walk.number == numbers[-3]
