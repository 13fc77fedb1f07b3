"""karet doc: the source document against what the runbook makes of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click


@click.group("doc")
def doc() -> None:
    """The source document that the runbook was written from."""


@doc.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Machine output on stdout.")
@click.pass_context
def check(context, file, as_json) -> int:  # type: ignore[no-untyped-def]
    """Hold a copy of the document against the runbook; exits 1 when a line is not as the runbook knows it.

    Every line is mapped to a resource, check, correction, setting or command, or to a reason why nothing becomes of it.
    """
    from runbook.cli import terminal
    from runbook.doc_check.comparing import compare, read_document
    from runbook.doc_check.mapping import mapping, problems, what_there_is

    found = compare(read_document(file))
    wrong = problems(mapping(), what_there_is(context.find_root().command.list_commands(context)))
    if as_json:
        changed = [
            {"line": one.number, "how": one.how, "section": one.section, "steps": [str(step) for step in one.steps]}
            for one in found.changed
        ]
        terminal.emit({"coverage": asdict(found.coverage), "changed": changed, "mapping": wrong})
        return 1 if found.changed or wrong else 0
    for one in found.changed:
        terminal.wrapped(f"- {one.text}", colour="red")
    for line in wrong:
        terminal.wrapped(f"- the mapping is wrong: {line}", colour="red")
    seen = found.coverage
    terminal.say(
        f"{seen.sections} sections; {seen.lines} lines answered, {seen.waived} waived with a reason, "
        f"{len(found.changed)} not as known"
    )
    terminal.say(f"commands answered: {seen.commands[0]} of {seen.commands[1]} lines")
    terminal.say(f"figures answered: {seen.figures[0]} of {seen.figures[1]} lines")
    return 1 if found.changed or wrong else 0
