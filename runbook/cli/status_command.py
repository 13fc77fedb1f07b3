"""karet status: every declared resource as it is now."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.command("status")
@common
def status(options, as_json) -> int:  # type: ignore[no-untyped-def]
    """Show every declared resource as it is now, why a service is not steady, who applies, and the last run here."""
    from runbook.cli import plan_text, terminal
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
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
