"""The picture in the README is the screen as the tests last saw it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_picture_in_the_readme_is_the_screen_of_today() -> None:
    snapshot = Path(__file__).parent / "__snapshots__" / "test_app_snapshots" / "test_screen[plan-wide].svg"
    assert "docs/images/walk.svg" in (ROOT / "README.md").read_text()
    assert (ROOT / "docs" / "images" / "walk.svg").read_bytes() == snapshot.read_bytes()
