"""What a command makes, written to a file whole or not at all, or to standard output."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from runbook.errors import RunbookError


def deliver(text: str, out: Path | None) -> None:
    """Write a text to a file, or to standard output when no file or `-` is named.

    Raises
    ------
    RunbookError: the file cannot be written; one that was there before is as it was.
    """
    if out is None or str(out) == "-":
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        with tempfile.NamedTemporaryFile("w", dir=out.parent, delete=False, encoding="utf-8", newline="\n") as made:
            made.write(text if text.endswith("\n") else f"{text}\n")
        Path(made.name).chmod(0o644)
        Path(made.name).replace(out)
    except OSError as error:
        raise RunbookError(
            f"{out} cannot be written: {error.strerror}", hint="Choose another file with --out, or `-`."
        ) from error
