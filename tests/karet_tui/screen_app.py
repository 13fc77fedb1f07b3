"""A small app that shows one of the screens over the walk, with the looks of the whole app and a walk of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from at_rest import threads_over
from fake_runs import FakeRuns
from textual.app import App
from textual.pilot import Pilot
from textual.theme import Theme

import karet_tui
from karet_tui.full_screen import FullScreen
from karet_tui.stage import TALL, WIDE
from karet_tui.theme import KARET_DARK
from karet_tui.walk import Walk
from runbook.pricing.snapshot import snapshot


class PricedRuns(FakeRuns):
    """A stack in memory that knows prices."""

    def rates(self) -> Any:
        return snapshot()


HOSTILE = "[red]x[/][@click=app.quit]x[/][/]\x1b[31mx\x1b]0;t\x07\u202e[link=x]"
"""Text that wants to be more than text."""


class ScreenApp(App[None]):
    """Shows one screen; `answers` holds what it was left with."""

    TITLE = "Karet Runbook"
    CSS_PATH = Path(karet_tui.__file__).with_name("karet.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012  as Textual declares it

    def __init__(self, shown: FullScreen, theme: Theme = KARET_DARK) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(theme)
        self.theme = theme.name
        self.shown = shown
        self.walk = Walk()
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.shown, self.answers.append)


async def calm(pilot: Pilot[Any]) -> None:
    """Wait until no thread works and every message is handled."""
    await threads_over(pilot.app)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await calm(pilot)


def text_of(app: App[Any]) -> str:
    """What can be read on the screen."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def seen(text: str) -> str:
    """The text as it has to stand on the screen."""
    return "".join(one if one.isprintable() and one != "\u202e" else "\ufffd" for one in text)


def keys_of(app: ScreenApp) -> str:
    """The keys on the line of keys, in order."""
    from karet_tui.keys_line import KeysLine

    return str(app.shown.query_one(KeysLine).render())


def told(app: App[Any]) -> str:
    """What the app has told in its corner so far."""
    return "\n".join(one.message for one in app._notifications)
