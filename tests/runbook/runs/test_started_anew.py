"""Whoever comes back to a rehearsal that has ended meanwhile is told that it is empty again."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook.rehearsal import join
from runbook.runs.options import Options
from runbook.runs.place import open_place


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(rehearsal=True, state_dir=tmp_path, environ={})


def told(options: Options) -> bool:
    return any("started anew and is empty" in note for note in open_place(options).notes)


def test_a_rehearsal_that_has_ended_meanwhile_is_said_to_be_empty(options: Options) -> None:
    try:
        first = open_place(options)
        assert not any("started anew" in note for note in first.notes)
        first.journal.parent.mkdir(parents=True)
        first.journal.touch()
        # The server is still the same, so nothing is gone.
        assert not told(options)
        join.stop(options.state)
        assert told(options)
        assert not told(options)
    finally:
        join.stop(options.state)
