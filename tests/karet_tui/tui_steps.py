"""How the tests of the app press keys and wait for its threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

SMALL, WIDE = (80, 24), (160, 48)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until no thread works and every message is handled."""
    await pilot.pause()
    while any(not worker.is_finished for worker in pilot.app.workers):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


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
