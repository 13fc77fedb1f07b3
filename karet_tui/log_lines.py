"""Entries of the journal as lines for a person: the time, the resource, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from karet_tui.plain import one_line

if TYPE_CHECKING:
    from runbook.engine.journal_entry import Entry
    from runbook.engine.journal_read import RunSummary


def entry_line(entry: Entry) -> str:
    """One entry on one line."""
    whose = f"{entry.resource}: " if entry.resource else ""
    return one_line(f"{entry.time:%H:%M:%S}Z {whose}{_says(entry.kind, entry.body)}")


def _says(kind: str, body: Mapping[str, Any]) -> str:
    if kind == "run_started":
        return f"{body.get('command')}, by {body.get('user')}@{body.get('host')} as {body.get('principal')}"
    if kind == "intent":
        attempt = f" (attempt {body['attempt']})" if body.get("attempt", 1) != 1 else ""
        return f"will send {body.get('service')}.{body.get('operation')}{attempt}"
    if kind == "page":
        return f"part {body.get('number')} is done"
    if kind == "result":
        why = " ".join(str(body[key]) for key in ("code", "error") if body.get(key))
        return f"answered: {body.get('outcome')}" + (f": {why}" if why else "")
    if kind == "settled":
        return f"cleared up later: {body.get('found')}"
    if kind == "check":
        return f"check {body.get('outcome')}: {body.get('statement')}"
    if kind == "run_ended":
        return f"ended: {body.get('outcome')}{_counts(body.get('counts'))}"
    return event_words(body) if kind == "event" or "event" in body else kind


def event_words(body: Mapping[str, Any]) -> str:
    """What an event of a run says, in words; one that is not known here by its name."""
    match body.get("event"):
        case "step_over":
            return "seen in the account: this step is over"
        case "prices":
            return "the prices of the plan were noted"
        case "step_ended":
            why = f": {body['error']}" if body.get("error") else ""
            return f"{str(body.get('became', 'ended')).replace('_', ' ')}{why}"
        case "run_stopped":
            return f"the run was stopped: {body.get('error', '')}"
        case name:
            return str(name).replace("_", " ")


def _counts(counts: object) -> str:
    if not isinstance(counts, Mapping):
        return ""
    return "".join(f", {number} {str(what).replace('_', ' ')}" for what, number in counts.items() if number)


def run_title(run: RunSummary) -> str:
    """One run in a list of runs."""
    started = f"{run.started_at:%Y-%m-%d %H:%M}Z"
    return one_line(f"{started}  {run.start.get('command', '')}: {run.outcome}{_counts(run.counts)}", squeeze=False)
