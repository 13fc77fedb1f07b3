"""What the doctor found, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from runbook.cli import terminal
from runbook.preflight.finding import Chapter, Item, Outcome

_SIGNS: dict[Outcome, str] = {
    "ok": "ok",
    "failed": "FAILED",
    "warning": "warning",
    "unknown": "cannot be told",
    "not_rehearsed": "not rehearsed",
}
_COLOURS: dict[Outcome, str] = {
    "ok": "green",
    "failed": "red",
    "warning": "yellow",
    "unknown": "yellow",
    "not_rehearsed": "yellow",
}


def show(chapters: Sequence[Chapter]) -> None:
    """Each chapter with its items, and below everything the settings that fix what a setting can fix."""
    for chapter in chapters:
        terminal.say(chapter.title, bold=True)
        said: set[tuple[str, str]] = set()
        for item in chapter.items:
            _item(item, again=(item.detail, item.fix) in said)
            said.add((item.detail, item.fix))
    items = [item for chapter in chapters for item in chapter.items]
    lines = dict.fromkeys(line for item in items if item.outcome in ("failed", "warning") for line in item.lines)
    if lines:
        terminal.say("Settings that fix what settings can fix; put them before the first [table] of karet.toml:")
        for line in lines:
            terminal.say(f"  {line}")
    counts = Counter(item.outcome for item in items)
    terminal.say(", ".join(f"{counts[outcome]} {words}" for outcome, words in _SIGNS.items() if counts[outcome]))


def _item(item: Item, *, again: bool) -> None:
    """One item; what was said of one above it is not said again."""
    said = ", as above" if again else ""
    terminal.say(f"  {_SIGNS[item.outcome]}: {item.statement}{said}", colour=_COLOURS[item.outcome])
    if again:
        return
    terminal.wrapped(item.detail, "      ")
    if item.fix:
        terminal.wrapped(f"{item.fix}{_price(item)}", "      ")


def _price(item: Item) -> str:
    if item.monthly_usd is None:
        return ""
    return f" About ${item.monthly_usd:,.2f} a month before traffic." if item.monthly_usd else " It costs nothing."


def show_warnings(items: Iterable[Item]) -> None:
    """What is said below a plan before it is applied."""
    for item in items:
        terminal.wrapped(f"! {item.statement}? {item.detail} {item.fix}".rstrip(), colour="yellow")


def as_json(chapters: Sequence[Chapter]) -> dict[str, Any]:
    """The chapters, and how many items there are of each outcome."""
    counts = Counter(item.outcome for chapter in chapters for item in chapter.items)
    return {
        "counts": {outcome: counts[outcome] for outcome in _SIGNS},
        "chapters": [
            {"name": chapter.name, "title": chapter.title, "items": [item.as_json() for item in chapter.items]}
            for chapter in chapters
        ],
    }
