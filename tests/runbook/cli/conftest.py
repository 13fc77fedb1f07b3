"""The command line on a rehearsal process of its own, which all tests of this folder share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.rehearsal import join


@dataclass(frozen=True)
class Said:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Karet = Callable[..., Said]


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    yield folder
    join.stop(folder)


@pytest.fixture
def karet(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Karet:
    """Runs a command line in the rehearsal, in an empty folder, on an empty account: `karet("plan", "2")`."""
    monkeypatch.chdir(tmp_path)
    join.start_or_join(state_dir, domain="example.com")
    join.reset(state_dir)

    def one(*arguments: str, rehearsal: bool = True) -> Said:
        more = ("--rehearsal", "--state-dir", str(state_dir)) if rehearsal else ()
        capsys.readouterr()
        code = run([*arguments, *more])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return one
