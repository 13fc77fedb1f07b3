"""The signs of the app: a symbol and a word for each action, outcome and tone, so that colour only repeats them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

TONES: Mapping[str, str] = {
    "quiet": "$secondary",
    "good": "$text-success",
    "busy": "$text-primary",
    "attention": "$text-warning",
    "bad": "$text-error",
}
"""Colour variables by tone."""

ACTIONS: Mapping[str, tuple[str, str]] = {
    "create": ("+ create", "good"),
    "update": ("~ update", "attention"),
    "replace": ("± replace", "bad"),
    "delete": ("- delete", "bad"),
    "adopt": ("◇ adopt", "attention"),
    "none": ("= keep", "quiet"),
}

DONE: Mapping[str, str] = {
    "create": "was created",
    "update": "was changed",
    "replace": "was replaced",
    "delete": "was deleted",
    "adopt": "was taken over",
}
"""An action when it is over."""

BECAME: Mapping[str, tuple[str, str]] = {
    "done": ("● done", "good"),
    "failed": ("✗ failed", "bad"),
    "waiting": ("‖ waits", "attention"),
    "not_started": ("○ not begun", "quiet"),
}
"""What became of a step of a run."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "passed": ("● passed", "good"),
    "failed": ("✗ failed", "bad"),
    "not_rehearsed": ("○ not rehearsed", "quiet"),
    "waiting": ("‖ waits", "attention"),
}
"""What came of a check."""


def signed(table: Mapping[str, tuple[str, str]], name: str) -> Content:
    """The sign for a name, in the colour of its tone."""
    words, tone = table.get(name, (name, "quiet"))
    return Content.styled(words, TONES[tone])
