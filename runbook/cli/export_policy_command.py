"""karet export policy: the IAM policy for exactly what a stack needs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runbook.cli.options import common, sections


@click.command("policy")
@sections
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["read", "change", "undo"]),
    help="Only this part; may be repeated. Without it: all three.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of standard output.")
@common
def policy(options, sections, parts, out, as_json) -> int:  # type: ignore[no-untyped-def]
    """Write the least-privilege IAM policy for the calls of these sections and all that they need.

    A policy that is longer than IAM takes is split: FILE-1, FILE-2 ..., or a list on standard output. Changes nothing.
    """
    from runbook.cli import terminal
    from runbook.cli.out_file import deliver
    from runbook.export.policy import PARTS, documents
    from runbook.runs.policy import policy as statements_of
    from runbook.runs.runs import Runs

    del as_json  # A policy is JSON in any case.
    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    made = documents(statements_of(runs, sections, [one for one in PARTS if one in parts] or PARTS))
    if out is None or len(made) == 1:
        deliver(json.dumps(made[0] if len(made) == 1 else made, indent=2), out)
    else:
        for number, document in enumerate(made, 1):
            path = out.with_name(f"{out.stem}-{number}{out.suffix}")
            deliver(json.dumps(document, indent=2), path)
            terminal.say(f"written: {path}")
    if len(made) > 1:
        terminal.say(f"{len(made)} policies, because a managed policy holds 6,144 characters; attach all of them.")
    return 0
