"""Makes docs/sample-run: one small run on an embedded AWS, exported in every form.

python tools/make_sample_run.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from runbook.rehearsal import join
from runbook.runs.export import FORMATS, export_run, save
from runbook.runs.options import Options
from runbook.runs.runs import Runs

SECTIONS = ("2", "5")
FOLDER = Path(__file__).parents[1] / "docs" / "sample-run"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="karet-sample-") as state:
        options = Options(rehearsal=True, state_dir=Path(state), environ={})
        try:
            runs = Runs.open(options)
            result = runs.apply(runs.plan(SECTIONS), command=f"karet apply {' '.join(SECTIONS)} --rehearsal")
            for form in FORMATS:
                path = FOLDER / f"run.{form}"
                save(export_run(runs.place, result.run, form), path)
                print(f"{path.relative_to(FOLDER.parents[1])}  {path.stat().st_size:,} bytes")
        finally:
            join.stop(options.state)


if __name__ == "__main__":
    main()
