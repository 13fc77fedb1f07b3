"""Compares a copy of the source document with the one that the runbook was written from, by the hashes of its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from runbook import document
from runbook.doc_check.mapping import Mapped, Step, mapping
from runbook.errors import RunbookError

_LARGEST = 5_000_000
"""Bytes of a document that is read; the known one has 12,000."""
_COMMAND = re.compile(r"^(\w*done\b|for |export |do\b|aws |docker |--\w)|\baws [a-z0-9]+ [a-z-]+|\| *\\$|\\$")
_FIGURE = re.compile(r"(?<![A-Za-z0-9])\d")
"""A number that stands for itself: the digit of S3 is none."""


@dataclass(frozen=True)
class ChangedLine:
    """A line that is not as the runbook knows it.

    Parameters
    ----------
    number: in the copy; for one that is missing, in the known document.
    steps: what the runbook makes of the known lines there.
    """

    number: int
    how: Literal["changed", "added", "missing"]
    section: int
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """One line for people, without the document's own words."""
        named = ", ".join(map(str, self.steps)) or "nothing that the runbook makes"
        return f"line {self.number} is {self.how} (section {self.section}): it concerns {named}"


@dataclass(frozen=True)
class Coverage:
    """How much of the document the runbook answers.

    Parameters
    ----------
    waived: lines with a reason in place of a step.
    commands, figures: lines with a command, and with a number, each: mapped to steps, and all.
    """

    sections: int
    lines: int
    waived: int
    commands: tuple[int, int]
    figures: tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """A copy of the document against the known one."""

    changed: tuple[ChangedLine, ...]
    coverage: Coverage


def read_document(path: Path) -> list[str]:
    """The lines of a copy.

    Raises
    ------
    RunbookError: it cannot be read, or is no text of that size.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise RunbookError(f"{path} is larger than {_LARGEST:,} bytes; it is not the source document")
        return content.decode("utf-8").splitlines()
    except OSError as error:
        raise RunbookError(f"{path} cannot be read: {error.strerror}", hint="Name the document's file.") from error
    except UnicodeDecodeError as error:
        raise RunbookError(f"{path} is no UTF-8 text", hint="Name the document as plain text.") from error


def compare(lines: Sequence[str]) -> Compared:
    """Every line of a copy that is not as the runbook knows it, and how much of the copy the runbook answers."""
    known = document.source_lines()
    mapped = mapping()
    old, new = [one.digest for one in known], [document.line_digest(line) for line in lines]
    changed: list[ChangedLine] = []
    same: dict[int, int] = {}
    for how, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            same |= {c + at: a + at for at in range(b - a)}
            continue
        paired = min(b - a, d - c)
        changed += [_changed(c + at + 1, "changed", a + at, known, mapped) for at in range(paired)]
        changed += [_changed(at + 1, "missing", at, known, mapped) for at in range(a + paired, b)]
        # What is new belongs to the line that it stands behind.
        changed += [_changed(at + 1, "added", max(b - 1, 0), known, mapped) for at in range(c + paired, d)]
    return Compared(tuple(changed), _coverage(lines, same, mapped))


def _changed(
    number: int,
    how: Literal["changed", "added", "missing"],
    at: int,
    known: Sequence[document.SourceLine],
    mapped: Sequence[Mapped],
) -> ChangedLine:
    row = _row(mapped, at + 1)
    return ChangedLine(number, how, known[at].section, row.steps if row else ())


def _row(mapped: Sequence[Mapped], number: int) -> Mapped | None:
    return next((one for one in mapped if one.first <= number <= one.last), None)


def _coverage(lines: Sequence[str], same: dict[int, int], mapped: Sequence[Mapped]) -> Coverage:
    answered: set[int] = set()
    waived: set[int] = set()
    for at, known in same.items():
        row = _row(mapped, known + 1)
        if row is not None:
            (answered if row.steps else waived).add(at)
    commands = {at for at, line in enumerate(lines) if _COMMAND.search(line.strip())}
    figures = {at for at, line in enumerate(lines) if _FIGURE.search(line)}
    sections = {step.name for one in mapped for step in one.steps if step.kind == "section"}
    return Coverage(
        sections=len(sections),
        lines=len(answered),
        waived=len(waived),
        commands=(len(commands & answered), len(commands)),
        figures=(len(figures & answered), len(figures)),
    )
