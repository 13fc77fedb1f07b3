"""karet doctor: what could go wrong, before anything is changed."""

from __future__ import annotations

import click

from runbook.cli.options import common, sections


@click.command("doctor")
@sections
@click.option("--run/--no-run", "run_images", default=True, help="Start each image on this machine; without it: none.")
@common
def doctor(options, sections, run_images, as_json) -> int:  # type: ignore[no-untyped-def]
    """Look at account, source, images, names, quotas, permissions and ways out; changes nothing, exits 1 on a failure.

    With a container engine each image is built or pulled, started with its task's variables, and asked.
    """
    from runbook.cli import doctor_text, plan_text, terminal
    from runbook.preflight.finding import worst
    from runbook.runs.preflight import doctor as examine
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    chapters = examine(runs, sections, run_images=run_images, tell=terminal.say)
    if as_json:
        terminal.emit(doctor_text.as_json(chapters))
    else:
        plan_text.where(runs)
        doctor_text.show(chapters)
    return 1 if any(worst(chapter.items) for chapter in chapters) else 0
