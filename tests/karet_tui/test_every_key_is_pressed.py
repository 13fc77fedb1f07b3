"""No key of the tables is left that no test presses: each is looked for in the tests of the app and of its screen."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from karet_tui.checklist_screen import ChecklistScreen
from karet_tui.commands import COMMANDS
from karet_tui.cost_screen import CostScreen
from karet_tui.journal_screen import JournalScreen
from karet_tui.settings_screen import SettingsScreen

_HERE = Path(__file__).parent
_PRESSES = {"press", "pressed", "reach"}
"""The functions by which tests press keys."""

SCREENS = {
    "test_cost_screen.py": CostScreen,
    "test_settings_screen.py": SettingsScreen,
    "test_journal_screen.py": JournalScreen,
    "test_checklist_screen.py": ChecklistScreen,
}


@cache
def pressed_in(file: Path) -> frozenset[str]:
    """Every text that a test file presses, or that stands among the parameters of its tests."""
    keys: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _PRESSES:
                inside = (one for argument in node.args for one in ast.walk(argument))
                keys |= {one.value for one in inside if isinstance(one, ast.Constant) and isinstance(one.value, str)}
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "parametrize":
            inside = (one for argument in node.args[1:] for one in ast.walk(argument))
            keys |= {one.value for one in inside if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return frozenset(keys)


@pytest.mark.parametrize("key", [one.key for one in COMMANDS])
def test_a_test_of_the_app_presses_this_key(key: str) -> None:
    files = [one for one in _HERE.glob("test_*.py") if one.name not in SCREENS]
    assert any(key in pressed_in(file) for file in files)


@pytest.mark.parametrize(
    ("file", "key"), [(file, one.key) for file, screen in SCREENS.items() for one in screen.KEYS], ids=str
)
def test_a_test_of_this_screen_presses_this_key(file: str, key: str) -> None:
    assert key in pressed_in(_HERE / file)
