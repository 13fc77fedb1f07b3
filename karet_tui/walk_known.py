"""What a screen over the walk may ask it: what exists, as far as somebody has looked, and whether a run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from karet_tui.walk import Walk

if TYPE_CHECKING:
    from textual.app import App

    from runbook.model import State


def _walk(app: App[object]) -> Walk:
    """The app's walk; an app that only shows one screen has none, and then nothing is known."""
    walk = getattr(app, "walk", None)
    return walk if isinstance(walk, Walk) else Walk()


def found_states(app: App[object]) -> Mapping[str, State] | None:
    """By id what was found last; None while nobody has looked at any section."""
    seen = [one.changes for one in _walk(app).standings.values() if one.changes is not None]
    return {change.id: change.found for changes in seen for change in changes} if seen else None


def running(app: App[object]) -> str:
    """What a run is doing, in words; empty when there is none."""
    at_work = _walk(app).at_work
    return at_work.progress.title if at_work else ""
