"""karet verify: is everything as declared, and is every statement of the sections true?"""

from __future__ import annotations

import click

from runbook.cli.options import common, sections


@click.command("verify")
@sections
@common
def verify(options, sections, as_json) -> int:  # type: ignore[no-untyped-def]
    """Check the sections with fresh reads and keep the evidence; exits 1 when a check fails."""
    from runbook.cli import plan_text, results, terminal
    from runbook.runs.runs import Runs

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    checks = runs.verify(sections, command=" ".join(["karet", "verify", *sections]))
    if as_json:
        terminal.emit(results.checks_json(checks))
    else:
        plan_text.where(runs)
        results.show_checks(checks, {section.number: section.title for section in runs.sections})
    return 1 if any(check.outcome == "failed" for check in checks) else 0
