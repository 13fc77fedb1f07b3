"""One verdict on one rollout: the first row of the table that fits what was read, or `unknown` with what was read."""

from __future__ import annotations

from runbook.checks import Evidence
from runbook.diagnose.causes import ROWS, Row, by_text
from runbook.diagnose.health import Found
from runbook.diagnose.seen import Rollout
from runbook.diagnose.verdict import UNKNOWN, Verdict

_MOST_SHOWN = 5
"""Reads of each kind that an unknown verdict shows."""


def judge(rollout: Rollout) -> Verdict:
    """The verdict; the same for the same facts."""
    for row in ROWS:
        fits = _fits(row, rollout)
        if fits is not None:
            found, source = fits
            return Verdict(
                cause=row.cause,
                service=rollout.service,
                statement=_filled(row.statement, rollout, found),
                evidence=found.evidence,
                next_step=_filled(row.next_step, rollout, found),
                source=source,
                transient=row.transient,
                firm=not row.transient and not rollout.healthy,
            )
    return Verdict(
        cause=UNKNOWN,
        service=rollout.service,
        statement=f"nothing that was read names a known cause for {rollout.service}",
        evidence=tuple(_everything(rollout)),
        next_step=f"Read the events of {rollout.service} and its log group; `karet verify 5 6 7` checks what it needs.",
    )


def _fits(row: Row, rollout: Rollout) -> tuple[Found, str] | None:
    if row.finds is None:
        return by_text(row, rollout)
    found = row.finds(rollout)
    return None if found is None else (found, row.source)


def _filled(text: str, rollout: Rollout, found: Found) -> str:
    return text.format(
        service=rollout.service,
        part=rollout.part,
        port=rollout.port,
        path=rollout.health_path,
        grace=rollout.grace_s,
        command=rollout.health_command or "not known",
        code=found.code,
        listens=found.listens,
        lived=found.lived,
    )


def _everything(rollout: Rollout) -> list[Evidence]:
    """What was read, bounded: all that a person would look at first."""
    events = [Evidence(f"ecs.DescribeServices {rollout.service} events", one.text) for one in rollout.events]
    tasks = [
        Evidence(f"ecs.DescribeTasks task {one.id[:8]}", "; ".join((one.stop_code, *one.texts)))
        for one in rollout.stopped
    ]
    targets = [
        Evidence(f"elbv2.DescribeTargetHealth {one.address}:{one.port}", f"{one.state} {one.reason} {one.text}".strip())
        for one in rollout.targets
    ]
    logs = [Evidence(f"logs.GetLogEvents task {one.task[:8]}", one.text) for one in rollout.logs]
    missing = [Evidence(one, "not read") for one in rollout.not_read]
    shown = (tasks[:_MOST_SHOWN], targets[:_MOST_SHOWN], events[:_MOST_SHOWN], logs[-_MOST_SHOWN:], missing)
    return [one for some in shown for one in some]
