"""karet rehearse: the whole document, headless, on an embedded AWS of its own."""

from __future__ import annotations

from pathlib import Path

import click

from runbook.cli.options import common


@click.command("rehearse")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SERVICE.OPERATION:KIND[:COUNT]",
    help="Let a call fail; may be repeated.",
)
@click.option("--pace", type=click.FloatRange(0, 1), default=0.0, help="1 for AWS's usual durations, 0 for at once.")
@click.option("--network", default=None, help="The same as --set network=...")
@click.option("--events", default=None, help="The same as --set events=...")
@click.option(
    "--export-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Leave the log of the apply here, in every form.",
)
@click.option("--stop", "end", is_flag=True, help="End a rehearsal that --rehearsal left running.")
@common
def rehearse(options, faults, pace, network, events, export_dir, end, as_json) -> int:  # type: ignore[no-untyped-def]
    """Apply, plan again, verify, destroy and sweep the whole document on an embedded AWS, and report."""
    from dataclasses import replace

    from runbook.cli import terminal
    from runbook.cli.progress import Progress, stoppable
    from runbook.rehearsal import join
    from runbook.runs.rehearse import rehearse as run

    if end:
        ended = join.stop(options.state)
        terminal.say("The rehearsal has ended." if ended else "No rehearsal is running.")
        return 0
    more = [f"network={network}"] if network else []
    more += [f"events={events}"] if events else []
    options = replace(options, faults=faults, pace=pace, overrides=(*options.overrides, *more))
    progress = Progress()
    with stoppable() as stop:
        report = run(options, on_event=progress, stop=stop, export_dir=export_dir)
    progress.clear()
    if as_json:
        terminal.emit(report.as_json())
    else:
        _show(report)
    return 0 if report.ok else 1


def _show(report) -> None:  # type: ignore[no-untyped-def]
    from runbook.cli import checklist_text, terminal

    data = report.as_json()
    checks = data["checks"]
    terminal.say()
    terminal.say("Rehearsal of the whole document on an embedded AWS", bold=True)
    terminal.table(
        [
            ("sections", f"{data['sections']} ({', '.join(report.sections)})"),
            ("not built yet", ", ".join(report.not_built) or "none"),
            ("resources", str(data["resources"])),
            ("changing calls", str(data["calls"])),
            ("second plan", f"{data['second_plan_changes']} changes, {sum(report.reads.values())} reads"),
            (
                "checks",
                f"{checks['passed']} passed, {checks['failed']} failed, {checks['not_rehearsed']} not rehearsed",
            ),
            ("health checks", _answered(data["health_answers"])),
            ("upload", _arrived(data["uploads"])),
            ("cost", _priced(report.prices)),
            ("leftovers", f"{data['leftovers']} after destroy --delete-data"),
            ("seconds", str(data["seconds"])),
        ]
    )
    terminal.say()
    checklist_text.show_table(report.checklist)
    terminal.say()
    terminal.say("Not rehearsed, because an embedded AWS cannot show it:")
    terminal.table((one["what"], one["why"]) for one in data["not_rehearsed"])
    terminal.say()
    for path in report.exported:
        terminal.say(f"written: {path}")
    for problem in report.problems:
        terminal.say(problem, colour="red")
    terminal.say("All went well." if report.ok else f"{len(report.problems)} problems.", bold=True)


def _priced(prices) -> str:  # type: ignore[no-untyped-def]
    """What the stack costs, and that the price list behind it was the rehearsal's."""
    from runbook.cost.price_text import dollars

    if prices is None or prices.after is None:
        return prices.problem if prices else "was not asked for"
    bound = "at least " if prices.at_least else ""
    source = "asked from the embedded price list" if prices.source == "live" else f"from the {prices.source}"
    total = prices.total
    running = f"${total.running_per_hour:.4f} an hour without any use"
    return f"{bound}{dollars(total.after)} a month with {prices.usage} usage, {running}; {source}"


def _answered(answers: dict[str, int]) -> str:
    """How many health checks the fake tasks answered, by status code."""
    if not answers:
        return "none was answered"
    codes = ", ".join(f"{count} with {code}" for code, count in sorted(answers.items()))
    return f"{sum(answers.values())} answered over HTTP ({codes})"


def _arrived(uploads) -> str:  # type: ignore[no-untyped-def]
    """How long an upload took from the bucket to the worker."""
    if not uploads["reached_worker"]:
        return "none reached the worker"
    return f"reached the worker in {uploads['seconds']} s, through the real poller over SQS"
