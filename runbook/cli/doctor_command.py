"""karet doctor: what could go wrong, before anything is changed."""

from __future__ import annotations

import click

from runbook.cli.options import common, sections


@click.command("doctor")
@sections
@common
def doctor(options, sections, as_json) -> int:  # type: ignore[no-untyped-def]
    """Look at account, source, names, quotas, permissions and ways out; changes nothing, exits 1 on a failure."""
    from runbook.cli import doctor_text, plan_text, terminal
    from runbook.preflight.finding import worst
    from runbook.runs.preflight import doctor as examine
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    chapters = examine(runs, sections)
    if as_json:
        terminal.emit(doctor_text.as_json(chapters))
    else:
        plan_text.where(runs)
        doctor_text.show(chapters)
    return 1 if any(worst(chapter.items) for chapter in chapters) else 0
