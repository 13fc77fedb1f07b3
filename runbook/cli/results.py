"""What became of a run, for people and as JSON."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from runbook.cli import terminal
from runbook.model import CheckResult, Outcome
from runbook.runs.rollout_advice import verdict_of
from runbook.runs.runs import Planned, RunResult

_SIGNS: dict[Outcome, str] = {
    "passed": "ok",
    "failed": "FAILED",
    "not_rehearsed": "not rehearsed",
    "waiting": "waiting for you",
}
_COLOURS: dict[Outcome, str] = {"passed": "green", "failed": "red", "not_rehearsed": "yellow", "waiting": "yellow"}


def show_checks(checks: Sequence[CheckResult], titles: Mapping[int, str]) -> None:
    """Each check with its outcome in words."""
    section = None
    for check in checks:
        if check.section != section:
            section = check.section
            terminal.say(f"{section} {titles.get(section, '')}", bold=True)
        terminal.say(f"  {_SIGNS[check.outcome]}: {check.statement}", colour=_COLOURS[check.outcome])
        terminal.say(f"      {check.detail}")
        if check.hint:
            terminal.say(f"      {check.hint}")
    counts = Counter(check.outcome for check in checks)
    terminal.say(", ".join(f"{counts[outcome]} {words}" for outcome, words in _SIGNS.items() if counts[outcome]))


def checks_json(checks: Sequence[CheckResult]) -> dict[str, Any]:
    """The checks and how many there are of each outcome."""
    counts = Counter(check.outcome for check in checks)
    return {
        "counts": {outcome: counts[outcome] for outcome in _SIGNS},
        "checks": [check.as_json() for check in checks],
    }


def plan_json(planned: Planned) -> dict[str, Any]:
    """The plan by the contract of the command line, its figures as numbers, with the totals before and afterwards."""
    told = planned.plan.as_json()
    for one in (*told["changes"], *told["left"]):
        one["monthly_usd"] = None if one["monthly_usd"] is None else float(one["monthly_usd"])
    return {**told, "prices": planned.prices.as_json()}


def show_result(result: RunResult) -> None:
    """What failed, what waits, what was not started, and what to do next."""
    for text in result.warnings:
        terminal.say(f"warning: {text}", colour="yellow")
    for step in result.report.steps:
        if step.became == "done":
            continue
        colour = "red" if step.became == "failed" else "yellow"
        words = {"failed": "failed", "waiting": "waits for you", "not_started": "was not started"}[step.became]
        terminal.say(f"{step.change.id} {words}", colour=colour)
        if step.error:
            for line in str(step.error).splitlines():
                terminal.say(f"    {line}")
        elif step.because:
            terminal.say(f"    it needs {', '.join(step.because)}")
        for obstacle in step.change.obstacles:
            if obstacle.effect == "blocks":
                terminal.say(f"    in the way when it was planned: {obstacle.what}")
    if result.report.stopped_by:
        terminal.say(str(result.report.stopped_by), colour="yellow")
    for check in result.checks:
        if check.outcome == "failed":
            terminal.say(f"check failed: {check.statement}: {check.detail}", colour="red")
    for one in result.left:
        terminal.say(f"still there: {one.kind} {one.state.name}", colour="yellow")
    counts = ", ".join(
        f"{number} {words.replace('_', ' ')}" for words, number in result.report.counts.items() if number
    )
    terminal.say(f"Run {result.run}: {result.report.outcome}{f' ({counts})' if counts else ''}.", bold=True)
    terminal.say(f"Its log as a page: {_export_command(result.run)}")


def _export_command(run: str) -> str:
    """The command that exports a run, with the options of this one that say which stack it is about."""
    context = click.get_current_context(silent=True)
    given = context.params if context else {}
    words = ["karet", "log", "export", run]
    words += [word for one in given.get("overrides") or () for word in ("--set", one)]
    for name in ("config", "profile", "region", "endpoint_url", "state_dir"):
        if given.get(name):
            words += [f"--{name.replace('_', '-')}", str(given[name])]
    return shlex.join([*words, "--rehearsal"] if given.get("rehearsal") else words)


def result_json(result: RunResult) -> dict[str, Any]:
    """The run as JSON."""
    return {
        "run": result.run,
        "outcome": result.report.outcome,
        "counts": dict(result.report.counts),
        "steps": [
            {
                "id": step.change.id,
                "step": step.change.step,
                "action": step.change.action,
                "became": step.became,
                "seconds": round(step.seconds, 3),
                "error": str(step.error) if step.error else "",
                "verdict": verdict.as_json() if (verdict := verdict_of(step.error)) else None,
                "because": list(step.because),
                "obstacles": [one.as_json() for one in step.change.obstacles],
            }
            for step in result.report.steps
        ],
        "left": [{"kind": one.kind, "name": one.state.name} for one in result.left],
        "check_counts": checks_json(result.checks)["counts"],
        "checks": [check.as_json() for check in result.checks],
    }
