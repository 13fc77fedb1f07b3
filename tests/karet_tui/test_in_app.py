from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runbook
from karet_tui import in_app as module
from karet_tui.commands import COMMANDS
from karet_tui.in_app import in_app


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ("Run `karet apply 7`.", "Apply section 7 (p, then a)."),
        ("Look at its events, then run `karet apply 6`.", "Look at its events, then apply section 6 (p, then a)."),
        ("Raise `web.cpu`, then `karet apply 5 6 7`.", "Raise `web.cpu`, then apply sections 5, 6 and 7 (p, then a)."),
        ("`karet apply 11` makes it.", "Applying section 11 (p, then a) makes it."),
        ("`karet apply 11`.", "Apply section 11 (p, then a)."),
        ("`karet destroy 5` lists them.", "Undoing section 5 (u) lists them."),
        ("`karet plan` shows what apply would do.", "Planning (p) shows what apply would do."),
        ("Stays so? `karet verify 3` shows it", "Stays so? verifying section 3 (v) shows it"),
        ("`karet cost` shows it; or `karet cost --network all`", "Money (m) shows it; or the networks in Money (m)"),
        ("(`karet status` shows how far it is)", "(the list of sections (o) shows how far it is)"),
        ("`karet log list` shows the runs", "The Journal (j) shows the runs"),
        ("then run the same command again.", "then do the same again."),
        ("Run the same command again: it looks first", "Do the same again: it looks first"),
        ("take it over with --adopt s3.bucket, or choose", "take it over (a, then t), or choose"),
        ("take them along with --with-dependents", "take them along (u, then t)"),
        ("raise --budget or budget_usd.", "raise budget_usd (e)."),
    ],
)
def test_a_command_is_named_by_the_key_that_does_the_same(said: str, here: str) -> None:
    assert in_app(said) == here


@pytest.mark.parametrize("said", ["Run `karet rotate api-key`.", "`karet release` brings it out.", "Set web.cpu."])
def test_what_has_no_key_stays_as_it_is(said: str) -> None:
    assert in_app(said) == said


def test_every_key_that_is_named_is_one_of_the_table() -> None:
    named = {action for _, _, actions in module._DEEDS.values() for action in actions}
    named |= {action for _, action in module._PLACES.values()}
    named |= {action for _, words in module._WORDS for action in re.findall(r"\{(.+?)\}", words)}
    assert named <= {one.action for one in COMMANDS}


def test_no_hint_of_the_library_tells_to_apply_plan_verify_or_destroy_by_a_command() -> None:
    root = Path(runbook.__file__).parent
    hints = [
        quoted
        for folder in ("sections", "runs", "engine", "diagnose", "kinds", "cost", "preflight")
        for file in sorted((root / folder).rglob("*.py"))
        for quoted in re.findall(r"`karet (?:apply|plan|verify|destroy|status|cost)[^`{]*`", file.read_text("utf-8"))
    ]
    assert len(hints) > 40
    left = [one for one in hints if "`karet" in in_app(one)]
    assert {one for one in left if "--out" not in one} == set()


@given(st.text())
def test_a_text_without_a_command_is_not_touched(text: str) -> None:
    if "karet" not in text and "--" not in text and "run" not in text.casefold():
        assert in_app(text) == text
