from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "terminal-app.md").read_text(encoding="utf-8")


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:karet_tui|benchmarks|runbook|tests)/[\w./-]+)`", PAGE))
    assert len(named) > 20
    assert sorted(one for one in named if not (ROOT / one).is_file()) == []


def test_the_keys_of_the_page_are_those_of_the_app() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "terminal_app_keys.py"))
    assert tool["page"](PAGE) == PAGE, "python tools/terminal_app_keys.py writes them anew"


def test_the_pictures_of_the_screens_are_those_that_the_tests_draw() -> None:
    drawn = Path(__file__).parent / "__snapshots__" / "test_screen_snapshots"
    for name in ("cost", "settings", "journal", "checklist"):
        kept = ROOT / "docs" / "images" / f"app-{name}.svg"
        assert kept.read_text() == (drawn / f"test_screen[{name}-wide].svg").read_text(), f"copy it to {kept.name}"
        assert kept.name in PAGE
