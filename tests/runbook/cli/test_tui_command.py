"""The way into the terminal app: what is for rehearsals only, and what is said on leaving."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.runs.options import Options


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options that the app is opened with; its first form says that it is a rehearsal."""
    seen: list[Options] = []

    def app(options: Options) -> tuple[int, Options]:
        seen.append(options)
        return 0, replace(options, rehearsal=True)

    monkeypatch.setattr("karet_tui.app.run", app)
    monkeypatch.setattr("runbook.cli.terminal.can_ask", lambda: True)
    return seen


@pytest.mark.parametrize("given", [("--fault", "s3.CreateBucket:denied"), ("--pace", "0.5")])
def test_what_is_for_rehearsals_opens_no_real_account(
    given: tuple[str, str], opened: list[Options], capsys: Any
) -> None:
    assert run(["tui", *given]) == 64
    assert "would open a real account" in capsys.readouterr().err
    assert opened == []


def test_faults_and_pace_reach_the_rehearsal(opened: list[Options], tmp_path: Path, capsys: Any) -> None:
    given = ["--fault", "s3.CreateBucket:denied", "--pace", "0.5", "--rehearsal", "--state-dir", str(tmp_path)]
    assert run(["tui", *given]) == 0
    assert [(one.faults, one.pace) for one in opened] == [(("s3.CreateBucket:denied",), 0.5)]
    assert capsys.readouterr().err == ""


def test_who_rehearsed_by_the_first_form_is_told_how_to_go_on_with_it(opened: list[Options], capsys: Any) -> None:
    assert run([]) == 0
    assert "karet tui --rehearsal" in capsys.readouterr().err
    assert [one.rehearsal for one in opened] == [False]


@pytest.mark.parametrize("arguments", [[], ["tui"]])
def test_without_a_terminal_nothing_is_drawn(
    arguments: list[str], opened: list[Options], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("runbook.cli.terminal.can_ask", lambda: False)
    assert run(arguments) == 64
    assert "needs a terminal" in capsys.readouterr().err
    assert opened == []
