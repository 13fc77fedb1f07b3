"""karet verify: is everything as declared, and is every statement of the sections true?"""

from __future__ import annotations

import click

from runbook.cli.options import common, sections


@click.command("verify")
@sections
@common
def verify(options, sections, as_json) -> int:  # type: ignore[no-untyped-def]
    """Check the sections with fresh reads and keep the evidence; exits 1 when a check fails."""
    from runbook import document
    from runbook.cli import checklist_text, plan_text, results, terminal
    from runbook.runs.runs import Runs
    from runbook.runs.sign_off import SECTION, checklist_of, signed

    runs = Runs.open(options, ask_mfa=terminal.mfa_prompt())
    checks = runs.verify(sections, command=" ".join(["karet", "verify", *sections]))
    asked_for_points = any(str(section.number) == SECTION for section in document.choose(sections))
    points = checklist_of(checks, signed(runs), read_by=runs.place.identity.arn) if asked_for_points else []
    if as_json:
        told = results.checks_json(checks)
        terminal.emit({**told, "checklist": [point.as_json() for point in points]} if points else told)
    else:
        plan_text.where(runs)
        results.show_checks(checks, {section.number: section.title for section in runs.sections})
        if points:
            checklist_text.show_table(points)
    return 1 if any(check.outcome == "failed" for check in checks) else 0
