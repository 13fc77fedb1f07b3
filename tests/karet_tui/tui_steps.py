"""How the tests of the app press keys and wait for its threads."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

SMALL, WIDE = (80, 24), (160, 48)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until no thread works and every message is handled."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
