"""Guided mode: "continue" alone leads through everything, and the line at the bottom says beforehand what it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_runs import FakeRuns, done
from textual.widgets import DataTable, Static
from tui_steps import SMALL, WIDE, pressed, settled

from karet_tui.confirm_screen import ConfirmScreen
from karet_tui.outcome_screen import OutcomeScreen
from karet_tui.text_pane import TextPane
from runbook.calls import Call
from runbook.errors import RunbookError, WaitingError
from runbook.model import Change


def line(app: Any) -> str:
    return str(app.screen_stack[0].query_one("#next", Static).render())


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_one_key_reads_plans_confirms_applies_verifies_and_goes_on(
    key: str, make_app: Any, fake: FakeRuns
) -> None:
    app = make_app()
    said = []
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        while app.walk.number < 3:
            said.append(line(app))
            await pressed(pilot, key)
    assert fake.log == ["plan 1", "app: apply 1", "app: verify 1", "plan 2", "app: apply 2", "app: verify 2"]
    assert said[:4] == [
        "Enter plan: see what would be done, without doing it",
        "Enter look through the 1 change once more and apply",
        "Enter look through the 1 change once more and apply",
        "Enter verify what is there",
    ]
    assert said[4] == "Enter go on to section 2, S3 bucket"


async def test_a_long_text_is_read_to_its_end_before_anything_is_planned(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n")
        assert line(app) == "Enter read on, 1 more screen"
        await pressed(pilot, "enter")
        assert fake.log == []
        assert line(app).startswith("Enter plan")
        await pressed(pilot, "b", "n")
        assert line(app).startswith("Enter plan"), "what was read once is not asked to be read again"


async def test_a_text_whose_blocks_get_their_place_late_is_not_asked_to_be_read_again(
    make_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = TextPane.call_after_refresh

    def too_early(pane: TextPane, call: Any, *args: Any, **named: Any) -> bool:
        return bool(call()) if call == pane._tell else later(pane, call, *args, **named)

    monkeypatch.setattr(TextPane, "call_after_refresh", too_early)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert line(app).startswith("Enter plan")


async def test_enter_in_a_table_goes_on_too(make_app: Any, fake: FakeRuns) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "p")
        assert isinstance(app.focused, DataTable)
        await pressed(pilot, "enter")
        assert isinstance(app.screen, ConfirmScreen)


async def test_after_a_failure_enter_plans_what_is_left_and_goes_on(make_app: Any, fake: FakeRuns) -> None:
    fake.fails["s3.bucket"] = RunbookError("the disk is full", hint="Make room.")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        assert isinstance(app.screen, OutcomeScreen)
        shown = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert "s3.bucket" in shown
        assert "Make room." in shown
        fake.fails.clear()
        await pressed(pilot, "enter")
        assert fake.log[-1] == "plan 2"
        await pressed(pilot, "enter", "enter", "enter")
        assert app.walk.here.verified


async def test_waiting_for_a_person_says_what_to_do_and_gives_the_value_to_copy(make_app: Any, fake: FakeRuns) -> None:
    record = Change(
        id="dns.record",
        action="create",
        reason="does not exist",
        kind="ValidationRecord",
        section=2,
        step="dns.record",
        calls=(
            Call(
                "person",
                "SetRecord",
                {
                    "what": "the zone is elsewhere",
                    "how": "Set: ${acm.cert.name} CNAME ${acm.cert.value} - then apply again.",
                    "name": "${acm.cert.name}",
                    "value": "${acm.cert.value}",
                },
            ),
        ),
    )
    fake.changes[2] = (record,)
    fake.fails["dns.record"] = WaitingError("the zone is elsewhere", hint="Set: _a.x CNAME _b.aws - then apply again.")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        assert app.walk.here.mark.words == "waits for you"
        shown = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert "What to do: Set: _a.x CNAME _b.aws" in shown
        await pressed(pilot, "y")
        assert app.clipboard == "name\t_a.x\nvalue\t_b.aws"


async def test_a_failed_check_that_no_plan_can_put_right_is_opened_with_its_hint(make_app: Any, fake: FakeRuns) -> None:
    key = replace(fake.changes[1][0], action="none", calls=())
    fake.changes[1] = (key, replace(key, id="secrets.other", step="secrets.other"))
    fake.outcomes["secrets.api-key"] = "failed"
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "b", "v", "enter")
        assert fake.log == ["app: verify 1", "plan 1"]
        assert line(app) == "Enter open the failed check: what was found, and what to do about it"
        await pressed(pilot, "enter")
        assert app.view.pane == "checks"
        assert "Next: Plan again." in str(app.query_one("#check-text", Static).render())
        assert line(app) == "Enter verify once more, when that is done"
        await pressed(pilot, "enter")
        assert fake.log[-1] == "app: verify 1"
        # It may fail by choice: who has seen it, and looked again, may go on.
        assert line(app) == "Enter go on to section 2, S3 bucket; 1 check still failed"
        fake.outcomes["secrets.other"] = "failed"
        await pressed(pilot, "v")
        assert line(app).startswith("Enter open the failed check")


async def test_a_stack_that_is_half_done_opens_at_its_first_unfinished_section(make_app: Any, fake: FakeRuns) -> None:
    fake.changes[1] = tuple(done(one) for one in fake.changes[1])
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert app.walk.number == 2
        assert app.view.text.number == 2
        assert fake.log == []
