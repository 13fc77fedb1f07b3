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


SIZES = {"": SMALL, "-medium": (120, 40), "-large": (200, 60)}
THEMES_OF_MAIN = {"": "dark", "-light": "light"}
VIEWS = [(size, theme) for size in SIZES for theme in THEMES_OF_MAIN]

MAIN = {
    "text": ("n",),
    "plan": ("n", "p", "down"),
    "confirm": ("n", "p", "a"),
    "verified": ("n", "p", "a", "enter", "v"),
}
"""Keys that lead to each main screen; all are drawn in every size, dark and light."""

SCREENS = {
    **{
        f"{name}{size}{theme}": (keys, SIZES[size], THEMES_OF_MAIN[theme])
        for name, keys in MAIN.items()
        for size, theme in VIEWS
    },
    "plan-contrast": (MAIN["plan"], SMALL, "high contrast"),
    "undo": (("n", "u"), SMALL, "dark"),
    "help": (("question_mark",), SMALL, "dark"),
}
"""Keys, size and theme of each picture."""

GATE = {"text", "plan", "plan-medium", "plan-contrast", "confirm", "help"}
"""Drawn by `make test`; all others, which show the same parts, cost a second each and are drawn by `make prove`."""


def views(*gate: str) -> pytest.MarkDecorator:
    """Every size, dark and light; those with the given ids in the gate."""
    drawn = {f"{(size or '-small')[1:]}{theme}": (SIZES[size], THEMES_OF_MAIN[theme]) for size, theme in VIEWS}
    given = [pytest.param(*view, id=id_, marks=() if id_ in gate else pytest.mark.prove) for id_, view in drawn.items()]
    return pytest.mark.parametrize(("size", "theme"), given)


def themed(app: Any, theme: str) -> Any:
    """The app as the next start shows it after that theme was chosen."""
    app.taste = Taste(theme)
    app.theme = THEMES[theme].name
    return app


@pytest.mark.parametrize(
    "name", [one if one in GATE else pytest.param(one, marks=pytest.mark.prove) for one in SCREENS]
)
def test_screen(name: str, make_app: Any, snap_compare: Any) -> None:
    keys, size, theme = SCREENS[name]

    async def walk(pilot: Any) -> None:
        await reach(pilot, *keys)

    assert snap_compare(themed(make_app(), theme), run_before=walk, terminal_size=size)


@views("medium-light")
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


@views("small", "large")
def test_screen_of_a_run(size: Any, theme: str, make_app: Any, fake: FakeRuns, snap_compare: Any) -> None:
    app = themed(make_app(), theme)
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
