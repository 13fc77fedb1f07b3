from __future__ import annotations

import threading
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import DataTable, Static
from tui_steps import SMALL, pressed, settled, until

from karet_tui.outcome_screen import OutcomeScreen
from karet_tui.progress_strip import ProgressStrip
from karet_tui.quit_screen import QuitScreen
from runbook.runs.place import STARTED_ANEW


async def started(pilot: Any, fake: FakeRuns) -> None:
    """Plan and apply section 2, and wait until the run is at its first resource."""
    fake.hold_apply = threading.Event()
    await settled(pilot)
    await pressed(pilot, "n", "p", "a")
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.walk.at_work and pilot.app.walk.at_work.progress.now)


async def over(pilot: Any) -> None:
    """Wait until the app has decided how it ends."""
    await until(pilot, lambda: pilot.app.return_value is not None)


@pytest.fixture
def app(make_app: Any) -> Any:
    return make_app()


def release(fake: FakeRuns) -> None:
    assert fake.hold_apply
    fake.hold_apply.set()


async def test_while_a_run_goes_on_the_app_can_be_read_and_shows_each_resource(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        strip = str(app.query_one(ProgressStrip).render())
        assert "Applying section 2: 0 of 2 done" in strip
        assert "s3.bucket s3.PutBucketVersioning" in strip
        assert str(app.query_one("#resources-table", DataTable).get_row_at(0)[0]) == "… working"
        await pilot.press("n")
        await pilot.pause()
        assert app.walk.number == 3
        release(fake)
        await settled(pilot)
        assert not app.query_one(ProgressStrip).display
        assert app.walk.standings[2].ended == "done"


async def test_a_second_thing_is_refused_with_a_message_while_a_run_goes_on(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        await pilot.press("p", "a", "v", "u", "o")
        await pilot.pause()
        assert [one.message for one in app._notifications] == [
            "Applying section 2 is going on. Wait for its end, or press s to stop it."
        ] * 5
        release(fake)
        await settled(pilot)
    assert fake.log == ["plan 2", "app: apply 2"]


async def test_s_stops_between_two_calls_and_says_what_is_left(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        await pilot.press("s")
        await pilot.pause()
        assert "Stopping after the current calls" in str(app.query_one(ProgressStrip).render())
        release(fake)
        await settled(pilot)
        table = app.query_one("#resources-table", DataTable)
        assert [str(table.get_row_at(row)[0]) for row in range(3)] == ["● done", "○ not begun", "= keep"]
        assert app.walk.here.mark.words == "stopped half-way"
        assert isinstance(app.screen, OutcomeScreen)
        assert "Left to do (1)" in str(app.screen.query_one("#outcome-text", Static).render())
        assert str(app.screen_stack[0].query_one("#next", Static).render()).startswith("Enter plan again")


async def test_leaving_during_a_run_asks_and_esc_stays(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        for key in ("q", "ctrl+c", "ctrl+q"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, QuitScreen)
            await pilot.press("escape")
            await pilot.pause()
            assert not isinstance(app.screen, QuitScreen)
        release(fake)
        await settled(pilot)
        assert app.is_running
        assert app.walk.here.ended == "done"


async def test_stop_then_leave_ends_after_the_current_call_with_exit_code_130(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        await pilot.press("q", "s")
        await pilot.pause()
        assert app.return_value is None
        release(fake)
        await over(pilot)
    assert app.return_value == 130
    assert app.walk.standings[2].ended == "cancelled"


async def test_wait_then_leave_ends_when_the_run_is_over(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        await pilot.press("q", "w")
        await pilot.pause()
        assert app.return_value is None
        release(fake)
        await over(pilot)
    assert app.return_value == 0
    assert app.walk.standings[2].ended == "done"


async def test_without_a_run_q_leaves_at_once(app: Any) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 0


async def test_an_app_that_ends_otherwise_stops_its_run(app: Any, fake: FakeRuns) -> None:
    async with app.run_test(size=SMALL) as pilot:
        await started(pilot, fake)
        stop = app.walk.at_work.stop
        app.exit(1)
    # Only now: a run that ends before the app has nothing to stop.
    release(fake)
    assert stop.requested


async def test_an_empty_rehearsal_that_was_not_empty_before_is_said_to_be_anew(make_app: Any, fake: FakeRuns) -> None:
    fake.notes = (STARTED_ANEW,)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert [one.title for one in app._notifications] == ["This rehearsal begins anew"]
