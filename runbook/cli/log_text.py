"""One entry of the journal as one line for people."""

from __future__ import annotations

from runbook.engine.journal_entry import Entry
from runbook.model import canonical

_LONGEST = 200


def entry_line(entry: Entry) -> str:
    """Time, resource and what happened."""
    time = f"{entry.time:%H:%M:%S}"
    whose = f" {entry.resource}:" if entry.resource else ""
    return f"{entry.seq:>5} {time}{whose} {_what(entry)}"


def _what(entry: Entry) -> str:
    body = entry.body
    if entry.kind == "run_started":
        return f"run {entry.run} began: {body['command']} by {body['user']}@{body['host']} as {body['principal']}"
    if entry.kind == "intent":
        return f"about to call {body['service']}.{body['operation']} {_short(body['params'])}"
    if entry.kind == "result":
        error = f": {body['error']}" if body.get("error") else ""
        code = f" {body['code']}" if body.get("code") else ""
        return f"{body['outcome']}{code} after {body['duration_s']:.2f} s, attempt {body['attempts']}{error}"
    if entry.kind == "check":
        return f"check {body['outcome']}: {body['statement']}"
    if entry.kind == "run_ended":
        return f"run ended: {body['outcome']} {_short(body['counts'])}"
    return f"{entry.kind} {_short(dict(body))}"


def _short(value: object) -> str:
    text = canonical(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
