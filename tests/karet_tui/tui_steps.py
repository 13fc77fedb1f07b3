"""How the tests of the app press keys and wait for its threads."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from at_rest import at_rest, threads_over
from textual.pilot import Pilot

SMALL, WIDE = (80, 24), (160, 48)

_MOST_S = 30.0


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the stack is open (or a question asked), no thread works, and every message is handled."""
    app = pilot.app
    await until(pilot, lambda: app.walk.runs is not None or len(app.screen_stack) > 1)
    await threads_over(app)
    await until(pilot, lambda: app.walk.progress is None and all(worker.is_finished for worker in app.workers))


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def until(pilot: Pilot[Any], true: Callable[[], Any]) -> None:
    """Wait until something is true of the app, and stays so when its parts are at rest; its threads may go on."""
    end = monotonic() + _MOST_S
    while monotonic() < end:
        if true():
            await at_rest(pilot.app)
            if true():
                return
        await pilot.pause(0.005)
    raise AssertionError("the app did not come to the state that the test waits for")
