"""Run a notebook with values for its parameters, and keep of its outputs what can be read without running anything."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from runbook.errors import RunbookError, SettingsError
from runbook.notebooks.asked import INJECTED
from runbook.notebooks.shelf import PARAMETERS, Notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

CELL_TIMEOUT_S: Final = 300
GIVEN: Final = "injected-parameters"
"""The tag of the cell with the given values, by papermill's convention."""

_KEPT: Final = ("image/svg+xml", "text/html", "application/vnd.karet.figure+json", "text/plain")


def run(notebook: Notebook, values: Mapping[str, Any], *, folder: Path | None = None) -> NotebookNode:
    """The notebook, run in a process of its own, with the values in a cell below its parameters.

    Parameters
    ----------
    values: checked ones; see `Notebook.values`.
    folder: where relative paths in them start; the working folder without it.

    Raises
    ------
    SettingsError: a cell refused its values. RunbookError: a cell failed, or what runs notebooks is not installed.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ModuleNotFoundError as error:
        raise missing(error) from error
    made = nbformat.read(notebook.path, as_version=4)
    given(made, values)
    client = NotebookClient(
        made,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder or Path.cwd())}},
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
    )
    # The kernel's own debugger looks for frozen modules and says so on its error output.
    environment = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        # Its own `execute` leaves an open event loop behind.
        asyncio.run(client.async_execute(env=environment))
    except CellExecutionError as error:
        raise _failed(notebook, error) from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise RunbookError(
            f"{notebook.name} did not end: {error}", hint="Run it in JupyterLab to see where."
        ) from error
    return readable(made)


def given(made: NotebookNode, values: Mapping[str, Any]) -> None:
    """Put values into a cell of their own below the cell of the parameters."""
    if not values:
        return
    from nbformat.v4 import new_code_cell

    at = next(index for index, cell in enumerate(made.cells) if PARAMETERS in cell.metadata.get("tags", ()))
    source = "\n".join([INJECTED, *(f"{name} = {value!r}" for name, value in values.items())])
    made.cells.insert(at + 1, new_code_cell(source, id="given", metadata={"tags": [GIVEN]}))


def readable(made: NotebookNode) -> NotebookNode:
    """The notebook without what only its run knew: counters of the kernel, times, widgets, streams of warnings."""
    made.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate((one for one in made.cells if one.cell_type == "code"), start=1):
        cell.execution_count = number
        cell.metadata.pop("execution", None)
        cell.outputs = [output for output in cell.outputs if output.output_type in ("execute_result", "display_data")]
        for output in cell.outputs:
            output.metadata = {}
            output.data = {kind: output.data[kind] for kind in _KEPT if kind in output.data}
            if "execution_count" in output:
                output.execution_count = number
    return made


def missing(error: ModuleNotFoundError) -> RunbookError:
    """The error for a machine without what notebooks need."""
    return RunbookError(
        f"notebooks need {error.name}, which is not installed",
        hint="Install the extra: pip install 'karet-runbook[notebooks]'.",
    )


def _failed(notebook: Notebook, error: Any) -> RunbookError:
    """What a cell said, without the frames of the kernel."""
    message = f"{notebook.name}: {error.ename}: {error.evalue}"
    if error.ename == "SettingsError":
        return SettingsError(message)
    return RunbookError(message, hint="Run it in JupyterLab (`make notebooks`) to see the cell.")
