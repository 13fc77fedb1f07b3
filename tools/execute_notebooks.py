"""Execute the notebooks on the price snapshot and write them back, with the chart that the README shows.

Run it after prices, cost lines, charts or the notebooks' text have changed: `python tools/execute_notebooks.py`.
"""

from __future__ import annotations

from pathlib import Path

import nbformat

from runbook.notebooks.figures import figures
from runbook.notebooks.running import GIVEN, run
from runbook.notebooks.shelf import notebooks

ROOT = Path(__file__).parents[1]
README_CHART = ("nat_vs_vpc_endpoints", "curves", ROOT / "docs" / "images" / "nat-vs-endpoints.svg")


def executed(notebook):
    """The notebook as it is kept: run on the snapshot, without the cell that said so."""
    made = run(notebook, {"prices": "snapshot"}, folder=ROOT)
    made.cells = [cell for cell in made.cells if GIVEN not in cell.metadata.get("tags", ())]
    for number, cell in enumerate((one for one in made.cells if one.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    return made


def main() -> None:
    name, cell, picture = README_CHART
    for notebook in notebooks():
        made = executed(notebook)
        nbformat.write(made, notebook.path)
        if notebook.name == name:
            picture.parent.mkdir(exist_ok=True)
            picture.write_text(figures(made)[cell][0]["image/svg+xml"], encoding="utf-8")
        print(f"{notebook.path.relative_to(ROOT)}: {notebook.path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
