from __future__ import annotations

from dataclasses import replace

import pytest

from karet_tui.app import KaretApp
from karet_tui.commands import COMMANDS, Situation, refusal, shown_now

IDLE = Situation(opened=True, built=True, planned=True, first=False)


def keys(now: Situation, *, width: int = 200) -> str:
    return "".join(one.shown_key for one in shown_now(now, width=width))


def test_every_key_stands_in_the_table_once() -> None:
    assert len({one.key for one in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.key)
def test_every_command_has_an_action_of_the_app(command: object) -> None:
    name = command.action.partition("(")[0]  # type: ignore[attr-defined]
    assert callable(getattr(KaretApp, f"action_{name}"))


def test_only_keys_that_work_now_are_shown() -> None:
    assert keys(IDLE) == "pavunbtrclomkje/y?q"
    assert keys(replace(IDLE, planned=False)) == "pvunbtrclomkje/y?q"
    assert keys(replace(IDLE, built=False, planned=False)) == "nbtrclomkje/y?q"
    assert keys(replace(IDLE, running="Applying section 2")) == "snbtrclmkj/y?q"
    assert keys(Situation()) == "ntrcly?q"


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
def test_a_line_has_as_many_keys_as_it_has_room_for_and_always_the_way_to_the_others(width: int) -> None:
    shown = shown_now(IDLE, width=width)
    line = "  ".join(f"{one.shown_key} {one.label}" for one in shown)
    assert len(line) <= width - 2
    assert {"?", "q", "p", "a"} <= {one.shown_key for one in shown}
    assert keys(IDLE, width=80) == "pavunbl?q"


def test_a_refusal_says_what_to_do() -> None:
    running = replace(IDLE, running="Applying section 2")
    assert refusal("apply", running) == "Applying section 2 is going on. Wait for its end, or press s to stop it."
    assert refusal("apply", replace(IDLE, planned=False)) == "There is nothing to apply: press p to plan first."
    assert refusal("plan", Situation()) == "The stack is not open yet."
    assert refusal("stop", IDLE) == "Nothing is running, so there is nothing to stop."
    assert refusal("help", Situation()) == ""
