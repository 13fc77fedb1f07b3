"""The whole way with the keyboard alone, on the embedded AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList, Static
from tui_steps import SMALL, WIDE, pressed, settled

from karet_tui.app import KaretApp
from karet_tui.confirm_screen import ConfirmScreen
from karet_tui.outcome_screen import OutcomeScreen
from runbook.rehearsal.embedded import Embedded
from runbook.runs.options import Options

DOMAIN = "karet.example.com"


def app_on(runs: Any, tmp_path: Path) -> KaretApp:
    return KaretApp(Options(rehearsal=True, state_dir=tmp_path), open_runs=lambda *_: runs)


async def walked(app: KaretApp, pilot: Any, last: int, before: Callable[[], None] = lambda: None) -> None:
    """Press "continue" and nothing else until the section after `last`, or the end of the document, is reached.

    Parameters
    ----------
    before: called before each press.
    """
    pressed_in: Counter[tuple[int, str]] = Counter()
    while app.walk.number <= last and (action := app.walk.next_step.action):
        pressed_in[app.walk.number, action] += 1
        reads = action in ("read_on", "sign")
        assert reads or pressed_in[app.walk.number, action] <= 6, (
            f"section {app.walk.number}: {app.walk.next_step.words}; failed: "
            f"{[(one.statement, one.detail) for one in app.walk.here.checks if one.outcome == 'failed']}"
        )
        before()
        await pressed(pilot, "enter")


async def test_sections_1_and_2_are_walked_by_one_key_alone(open_runs: Any, tmp_path: Path) -> None:
    app = app_on(open_runs(), tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await walked(app, pilot, 2)
        assert app.walk.number == 3
        assert [app.walk.standings[number].mark.words for number in (1, 2)] == ["verified"] * 2
    again = open_runs()
    assert [one.id for one in again.plan(["1", "2"]).plan.acting] == []


@pytest.mark.long
@pytest.mark.prove
async def test_the_whole_document_is_walked_by_one_key_alone(open_runs: Any, tmp_path: Path) -> None:
    app = app_on(open_runs(f"domain={DOMAIN}"), tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await walked(app, pilot, 99)
        assert app.walk.next_step.words.startswith("This is the end of the document")
        assert {number: one.mark.words for number, one in app.walk.standings.items() if one.built} == {
            one.number: "verified" for one in app.walk.sections if one.built
        }
        assert app.walk.unsigned == 0
    assert [one.id for one in open_runs(f"domain={DOMAIN}").plan().plan.acting] == []


@pytest.mark.long
@pytest.mark.prove
async def test_a_refused_call_in_every_section_is_recovered_from_by_the_same_key(
    open_runs: Any, embedded: Embedded, tmp_path: Path
) -> None:
    app = app_on(open_runs(f"domain={DOMAIN}"), tmp_path)
    faults: dict[int, str] = {}
    failed: set[int] = set()

    def refuse_one() -> None:
        """Let the first call of each section's first run be refused, and note where the app has said so."""
        if isinstance(app.screen, OutcomeScreen):
            failed.add(app.walk.number)
        planned = app.walk.here.planned
        if isinstance(app.screen, ConfirmScreen) and planned and app.walk.number not in faults:
            calls = [call for change in planned.plan.acting for call in change.calls]
            sent = next((one for one in calls if one.service not in ("image", "person", "bulk", "probe")), None)
            faults[app.walk.number] = f"{sent.service}.{sent.operation}:denied:1" if sent else ""
            if sent:
                embedded.add_faults([faults[app.walk.number]])

    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await walked(app, pilot, 99, refuse_one)
        assert app.walk.next_step.words.startswith("This is the end of the document")
        assert failed == {number for number, fault in faults.items() if fault}
        assert len(failed) >= 8
    assert [one.id for one in open_runs(f"domain={DOMAIN}").plan().plan.acting] == []


@pytest.mark.prove
async def test_a_section_is_undone_and_its_data_stays(open_runs: Any, tmp_path: Path) -> None:
    app = app_on(open_runs(), tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter", "n", "p", "a", "enter", "u")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press(*"karet")
        await pressed(pilot, "enter")
        assert app.walk.here.mark.words == "undone"
        await pressed(pilot, "p")
        assert app.walk.here.mark.words == "3 changes"
        await pressed(pilot, "b", "u")
        kept = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert "holds data" in kept


@pytest.mark.prove
async def test_a_failure_is_shown_and_planning_again_goes_on_from_what_exists(
    open_runs: Any, embedded: Embedded, tmp_path: Path
) -> None:
    embedded.add_faults(["s3.PutBucketPolicy:denied:1"])
    app = app_on(open_runs(), tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pressed(pilot, "n", "p", "a", "enter")
        assert app.walk.here.mark.words == "failed"
        assert "s3.PutBucketPolicy" in "\n".join(app.view.log_pane.lines)
        await pressed(pilot, "escape", "p")
        left = {one.id for one in app.walk.here.acting}
        assert "s3.policy" in left
        assert "s3.bucket" not in left
        await pressed(pilot, "a", "enter")
        assert app.walk.here.ended == "done"


@pytest.mark.prove
async def test_past_runs_are_read_from_the_journal(open_runs: Any, tmp_path: Path) -> None:
    runs = open_runs()
    runs.apply(runs.plan(["2"]), command="karet apply 2")
    app = app_on(open_runs(), tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pressed(pilot, "l")
        listed = app.query_one("#runs", OptionList)
        titles = [str(one.prompt) for one in listed.options]
        assert titles[0] == "This session"
        assert "karet apply 2: done, 3 done" in titles[1]
        listed.focus()
        await pressed(pilot, "down")
        await settled(pilot)
        lines = list(app.view.log_pane._past)
    assert [line for line in lines if line.endswith("s3.policy: will send s3.PutBucketPolicy")]
    assert lines[-1].endswith("ended: done, 3 done")
