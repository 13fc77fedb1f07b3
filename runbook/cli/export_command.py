"""karet export: the stack in the forms of other tools."""

from __future__ import annotations

import click

from runbook.cli.export_cloudformation_command import cloudformation
from runbook.cli.export_github_command import github_actions
from runbook.cli.export_policy_command import policy


@click.group("export")
def export() -> None:
    """The stack in the forms of other tools; each is made of the same declarations that a plan is made of."""


export.add_command(github_actions)
export.add_command(policy)
export.add_command(cloudformation)
