"""What only notebooks and charts need stays out of every other way in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = {"IPython", "ipykernel", "ipywidgets", "matplotlib", "nbclient", "nbconvert", "nbformat", "numpy", "pandas"}


ROUNDS = """
from runbook.cli.main import run
run(["--help"])
run(["notebook"])
import karet_tui.app, runbook.runs.runs, runbook.runs.costs
import runbook.cost.charts, runbook.notebooks.networks_question, runbook.notebooks.estimate_question
import sys
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_neither_jupyter_nor_arrays_are_loaded_before_a_notebook_is_run() -> None:
    done = subprocess.run([sys.executable, "-c", ROUNDS], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "runbook" in loaded
    assert loaded & HEAVY == set()
