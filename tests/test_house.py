"""Rules of the house that a machine can check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("runbook", "karet_tui", "poller") for path in (ROOT / room).rglob("*.py"))
PYTHON = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
LONGEST = 400


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_file_is_short_enough_for_one_idea() -> None:
    assert len(PYTHON) > len(SOURCES) > 0
    lengths = {_name(path): len(path.read_text().splitlines()) for path in PYTHON}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_source_file_says_its_one_idea_first() -> None:
    assert [_name(path) for path in SOURCES if not path.read_text().startswith('"""')] == []


def _without(loaded: str, forbidden: set[str]) -> None:
    code = f"import {loaded}, sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(done.stdout.split()) & forbidden


def test_the_library_loads_neither_textual_nor_pandas_nor_moto() -> None:
    _without("runbook.runs.runs", {"textual", "pandas", "moto", "flask", "IPython"})


def test_the_settings_load_without_boto3() -> None:
    _without("runbook.settings", {"boto3", "botocore", "textual", "pandas"})


def test_no_lock_file_and_no_address_of_a_package_index_is_kept() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT).stdout.split()
    assert not [name for name in tracked if re.search(r"(uv|poetry|pdm|package-lock)\.(lock|json)$", name)]
    assert "://" not in (ROOT / "constraints.txt").read_text()


def test_every_pinned_version_is_a_name_and_a_version() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.+]+", line)] == []
