from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_runs import ARN, BUCKET, NOW, check
from screen_app import HOSTILE, PricedRuns, ScreenApp, calm, keys_of, press, seen, text_of, told
from textual.widgets import DataTable

from karet_tui.checklist_screen import ChecklistScreen
from karet_tui.sign_screen import SignScreen
from karet_tui.walk import AtWork
from runbook.errors import LockError, RunbookError
from runbook.runs import sign_off
from runbook.runs.options import Options
from runbook.runs.sign_off import ChecklistItem, SignOff

SMALL = (80, 24)


def item(number: int, outcome: Any = "passed", **more: Any) -> ChecklistItem:
    results = (replace(check(BUCKET), id=f"parity.{number}", detail=f"saw {number}"),)
    return ChecklistItem(number, f"point{number}", f"Statement {number}", results, outcome, None, **more)


def signature(of: ChecklistItem, digest: str = "") -> SignOff:
    return SignOff(of.id, of.statement, ARN, NOW, "looked twice", digest or of.evidence_hash)


class Library:
    """Stands in for the functions of `runbook.runs.sign_off`."""

    def __init__(self, *items: ChecklistItem) -> None:
        self.items = list(items)
        self.signed: list[tuple[str, str]] = []
        self.error: RunbookError | None = None

    def checklist(self, runs: Any) -> list[ChecklistItem]:
        return list(self.items)

    def to_sign(self, runs: Any, id_: str) -> ChecklistItem:
        return next(one for one in self.items if one.id == id_)

    def sign(self, runs: Any, id_: str, *, note: str, seen: ChecklistItem) -> SignOff:
        if self.error:
            raise self.error
        self.signed.append((id_, note))
        made = signature(seen)
        self.items = [replace(one, sign_off=made) if one.id == id_ else one for one in self.items]
        return made


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    open_one = item(3, "needs_person", judgement="whether it suits you")
    old = item(4)
    found = Library(
        item(1), item(2, "failed"), open_one, replace(old, sign_off=signature(old, "x")), item(5, "not_rehearsed")
    )
    for name in ("checklist", "to_sign", "sign"):
        monkeypatch.setattr(sign_off, name, getattr(found, name))
    return found


def screen() -> ChecklistScreen:
    return ChecklistScreen(PricedRuns(), Options(rehearsal=True, environ={}))  # type: ignore[arg-type]


async def test_every_key_of_the_checklist(library: Library) -> None:
    app = ScreenApp(screen())
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        text = text_of(app)
        for words in ("5 points: 2 proven, 0 signed", "● passed", "✗ failed", "‖ needs you", "! outdated", "saw 1"):
            assert words in text
        assert "○ not signed" in text
        await press(pilot, "down", "s")
        assert "nobody can sign it" in told(app)
        assert "s Sign" not in keys_of(app)
        await press(pilot, "down", "s")
        assert isinstance(app.screen, SignScreen)
        for words in ("Statement 3", "saw 3", "whether it suits you", ARN):
            assert words in text_of(app)
        await press(pilot, "escape")
        assert not library.signed
        await press(pilot, "s", *"fine", "enter")
        assert library.signed == [("point3", "fine")]
        assert "● 2026-11-23 12:00" in text_of(app)
        await press(pilot, "down")
        assert "What was signed is no longer what is true" in text_of(app).replace("\n", " ")
        assert "looked twice" in text_of(app)
        await press(pilot, "v")
        assert app.screen.query_one("#checklist-table", DataTable).row_count == 5
        await press(pilot, "escape")
    assert app.answers == [None]


async def test_a_signature_waits_for_the_end_of_a_run_and_an_error_is_shown(library: Library) -> None:
    from karet_tui.progress import Progress
    from runbook.engine.tasks import Stop

    app = ScreenApp(screen())
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        app.walk.at_work = AtWork(2, Stop(), Progress("Applying section 2"))
        await press(pilot, "s")
        assert "a signature waits for its end" in told(app)
        app.walk.at_work = None
        library.error = LockError("somebody else applies", hint="Wait.")
        await press(pilot, "s", "enter")
        assert "somebody else applies" in text_of(app)
        await press(pilot, "escape")
        assert "s Sign" in keys_of(app), "the screen works on"


async def test_text_from_outside_is_never_markup(library: Library) -> None:
    soiled = replace(item(1), statement=HOSTILE, judgement=HOSTILE)
    library.items = [replace(soiled, sign_off=replace(signature(soiled), note=HOSTILE, by=HOSTILE))]
    app = ScreenApp(screen())
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "s")
        text = text_of(app)
        assert not [one for one in text if one in "\x1b\x07\u202e"]
        assert seen(HOSTILE)[:20] in text
        assert app.is_running
