from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from tui_steps import SMALL, pressed, settled

import karet_tui
from karet_tui.theme import THEMES

SOURCES = [*Path(karet_tui.__file__).parent.glob("*.py"), *Path(karet_tui.__file__).parent.glob("*.tcss")]

GROUNDS = ("background", "surface", "panel")
WORDS = ("foreground", "secondary", "accent", "primary", "text-muted", "text", "text-primary", "text-secondary",
         "text-accent", "text-success", "text-warning", "text-error")  # fmt: skip
PAIRS = [(word, ground) for ground in GROUNDS for word in WORDS] + [
    ("text-success", "success-muted"),
    ("text-error", "error-muted"),
    ("text-warning", "warning-muted"),
    ("foreground", "error-muted"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
]
LEAST = 4.5
"""WCAG 2.2, success criterion 1.4.3 (level AA), for text of usual size."""


def variables(name: str) -> dict[str, str]:
    theme = THEMES[name]
    return theme.to_color_system().generate() | dict(theme.variables)


def luminance(colour: Color) -> float:
    parts = [one / 255 for one in (colour.r, colour.g, colour.b)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2.2 defines it."""
    low, high = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_every_word_can_be_read_on_every_ground_it_stands_on(name: str) -> None:
    known = variables(name)
    ratios = {f"${word} on ${ground}": round(contrast(known[word], known[ground]), 2) for word, ground in PAIRS}
    poor = {pair: ratio for pair, ratio in ratios.items() if ratio < LEAST}
    assert poor == {}


def test_every_text_colour_that_the_app_uses_is_among_those_that_are_measured() -> None:
    used = {
        found
        for path in SOURCES
        for found in re.findall(r"\$(text(?:-[a-z]+)?|secondary|accent|foreground|primary)\b", path.read_text())
    }
    assert used <= {word for word, _ in PAIRS}


async def test_the_key_goes_through_the_themes_and_the_choice_is_kept(make_app: Any) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        names = []
        for _ in THEMES:
            names.append(app.theme)
            await pressed(pilot, "d")
        assert names == [one.name for one in THEMES.values()]
        assert app.theme == names[0]
        await pressed(pilot, "d", "x")
    again = make_app()
    assert (again.theme, again.taste.mouse) == (THEMES["light"].name, False)
