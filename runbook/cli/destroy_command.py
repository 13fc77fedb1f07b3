"""karet destroy: remove sections or the whole stack, and say what stays."""

from __future__ import annotations

import click

from runbook.cli.options import common, sections


@click.command("destroy")
@sections
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--delete-data", is_flag=True, help="Remove what holds data too: bucket, images, log groups, secrets.")
@click.option("--with-dependents", is_flag=True, help="Take along what depends on the chosen sections.")
@common
def destroy(options, sections, yes, delete_data, with_dependents, as_json) -> int:  # type: ignore[no-untyped-def]
    """Remove what the sections made; what holds data stays unless --delete-data. It works without karet.toml."""
    from runbook.cli import plan_text, results, terminal
    from runbook.cli.progress import Progress, stoppable
    from runbook.engine.procedures import refuse_open_stops
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    planned = runs.plan_destroy(sections, delete_data=delete_data, with_dependents=with_dependents)
    plan_text.where(runs)
    plan_text.show(runs, planned, calls=not yes)
    refuse_open_stops(planned.plan.changes)
    if not planned.plan.acting:
        terminal.say("There is nothing to remove.")
        if as_json:
            terminal.emit({"run": "", "outcome": "done", "counts": {}, "steps": [], "left": [], "checks": []})
        return 0
    if not plan_text.confirmed(runs, yes=yes, what="destroy"):
        terminal.say("Nothing was removed.")
        return 0
    progress = Progress()
    with stoppable() as stop:
        command = " ".join(["karet", "destroy", *sections])
        result = runs.apply(planned, command=command, on_event=progress, stop=stop)
    progress.clear()
    results.show_result(result)
    if as_json:
        terminal.emit(results.result_json(result))
    return result.exit_code
