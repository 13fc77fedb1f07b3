"""Whole screens as pictures: `pytest --snapshot-update` draws them anew after a change that was meant."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fake_runs import FakeRuns
from textual.widgets import Input
from tui_steps import SMALL, pressed, settled

from karet_tui.taste import Taste
from karet_tui.theme import THEMES
from runbook.errors import AwsError


async def reach(pilot: Any, *keys: str) -> None:
    """Come to the screen of the picture; a cursor that blinks would make two pictures of it."""
    await settled(pilot)
    await pressed(pilot, *keys)
    for one in pilot.app.screen.query(Input):
        one.cursor_blink = False
    await pilot.pause()


MEDIUM, LARGE = (120, 40), (200, 60)

SCREENS = {
    "text": (("n",), SMALL, "dark"),
    "text-large-light": (("n",), LARGE, "light"),
    "plan": (("n", "p", "down"), SMALL, "dark"),
    "plan-light": (("n", "p", "down"), SMALL, "light"),
    "plan-contrast": (("n", "p", "down"), SMALL, "high contrast"),
    "plan-medium": (("n", "p", "down"), MEDIUM, "dark"),
    "plan-large": (("n", "p", "down"), LARGE, "dark"),
    "confirm": (("n", "p", "a"), SMALL, "dark"),
    "confirm-medium-light": (("n", "p", "a"), MEDIUM, "light"),
    "verified-medium": (("n", "p", "a", "enter", "v"), MEDIUM, "dark"),
    "undo": (("n", "u"), SMALL, "dark"),
    "help": (("question_mark",), SMALL, "dark"),
}
"""Keys, size and theme of each picture; every size and every theme is among them."""


def themed(app: Any, theme: str) -> Any:
    """The app as the next start shows it after that theme was chosen."""
    app.taste = Taste(theme)
    app.theme = THEMES[theme].name
    return app


LATER = {"plan-light", "plan-large", "undo", "verified-medium", "text-large-light", "confirm-medium-light"}
"""Drawn by `make prove` only: each costs a second, and the others show the same parts."""


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.prove) if one in LATER else one for one in SCREENS]
)
def test_screen(name: str, make_app: Any, snap_compare: Any) -> None:
    keys, size, theme = SCREENS[name]

    async def walk(pilot: Any) -> None:
        await reach(pilot, *keys)

    assert snap_compare(themed(make_app(), theme), run_before=walk, terminal_size=size)


@pytest.mark.parametrize(
    ("size", "theme"),
    [pytest.param(SMALL, "dark", marks=pytest.mark.prove), (MEDIUM, "light")],
    ids=["dark", "medium-light"],
)
def test_screen_after_a_failure(size: Any, theme: str, make_app: Any, fake: FakeRuns, snap_compare: Any) -> None:
    fake.fails["s3.bucket"] = AwsError(
        "User: ada is not authorized to perform: s3:CreateBucket",
        service="s3",
        operation="CreateBucket",
        code="AccessDenied",
        resource_id="s3.bucket",
        request_id="REQ1",
        hint="Ask for s3:CreateBucket, or apply as somebody who has it.",
    )

    async def walk(pilot: Any) -> None:
        await reach(pilot, "n", "p", "a", "enter")

    assert snap_compare(themed(make_app(), theme), run_before=walk, terminal_size=size)


class _UntilTheAppEnds(threading.Event):
    """Holds a run as long as its app is there to be drawn."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def wait(self, timeout: float | None = None) -> bool:
        while self._app.is_running:
            super().wait(0.02)
        return True


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
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
