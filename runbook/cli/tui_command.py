"""karet tui: the terminal app."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.command("tui")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SERVICE.OPERATION:KIND[:COUNT]",
    help="Rehearse a failure: let a call of the embedded AWS fail; may be repeated.",
)
@click.option(
    "--pace",
    type=click.FloatRange(0, 1),
    default=None,
    help="Rehearse the waits: 1 for AWS's usual durations, 0 for at once.",
)
@common
def tui(options, faults, pace, as_json) -> int:  # type: ignore[no-untyped-def]
    """Walk the document in the terminal app; `karet` alone does the same."""
    from dataclasses import replace

    from runbook.errors import SettingsError

    if as_json:
        raise SettingsError(
            "the terminal app has no machine output", hint="Use `karet status --json` or `karet plan --json`."
        )
    if (faults or pace is not None) and not options.rehearsal:
        raise SettingsError(
            "--fault and --pace are for the embedded AWS, and this would open a real account",
            hint="Add --rehearsal, or leave them out.",
        )
    from runbook.cli import terminal

    if not terminal.can_ask():
        raise SettingsError(
            "the terminal app needs a terminal, and this has none to read keys from or to draw on",
            hint="Open a terminal, or use the commands that need none: `karet --help` lists them.",
        )
    from karet_tui.app import run

    code, left = run(replace(options, faults=faults, pace=pace))
    if left.rehearsal and not options.rehearsal:
        # Chosen in the first form, which is not shown again.
        terminal.say(
            "You were rehearsing. To go on with it: karet tui --rehearsal. Without it a real account is opened."
        )
    return code
