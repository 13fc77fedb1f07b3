"""A notebook that was run as one HTML file: no script, nothing from the net, light and dark."""

from __future__ import annotations

import html
from copy import deepcopy
from importlib.resources import files
from typing import TYPE_CHECKING

from runbook.notebooks.figures import PICTURE
from runbook.notebooks.running import missing

if TYPE_CHECKING:
    from nbformat import NotebookNode


def page(made: NotebookNode, title: str, *, code: bool = False) -> str:
    """The whole page.

    Parameters
    ----------
    code: show the cells' code too; it is short, but those who read a bill seldom want it.
    """
    try:
        from nbconvert import HTMLExporter
    except ModuleNotFoundError as error:
        raise missing(error) from error
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=not code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    body, _ = exporter.from_notebook_node(_with_live_pictures(made))
    room = files("runbook.notebooks")
    text = room.joinpath("page.html").read_text(encoding="utf-8")
    style = room.joinpath("page.css").read_text(encoding="utf-8")
    for place, value in {"TITLE": _safe(title), "STYLE": style, "BODY": body}.items():
        text = text.replace(f"<!--{place}-->", value, 1)
    return text


def _with_live_pictures(made: NotebookNode) -> NotebookNode:
    """The notebook with its pictures as part of the page, so that their words can be found and copied."""
    shown = deepcopy(made)
    for output in (output for cell in shown.cells if cell.cell_type == "code" for output in cell.outputs):
        if PICTURE in output.data:
            output.data = {"text/html": output.data[PICTURE]}
    return shown


def _safe(text: str) -> str:
    return html.escape(text)
