"""What `karet rehearse --export-dir` leaves of the whole document: every form is opened by what it is made for."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from markdown_it import MarkdownIt
from nbclient import NotebookClient

from runbook.rehearsal.embedded import Embedded
from runbook.runs.export import verify_file

pytestmark = pytest.mark.prove
ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "run-log.schema.json"
PIPELINE = ROOT / "runbook" / "rehearsal" / "sample" / "pipeline.json"
"""What a rehearsal sends where no settings name another file; it is not part of the log."""
MOST_S = 900


@pytest.mark.long
def test_every_form_of_a_rehearsal_opens(
    embedded: Embedded, tmp_path: Path, counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "runbook", "rehearse", "--json", "--export-dir", str(out)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=MOST_S)
    assert done.returncode == 0, done.stderr[-3000:]
    forms = {Path(one).suffix[1:]: Path(one) for one in json.loads(done.stdout)["exported"]}
    assert forms.keys() == {"md", "html", "json", "ipynb", "sh"}

    told = json.loads(forms["json"].read_text())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    assert len(told["sections"]) == 13
    for form in ("json", "html"):
        assert verify_file(forms[form]).whole
    subprocess.run(["bash", "-n", str(forms["sh"])], check=True)
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(forms["md"].read_text())
    for section in told["sections"]:
        assert f"<h2>{section['number']} " in rendered

    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    executed = execute(forms["ipynb"], tmp_path)
    assert {"us-east-1 ec2.vpcs", "us-east-1 ecs.clusters"} <= embedded.inventory().keys()
    counted(f"notebook of a rehearsal: {executed} cells executed in Jupyter on an empty AWS")

    problems = opened(forms["html"], tmp_path)
    assert problems == []
    counted("page of a rehearsal: opened in a browser, console clean")


def execute(path: Path, folder: Path) -> int:
    """Run every cell in a kernel of Jupyter; how many there were."""
    shutil.copy(PIPELINE, folder / PIPELINE.name)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=MOST_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    asyncio.run(client.async_execute())
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [one for cell in cells for one in cell.outputs if one.output_type == "error"]
    return len(cells)


def opened(page: Path, folder: Path) -> list[str]:
    """What the browser says about the page on its console."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("NO PROOF IN A BROWSER: chromium is not installed; the other forms were opened")
    done = subprocess.run(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'browser'}",
            "--enable-logging=stderr",
            f"--screenshot={folder / 'page.png'}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (folder / "page.png").stat().st_size > 10_000
    return re.findall(r".*CONSOLE.*", done.stderr)
