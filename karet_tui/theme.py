"""The colours of the app: dark, light, and one of high contrast; every colour elsewhere is a variable of these."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme


def _theme(name: str, dark: bool, colours: Mapping[str, str], **more: str) -> Theme:
    """A theme whose text colours are given, not computed, so that a test can hold each pair to a contrast."""
    return Theme(
        name=name,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        success=colours["success"],
        warning=colours["warning"],
        error=colours["error"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        dark=dark,
        variables={
            "text": colours["foreground"],
            "text-muted": colours["secondary"],
            "text-disabled": colours["secondary"],
            **{f"text-{one}": colours[one] for one in _SPOKEN},
            **{one.replace("_", "-"): colour for one, colour in more.items()},
        },
    )


_SPOKEN = ("primary", "secondary", "accent", "success", "warning", "error")

KARET_DARK = _theme(
    "karet-dark",
    True,
    {
        "primary": "#8ab4d8",
        "secondary": "#9aa7b4",
        "accent": "#d8b77a",
        "success": "#8fc7a0",
        "warning": "#dfb465",
        "error": "#f09a93",
        "foreground": "#d9dee4",
        "background": "#14181d",
        "surface": "#1a1f26",
        "panel": "#262d36",
    },
    border="#3a4552",
    success_muted="#1f3327",
    warning_muted="#3a3017",
    error_muted="#431f1f",
    block_cursor_background="#2f4358",
    block_cursor_foreground="#ffffff",
    block_cursor_blurred_background="#252d36",
    block_cursor_blurred_foreground="#d9dee4",
)

KARET_LIGHT = _theme(
    "karet-light",
    False,
    {
        "primary": "#1f5f99",
        "secondary": "#525d69",
        "accent": "#7a5200",
        "success": "#1d6638",
        "warning": "#7d5000",
        "error": "#a8201c",
        "foreground": "#1d232a",
        "background": "#fbfaf7",
        "surface": "#f3f1ec",
        "panel": "#e7e4dc",
    },
    border="#b9b4a8",
    success_muted="#d6ecdc",
    warning_muted="#f6e7c3",
    error_muted="#f8dcd9",
    block_cursor_background="#2f5f8a",
    block_cursor_foreground="#ffffff",
    block_cursor_blurred_background="#dde3ea",
    block_cursor_blurred_foreground="#1d232a",
)

KARET_CONTRAST = _theme(
    "karet-contrast",
    True,
    {
        "primary": "#7fd4ff",
        "secondary": "#e0e0e0",
        "accent": "#ffe05c",
        "success": "#7dff9a",
        "warning": "#ffd24d",
        "error": "#ffa8a0",
        "foreground": "#ffffff",
        "background": "#000000",
        "surface": "#000000",
        "panel": "#1c1c1c",
    },
    border="#ffffff",
    success_muted="#003d12",
    warning_muted="#3d2f00",
    error_muted="#5a0000",
    block_cursor_background="#ffe05c",
    block_cursor_foreground="#000000",
    block_cursor_blurred_background="#4d4d4d",
    block_cursor_blurred_foreground="#ffffff",
)

THEMES: Mapping[str, Theme] = {"dark": KARET_DARK, "light": KARET_LIGHT, "high contrast": KARET_CONTRAST}
"""By the name that a person reads, in the order in which the key goes through them."""
