"""Whole screens as pictures: `pytest --snapshot-update` draws them anew after a change that was meant."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import Input
from tui_steps import SMALL, WIDE, pressed, settled


async def reach(pilot: Any, *keys: str) -> None:
    """Come to the screen of the picture; a cursor that blinks would make two pictures of it."""
    await settled(pilot)
    await pressed(pilot, *keys)
    for one in pilot.app.screen.query(Input):
        one.cursor_blink = False
    await pilot.pause()


SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])


@SIZES
@pytest.mark.parametrize(
    "keys",
    [("n",), ("n", "p", "down"), ("n", "p", "a"), ("n", "p", "a", "enter", "v"), ("n", "u"), ("question_mark",)],
    ids=["text", "plan", "confirm", "verified", "undo", "help"],
)
def test_screen(size: Any, keys: Any, make_app: Any, snap_compare: Any) -> None:
    async def walk(pilot: Any) -> None:
        await reach(pilot, *keys)

    assert snap_compare(make_app(), run_before=walk, terminal_size=size)


class _UntilTheAppEnds(threading.Event):
    """Holds a run as long as its app is there to be drawn."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def wait(self, timeout: float | None = None) -> bool:
        while self._app.is_running:
            super().wait(0.02)
        return True


@SIZES
def test_screen_of_a_run(size: Any, make_app: Any, fake: FakeRuns, snap_compare: Any) -> None:
    app = make_app()
    fake.hold_apply = _UntilTheAppEnds(app)

    async def walk(pilot: Any) -> None:
        await reach(pilot, "n", "p", "a")
        await pilot.press("enter")
        while not (app.walk.at_work and "s3.PutBucketVersioning" in app.walk.at_work.progress.now.values()):
            await pilot.pause(0.01)
        await pilot.pause()

    assert snap_compare(app, run_before=walk, terminal_size=size)


def test_screen_of_a_real_account(make_app: Any, fake: FakeRuns, snap_compare: Any) -> None:
    fake.rehearsal = False

    async def walk(pilot: Any) -> None:
        await reach(pilot, "n", "p", "a")

    assert snap_compare(make_app(), run_before=walk, terminal_size=SMALL)
