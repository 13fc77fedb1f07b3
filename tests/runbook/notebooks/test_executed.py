"""The committed notebooks: their figures are what a run makes now, and the page of a run needs no net."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest

from runbook.errors import RunbookError, SettingsError
from runbook.notebooks.figures import PICTURE, figures, same_picture, stale
from runbook.notebooks.page import page
from runbook.notebooks.running import run
from runbook.notebooks.shelf import Notebook, notebooks

ROOT = Path(__file__).parents[3]
REFRESH = "run `python tools/execute_notebooks.py` and read what changed"
NAMES = [one.name for one in notebooks()]


@pytest.fixture(scope="module")
def runs() -> dict[str, Any]:
    """Every notebook, run on the snapshot by a kernel of its own."""
    return {one.name: run(one, {"prices": "snapshot"}, folder=ROOT) for one in notebooks()}


def _committed(name: str) -> Any:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", NAMES)
def test_no_committed_figure_is_stale(name: str, runs: dict[str, Any]) -> None:
    committed = _committed(name)
    assert len(figures(committed)) >= 5
    assert all(figures(committed).values())
    assert stale(committed, runs[name]) == [], REFRESH


def test_the_chart_of_the_readme_is_the_notebooks(runs: dict[str, Any]) -> None:
    drawn = figures(runs["nat_vs_vpc_endpoints"])["curves"][0][PICTURE]
    assert same_picture((ROOT / "docs" / "images" / "nat-vs-endpoints.svg").read_text(), drawn), REFRESH
    assert "docs/images/nat-vs-endpoints.svg" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_holds_nothing_of_one_machine_or_one_run(name: str) -> None:
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
    assert len(text) < 150_000
    assert not re.search(r"/(home|root|tmp|Users|usr)/|iopub|widget-view|model_id|shell\.execute", text)
    for cell in _committed(name).cells:
        assert re.fullmatch(r"[a-z-]+", cell.id)
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", ()):
            assert cell.outputs
            assert len(cell.source.splitlines()) <= 5


class _Page(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "link", "iframe", "object", "embed"):
            self.loads.append(tag)
        for name in ("src", "href", "xlink:href"):
            address = given.get(name) or "#"
            if not address.startswith("#"):
                self.loads.append(address)
        self.loads += [name for name in given if name.startswith("on")]


def test_a_page_loads_nothing_and_runs_nothing(runs: dict[str, Any]) -> None:
    made = runs["nat_vs_vpc_endpoints"]
    text = page(made, "A & B")
    read = _Page()
    read.feed(text)
    assert read.loads == []
    assert "@import" not in text
    assert "url(http" not in text
    assert "<title>A &amp; B</title>" in text
    assert text.count("<svg") == 2
    assert "NetworksQuestion" not in text
    assert "prefers-color-scheme: dark" in text
    assert "NetworksQuestion" in page(made, "A & B", code=True)


def test_a_changed_figure_is_found_and_a_rounded_coordinate_is_not() -> None:
    committed = _committed("estimate")
    other = copy.deepcopy(committed)
    cells = {cell.id: cell for cell in other.cells}
    svg = cells["where"].outputs[0].data[PICTURE]
    moved = re.sub(r'x="(\d+\.\d+)"', lambda found: f'x="{float(found[1]) + 0.01:.2f}"', svg, count=1)
    assert moved != svg
    cells["where"].outputs[0].data[PICTURE] = moved
    assert stale(committed, other) == []
    cells["where"].outputs[0].data[PICTURE] = svg.replace("AmazonECS", "AmazonEC3")
    cells["answer"].outputs[0].data["text/plain"] += "."
    cells["lines"].outputs = []
    assert stale(committed, other) == [
        "answer: text/plain is stale",
        "lines: 1 outputs were kept, a run makes 0",
        f"where: {PICTURE} is stale",
    ]


def _one_cell(tmp_path: Path, source: str) -> Notebook:
    cell = nbformat.v4.new_code_cell(source, id="one", metadata={"tags": ["parameters"]})
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return Notebook("one", path)


@pytest.mark.prove
def test_a_cell_that_fails_is_an_error_with_its_words(tmp_path: Path) -> None:
    source = "from runbook.errors import SettingsError\nraise SettingsError('zones: 9 is too many')"
    with pytest.raises(SettingsError, match="zones: 9 is too many"):
        run(_one_cell(tmp_path, source), {})


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nbclient", None)
    with pytest.raises(RunbookError) as caught:
        run(_one_cell(tmp_path, "x = 1"), {})
    assert "karet-runbook[notebooks]" in caught.value.hint
