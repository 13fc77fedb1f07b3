"""The screens over the walk as pictures: `pytest --snapshot-update` draws them anew after a change that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from screen_app import PricedRuns, ScreenApp, calm, press
from test_checklist_screen import Library, item, signature
from test_journal_screen import write
from textual.theme import Theme
from textual.widgets import Input

from karet_tui import screens
from karet_tui.theme import KARET_DARK, KARET_LIGHT
from runbook.engine import journal
from runbook.runs import sign_off
from runbook.runs.options import Options

SIZES = {"small": (80, 24), "wide": (120, 40), "large": (200, 60)}
VIEWS = [
    *(pytest.param(SIZES[size], KARET_DARK, id=size) for size in ("small", "wide")),
    # These show the same parts once more, so they are drawn by `make prove` only.
    pytest.param(SIZES["large"], KARET_DARK, id="large", marks=pytest.mark.prove),
    *(pytest.param(SIZES[size], KARET_LIGHT, id=f"{size}-light", marks=pytest.mark.prove) for size in SIZES),
]


@pytest.mark.parametrize(("size", "theme"), VIEWS)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("cost", ("n", "down", "down")),
        ("settings", ("down",)),
        ("journal", ("down", "enter", "down")),
        ("checklist", ()),
    ],
    ids=["cost", "settings", "journal", "checklist"],
)
def test_screen(
    name: str, keys: Any, size: Any, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any
) -> None:
    numbers = iter(range(1000))
    monkeypatch.setattr(journal.uuid, "uuid4", lambda: UUID(int=next(numbers), version=4))
    first = item(1)
    library = Library(
        item(2), item(3, "needs_person", judgement="whether it suits you"), item(4, "failed"), item(5, "not_rehearsed")
    )
    library.items.insert(0, type(first)(**{**first.__dict__, "sign_off": signature(first)}))
    for function in ("checklist", "to_sign", "sign"):
        monkeypatch.setattr(sign_off, function, getattr(library, function))
    file = tmp_path / "karet.toml"
    file.write_text('region = "eu-central-1"\ndomain = "karet.example.com"\nnetwork = "nat"\n')
    runs = PricedRuns(journal=write(tmp_path / "journal.db", 8) if name == "journal" else tmp_path / "none.db")
    options = Options(rehearsal=True, config=file, state_dir=tmp_path, environ={})
    app = ScreenApp(screens.make(name, runs, options), theme)  # type: ignore[arg-type]

    async def reach(pilot: Any) -> None:
        await calm(pilot)
        await press(pilot, *keys)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await calm(pilot)

    assert snap_compare(app, run_before=reach, terminal_size=size)
