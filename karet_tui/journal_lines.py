"""Entries of the journal for people: one line in a list, and everything about one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from textual.content import Content

from karet_tui.log_lines import event_words, run_title
from karet_tui.plain import cut, lines_of, one_line
from karet_tui.readable import value_lines

if TYPE_CHECKING:
    from runbook.engine.journal_read import RunSummary
    from runbook.engine.journal_search import Told

_SIGNS: Mapping[str, str] = {
    "ok": "● ok",
    "done": "● done",
    "passed": "● passed",
    "refused": "✗ refused",
    "failed": "✗ failed",
    "unclear": "? unclear",
    "waiting": "‖ waits",
    "cancelled": "■ stopped",
    "not_rehearsed": "○ not reh.",
    "no end recorded": "? no end",
}
_LONGEST = 400
"""Lines of one entry that are shown; exports have all."""


def sign_of(outcome: str) -> str:
    """An outcome as a sign and a word."""
    return _SIGNS.get(outcome, one_line(outcome))


def run_line(run: RunSummary, width: int) -> str:
    """One run in the list of runs: when, what came of it, what was asked."""
    return cut(f"{run.started_at:%m-%d %H:%M} {sign_of(run.outcome)}  {run.start.get('command', '')}", width)


def entry_line(told: Told, width: int) -> str:
    """One entry on one line: time, what came of it, how long it took, what it is about."""
    entry, body, answer = told.entry, told.entry.body, told.answer
    sign, took, says = "", "", event_words(body) if "event" in body else entry.kind
    if entry.kind == "intent":
        sign = sign_of(str(answer.get("outcome", ""))) if answer else "? no answer"
        took = f"{float(answer.get('duration_s', 0)):.2f} s" if answer else ""
        code = f" {answer['code']}" if answer and answer.get("code") else ""
        says = f"{body.get('service')}.{body.get('operation')}{code}"
    elif entry.kind == "check":
        sign, says = sign_of(str(body.get("outcome", ""))), f"{body.get('statement')}"
    elif entry.kind == "run_started":
        says = f"began: {body.get('command')} by {body.get('user')}@{body.get('host')}"
    elif entry.kind == "run_ended":
        sign, says = sign_of(str(body.get("outcome", ""))), f"ended{_counts(body.get('counts'))}"
    elif entry.kind == "page":
        says = f"part {body.get('number')} is done"
    elif entry.kind == "settled":
        says = f"cleared up later: {body.get('found')}"
    elif body.get("event") == "sign_off":
        sign, says = "● signed", f"{body.get('item')}: {body.get('statement')}"
    whose = f"{one_line(entry.resource)}: " if entry.resource else ""
    return cut_kept(f"{told.at:%H:%M:%S} {sign:<10} {took:>8}  {whose}{one_line(says)}", width)


def cut_kept(line: str, width: int) -> str:
    """At most so many characters, with the spaces of the columns kept."""
    line = one_line(line, squeeze=False)
    return line if len(line) <= width else f"{line[: max(0, width - 1)]}…"


def _counts(counts: object) -> str:
    if not isinstance(counts, Mapping):
        return ""
    return "".join(f", {number} {str(what).replace('_', ' ')}" for what, number in counts.items() if number)


def run_text(run: RunSummary) -> Content:
    """Everything about a run that is known from its beginning and its end."""
    ended = f"{run.ended_at:%Y-%m-%d %H:%M:%S}Z" if run.ended_at else "no end recorded: it goes on, or was killed"
    took = f", {(run.ended_at - run.started_at).total_seconds():.0f} s" if run.ended_at else ""
    facts = [
        ("Run", run.id),
        ("Began", f"{run.started_at:%Y-%m-%d %H:%M:%S}Z"),
        ("Ended", f"{ended}{took}"),
        ("Outcome", f"{sign_of(run.outcome)}{_counts(run.counts)}"),
        ("By", f"{run.start.get('user')}@{run.start.get('host')} as {run.start.get('principal')}"),
        ("Entries", f"{run.entries:,}"),
        ("Version", str(run.start.get("tool_version", ""))),
    ]
    title = Content.styled(run_title(run), "bold")
    return Content("\n").join([title, *(_fact(name, value) for name, value in facts if value)])


def entry_text(told: Told) -> Content:
    """Everything about one entry: parameters, answer, evidence."""
    return Content("\n").join(list(_bounded(_parts(told))))


def _bounded(lines: Iterator[Content]) -> Iterator[Content]:
    for number, line in enumerate(lines):
        if number == _LONGEST:
            yield Content.styled("… the rest is in the exports of this run", "$secondary")
            return
        yield line


def _parts(told: Told) -> Iterator[Content]:
    entry, body, answer = told.entry, dict(told.entry.body), told.answer
    yield Content.styled(entry_line(told, 400), "bold")
    yield Content.styled(
        f"{told.at:%Y-%m-%d %H:%M:%S}Z, entry {entry.seq} of run {one_line(entry.run)}, {one_line(entry.kind)}",
        "$secondary",
    )
    if answer is not None:
        yield from _answer(answer)
    evidence = body.pop("evidence", None)
    for heading, part in (("Parameters", body.pop("params", None)), ("Recorded", body)):
        if part:
            yield Content.styled(f"\n{heading}", "bold $text-accent")
            yield from value_lines(part, 1)
    if isinstance(evidence, list) and evidence:
        yield Content.styled("\nEvidence: what was read, and what came back", "bold $text-accent")
        for one in evidence:
            yield from _evidence(one)


def _answer(answer: Mapping[str, Any]) -> Iterator[Content]:
    facts = {
        "Answered": f"{sign_of(str(answer.get('outcome', '')))} after {float(answer.get('duration_s', 0)):.2f} s",
        "Attempts": str(answer.get("attempts", 1)),
        "Code": str(answer.get("code", "")),
        "Request": str(answer.get("request_id", "")),
    }
    yield from (_fact(name, value) for name, value in facts.items() if value)
    if answer.get("error"):
        yield Content.styled(lines_of(answer["error"]), "$text-error")
    if answer.get("outputs"):
        yield Content.styled("\nKept of the answer", "bold $text-accent")
        yield from value_lines(answer["outputs"], 1)


def _evidence(one: object) -> Iterator[Content]:
    if not isinstance(one, Mapping):
        yield from value_lines(one, 1)
        return
    yield Content.styled(f"  {one_line(one.get('call', ''))}", "$primary")
    answer = str(one.get("answer", ""))
    try:
        yield from value_lines(json.loads(answer), 2)
    except ValueError:
        # The answer was cut to its bound, or is no JSON: it is shown as it stands.
        yield from (Content(f"    {line}") for line in lines_of(answer).splitlines())


def _fact(name: str, value: str) -> Content:
    return Content.assemble((f"{name:<9}", "$secondary"), one_line(value))
