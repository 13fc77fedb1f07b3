"""karet plan: what would be done, without doing it."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common, prices, sections


@click.command("plan")
@sections
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan, to be applied later.")
@click.option("--adopt", multiple=True, metavar="ID", help="Take over what exists under the name of this resource.")
@click.option("--calls/--no-calls", default=True, help="Show the parameters of every call.")
@click.option("--reads", "show_reads", is_flag=True, help="Show which reads the plan made.")
@common
@prices
def plan(  # type: ignore[no-untyped-def]
    options, sections, detailed_exitcode, out, adopt, calls, show_reads, as_json
) -> int:
    """Show what apply would do, with the exact calls; changes nothing."""
    from runbook.cli import plan_text, results, terminal
    from runbook.engine.plan import save
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    planned = runs.plan(sections, adopt=adopt)
    if as_json:
        terminal.emit(results.plan_json(planned))
    else:
        plan_text.where(runs)
        plan_text.show(runs, planned, calls=calls)
    if show_reads:
        plan_text.reads(planned)
    runs.refuse_over_budget(planned)
    if out:
        save(planned.plan, out)
        terminal.say(f"Written to {out}; apply it with `karet apply --plan {out}`.")
    if planned.plan.stops:
        return 1
    return 2 if detailed_exitcode and planned.plan.acting else 0
