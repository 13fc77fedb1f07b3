"""How long steps take: as this stack's own runs in the journal took, else as the kinds themselves say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from runbook.engine.journal_read import JournalReader
from runbook.engine.patience import STEP_OVER
from runbook.engine.plan import Plan
from runbook.model import Change
from runbook.runs.place import Place

_RUNS = 20
"""Past runs that are read: older ones say less about today, and reading all would take longer with every run."""

_SLOW_BY = 2.0
"""What an estimate without history is taken times for the slow case; nobody knows it better."""


@dataclass(frozen=True)
class Usual:
    """How long something takes: half of the time not longer than `median_s`, nine times of ten not longer than `p90_s`.

    Parameters
    ----------
    seen: how often it was seen here; 0 for an estimate of the kind.
    """

    median_s: float
    p90_s: float
    seen: int = 0


def history(place: Place) -> dict[tuple[str, str], Usual]:
    """(kind, action) -> how long it took in the last runs of this stack on this machine."""
    if not place.journal.exists():
        return {}
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    with JournalReader.read(place.journal) as journal:
        for run in journal.runs(limit=_RUNS):
            for what, seconds in _of_run(journal, run.id).items():
                seen[what].append(seconds)
    return {what: usual_of(seconds) for what, seconds in seen.items()}


def _of_run(journal: JournalReader, run: str) -> dict[tuple[str, str], float]:
    """Per kind and action the longest time from a resource's first call to the end of its step."""
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    whats: dict[str, tuple[str, str]] = {}
    for entry in journal.entries(run):
        if entry.kind == "run_started":
            changes = entry.body.get("plan", {}).get("changes", ())
            whats = {one["id"]: (one["kind"], one["action"]) for one in changes if one.get("action") != "none"}
        elif entry.kind == "intent":
            first.setdefault(entry.resource, entry.time)
        elif entry.kind == "event" and entry.body.get("event") == STEP_OVER and entry.resource in first:
            last[entry.resource] = entry.time
    took: dict[tuple[str, str], float] = {}
    for id_ in first.keys() & last.keys() & whats.keys():
        seconds = (last[id_] - first[id_]).total_seconds()
        took[whats[id_]] = max(took.get(whats[id_], 0.0), seconds)
    return took


def usual_of(seconds: Sequence[float]) -> Usual:
    """Median and 90th percentile (nearest rank) of what was seen."""
    ordered = sorted(seconds)
    rank = max(0, -(-9 * len(ordered) // 10) - 1)
    return Usual(median(ordered), ordered[rank], len(ordered))


def usual(change: Change, seen: Mapping[tuple[str, str], Usual]) -> Usual:
    """How long a change takes: as seen here, else as its kind says."""
    return seen.get((change.kind, change.action)) or Usual(change.expected_s, _SLOW_BY * change.expected_s)


def remaining(
    plan: Plan, seen: Mapping[tuple[str, str], Usual], *, over: Mapping[str, object], ran_s: Mapping[str, float]
) -> Usual:
    """How long the rest of a plan takes: its longest chain, because what does not depend on each other runs at once.

    Parameters
    ----------
    over: ids of what has come to its end.
    ran_s: per id of what is going on, for how long already.
    """
    ends: dict[str, tuple[float, float]] = {}
    known = True
    for change in plan.changes:
        before = [ends[need] for need in change.needs if need in ends] or [(0.0, 0.0)]
        start = (max(one[0] for one in before), max(one[1] for one in before))
        took = (0.0, 0.0)
        if change.calls and change.id not in over:
            one = usual(change, seen)
            known = known and one.seen > 0
            ran = ran_s.get(change.id, 0.0)
            took = (max(0.0, one.median_s - ran), max(0.0, one.p90_s - ran))
        ends[change.step or change.id] = (start[0] + took[0], start[1] + took[1])
    longest = list(ends.values()) or [(0.0, 0.0)]
    return Usual(max(one[0] for one in longest), max(one[1] for one in longest), int(known))


def span(seconds: float) -> str:
    """A duration for a person: `40 s`, `12 min`, `1 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
