"""karet log: the runs of a stack, what happened in one, and a run as a file that others read, check and replay."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common


@click.group("log")
def log() -> None:
    """The runs of a stack on this machine, and what happened in them."""


@log.command("list")
@click.option("--limit", type=click.IntRange(1, 10000), default=50, help="How many, the newest first.")
@click.option("--outcome", default="", help="Only runs that ended so: done, failed, waiting, cancelled, none.")
@click.option("--command", "word", default="", help="Only runs whose command holds this text.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Only runs from this day on (UTC).")
@common
def list_(options, limit, outcome, word, since, as_json) -> int:  # type: ignore[no-untyped-def]
    """The runs, the newest first."""
    from runbook.cli import terminal
    from runbook.runs import history
    from runbook.runs.place import open_place

    chosen = history.Chosen(outcome=outcome, command=word, since=since)
    runs = history.list_runs(open_place(options, ask_mfa=terminal.mfa_prompt()), limit=limit, chosen=chosen)
    if as_json:
        terminal.emit(
            [
                {
                    "run": run.id,
                    "started_at": run.started_at.isoformat(),
                    "ended_at": run.ended_at.isoformat() if run.ended_at else None,
                    "outcome": run.outcome,
                    "counts": dict(run.counts),
                    "entries": run.entries,
                    "command": run.start.get("command", ""),
                    "user": run.start.get("user", ""),
                    "principal": run.start.get("principal", ""),
                }
                for run in runs
            ]
        )
        return 0
    if not runs:
        which = "There is no such run" if chosen.filters else "There is no run"
        terminal.say(f"{which} of this stack on this machine yet.")
    terminal.table(
        (
            run.id,
            run.outcome,
            f"{run.entries} entries",
            str(run.start.get("user", "")),
            str(run.start.get("command", "")),
        )
        for run in runs
    )
    return 0


@log.command("show")
@click.argument("run", default="latest")
@common
def show(options, run, as_json) -> int:  # type: ignore[no-untyped-def]
    """What happened in a run: RUN is its id, the beginning of it, or `latest`."""
    from runbook.cli import terminal
    from runbook.cli.log_text import entry_line
    from runbook.runs import history
    from runbook.runs.place import open_place

    place = open_place(options, ask_mfa=terminal.mfa_prompt())
    found = history.entries(place, history.resolve(place, run))
    if as_json:
        terminal.emit([entry.as_json() for entry in found])
        return 0
    for entry in found:
        terminal.say(entry_line(entry))
    return 0


@log.command("export")
@click.argument("run", default="latest")
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html", "json", "ipynb", "sh"]),
    default="html",
    show_default=True,
    help="Markdown, a page, data with the journal's entries, a notebook of boto3 calls, a script of aws commands.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=None,
    help="The file to write, - for stdout; without it RUN.FORMAT in this folder.",
)
@common
def export(options, run, form, out, as_json) -> int:  # type: ignore[no-untyped-def]
    """Write a run as a file: RUN is its id, the beginning of it, or `latest`. No file holds a secret."""
    from runbook.cli import terminal
    from runbook.export.escaping import file_name
    from runbook.runs import history
    from runbook.runs.export import export_run, save
    from runbook.runs.place import open_place

    place = open_place(options, ask_mfa=terminal.mfa_prompt())
    run = history.resolve(place, run)
    text = export_run(place, run, form)
    if str(out) == "-":
        click.echo(text, nl=False)
        return 0
    path = out or Path(f"{file_name(run)}.{form}")
    save(text, path)
    if as_json:
        terminal.emit({"run": run, "format": form, "file": str(path), "bytes": len(text.encode())})
    else:
        terminal.say(f"Run {run} was written to {path} ({len(text.encode()):,} bytes).")
    return 0


@log.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Machine output on stdout.")
def verify(file, as_json) -> int:  # type: ignore[no-untyped-def]
    """Check an exported JSON or HTML file by its chain of hashes: names the first entry that does not fit, exits 1."""
    from runbook.cli import terminal
    from runbook.export.facts import NO_AUTHOR
    from runbook.runs.export import verify_file

    found = verify_file(file)
    why = found.broken.why if found.broken else found.outside
    if as_json:
        terminal.emit(
            {
                "file": str(file),
                "whole": found.whole,
                "entries": found.count,
                "head": found.head,
                "entry": found.broken.seq if found.broken else None,
                "why": why,
                "redacted": list(found.redacted),
            }
        )
        return 0 if found.whole else 1
    if found.whole:
        terminal.say(f"{file}: {found.count} entries, each fits the one before; head {found.head}", colour="green")
    else:
        terminal.say(f"{file}: {why}", colour="red")
    if found.redacted:
        numbers = ", ".join(map(str, found.redacted))
        terminal.say(f"In entries {numbers} something was hidden for the export, so their content cannot be checked.")
    terminal.say(NO_AUTHOR)
    return 0 if found.whole else 1
