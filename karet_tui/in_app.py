"""What the library advises, in the words of the app: where it names a command, the key that does the same here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from karet_tui.commands import COMMANDS

_DEEDS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "apply": ("apply", "applying", ("plan", "apply")),
    "plan": ("plan", "planning", ("plan",)),
    "verify": ("verify", "verifying", ("verify",)),
    "destroy": ("undo", "undoing", ("undo",)),
}
"""Command of a section -> what one does here, what one is doing then, and the actions that do it."""

_PLACES: Mapping[str, tuple[str, str]] = {
    "status": ("the list of sections", "look"),
    "cost": ("Money", "open('cost')"),
    "cost --network all": ("the networks in Money", "open('cost')"),
    "log list": ("the Journal", "open('journal')"),
    "log show": ("the Journal", "open('journal')"),
    "log export": ("the Journal", "open('journal')"),
    "sign": ("the Checklist", "open('checklist')"),
}
"""Command that shows something -> where that stands here, and the action that opens it."""

_SECTION = re.compile(
    r"(?P<run>\b[Rr]un\s+)?`karet\s+(?P<command>apply|plan|verify|destroy)(?P<numbers>(?:\s+\d+)*)`(?=(?P<ends>[.;,]|\Z)?)"
)
_SHOWN = re.compile(
    r"`karet\s+(?P<command>cost --network all|status|cost|log list|log show|log export|sign)(?:\s[^`]*)?`"
)
_ASKS = re.compile(r"(?:\b(?:then|and)\s+|\A|[.:;]\s+)\Z", re.IGNORECASE)
_BEGINS = re.compile(r"(?:\A|[.:]\s+|\n\n)\Z")
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bRun the (?:same )?command again\b"), "Do the same again"),
    (re.compile(r"\brun the same command(?: again)?\b"), "do the same again"),
    (re.compile(r"\bwith --adopt [^\s,;]+"), "({apply}, then t)"),
    (re.compile(r"\bwith --with-dependents\b"), "({undo}, then t)"),
    (re.compile(r"--delete-data removes it too"), "only --delete-data on the command line removes it"),
    (re.compile(r"--budget or budget_usd"), "budget_usd ({open('settings')})"),
)
"""Turns of phrase that only hold on a command line -> what holds here, with actions for their keys."""


def in_app(text: object) -> str:
    """A hint or a message of the library with keys in place of commands; a command without a key stays what it is."""
    said = _SECTION.sub(_of_section, str(text))
    said = _SHOWN.sub(_of_place, said)
    for words, instead in _WORDS:
        said = words.sub(_filled(instead), said)
    return said


def _of_section(found: re.Match[str]) -> str:
    deed, doing, actions = _DEEDS[found["command"]]
    before = found.string[: found.start()]
    # "Run it", "then it." and "It." ask for something; "It makes one" speaks about it.
    asked = bool(found["run"]) or (found["ends"] is not None and bool(_ASKS.search(before)))
    keys = ", then ".join(_key(one) for one in actions)
    words = f"{deed if asked else doing}{_sections(found['numbers'].split())} ({keys})"
    return _begun(words, before)


def _of_place(found: re.Match[str]) -> str:
    words, action = _PLACES[" ".join(found["command"].split())]
    return _begun(f"{words} ({_key(action)})", found.string[: found.start()])


def _begun(words: str, before: str) -> str:
    """The words with a capital where a sentence begins."""
    return words[0].upper() + words[1:] if _BEGINS.search(before) else words


def _sections(numbers: list[str]) -> str:
    if not numbers:
        return ""
    *most, last = numbers
    return f" sections {', '.join(most)} and {last}" if most else f" section {last}"


def _filled(words: str) -> Callable[[re.Match[str]], str]:
    return lambda _: re.sub(r"\{(.+?)\}", lambda one: _key(one[1]), words)


@cache
def _key(action: str) -> str:
    """The key of an action in the one table."""
    return next(one.shown_key for one in COMMANDS if one.action == action)
