"""The colours of the app: one quiet dark theme; every colour elsewhere is a variable of it."""

from __future__ import annotations

from textual.theme import Theme

KARET_DARK = Theme(
    name="karet-dark",
    primary="#8ab4d8",
    secondary="#9aa7b4",
    accent="#d8b77a",
    success="#8fc7a0",
    warning="#dfb465",
    error="#e88a83",
    foreground="#d9dee4",
    background="#14181d",
    surface="#1a1f26",
    panel="#262d36",
    dark=True,
    variables={
        "border": "#3a4552",
        "block-cursor-background": "#2f4358",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#252d36",
        "block-cursor-blurred-foreground": "#d9dee4",
    },
)
