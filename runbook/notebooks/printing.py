"""A notebook as an HTML file: run with values, made into a page, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbook.errors import RunbookError
from runbook.notebooks.page import page
from runbook.notebooks.running import run
from runbook.notebooks.shelf import Notebook


def write_html(notebook: Notebook, values: Mapping[str, Any], target: Path, *, code: bool = False) -> None:
    """Run a notebook and write its page; an existing file is replaced when all has gone well.

    Raises
    ------
    RunbookError: the notebook failed, or the file cannot be written.
    """
    if not target.parent.is_dir():
        raise RunbookError(f"{target} cannot be written: there is no folder {target.parent}", hint="Make it first.")
    text = page(run(notebook, values), notebook.title, code=code)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunbookError(f"{target} cannot be written: {error.strerror}", hint="Name another file.") from error
