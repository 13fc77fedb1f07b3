"""karet rotate: a new value for a secret, and a deployment of exactly the services that use it."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.command("rotate")
@click.argument("secret")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def rotate(options, secret, yes, as_json) -> int:  # type: ignore[no-untyped-def]
    """Give SECRET (a path such as api-key) a new value, then deploy the services that use it. Nobody sees the value."""
    from runbook.cli import plan_text, results, terminal
    from runbook.cli.progress import Progress, stoppable
    from runbook.runs.rotate import rotate as run
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    plan_text.where(runs)
    if not plan_text.confirmed(runs, yes=yes, what=f"rotate {secret}"):
        terminal.say("Nothing was changed.")
        return 0
    progress = Progress()
    with stoppable() as stop:
        result = run(runs, secret, command=f"karet rotate {secret}", on_event=progress, stop=stop)
    progress.clear()
    results.show_result(result)
    if as_json:
        terminal.emit(results.result_json(result))
    return result.exit_code
