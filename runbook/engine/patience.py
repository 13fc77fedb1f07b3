"""Which things an earlier run may have made unseen: AWS may deny them for a while, so a look asks again.

What it has removed unseen is not waited for: a look that still finds it removes it once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from runbook.engine.journal_read import JournalReader

STEP_OVER = "step_over"
"""Name of the event that says: the end of this step was seen in the account."""

_AS_LONG_AS = timedelta(minutes=10)
"""Longer than any kind's consistency time: what AWS still denies after that does not exist."""
_RUNS = 20


def unfinished(journal: JournalReader, now: datetime) -> dict[str, bool]:
    """Resources with a call whose effect no run has seen yet: unanswered, or answered shortly before a kill.

    Returns
    -------
    Per id whether the last of those calls was a part of a removal.

    Raises
    ------
    JournalError: the journal cannot be read.
    """
    recent = [run.id for run in journal.runs(_RUNS) if now - run.last_at <= _AS_LONG_AS]
    unanswered = {one.resource: one.removes for one in journal.open_intents() if not one.local}
    return journal.unseen(recent, seen=STEP_OVER) | unanswered


def waited_for(left: Mapping[str, bool]) -> frozenset[str]:
    """Of what is unfinished the ids that a look has to be patient for: what may have been made."""
    return frozenset(one for one, removes in left.items() if not removes)
