"""Where runs keep what they know."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook.runs.options import Options


def test_a_relative_state_directory_means_the_same_to_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Options(state_dir=Path("state"), environ={}).state == tmp_path / "state"
