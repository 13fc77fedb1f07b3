"""The text of a section, read from the Markdown file beside its module."""

from __future__ import annotations

from importlib.resources import files


def read_text(name: str) -> str:
    """The Markdown text of a section's module: `read_text("s02_s3")` reads `s02_s3.md`."""
    return files("runbook.sections").joinpath(f"{name}.md").read_text(encoding="utf-8")
