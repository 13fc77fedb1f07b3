"""What the journal of a stack tells: the runs, and one run with all its entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from runbook.engine.journal_entry import Entry
from runbook.engine.journal_read import JournalReader, RunSummary
from runbook.errors import JournalError
from runbook.runs.place import Place


@dataclass(frozen=True)
class Chosen:
    """Which runs are wanted; an empty filter lets all of them through.

    Parameters
    ----------
    outcome: how they ended; `none` for those that recorded no end.
    command: a text that their command holds.
    since: the first day (UTC).
    """

    outcome: str = ""
    command: str = ""
    since: datetime | None = None

    @property
    def filters(self) -> bool:
        """Whether anything is left out."""
        return bool(self.outcome or self.command or self.since)

    def lets(self, run: RunSummary) -> bool:
        """Whether a run is wanted."""
        if self.outcome and self.outcome != ("none" if run.ended_at is None else run.outcome):
            return False
        if self.since is not None and run.started_at < self.since.replace(tzinfo=UTC):
            return False
        return self.command in str(run.start.get("command", ""))


_ALL = Chosen()
_MOST_RUNS = 10000


def list_runs(place: Place, *, limit: int = 100, chosen: Chosen = _ALL) -> list[RunSummary]:
    """The runs of a stack on this machine, the newest first; empty when there was none.

    Parameters
    ----------
    chosen: which of them; the limit counts those only.
    """
    if not place.journal.exists():
        return []
    with JournalReader.read(place.journal) as journal:
        runs = journal.runs(limit=_MOST_RUNS if chosen.filters else limit)
    return [run for run in runs if chosen.lets(run)][:limit]


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
