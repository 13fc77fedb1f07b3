"""Writes one run of the journal into a file that did not exist before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from runbook.runs.place import Place

FORMATS: Mapping[str, str] = {
    "Markdown, to read anywhere": "md",
    "HTML, one page with everything": "html",
    "JSON, for programs and for verifying": "json",
    "Jupyter notebook, to replay cell by cell": "ipynb",
    "shell script, the calls with the aws client": "sh",
}
"""What the operator chooses -> the format."""

_LIBRARY = "runbook.runs.export"


def export_run(place: Place, run: str, form: str, folder: Path) -> Path:
    """Write the run and give the path.

    Raises
    ------
    RunbookError: this build cannot export, or the folder cannot be written.
    """
    if find_spec(_LIBRARY) is None:
        raise RunbookError(
            "This build of the runbook cannot export runs yet.", hint=f"Read it with karet log show {run}."
        )
    text: str = import_module(_LIBRARY).export_run(place, run, form)
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
