"""karet tui: the terminal app."""

from __future__ import annotations

import click

from runbook.cli.options import common


@click.command("tui")
@common
def tui(options, as_json) -> int:  # type: ignore[no-untyped-def]
    """Walk the document in the terminal app; `karet` alone does the same."""
    from runbook.errors import SettingsError

    if as_json:
        raise SettingsError(
            "the terminal app has no machine output", hint="Use `karet status --json` or `karet plan --json`."
        )
    from karet_tui.app import run

    return run(options)
