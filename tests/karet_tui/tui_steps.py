"""How the tests of the app press keys and wait for its threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

SMALL, WIDE = (80, 24), (160, 48)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the stack is open (or a question asked), no thread works, and every message is handled."""
    app = pilot.app
    await until(pilot, lambda: app.walk.runs is not None or len(app.screen_stack) > 1)
    while True:
        await app.workers.wait_for_complete()
        await pilot.pause()
        # Twice: what a screen that was left has asked the app to do begins right after the first, and may take a while.
        for _ in range(2):
            handled = asyncio.Event()
            app.call_later(handled.set)
            await handled.wait()
        if all(worker.is_finished for worker in app.workers) and app.walk.progress is None:
            return


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def until(pilot: Pilot[Any], true: Callable[[], Any]) -> None:
    """Wait until something is true of the app, while its threads may go on."""
    for _ in range(2000):
        if true():
            return
        await pilot.pause(0.005)
    raise AssertionError("the app did not come to the state that the test waits for")
