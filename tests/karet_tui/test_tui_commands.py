from __future__ import annotations

from dataclasses import replace

import pytest

from karet_tui.app import KaretApp
from karet_tui.commands import COMMANDS, Situation, refusal, shown_now

IDLE = Situation(opened=True, built=True, planned=True, first=False)


def keys(now: Situation, *, wide: bool = True) -> str:
    return "".join(one.shown_key for one in shown_now(now, wide=wide))


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


def test_a_narrow_line_leaves_out_what_has_another_way() -> None:
    assert keys(IDLE, wide=False) == "pavunbl?q"
    line = "  ".join(f"{one.shown_key} {one.label}" for one in shown_now(IDLE, wide=False))
    assert len(line) <= 78


def test_a_refusal_says_what_to_do() -> None:
    running = replace(IDLE, running="Applying section 2")
    assert refusal("apply", running) == "Applying section 2 is going on. Wait for its end, or press s to stop it."
    assert refusal("apply", replace(IDLE, planned=False)) == "There is nothing to apply: press p to plan first."
    assert refusal("plan", Situation()) == "The stack is not open yet."
    assert refusal("stop", IDLE) == "Nothing is running, so there is nothing to stop."
    assert refusal("help", Situation()) == ""
