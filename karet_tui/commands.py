"""The one table of what the operator can do: key, action, label, help, and when it does not work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Situation:
    """What decides which keys work now.

    Parameters
    ----------
    opened: the stack is open.
    running: what a run is doing, in words; empty when there is none.
    built: the section on screen has more than its text.
    planned: it has a plan that changes something, or that says why it cannot be applied.
    first, last: it is the first or the last section.
    waits_for: what has to happen before "continue" does something; empty when it does.
    """

    opened: bool = False
    running: str = ""
    built: bool = False
    planned: bool = False
    first: bool = True
    last: bool = False
    waits_for: str = ""


Refusal: TypeAlias = Callable[[Situation], str]
"""Why a command does not work now; empty when it does."""


def _always(now: Situation) -> str:
    del now
    return ""


def _opened(now: Situation) -> str:
    return "" if now.opened else "The stack is not open yet."


def _idle(now: Situation) -> str:
    if not now.opened:
        return "The stack is not open yet."
    if now.running:
        return f"{now.running} is going on. Wait for its end, or press s to stop it."
    return ""


def _idle_and_built(now: Situation) -> str:
    if refused := _idle(now):
        return refused
    return "" if now.built else "The runbook has only the text of this section so far."


def _planned(now: Situation) -> str:
    if refused := _idle_and_built(now):
        return refused
    return "" if now.planned else "There is nothing to apply: press p to plan first."


def _running(now: Situation) -> str:
    return "" if now.running else "Nothing is running, so there is nothing to stop."


def _continue(now: Situation) -> str:
    return now.waits_for


def _not_last(now: Situation) -> str:
    return "This is the last section." if now.last else ""


def _not_first(now: Situation) -> str:
    return "This is the first section." if now.first else ""


_WRITTEN = {
    "question_mark": "?",
    "ctrl+c": "Ctrl+C",
    "ctrl+p": "Ctrl+P",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "slash": "/",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
}


@dataclass(frozen=True)
class Command:
    """One thing that the operator can do.

    Parameters
    ----------
    action: the app's action of that name.
    label: for the line of keys; short.
    help: for the help screen.
    shown: whether the line of keys names it: always when it works, only where there is room, or never.
    """

    key: str
    action: str
    label: str
    help: str
    refused: Refusal = _always
    shown: Literal["always", "wide", "never"] = "always"

    @property
    def shown_key(self) -> str:
        """The key as it is written."""
        return _WRITTEN.get(self.key, self.key)


COMMANDS: tuple[Command, ...] = (
    Command(
        "enter", "continue", "Continue", "Do the next sensible thing; the line above says which.", _continue, "never"
    ),
    Command("space", "continue", "Continue", "The same.", _continue, "never"),
    Command("p", "plan", "Plan", "Look at this section and show what would be done. Changes nothing.", _idle_and_built),
    Command("a", "apply", "Apply", "Show the plan once more, ask, and carry it out.", _planned),
    Command("v", "verify", "Verify", "Check with fresh reads that everything is as it should be.", _idle_and_built),
    Command("u", "undo", "Undo", "Show what would be removed and what stays, ask, and remove it.", _idle_and_built),
    Command("s", "stop", "Stop", "Stop the run after the calls that are on their way.", _running),
    Command("n", "next", "Next", "Go to the next section.", _not_last),
    Command("b", "previous", "Back", "Go to the section before.", _not_first),
    Command("t", "show('text')", "Text", "Read the text of this section.", shown="wide"),
    Command("r", "show('resources')", "Resources", "See its resources and the exact calls.", shown="wide"),
    Command("c", "show('checks')", "Checks", "See its checks with their evidence.", shown="wide"),
    Command("l", "show('log')", "Log", "See what happens now, and past runs."),
    Command("o", "look", "Look at all", "See how far every section is. Changes nothing.", _idle, shown="wide"),
    Command(
        "m", "open('cost')", "Money", "What the stack costs, and what other networks would.", _opened, shown="wide"
    ),
    Command(
        "k",
        "open('checklist')",
        "Checklist",
        "The parity items, with evidence and sign-off.",
        _opened,
        shown="wide",
    ),
    Command("j", "open('journal')", "Journal", "Past runs, their events and their evidence.", _opened, shown="wide"),
    Command(
        "e", "open('settings')", "Settings", "Edit the settings, and see what a change touches.", _idle, shown="wide"
    ),
    Command("slash", "find", "Search", "Search in the texts, the calls and the log.", _opened, shown="wide"),
    Command(
        "y",
        "copy",
        "Copy",
        "Copy what is shown: the text, the calls as aws commands, the evidence, the log.",
        shown="wide",
    ),
    Command("Y", "copy_python", "Copy as boto3", "Copy the calls of the chosen resource as Python.", shown="never"),
    Command("f", "form", "Form", "Show the calls as aws commands, as boto3, or as parameters.", shown="never"),
    Command("w", "write", "Write", "Write what y would copy into a file of this folder.", shown="never"),
    Command("d", "theme", "Theme", "Go through the dark, the light and the high-contrast colours.", shown="never"),
    Command("x", "mouse", "Mouse", "Use the mouse or not; without it the terminal selects text itself.", shown="never"),
    Command("ctrl+p", "command_palette", "Palette", "Find any of these by its words.", shown="never"),
    Command("question_mark", "help", "Help", "Show this list."),
    Command("q", "leave", "Quit", "Leave; during a run you are asked what becomes of it."),
    Command("ctrl+c", "leave", "Quit", "The same.", shown="never"),
)

BINDINGS: list[BindingType] = [Binding(one.key, one.action, one.label, show=False) for one in COMMANDS]


def shown_now(now: Situation, *, width: int) -> list[Command]:
    """The commands that work now and that a line of that many columns has room for, in the order of the table.

    Those that are always shown come first; of the others as many as fit.
    """
    works = [one for one in COMMANDS if one.shown != "never" and not one.refused(now)]
    chosen = [one for one in works if one.shown == "always"]
    room = width - sum(_columns(one) for one in chosen)
    for one in works:
        if one.shown == "wide" and _columns(one) <= room:
            chosen.append(one)
            room -= _columns(one)
    return [one for one in works if one in chosen]


def _columns(one: Command) -> int:
    """Columns that a command takes in the line of keys, the space behind it included."""
    return len(one.shown_key) + len(one.label) + 3


def refusal(action: str, now: Situation) -> str:
    """Why an action does not work now; empty when it does."""
    return next((one.refused(now) for one in COMMANDS if one.action == action), "")
