"""A real run of one section on the embedded AWS opens in every form."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from markdown_it import MarkdownIt

from runbook.export.notebook import code_of
from runbook.runs.export import export_all, verify_file

SCHEMA = Path(__file__).parents[3] / "docs" / "run-log.schema.json"


@pytest.fixture
def forms(open_runs: Any, tmp_path: Path) -> dict[str, Path]:
    runs = open_runs()
    result = runs.apply(runs.plan(["2"]), command="karet apply 2")
    assert result.report.outcome == "done"
    return {path.suffix[1:]: path for path in export_all(runs.place, result.run, tmp_path / "out")}


def test_a_run_of_one_section_opens_in_every_form(forms: dict[str, Path]) -> None:
    told = json.loads(forms["json"].read_text())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    for form in ("json", "html"):
        assert verify_file(forms[form]).whole
    subprocess.run(["bash", "-n", str(forms["sh"])], check=True)
    assert "aws s3api create-bucket" in forms["sh"].read_text()
    notebook = forms["ipynb"].read_text()
    nbformat.validate(nbformat.reads(notebook, as_version=4))
    ast.parse(code_of(notebook))
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(forms["md"].read_text())
    assert rendered.count("<h2>") >= 13
    assert "s3.bucket" in rendered
