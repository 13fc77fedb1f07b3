"""Writes one run of the journal into a file that did not exist before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from runbook.runs.export import Format
    from runbook.runs.place import Place

FORMATS: Mapping[str, Format] = {
    "Markdown, to read anywhere": "md",
    "HTML, one page with everything": "html",
    "JSON, for programs and for verifying": "json",
    "Jupyter notebook, to replay cell by cell": "ipynb",
    "shell script, the calls with the aws client": "sh",
}
"""What the operator chooses -> the format."""


def export_run(place: Place, run: str, form: Format, folder: Path) -> Path:
    """Write the run and give the path.

    Raises
    ------
    RunbookError: the journal cannot be read, or the folder cannot be written.
    """
    # Imported with the first export: what draws the page comes with it.
    from runbook.runs import export

    text = export.export_run(place, run, form)
    number = 1
    while True:
        path = folder / (f"karet-{run}.{form}" if number == 1 else f"karet-{run}-{number}.{form}")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise RunbookError(
                f"{path} cannot be written: {error.strerror}", hint="Start in another folder."
            ) from error
        else:
            return path
