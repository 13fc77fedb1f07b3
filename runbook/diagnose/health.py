"""What the health checks of a load balancer tell: a wrong path, a wrong port, or too little time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook.checks import Evidence
from runbook.diagnose.seen import Rollout, Task

SLOW_START_S = 60.0
"""Seconds after which a container that listens nowhere is no slow start any more.

Our choice: a Node server on half a vCPU listens within 20 s; three times that separates slow from wrong.
"""

_UNWELL = re.compile(r"is unhealthy in \(?target-group.*due to \(reason (?P<why>.*?)\)\.?$")
_CODES = re.compile(r"with these codes: \[(?P<codes>[\d, ]+)\]")
_LISTENS = re.compile(
    r"(?i)\b(?:listen\w*|started|ready|running|serving|bound|local)\b.*?"
    r"(?:\bport\s*[:=]?\s*|(?:\d+\.\d+\.\d+\.\d+|localhost|\[::\]|\*):)(?P<port>\d{2,5})\b"
)


@dataclass(frozen=True)
class Found:
    """What fits a row: the reads that show it, and words for its statement."""

    evidence: tuple[Evidence, ...]
    code: str = ""
    listens: str = ""
    lived: str = ""


@dataclass(frozen=True)
class _Checks:
    """Everything that the load balancer said about the tasks of a deployment."""

    codes: tuple[int, ...]
    refused: bool
    timed_out: bool
    evidence: tuple[Evidence, ...]


def _checks(rollout: Rollout) -> _Checks:
    codes: set[int] = set()
    reasons: set[str] = set()
    evidence: dict[str, Evidence] = {}
    for target in rollout.targets:
        if target.state == "unhealthy":
            reasons.add(target.reason)
            found = _CODES.search(target.text)
            codes |= {int(one) for one in found["codes"].split(",")} if found else set()
            told = f"{target.state} {target.reason}: {target.text}"
            call = f"elbv2.DescribeTargetHealth {target.address}:{target.port}"
            evidence.setdefault(target.reason, Evidence(call, told))
    for event in rollout.events:
        if unwell := _UNWELL.search(event.text):
            why = unwell["why"]
            found = _CODES.search(why)
            codes |= {int(one) for one in found["codes"].split(",")} if found else set()
            reason = "Target.ResponseCodeMismatch" if found else _REASONS.get(why, why)
            reasons.add(reason)
            evidence.setdefault(reason, Evidence(f"ecs.DescribeServices {rollout.service} events", event.text))
    return _Checks(
        tuple(sorted(codes)),
        "Target.FailedHealthChecks" in reasons,
        "Target.Timeout" in reasons,
        tuple(evidence.values()),
    )


_REASONS = {"Health checks failed": "Target.FailedHealthChecks", "Request timed out": "Target.Timeout"}
"""Reason in an event of the service -> reason code of the target's health for the same thing."""


def wrong_path(rollout: Rollout) -> Found | None:
    """The application answers, and says that this is not the place: redirects and refusals, never its own failures."""
    checks = _checks(rollout)
    if not checks.codes or not all(300 <= code < 500 for code in checks.codes):
        return None
    return Found(checks.evidence, code=", ".join(str(code) for code in checks.codes))


def wrong_port(rollout: Rollout) -> Found | None:
    """Connections are refused, and the log names another port, or nothing listened for longer than any start takes."""
    checks = _checks(rollout)
    if not checks.refused or checks.codes:
        return None
    ports = _ports(rollout)
    if ports and rollout.port not in ports:
        line = next(one for one in rollout.logs if _LISTENS.search(one.text))
        listens = ", ".join(str(port) for port in sorted(ports))
        return Found((*checks.evidence, _logged(line.task, line.text)), listens=f"the log names {listens}")
    lived = _longest(rollout)
    if ports or lived < SLOW_START_S:
        return None
    return Found(checks.evidence, listens=f"nothing listened there for {lived:.0f} s")


def short_grace(rollout: Rollout) -> Found | None:
    """ECS stopped the task for its health checks before it had the time to answer, or while it began to."""
    checks = _checks(rollout)
    killed = [one for one in rollout.stopped if one.reason.startswith("Task failed ELB health checks")]
    if not killed or checks.codes or not (checks.refused or checks.timed_out):
        return None
    lived = max(one.lived_s(rollout.at) for one in killed)
    came_up = checks.refused and rollout.port in _ports(rollout)
    if not came_up and (lived >= SLOW_START_S or _ports(rollout)):
        return None
    shown = [_stopped(killed[0])]
    if came_up:
        shown += [_logged(one.task, one.text) for one in rollout.logs if _LISTENS.search(one.text)][:1]
    return Found((*shown, *checks.evidence), lived=f"{lived:.0f}")


def command_fails(rollout: Rollout) -> Found | None:
    """ECS stopped the task because the health command inside the container failed."""
    killed = [one for one in rollout.stopped if one.reason.startswith("Task failed container health checks")]
    return Found((_stopped(killed[0]),)) if killed else None


def _ports(rollout: Rollout) -> set[int]:
    found = (_LISTENS.search(one.text) for one in rollout.logs)
    return {int(one["port"]) for one in found if one}


def _longest(rollout: Rollout) -> float:
    return max((one.lived_s(rollout.at) for one in rollout.tasks), default=0.0)


def _logged(task: str, text: str) -> Evidence:
    return Evidence(f"logs.GetLogEvents task {task[:8]}", text)


def _stopped(task: Task) -> Evidence:
    return Evidence(f"ecs.DescribeTasks task {task.id[:8]}", f"{task.stop_code}: {task.reason}")
