"""The tables of docs/rehearsal.md, written from the rules themselves so that the page cannot fall behind."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from runbook.rehearsal.not_rehearsed import NOT_REHEARSED
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.rules.table import RULES
from runbook.rehearsal.states import TRANSITIONS
from runbook.rehearsal.task_causes import TASK_CAUSES


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _operations(rule: Rule) -> str:
    return "every operation" if "*" in rule.operations else ", ".join(rule.operations)


def _does(rule: Rule) -> str:
    if rule.refuse is not None:
        return f"refuses with `{rule.code}`"
    return "answers itself" if rule.reply is not None else "completes"


def rules_table() -> str:
    """One line for each rule: where, what moto does, what the rehearsal does, and the source."""
    rows = ((rule.service, _operations(rule), rule.gap, _does(rule), rule.source) for rule in RULES)
    return _table(("Service", "Operations", "moto alone", "The rehearsal", "Source"), rows)


def transitions_table() -> str:
    """One line for each thing that takes its time."""
    rows = (
        (row.service, f"`{row.method}`", f"{row.pending}, then {row.ready}", f"{row.typical_s:g} s", row.source)
        for row in TRANSITIONS
    )
    return _table(("Service", "moto's method", "States", "At pace 1", "Source"), rows)


def not_rehearsed_table() -> str:
    """One line for each thing that stays open."""
    return _table(("Not rehearsed", "Why"), ((row.what, row.why) for row in NOT_REHEARSED))


def causes_table() -> str:
    """One line for each cause that keeps tasks from coming up."""
    rows = ((f"`{name}`", cause.what, cause.source) for name, cause in TASK_CAUSES.items())
    return _table(("Cause", "What happens", "Told as in"), rows)


def fill(page: str) -> str:
    """The page with each table between its two marks written anew."""
    tables = {
        "rules": rules_table,
        "states": transitions_table,
        "not-rehearsed": not_rehearsed_table,
        "causes": causes_table,
    }

    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = f"\n{rest}".partition(end)
        page = before + begin + table() + end + after
    return page


def main(arguments: Sequence[str]) -> None:
    """Write the tables into the pages named: `python -m runbook.rehearsal.page docs/rehearsal.md`."""
    for name in arguments:
        path = Path(name)
        path.write_text(fill(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
