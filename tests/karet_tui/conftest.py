"""An app on a stack in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_runs import FakeRuns

from karet_tui.app import KaretApp
from runbook.runs.options import Options


@pytest.fixture
def fake() -> FakeRuns:
    return FakeRuns()


@pytest.fixture(autouse=True)
def _nothing_foreseen(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The stack in memory has no AWS that could be asked for permissions."""
    if "fake" in request.fixturenames:
        monkeypatch.setattr("runbook.runs.preflight.before_apply", lambda runs, _: list(runs.foreseen))


@pytest.fixture
def make_app(fake: FakeRuns, tmp_path: Path) -> Callable[[], KaretApp]:
    """Makes an app on the stack in memory."""

    def make() -> KaretApp:
        settings = tmp_path / "karet.toml"
        settings.touch()
        return KaretApp(
            Options(rehearsal=fake.rehearsal, state_dir=tmp_path, config=settings),
            open_runs=lambda *_: fake,  # type: ignore[arg-type]
            read_sections=lambda: fake.sections,
        )

    return make
