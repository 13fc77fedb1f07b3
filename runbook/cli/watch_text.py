"""One picture of a running stack as lines of text that fit a terminal; what is wrong is said in words too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from runbook.cli.terminal import plain

if TYPE_CHECKING:
    from runbook.runs.watched import Watched, WatchedAlarm, WatchedLine, WatchedQueue, WatchedService

Line = tuple[str, str]
"""A line and its colour; empty for none."""

_TASKS = 6
"""Tasks of a service that are listed; the rest is counted."""


def picture(now: Watched, *, width: int, height: int = 0) -> list[Line]:
    """The lines of one picture.

    Parameters
    ----------
    width: columns; longer lines are cut, since a wrapped one would push the others off the screen.
    height: rows that there are; 0 for as many as it takes. Log lines give way first.
    """
    head = [
        (f"{now.stack} in {now.region}, account {now.account}, {_clock(now.at)} UTC", "bold"),
        ("", ""),
        *(line for service in now.services for line in _service(service, now.at)),
        *_queues(now.queues),
        *(_alarm(one, now.at) for one in now.alarms),
        *([] if now.alarms else [("alarms: none", "")]),
        *((f"not read: {one}", "yellow") for one in now.not_read),
    ]
    logs = [("", ""), *(_log(one, now) for one in sorted(now.logs, key=lambda one: one.at))]
    if len(logs) == 1:
        logs.append(("no log lines yet", ""))
    if height and len(head) + len(logs) > height:
        room = height - len(head)
        logs = [logs[0], *logs[1:][1 - room :]] if room >= 2 else []
        if room < 0:
            head = [*head[: height - 1], (f"... {len(head) - height + 1} more lines; make the window taller", "")]
    return [(_cut(plain(text).replace("\n", " "), width), colour) for text, colour in (*head, *logs)]


def _service(one: WatchedService, now: datetime) -> Iterator[Line]:
    if one.status == "absent":
        yield f"{one.part:<7} {one.name}: does not exist", "yellow"
        return
    well = one.running == one.desired and one.pending == 0 and one.rollout in ("COMPLETED", "")
    colour = "green" if well else "red" if one.rollout == "FAILED" else "yellow"
    status = "" if one.status == "ACTIVE" else f", {one.status}"
    counts = f"desired {one.desired}, running {one.running}, pending {one.pending}"
    rollout = f", rollout {one.rollout}" if one.rollout else ""
    yield f"{one.part:<7} {one.name}: {counts}{rollout}{status}", colour
    for task in one.tasks[:_TASKS]:
        age = f", {_span(now, task.started_at)}" if task.started_at else ""
        yield f"        task {task.id[:8]} {task.status}, health {task.health}, {task.definition}{age}", ""
    if len(one.tasks) > _TASKS:
        yield f"        and {len(one.tasks) - _TASKS} more tasks", ""
    if one.targets:
        states = Counter(target.state for target in one.targets)
        told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        why = next((f": {target.reason}" for target in one.targets if target.state != "healthy" and target.reason), "")
        yield f"        targets: {told}{why}", "green" if set(states) == {"healthy"} else "yellow"
    if one.event and not well:
        yield f"        last event: {one.event}", ""


def _queues(queues: tuple[WatchedQueue, ...]) -> Iterator[Line]:
    for one in queues:
        what = "dead letters" if one.dead_letters else "queue"
        if one.waiting is None:
            yield f"{what:<12} {one.name}: not there", "yellow"
            continue
        bad = one.dead_letters and one.waiting > 0
        yield f"{what:<12} {one.name}: about {one.waiting} waiting, {one.in_flight or 0} taken", "red" if bad else ""


def _alarm(one: WatchedAlarm, now: datetime) -> Line:
    colour = {"OK": "green", "ALARM": "red"}.get(one.state, "yellow")
    since = f" for {_span(now, one.since)}" if one.since else ""
    reason = f": {one.reason}" if one.state != "OK" and one.reason else ""
    return f"alarm   {one.name} is {one.state}{since}{reason}", colour


def _log(one: WatchedLine, now: Watched) -> Line:
    group = one.group.removeprefix(f"/{now.stack}/")
    return f"{_clock(one.at)} {group} {one.container} {one.task[:8]}  {one.text}", ""


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S")


def _span(now: datetime, then: datetime) -> str:
    seconds = max(0, int((now - then).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 3, 0)]}..."
