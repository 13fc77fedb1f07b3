from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from screen_app import HOSTILE, PricedRuns, ScreenApp, calm, keys_of, press, seen, text_of, told

from karet_tui.entry_list import EntryList
from karet_tui.journal_screen import JournalScreen
from runbook.engine.journal import Journal
from runbook.runs.options import Options

SMALL, BIG = (80, 24), (120, 40)


class Ticking:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(milliseconds=250)
        return self.time


def write(path: Path, calls: int, *, text: str = "denied") -> Path:
    """A journal of three runs; the newest but one has so many calls."""
    with Journal.open(path, clock=Ticking()) as journal:  # type: ignore[arg-type]
        journal._connection.execute("PRAGMA synchronous = OFF")
        for number, outcome in enumerate(("done", "failed", "done")):
            run = journal.begin_run(
                user="ada", host="laptop", principal="arn:aws:iam::1:user/ada", tool_version="0.1.0",
                command=f"karet apply {number}", account="1", region="eu-west-1", stack="karet", plan_hash="ab",
            )  # fmt: skip
            for call in range(calls if number == 1 else 1):
                intent = journal.intent(
                    run, f"s3.thing-{call}", service="s3", operation="PutThing", params={"Name": text}, digest="d"
                )
                bad = call % 3 == 1
                journal.result(
                    intent, outcome="refused" if bad else "ok", duration_s=0.25, error=text if bad else "",
                    code="AccessDenied" if bad else "", request_id=f"req-{call}",
                )  # fmt: skip
            evidence = [{"call": "s3.GetThing {}", "answer": '{"Status":"Enabled"}'}]
            journal.check(run, check_id="s3", statement="It keeps versions", outcome="passed", evidence=evidence)
            if number == 2:
                journal.event(run, "sign_off", {"item": "roles", "statement": "Roles stand in", "by": "ada"})
            journal.end_run(run, outcome=outcome, counts={"done": 1})
    return path


def screen(path: Path) -> JournalScreen:
    return JournalScreen(PricedRuns(journal=path), Options(rehearsal=True, environ={}))  # type: ignore[arg-type]


async def test_every_key_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = screen(write(tmp_path / "journal.db", 4))
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "● done karet apply 2" in text_of(app)
        assert "● signed" in text_of(app)
        await press(pilot, "down")
        assert shown.chosen
        assert shown.chosen.outcome == "failed"
        assert "Run      2026" in text_of(app), "a run is told in full at its beginning"
        await press(pilot, "f")
        assert "4 shown: changing calls of karet apply 1" in text_of(app)
        assert "✗ refused    0.25 s  s3.thing-1: s3.PutThing AccessDenied" in text_of(app)
        await press(pilot, "enter", "down", "enter")
        assert app.focused is app.screen.query_one("#entry")
        assert "Name: denied" in str(app.screen.query_one("#entry-text").render())
        assert "req-1" in str(app.screen.query_one("#entry-text").render())
        await press(pilot, "f")
        assert "1 shown: checks" in text_of(app)
        assert '"Enabled"' not in text_of(app)
        assert "Status: Enabled" in str(app.screen.query_one("#entry-text").render())
        await press(pilot, "f")
        assert "2 shown: trouble" in text_of(app)
        await press(pilot, "f", "f", "slash", *"thing-3", "enter")
        assert '1 shown: all entries, with "thing-3"' in text_of(app)
        await press(pilot, "escape")
        assert "7 shown" in text_of(app)
        await press(pilot, "o", "o")
        assert [one.outcome for one in shown.listed] == ["failed"]
        assert "x Export" not in keys_of(app)
        await press(pilot, "x")
        assert "Choose one run first" in told(app)
        await press(pilot, "o", "r", "escape")
    assert app.answers == [None]


async def test_a_run_is_exported_into_a_new_file_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("runbook.runs.export.export_run", lambda _place, run, form: f"{run} as {form}")
    shown = screen(write(tmp_path / "journal.db", 1))
    app = ScreenApp(shown)
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        await press(pilot, "x", *"json", "enter")
        await press(pilot, "x", *"json", "enter")
        assert "Written: " in told(app)
        assert shown.chosen
        run = shown.chosen.id
    files = sorted(one.name for one in tmp_path.glob("karet-*"))
    assert files == [f"karet-{run}-2.json", f"karet-{run}.json"]
    assert (tmp_path / f"karet-{run}.json").read_text() == f"{run} as json"


async def test_without_a_journal_the_screen_says_so(tmp_path: Path) -> None:
    app = ScreenApp(screen(tmp_path / "nothing.db"))
    async with app.run_test(size=SMALL) as pilot:
        await calm(pilot)
        assert "There is no run of this stack on this machine yet." in text_of(app)
        await press(pilot, "f", "slash", "x", "escape")
    assert app.answers == [None]


async def test_a_long_run_is_read_only_where_it_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from runbook.engine.journal_search import JournalSearch

    read: list[int] = []
    usual = JournalSearch.told

    def counted(self: Any, numbers: Any) -> Any:
        read.append(len(numbers))
        return usual(self, numbers)

    monkeypatch.setattr(JournalSearch, "told", counted)
    shown = screen(write(tmp_path / "journal.db", 600))
    app = ScreenApp(shown)
    async with app.run_test(size=BIG) as pilot:
        await calm(pilot)
        await press(pilot, "down", "enter")
        listed = app.screen.query_one("#entries-list", EntryList)
        assert listed.count == 603
        read.clear()
        await press(pilot, "end")
        assert listed.cursor == 602
        assert "ended, 1 done" in text_of(app)
        await press(pilot, "home", "pagedown", "pageup", "down", "up")
        assert sum(read) < 450
        assert len(listed._pages) <= 20


async def test_text_from_outside_is_never_markup(tmp_path: Path) -> None:
    app = ScreenApp(screen(write(tmp_path / "journal.db", 2, text=HOSTILE)))
    async with app.run_test(size=BIG) as pilot:
        await calm(pilot)
        await press(pilot, "down", "f", "enter", "down")
        text = text_of(app)
        assert not [one for one in text if one in "\x1b\x07\u202e"]
        assert seen(HOSTILE)[:20] in text
        assert app.is_running
