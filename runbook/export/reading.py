"""Reads the log of a run from the entries of its journal; the declarations give the texts of the sections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runbook import document
from runbook.engine.journal_entry import Entry
from runbook.errors import ExportError
from runbook.export.run_log import (
    LoggedCall,
    LoggedCheck,
    LoggedRetry,
    LoggedSection,
    LoggedStep,
    RunLog,
    SignedOff,
)
from runbook.rehearsal.not_rehearsed import NOT_REHEARSED

if TYPE_CHECKING:
    from runbook.settings import Deployment


def read_run(
    entries: Sequence[Entry],
    deployment: Deployment,
    *,
    notes: Sequence[str] = (),
    signed: Iterable[Entry] = (),
    redacted: Sequence[int] = (),
) -> RunLog:
    """The log of the run that these entries are about.

    Parameters
    ----------
    entries: without a gap, from the first to the last entry of the run.
    deployment: fills the texts of the sections.
    signed: entries with signatures, of any run.
    redacted: numbers of entries in which something was hidden only for the export.

    Raises
    ------
    ExportError: the entries do not begin with the start of a run.
    """
    if not entries or entries[0].kind != "run_started":
        raise ExportError("these entries do not begin with the start of a run")
    start = entries[0]
    own = [entry for entry in entries if entry.run == start.run]
    ends = [entry for entry in own if entry.kind == "run_ended"]
    plan: Mapping[str, Any] = start.body.get("plan", {})
    events = _events(own)
    steps = _steps(plan, own, events, over=bool(ends))
    checks = [_check(entry, {step.id: step.section for step in steps}) for entry in own if entry.kind == "check"]
    return RunLog(
        id=start.run,
        start={name: value for name, value in start.body.items() if name not in ("plan", "settings")},
        started_at=start.time,
        ended_at=ends[-1].time if ends else None,
        outcome=str(ends[-1].body.get("outcome", "")) if ends else "no end recorded",
        counts=ends[-1].body.get("counts", {}) if ends else {},
        settings=start.body.get("settings", {}),
        prices=next((entry.body for entry in events["prices"]), None),
        destroys=bool(plan.get("destroys")),
        left=tuple(plan.get("left", ())),
        sections=_sections(deployment, start.body.get("sections", ()), steps, checks),
        sign_offs=tuple(_signed(entry) for entry in signed),
        stopped=next((str(entry.body.get("error", "")) for entry in events["run_stopped"]), ""),
        not_rehearsed=tuple((one.what, one.why) for one in NOT_REHEARSED) if start.body.get("rehearsal") else (),
        notes=tuple(notes),
        entries=tuple(entries),
        redacted=tuple(redacted),
    )


def _events(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "event":
            found[str(entry.body.get("event", ""))].append(entry)
    return found


# -- calls -------------------------------------------------------------------------------------------------------------


def _calls(entries: Iterable[Entry], retried: Iterable[Entry]) -> list[LoggedCall]:
    """The calls in the order in which they were sent first; one call stands for all its attempts."""
    first: dict[str, Entry] = {}
    answers: dict[str, Entry] = {}
    settled: dict[str, str] = {}
    pages: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    retries: dict[str, list[LoggedRetry]] = defaultdict(list)
    for entry in entries:
        intent = str(entry.body.get("intent", ""))
        if entry.kind == "intent":
            first.setdefault(intent, entry)
        elif entry.kind == "result":
            answers[intent] = entry
        elif entry.kind == "settled":
            settled[intent] = str(entry.body.get("found", ""))
        elif entry.kind == "page":
            pages[intent].append(entry.body.get("detail", {}))
    for entry in retried:
        told = [str(entry.body.get(name, "")) for name in ("code", "error", "request_id")]
        retries[str(entry.body.get("intent", ""))].append(LoggedRetry(entry.time, *told))
    return [
        _call(intent, sent, answers.get(intent), retries[intent], pages[intent], settled.get(intent, ""))
        for intent, sent in first.items()
    ]


def _call(
    intent: str,
    sent: Entry,
    answer: Entry | None,
    retries: Sequence[LoggedRetry],
    pages: Sequence[Mapping[str, Any]],
    settled: str,
) -> LoggedCall:
    about, came = sent.body, answer.body if answer else {}
    return LoggedCall(
        seq=sent.seq,
        intent=intent,
        resource=sent.resource,
        service=str(about.get("service", "")),
        operation=str(about.get("operation", "")),
        params=about.get("params", {}),
        digest=str(about.get("digest", "")),
        sent_at=sent.time,
        answered_at=answer.time if answer else None,
        outcome=came.get("outcome", "unanswered"),
        code=str(came.get("code", "")),
        error=str(came.get("error", "")),
        outputs=came.get("outputs", {}),
        request_id=str(came.get("request_id", "")),
        duration_s=float(came.get("duration_s", 0.0)),
        attempts=int(came.get("attempts", 1)),
        retries=tuple(retries),
        pages=tuple(pages),
        settled=settled,
        keep=about.get("keep", {}),
        read=about.get("read", {}),
    )


# -- steps -------------------------------------------------------------------------------------------------------------


def _steps(
    plan: Mapping[str, Any], entries: Sequence[Entry], events: Mapping[str, Sequence[Entry]], *, over: bool
) -> list[LoggedStep]:
    """Every change of the plan with what became of it; calls about other things are a step of their own."""
    calls: dict[str, list[LoggedCall]] = defaultdict(list)
    for call in _calls(entries, events["call_retried"]):
        calls[call.resource].append(call)
    ended = {str(entry.body.get("step", "")): entry for entry in events["step_ended"]}
    ready: dict[str, Entry] = {entry.resource: entry for entry in events["step_over"]}
    changes = plan.get("changes", ())
    steps = []
    for change in changes:
        id_, step = str(change.get("id", "")), str(change.get("step", ""))
        # The old thing of a replacement has a step of its own, but its calls are recorded under the same id.
        mine = tuple(calls.pop(id_, ())) if step == id_ or not _has_own(changes, id_) else ()
        steps.append(_step(change, mine, ended.get(step), ready.get(id_), over=over))
    for id_, rest in calls.items():
        change = {"id": id_, "step": id_, "action": "update", "reason": "was called for, though no change of the plan"}
        steps.append(_step(change, tuple(rest), None, ready.get(id_), over=over))
    return steps


def _has_own(changes: Iterable[Mapping[str, Any]], id_: str) -> bool:
    return any(change.get("step") == id_ for change in changes)


def _step(
    change: Mapping[str, Any], calls: tuple[LoggedCall, ...], ended: Entry | None, ready: Entry | None, *, over: bool
) -> LoggedStep:
    why = ended.body if ended else {}
    action, usd = str(change.get("action", "")), change.get("monthly_usd")
    done = over or ready is not None or action == "none"
    return LoggedStep(
        id=str(change.get("id", "")),
        step=str(change.get("step", "")),
        kind=str(change.get("kind", "")),
        section=int(change.get("section", 0)),
        action=action,
        reason=str(change.get("reason", "")),
        became=str(why.get("became", "done" if done else "cut off")),
        calls=calls,
        differences=tuple(change.get("differences", ())),
        error=str(why.get("error", "")),
        hint=str(why.get("hint", "")),
        because=tuple(why.get("because", ())),
        needs=tuple(change.get("needs", ())),
        verdict=why.get("verdict"),
        monthly_usd=None if usd is None else float(usd),
        expected_s=float(change.get("expected_s", 0.0)),
        ended_at=ready.time if ready else ended.time if ended else None,
        ended_seq=ready.seq if ready else ended.seq if ended else 0,
        told=ready.body if ready else None,
    )


# -- checks, sections, signatures --------------------------------------------------------------------------------------


def _check(entry: Entry, section_of: Mapping[str, int]) -> LoggedCheck:
    body = entry.body
    id_ = str(body.get("id", ""))
    return LoggedCheck(
        id=id_,
        section=int(body.get("section", section_of.get(entry.resource or id_, 0))),
        statement=str(body.get("statement", "")),
        outcome=str(body.get("outcome", "")),
        detail=str(body.get("detail", "")),
        hint=str(body.get("hint", "")),
        at=entry.time,
        evidence=tuple(body.get("evidence", ())),
    )


def _sections(
    deployment: Deployment, chosen: Sequence[int], steps: Sequence[LoggedStep], checks: Sequence[LoggedCheck]
) -> tuple[LoggedSection, ...]:
    common = document.values(deployment)
    known = document.sections()
    numbers = {section.number for section in known}
    made = [
        LoggedSection(
            number=section.number,
            name=section.name,
            title=section.title,
            text=document.filled_text(section, {**common, **section.values(deployment)}),
            corrections=section.corrections,
            chosen=section.number in chosen,
            steps=tuple(step for step in steps if step.section == section.number),
            checks=tuple(check for check in checks if check.section == section.number),
        )
        for section in known
    ]
    rest = tuple(step for step in steps if step.section not in numbers)
    loose = tuple(check for check in checks if check.section not in numbers)
    if rest or loose:
        text = "What the run did beside the sections: things that no section declares any more.\n"
        made.append(LoggedSection(0, "other", "Not in the document", text, (), True, rest, loose))
    return tuple(made)


def _signed(entry: Entry) -> SignedOff:
    told = [str(entry.body.get(name, "")) for name in ("item", "statement", "by", "at", "note", "evidence_hash")]
    return SignedOff(entry.seq, *told)
