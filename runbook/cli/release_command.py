"""karet release: the next version out, or the last one back; the difference first, then the rollout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from runbook.cli.options import common, prices


@click.command("release")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Build this folder; NAME is karet (or web), karet-worker (or worker) or karet-poller (or poller).",
)
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="NAME=REPOSITORY@DIGEST",
    help="Take this image of the stack's own repository and build none.",
)
@click.option("--rollback", is_flag=True, help="Go back to the version that ran well before the present one.")
@click.option("--dry-run", is_flag=True, help="Show the difference and the plan, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
@prices
def release(options, sources, images, rollback, dry_run, yes, as_json) -> int:  # type: ignore[no-untyped-def]
    """Bring the next version out: build, push, new revision, replace the tasks, look. Without names, every image."""
    from runbook.cli import doctor_text, plan_text, results, terminal
    from runbook.cli.progress import Progress, stoppable
    from runbook.engine.procedures import refuse_open_stops
    from runbook.runs.preflight import before_apply
    from runbook.runs.release import plan_release
    from runbook.runs.release import release as run
    from runbook.runs.runs import Runs

    given = {one.partition("=")[0]: one.partition("=")[2] for one in _image_parts(images)}
    folders = _folders(sources)
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    planned = plan_release(runs, sources=folders, images=given, rollback=rollback)
    plan_text.where(runs)
    _show(planned)
    plan_text.show(runs, planned.planned, calls=dry_run or not yes)
    refuse_open_stops(planned.planned.plan.changes)
    runs.refuse_over_budget(planned.planned)
    if dry_run or not planned.has_work:
        terminal.say("Nothing was changed." if dry_run else "What is released already runs.")
        if as_json:
            terminal.emit({**_told(planned), "run": "", "outcome": "planned" if dry_run else "done"})
        return 0
    doctor_text.show_warnings(before_apply(planned.releasing, planned.planned))
    if not plan_text.confirmed(runs, yes=yes, what="roll back" if rollback else "release"):
        terminal.say("Nothing was changed.")
        return 0
    progress = Progress()
    command = " ".join(["karet release", *(["--rollback"] if rollback else []), *planned.parts])
    with stoppable() as stop:
        result = run(runs, planned, command=command, on_event=progress, stop=stop)
    progress.clear()
    results.show_result(result)
    if as_json:
        terminal.emit({**_told(planned), **results.result_json(result), "warnings": list(result.warnings)})
    return result.exit_code


def _image_parts(texts: Iterable[str]) -> Iterable[str]:
    from runbook.settings.given_image import image_overrides

    return [one.removeprefix("images.") for one in image_overrides(texts)]


def _folders(texts: Iterable[str]) -> dict[str, Path]:
    """The texts of --source by part, folders made absolute."""
    from runbook.errors import SettingsError
    from runbook.settings.given_image import NAMES

    found: dict[str, Path] = {}
    for text in texts:
        name, _, folder = text.partition("=")
        if name not in NAMES or not folder:
            raise SettingsError(
                f"--source {text[:120]} is not NAME=FOLDER",
                hint=f"NAME is one of {', '.join(NAMES)}, such as --source karet=../karet.",
            )
        if NAMES[name] in found:
            raise SettingsError(f"the source of {NAMES[name]} is named more than once", hint="Name it once.")
        found[NAMES[name]] = Path(folder).resolve()
    return found


def _show(planned: Any) -> None:
    from runbook.cli import terminal

    for note in planned.notes:
        terminal.say(f"note: {note}", colour="yellow")
    for part, text in planned.parts.items():
        terminal.say(f"{part}: {text}")
    for service, lines in planned.differences.items():
        terminal.say(f"{service}:" if lines else f"{service}: no difference", bold=True)
        for line in lines:
            terminal.say(f"    {line}")


def _told(planned: Any) -> dict[str, Any]:
    return {
        "parts": dict(planned.parts),
        "differences": {service: list(lines) for service, lines in planned.differences.items()},
        "notes": list(planned.notes),
    }
