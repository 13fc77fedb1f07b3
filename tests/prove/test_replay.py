"""An exported run repeats: its script and its cells, on an empty embedded AWS, end in what the run ended in."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore
import pytest

from runbook.export.notebook import code_of
from runbook.rehearsal.embedded import Embedded
from runbook.runs.export import export_run

pytestmark = pytest.mark.prove
DOMAIN = "example.com"


@dataclass(frozen=True)
class Original:
    """A run of the whole document, and everything that existed after it."""

    forms: dict[str, str]
    inventory: dict[str, Any]
    calls: int


@pytest.fixture
def original(embedded: Embedded, open_runs: Any) -> Original:
    runs = open_runs()
    result = runs.apply(runs.plan(), command="karet apply")
    assert result.report.outcome == "done", [step.error for step in result.report.steps if step.error]
    forms = {form: export_run(runs.place, result.run, form) for form in ("sh", "ipynb")}
    inventory = embedded.inventory()
    embedded.reset()
    embedded.seed_zone(DOMAIN)
    return Original(forms, inventory, forms["sh"].count("\naws ") + forms["sh"].count("$(aws "))


def same(inventory: dict[str, Any]) -> dict[str, str]:
    """Everything that exists, kind by kind, but for the evidence of probes, which only the runbook can make."""
    return {
        # The version of a secret is the token of whoever made it.
        name: re.sub(r":::<(?:uuid|version)>", ":::<version>", repr([one for one in things if not _is_evidence(one)]))
        for name, things in inventory.items()
    }


def _is_evidence(thing: Any) -> bool:
    return isinstance(thing, dict) and "/proven/" in str(thing.get("Name", ""))


def environment(embedded: Embedded, folder: Path, *path: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([*path, os.environ["PATH"]]),
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": embedded.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def aws_cli(folder: Path) -> Path:
    """The aws command of PyPI in an environment of its own; skipped, loudly, where it cannot be had."""
    home = folder / "cli"
    venv.create(home, with_pip=True)
    install = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # The release that was made for the botocore of this project, so that both know the same parameters.
    wanted = ["awscli", f"botocore=={botocore.__version__}"]
    done = subprocess.run([*install, *wanted], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        pytest.skip(f"NO PROOF OF THE SCRIPT: the aws command cannot be installed here: {done.stderr[-300:]}")
    # Version 1 asks SQS at its old host unless it is told the endpoint on the command line.
    wrapper = folder / "bin" / "aws"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec "{home}/bin/aws" --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return wrapper.parent


def test_the_script_ends_in_the_same_inventory(
    original: Original, embedded: Embedded, tmp_path: Path, counted: Any
) -> None:
    commands = aws_cli(tmp_path)
    (tmp_path / "run.sh").write_text(original.forms["sh"])
    done = subprocess.run(
        ["bash", "run.sh"],
        cwd=tmp_path,
        env=environment(embedded, tmp_path, str(commands)),
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert same(embedded.inventory()) == same(original.inventory)
    counted(f"exported script: {original.calls} aws commands on an empty AWS, same inventory")


def test_the_cells_end_in_the_same_inventory(
    original: Original, embedded: Embedded, tmp_path: Path, counted: Any
) -> None:
    (tmp_path / "run.py").write_text(code_of(original.forms["ipynb"]))
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        env=environment(embedded, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert same(embedded.inventory()) == same(original.inventory)
    counted("exported notebook: its cells on an empty AWS, same inventory")
