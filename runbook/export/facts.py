"""What every format tells at its head: the facts of a run, its price, its chain, what the chain does not prove."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from runbook.export.run_log import LoggedCall, LoggedStep, RunLog

NO_AUTHOR: Final = (
    "The chain of hashes proves that nothing happened to the entries by accident. Without a signature it proves no "
    "author: who can write the file can compute the hashes again."
)


def facts(log: RunLog) -> list[tuple[str, str]]:
    """Name and value of each fact, in reading order."""
    start = log.start
    seconds = "" if log.seconds is None else f" ({duration(log.seconds)})"
    ended = f"{log.ended_at:%Y-%m-%d %H:%M:%S} UTC{seconds}" if log.ended_at else "no end recorded"
    return [
        ("Command", str(start.get("command", ""))),
        ("Outcome", log.outcome + (f": {log.stopped}" if log.stopped else "")),
        ("Began", f"{log.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Ended", ended),
        ("Who", f"{start.get('user', '')} on {start.get('host', '')}"),
        ("Principal", str(start.get("principal", ""))),
        ("Account", f"{start.get('account', '')}{' (embedded AWS)' if log.rehearsal else ''}"),
        ("Region", str(start.get("region", ""))),
        ("Stack", str(start.get("stack", ""))),
        ("Tool", f"Karet Runbook {start.get('tool_version', '')}, Python {start.get('python', '')}"),
        ("Document", str(start.get("document", "not recorded"))),
        ("Plan", str(start.get("plan_hash", ""))),
    ]


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def prices(log: RunLog) -> list[tuple[str, str]]:
    """What everything costs in a month before and after the run."""
    told = log.prices
    if told is None:
        return [("Price", "the run recorded none")]
    if told.get("after_usd") is None:
        return [("Price", f"not known: {told.get('problem') or 'nothing was to be priced'}")]
    bound = "at least " if told.get("at_least") else ""
    return [
        ("Before", _dollars(told.get("before_usd"))),
        ("After", bound + _dollars(told["after_usd"])),
        ("Difference", _dollars(told.get("delta_usd"), sign=True)),
        ("Without any use", f"${float(told.get('usd_per_hour_running') or 0):.4f} an hour"),
        ("Basis", f"{told.get('usage')} usage, prices from the {told.get('source')} of {told.get('as_of')}"),
    ]


def _dollars(amount: Any, *, sign: bool = False) -> str:
    if amount is None:
        return "not known"
    value = float(amount)
    shown = f"${abs(value):,.2f} a month"
    return f"{'-' if value < 0 else '+' if sign else ''}{shown}"


def counts(log: RunLog) -> list[tuple[str, str]]:
    """How much there is of everything, in a line each."""
    outcomes = Counter(check.outcome for check in log.checks)
    became = Counter(step.became for step in log.steps if step.action != "none")
    checks = ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in outcomes.items())
    calls = log.calls
    retries = sum(call.attempts - 1 for call in calls)
    return [
        ("Steps", ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in became.items()) or "none"),
        ("Calls", f"{len(calls)}" + (f", {retries} sent again" if retries else "")),
        ("Checks", checks or "none"),
        ("Sign-offs", str(len(log.sign_offs)) if log.sign_offs else "none"),
    ]


def chain(log: RunLog) -> dict[str, Any]:
    """Where the entries stand in the journal's chain."""
    first, last = log.entries[0], log.entries[-1]
    return {
        "first": first.seq,
        "last": last.seq,
        "count": len(log.entries),
        "previous": first.previous,
        "head": last.hash,
        "redacted": list(log.redacted),
        "proves": NO_AUTHOR,
    }


def failures(log: RunLog) -> list[LoggedStep]:
    """The steps that did not end well."""
    return [step for step in log.steps if step.became not in ("done", "not_started")]


def skipped(log: RunLog) -> list[tuple[LoggedStep, str]]:
    """The steps that were not carried out, each with the reason."""
    found = []
    for step in log.steps:
        if step.became == "not_started":
            because = f"it needs {', '.join(step.because)}" if step.because else log.stopped or "the run had ended"
            found.append((step, because))
        elif step.action == "none":
            found.append((step, step.reason))
    return found


def came_of(call: LoggedCall) -> str:
    """What came of a call, in a line."""
    parts: list[str] = [call.outcome]
    if call.code:
        parts.append(call.code)
    if call.answered_at:
        parts.append(f"{call.duration_s:.2f} s")
    if call.attempts > 1:
        parts.append(f"attempt {call.attempts}")
    if call.request_id:
        parts.append(f"request {call.request_id}")
    if call.settled:
        parts.append(call.settled)
    return ", ".join(parts)
