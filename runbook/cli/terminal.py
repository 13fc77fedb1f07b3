"""Machine output to stdout, everything for people to stderr; colours and live lines only on a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click


def colours() -> bool:
    """Whether people see colours: on a terminal, and not when NO_COLOR is set (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def plain(text: str) -> str:
    """Text from outside without anything that a terminal could obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def say(text: str = "", *, colour: str | None = None, bold: bool = False) -> None:
    """One line for people."""
    line = plain(text)
    click.echo(click.style(line, fg=colour, bold=bold) if colours() and (colour or bold) else line, err=True)


def wrapped(text: str, indent: str = "", *, colour: str | None = None, bold: bool = False) -> None:
    """Text for people in lines of the terminal's width, at most 100 columns; a list's dash stands out."""
    more = "  " if text.startswith(("- ", "! ")) else ""
    wide = min(width(), 100)
    for line in textwrap.wrap(text, wide, initial_indent=indent, subsequent_indent=indent + more):
        say(line, colour=colour, bold=bold)


def emit(data: Any) -> None:
    """Machine output: one JSON document."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def table(rows: Iterable[Sequence[str]], *, indent: str = "  ") -> None:
    """Rows with columns of even width; the last column may be as long as it likes."""
    made = [[plain(cell) for cell in row] for row in rows]
    if not made:
        return
    widths = [max(len(row[at]) for row in made) for at in range(len(made[0]))]
    for row in made:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        click.echo((indent + "  ".join([*cells, row[-1]])).rstrip(), err=True)


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stderr.isatty() else 100


def interactive() -> bool:
    """Whether people look at a terminal, where drawings are of use."""
    return sys.stderr.isatty()


def can_ask() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def mfa_prompt() -> Callable[[str], str] | None:
    """Asks for an MFA code on the terminal; None where nobody can be asked."""
    if not can_ask():
        return None
    return lambda text: str(click.prompt(text.strip().rstrip(":"), hide_input=True, err=True))
