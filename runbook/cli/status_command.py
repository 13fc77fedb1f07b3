"""karet status: every declared resource as it is now, or with --watch how the stack is doing, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runbook.cli.options import common

if TYPE_CHECKING:
    from runbook.runs.runs import Runs


EVERY_S = 5.0
"""Seconds between two pictures; each takes about twenty reads."""


@click.command("status")
@click.option("--watch", is_flag=True, help="Services, tasks, targets, queues, alarms and last log lines; Ctrl+C ends.")
@click.option(
    "--every",
    type=click.FloatRange(1, 3600),
    metavar="SECONDS",
    help=f"With --watch: seconds between two pictures, {EVERY_S:g} without it.",
)
@common
def status(options, as_json, watch, every) -> int:  # type: ignore[no-untyped-def]
    """Show every declared resource as it is now, why a service is not steady, who applies, and the last run here."""
    from runbook.cli import plan_text, terminal
    from runbook.runs.runs import Runs

    if every is not None and not watch:
        raise click.UsageError("--every says how often --watch looks; add --watch")
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    if watch:
        return _watch(runs, every or EVERY_S, as_json=as_json)
    now = runs.status()
    if as_json:
        terminal.emit(
            {
                "account": runs.place.identity.account,
                "region": runs.place.deployment.region,
                "stack": runs.place.deployment.stack,
                "applying": now.holder.as_json() if now.holder else None,
                "last_run": now.last_run,
                "last_outcome": now.last_outcome,
                "resources": [
                    {
                        "id": id_,
                        "section": one.resource.section,
                        "kind": one.change.kind,
                        "status": one.state.status,
                        "name": one.state.name,
                        "action": one.change.action,
                        "reason": one.change.reason,
                        "verdict": verdict.as_json() if (verdict := now.verdicts.get(id_)) else None,
                    }
                    for id_, one in now.found.items()
                ],
            }
        )
        return 0
    plan_text.where(runs)
    terminal.say()
    rows = sorted(now.found.values(), key=lambda one: one.resource.section)
    terminal.table(
        (str(one.resource.section), one.resource.id, one.state.status, one.change.action, one.state.name or "-")
        for one in rows
    )
    for id_, verdict in now.verdicts.items():
        terminal.say()
        terminal.say(f"{id_} is not steady", colour="red" if verdict.firm else "yellow")
        for line in (*verdict.lines(), verdict.next_step):
            terminal.say(f"    {line}")
    terminal.say()
    terminal.say(f"applying now: {now.holder}" if now.holder else "nobody applies now")
    if now.last_run:
        terminal.say(f"last run: {now.last_run}, {now.last_outcome}")
    return 0


def _watch(runs: Runs, every_s: float, *, as_json: bool) -> int:
    """Pictures until somebody stops them on a terminal; one where nobody looks, and one as JSON."""
    from runbook.cli import terminal
    from runbook.cli.watch_screen import print_once, redraw
    from runbook.engine.clock import SystemClock
    from runbook.runs.watching import watch

    if as_json:
        terminal.emit(watch(runs).as_json())
    elif terminal.interactive():
        # People wait in real time, at whatever pace a rehearsal runs.
        redraw(lambda: watch(runs), every_s, SystemClock())
    else:
        print_once(watch(runs))
    return 0
