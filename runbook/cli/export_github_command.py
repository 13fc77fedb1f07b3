"""karet export github-actions: the workflow with which GitHub releases the stack."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common


@click.command("github-actions")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Where in the repository the source of web, worker or poller is.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of standard output.")
@common
def github_actions(options, folders, out, as_json) -> int:  # type: ignore[no-untyped-def]
    """Write the GitHub Actions workflow that builds, pushes and deploys on every push to github.branch.

    It signs in as the role of section 11, without a stored key. Changes nothing.
    """
    from runbook.cli import terminal
    from runbook.cli.out_file import deliver
    from runbook.errors import SettingsError
    from runbook.export.github_actions import FOLDERS
    from runbook.export.github_actions import github_actions as workflow
    from runbook.runs.runs import Runs

    del as_json  # A workflow is YAML in any case.
    named = dict(one.partition("=")[::2] for one in folders)
    if unknown := sorted(named.keys() - FOLDERS.keys()):
        raise SettingsError(f"--folder {unknown[0]}: no such image", hint=f"There are {', '.join(FOLDERS)}.")
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    deliver(workflow(runs.place.deployment, named), out)
    if runs.place.rehearsal:
        terminal.say("This names the account of the rehearsal; export again without --rehearsal for a real one.")
    return 0
