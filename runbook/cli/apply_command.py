"""karet apply: do what the plan shows, and check it."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common, prices, sections


@click.command("apply")
@sections
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--plan",
    "saved",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Apply this saved plan, unless it is stale.",
)
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="NAME=REPOSITORY@DIGEST",
    help="Deploy this image and build none; NAME is karet (or web) or karet-worker (or worker).",
)
@click.option("--adopt", multiple=True, metavar="ID", help="Take over what exists under the name of this resource.")
@common
@prices
def apply(options, sections, yes, saved, images, adopt, as_json) -> int:  # type: ignore[no-untyped-def]
    """Make what exists equal to what is declared, then check it. Run it again after any failure: it goes on."""
    from dataclasses import replace

    from runbook.cli import doctor_text, plan_text, results, terminal
    from runbook.cli.progress import Progress, stoppable
    from runbook.engine.plan import load
    from runbook.engine.procedures import refuse_open_stops
    from runbook.errors import SettingsError
    from runbook.runs.preflight import before_apply
    from runbook.runs.runs import Runs
    from runbook.settings.given_image import image_overrides

    if saved and sections:
        raise SettingsError("a saved plan knows its sections", hint="Leave out either --plan or the sections.")
    if saved and images:
        raise SettingsError("a saved plan knows its images", hint="Leave out either --plan or --image.")
    options = replace(options, overrides=(*options.overrides, *image_overrides(images)))
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    planned = runs.confirm_saved(load(saved), adopt=adopt) if saved else runs.plan(sections, adopt=adopt)
    plan_text.where(runs)
    plan_text.show(runs, planned, calls=not yes)
    refuse_open_stops(planned.plan.changes)
    runs.refuse_over_budget(planned)
    if not runs.has_work(planned):
        if as_json:
            terminal.emit({"run": "", "outcome": "done", "counts": {}, "steps": [], "left": [], "checks": []})
        return 0
    doctor_text.show_warnings(before_apply(runs, planned))
    if not plan_text.confirmed(runs, yes=yes, what="apply"):
        terminal.say("Nothing was changed.")
        return 0
    progress = Progress()
    with stoppable() as stop:
        result = runs.apply(planned, command=_command("apply", sections), on_event=progress, stop=stop)
    progress.clear()
    results.show_result(result)
    if as_json:
        terminal.emit(results.result_json(result))
    return result.exit_code


def _command(name: str, sections: tuple[str, ...]) -> str:
    return " ".join(["karet", name, *sections])
