"""karet export cloudformation: the stack as a template."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common


@click.command("cloudformation")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of standard output.")
@common
def cloudformation(options, out, as_json) -> int:  # type: ignore[no-untyped-def]
    """Write the stack as a CloudFormation template in JSON. Changes nothing, and asks AWS for the account only."""
    from runbook.cli import terminal
    from runbook.cli.out_file import deliver
    from runbook.export.cloudformation import template, text_of
    from runbook.runs.runs import Runs

    del as_json  # A template is JSON in any case.
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    place = runs.place
    body = template(place.deployment, place.identity.account, runs.graph.resources.values())
    deliver(text_of(body), out)
    for name, why in body["Metadata"]["NotInTheTemplate"].items():
        terminal.wrapped(f"- {name} is not in it: {why}")
    return 0
