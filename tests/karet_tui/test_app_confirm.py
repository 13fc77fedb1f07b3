from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_runs import ARN, BUCKET, FakeRuns
from textual.widgets import Static
from tui_steps import SMALL, pressed, settled

from karet_tui.confirm_screen import ConfirmScreen


def box(app: Any) -> str:
    return "\n".join(str(one.render()) for one in app.screen.query(Static))


async def typed(pilot: Any, text: str) -> None:
    await pilot.press(*text)
    await settled(pilot)


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_in_a_rehearsal_one_key_confirms_what_only_makes_things(key: str, make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a")
        text = box(app)
        for fact in ("REHEARSAL", "123456789012", ARN, "eu-central-1, stack karet", "1 create, 1 update", "s3.policy"):
            assert fact in text
        await pressed(pilot, key)
    assert fake.log[-1] == "app: apply 2"


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_leaving_the_question_changes_nothing(key: str, make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", key)
        assert not isinstance(app.screen, ConfirmScreen)
    assert fake.log == ["plan 2"]


async def test_a_real_account_wants_the_name_of_the_stack(make_app: Any, fake: FakeRuns) -> None:
    fake.rehearsal = False
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a")
        assert "REAL ACCOUNT" in box(app)
        assert "This is not a rehearsal." in box(app)
        await pressed(pilot, "enter", "enter", "enter")
        assert isinstance(app.screen, ConfirmScreen)
        assert fake.log == ["plan 2"]
        await pilot.press("backspace")
        await typed(pilot, "karet")
        assert fake.log == ["plan 2"]
        await pressed(pilot, "enter")
    assert fake.log[-1] == "app: apply 2"


@pytest.mark.parametrize("action", ["delete", "replace"])
async def test_what_removes_something_wants_the_name_also_in_a_rehearsal(
    action: Any, make_app: Any, fake: FakeRuns
) -> None:
    fake.changes[2] = (replace(BUCKET, action=action),)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter", "enter")
        assert isinstance(app.screen, ConfirmScreen)
    assert fake.log == ["plan 2"]


async def test_an_undo_says_what_goes_and_what_stays_and_wants_the_name(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "u")
        text = box(app)
        assert "3 delete" in text
        assert "holds data" in text
        await pressed(pilot, "enter", "enter", "enter")
        assert fake.log == ["plan_destroy 2"]
        await pilot.press("backspace")
        await typed(pilot, "karet")
        await pressed(pilot, "enter")
        assert fake.log[-1] == "app: undo 2"
        assert app.walk.here.mark.words == "undone"


async def test_an_undo_of_nothing_asks_for_no_name_and_does_nothing(make_app: Any, fake: FakeRuns) -> None:
    fake.changes[1] = ()
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "b", "u")
        shown = box(app)
        assert "holds data" in shown
        assert "nothing to agree to" in shown
        await pressed(pilot, "enter", "escape")
        assert fake.log == ["plan_destroy 1"]
        assert app.walk.here.mark.words != "undone"


async def test_dependents_of_an_undo_are_named_and_can_be_taken_along(make_app: Any, fake: FakeRuns) -> None:
    fake.depends = True
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "u")
        assert "iam.web-role depend on it" in box(app)
        await pressed(pilot, "enter")
        assert isinstance(app.screen, ConfirmScreen)
        await pressed(pilot, "t")
        assert "This removes things." in box(app)
    assert fake.log == ["plan_destroy 2", "plan_destroy 2 with dependents"]


async def test_a_plan_with_stops_is_refused_with_the_way_out(make_app: Any, fake: FakeRuns) -> None:
    stop = "a bucket of that name exists; take it over with --adopt s3.bucket, or choose another name"
    fake.changes[2] = (replace(BUCKET, action="adopt", stop=stop),)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a")
        assert "Nothing is done before this is cleared up." in box(app)
        assert "or choose another name" in box(app)
        await pressed(pilot, "enter", "enter")
        assert isinstance(app.screen, ConfirmScreen)
        await pressed(pilot, "t", "enter")
    assert fake.log == ["plan 2", "plan 2 adopt s3.bucket", "app: apply 2"]


async def test_a_long_list_of_changes_never_pushes_the_answer_off_the_screen(make_app: Any, fake: FakeRuns) -> None:
    fake.rehearsal = False
    fake.changes[2] = tuple(replace(BUCKET, id=f"s3.bucket-{n}", step=f"s3.bucket-{n}") for n in range(60))
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a")
        for name in ("#facts", "#ask", "#name", "#ask-keys"):
            region = app.screen.query_one(name).region
            assert region.y >= 0
            assert region.bottom <= 24
            assert region.height > 0
