"""The table of docs/verdicts.md, written from the rows themselves so that the page cannot fall behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from runbook.diagnose.causes import ROWS, Row

_BEGIN, _END = "<!-- verdicts -->\n", "\n<!-- end of verdicts -->"


def verdicts_table() -> str:
    """One line for each cause, in the order in which they are tried."""
    lines: list[Sequence[str]] = [("Cause", "Meaning", "Recognised by", "Source", "What to do next"), ("---",) * 5]
    lines += [
        (f"`{row.cause}`", row.title, "<br>".join(_shows(row)), "<br>".join(_sources(row)), _plain(row.next_step))
        for row in ROWS
    ]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _shows(row: Row) -> Iterator[str]:
    if row.shows:
        yield row.shows
    for text in row.texts:
        yield " and ".join(f"`{word}`" for word in text.words)


def _sources(row: Row) -> Iterator[str]:
    yield from dict.fromkeys([row.source] if row.source else [text.source for text in row.texts])


def _plain(template: str) -> str:
    return template.replace("{part}", "SERVICE")


def fill(page: str) -> str:
    """The page with the table between its two marks written anew."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = f"\n{rest}".partition(_END)
    return before + _BEGIN + verdicts_table() + _END + after


def main(arguments: Sequence[str]) -> None:
    """Write the table into the pages named: `python -m runbook.diagnose.page docs/verdicts.md`."""
    for name in arguments:
        path = Path(name)
        path.write_text(fill(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
