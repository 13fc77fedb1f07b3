"""The parity checklist for people: each point with its outcome, its evidence in a line, and who has signed it."""

from __future__ import annotations

from collections.abc import Sequence

from runbook.cli import terminal
from runbook.runs.sign_off import ChecklistItem, Outcome

_WORDS: dict[Outcome, str] = {
    "passed": "passed",
    "failed": "FAILED",
    "not_rehearsed": "not rehearsed",
    "needs_person": "needs you",
}
_COLOURS: dict[Outcome, str] = {
    "passed": "green",
    "failed": "red",
    "not_rehearsed": "yellow",
    "needs_person": "yellow",
}
_ANSWER = 200
"""Characters of one answer that are shown before signing; all of it is in the journal."""


def show_table(items: Sequence[ChecklistItem]) -> None:
    """All points with outcome, evidence and signature."""
    terminal.say("Checklist", bold=True)
    wide = max((len(_WORDS[one.outcome]) for one in items), default=0)
    for one in items:
        state = _WORDS[one.outcome].ljust(wide)
        terminal.say(f"  {one.number:>2}  {state}  {one.statement}", colour=_COLOURS[one.outcome])
        terminal.wrapped(one.evidence, "      ")
        if one.sign_off:
            terminal.wrapped(signature(one), "      ")
        elif one.judgement and one.results:
            terminal.wrapped(f"yours to judge: {one.judgement}; `karet sign {one.id}`", "      ")


def signature(item: ChecklistItem) -> str:
    """Who signed and when, or that what was signed is not what is true now; empty when nobody did."""
    made = item.sign_off
    if made is None:
        return ""
    state = "OUTDATED, signed" if item.outdated else "signed"
    return f"{state} by {made.by.rpartition(':')[2]}, {made.at:%Y-%m-%d %H:%M} UTC"


def show_point(item: ChecklistItem) -> None:
    """One point with all that a signature would stand for."""
    terminal.say(f"Point {item.number}: {item.statement}", bold=True)
    terminal.say(f"  outcome: {_WORDS[item.outcome]}")
    for result in item.results:
        terminal.say(f"  {_told(result.outcome)}: {result.statement}")
        terminal.wrapped(result.detail, "      ")
        for read in result.evidence:
            answer = read.answer if len(read.answer) <= _ANSWER else f"{read.answer[:_ANSWER]}..."
            terminal.say(f"      read: {read.call}")
            terminal.say(f"            {answer}")
    if item.judgement:
        terminal.say(f"  yours to judge: {item.judgement}")
    if item.sign_off:
        terminal.say(f"  {signature(item)}{f': {item.sign_off.note}' if item.sign_off.note else ''}")
    terminal.say(f"  hash of statement and evidence: {item.evidence_hash}")


def _told(outcome: str) -> str:
    return outcome.replace("_", " ")
