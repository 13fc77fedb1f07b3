"""karet sign: a person's signature under one point of the parity checklist, kept in the account."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.command("sign")
@click.argument("item")
@click.option("--note", default="", help="What to remember about it; kept with the signature, for all to see.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def sign(options, item, note, yes, as_json) -> int:  # type: ignore[no-untyped-def]
    """Sign ITEM, a point of the checklist by number or name, after showing what it says and what proves it."""
    from runbook.cli import checklist_text, plan_text, terminal
    from runbook.cli.progress import Progress
    from runbook.runs.runs import Runs
    from runbook.runs.sign_off import sign as run
    from runbook.runs.sign_off import to_sign

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    plan_text.where(runs)
    seen = to_sign(runs, item)
    checklist_text.show_point(seen)
    if not plan_text.confirmed(runs, yes=yes, what=f"sign point {seen.number}"):
        terminal.say("Nothing was signed.")
        return 0
    progress = Progress()
    signature = run(runs, seen.id, note=note, seen=seen, on_event=progress)
    progress.clear()
    terminal.say(f"Point {seen.number} is signed by {signature.by}.", bold=True)
    if as_json:
        terminal.emit(signature.as_json())
    return 0
