"""karet log: the runs of a stack, and what happened in one."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.group("log")
def log() -> None:
    """The runs of a stack on this machine, and what happened in them."""


@log.command("list")
@click.option("--limit", type=click.IntRange(1, 10000), default=50, help="How many, the newest first.")
@common
def list_(options, limit, as_json) -> int:  # type: ignore[no-untyped-def]
    """The runs, the newest first."""
    from runbook.cli import terminal
    from runbook.runs import history
    from runbook.runs.place import open_place

    runs = history.list_runs(open_place(options, ask_mfa=terminal.mfa_prompt()), limit=limit)
    if as_json:
        terminal.emit(
            [
                {
                    "run": run.id,
                    "started_at": run.started_at.isoformat(),
                    "ended_at": run.ended_at.isoformat() if run.ended_at else None,
                    "outcome": run.outcome,
                    "counts": dict(run.counts),
                    "entries": run.entries,
                    "command": run.start.get("command", ""),
                    "user": run.start.get("user", ""),
                    "principal": run.start.get("principal", ""),
                }
                for run in runs
            ]
        )
        return 0
    if not runs:
        terminal.say("There is no run of this stack on this machine yet.")
    terminal.table(
        (
            run.id,
            run.outcome,
            f"{run.entries} entries",
            str(run.start.get("user", "")),
            str(run.start.get("command", "")),
        )
        for run in runs
    )
    return 0


@log.command("show")
@click.argument("run", default="latest")
@common
def show(options, run, as_json) -> int:  # type: ignore[no-untyped-def]
    """What happened in a run: RUN is its id, the beginning of it, or `latest`."""
    from runbook.cli import terminal
    from runbook.cli.log_text import entry_line
    from runbook.runs import history
    from runbook.runs.place import open_place

    place = open_place(options, ask_mfa=terminal.mfa_prompt())
    found = history.entries(place, history.resolve(place, run))
    if as_json:
        terminal.emit([entry.as_json() for entry in found])
        return 0
    for entry in found:
        terminal.say(entry_line(entry))
    return 0
