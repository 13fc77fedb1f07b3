"""What the journal of a stack tells: the runs, and one run with all its entries."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.engine.journal_entry import Entry
from runbook.engine.journal_read import JournalReader, RunSummary
from runbook.errors import JournalError
from runbook.runs.place import Place


def list_runs(place: Place, *, limit: int = 100) -> list[RunSummary]:
    """The runs of a stack on this machine, the newest first; empty when there was none."""
    if not place.journal.exists():
        return []
    with JournalReader.read(place.journal) as journal:
        return journal.runs(limit=limit)


def resolve(place: Place, word: str) -> str:
    """The id of the run that a word means: a whole id, the beginning of one, or `latest`.

    Raises
    ------
    JournalError: it means none, or several.
    """
    ids = [run.id for run in list_runs(place)]
    if word == "latest" and ids:
        return ids[0]
    found = [id_ for id_ in ids if id_.startswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        raise JournalError(f"{word!r} means several runs: {', '.join(found[:5])}", hint="Give more of the id.")
    raise JournalError(
        f"there is no run {word!r} of stack {place.deployment.stack} on this machine",
        hint="`karet log list` shows the runs; journals stay on the machine that made them.",
    )


def entries(place: Place, run: str) -> Iterator[Entry]:
    """The entries of one run, in order."""
    with JournalReader.read(place.journal) as journal:
        yield from journal.entries(run)
