"""The screens over the walk, by name: each is imported when it is opened, and made from what the app has."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from karet_tui.full_screen import FullScreen
    from runbook.runs.options import Options
    from runbook.runs.runs import Runs

SCREENS: Mapping[str, tuple[str, str]] = {
    "cost": ("karet_tui.cost_screen", "CostScreen"),
    "settings": ("karet_tui.settings_screen", "SettingsScreen"),
    "journal": ("karet_tui.journal_screen", "JournalScreen"),
    "checklist": ("karet_tui.checklist_screen", "ChecklistScreen"),
}
"""Name in the table of commands -> module and class; the class is a FullScreen."""


def make(name: str, runs: Runs, options: Options) -> FullScreen:
    """The screen of that name, on this stack.

    Raises
    ------
    RunbookError: this build has no such screen.
    """
    module, cls = SCREENS[name]
    if find_spec(module) is None:
        raise RunbookError(f"This build of the app has no screen for {name}.", hint="Install the runbook anew.")
    screen: FullScreen = getattr(import_module(module), cls)(runs, options)
    return screen
