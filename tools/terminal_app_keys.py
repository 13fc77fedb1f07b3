"""Writes the tables of keys into docs/terminal-app.md, from the same tables that make the app's help."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from karet_tui.commands import COMMANDS, Command
from karet_tui.screens import SCREENS

PAGE = Path(__file__).parents[1] / "docs" / "terminal-app.md"
BEGIN, END = "<!-- keys -->", "<!-- /keys -->"


def table(title: str, commands: tuple[Command, ...]) -> str:
    """The keys of one screen."""
    rows = "\n".join(f"| `{one.shown_key}` | {one.label} | {one.help} |" for one in commands)
    return f"**{title}**\n\n| key | what | more |\n|---|---|---|\n{rows}\n"


def keys() -> str:
    """All tables."""
    parts = [table("The walk", COMMANDS)]
    for name, (module, cls) in SCREENS.items():
        parts.append(table(f"The screen of {name}", getattr(import_module(module), cls).KEYS))
    return "\n".join(parts)


def page(text: str) -> str:
    """The page with these tables in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{keys()}\n{END}{after}"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    fresh = page(text)
    PAGE.write_text(fresh, encoding="utf-8")
    sys.exit(0)
