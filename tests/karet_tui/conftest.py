"""An app on a stack in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from at_rest import active_at_rest
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


@pytest.fixture(autouse=True)
def _rest_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is pressed, and a screen read, when the app has nothing left to do."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", active_at_rest)


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
