"""The networks side by side, and the document's table beside the bill, for people."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from runbook.cli import terminal
from runbook.cli.bill_text import bars, own_note
from runbook.cost.price_text import dollars

if TYPE_CHECKING:
    from runbook.cost.audit import Audit, Row
    from runbook.cost.networks import Comparison
    from runbook.runs.costs import Networks

_ALONG = {"services": "AWS services other than S3", "total": "all places, in the same proportion"}


def show(found: Networks) -> None:
    """One region's comparison."""
    made = found.comparison
    for note in found.notes:
        terminal.say(f"note: {note}", colour="yellow")
    zones, total = made.inputs.zones, made.inputs.traffic.total
    terminal.wrapped(
        f"Ways out of the private subnets in {made.inputs.region}: {zones} zones, {made.inputs.tasks} tasks, "
        f"{found.band} usage ({total:,.1f} GiB a month), US dollars",
        bold=True,
    )
    terminal.say()
    _table(found)
    bars({one.network: one.usd_per_month for one in made.options})
    _levels(made)
    _points(made)
    terminal.say()
    terminal.say("What no bill shows", bold=True)
    for network, sentences in made.trade_offs.items():
        terminal.say(f"  {network}")
        for sentence in sentences:
            terminal.wrapped(f"- {sentence}", "    ")
    _source(made)


def _table(found: Networks) -> None:
    made = found.comparison
    terminal.say(f"  {'network':<12}{'way out':>12}{'fixed part':>12}{'whole stack':>13}   ")
    for one in made.options:
        whole = found.stacks[one.network]
        bound = ">= " if one.bill.at_least else ""
        said = [
            "yours" if one.network == found.deployment.network else "",
            "cheapest built" if one.network == made.cheapest_deployable else "",
            "" if one.deployable else "priced only, not built",
            f"{one.unreachable_gib:,.1f} GiB have no way" if not one.carries_all else "",
        ]
        terminal.say(
            f"  {one.network:<12}{bound + dollars(one.usd_per_month):>12}{dollars(one.bill.fixed_usd_per_month):>12}"
            f"{dollars(whole.usd_per_month):>13}   {', '.join(filter(None, said))}".rstrip(),
            bold=one.network == found.deployment.network,
        )


def _levels(made: Comparison) -> None:
    if not made.levels:
        return
    terminal.say()
    terminal.say("With more or less traffic in the same proportion, way out only", bold=True)
    terminal.say(f"  {'GiB a month':<12}" + "".join(f"{level.gib:>13,.0f}" for level in made.levels))
    for network in made.levels[0].usd:
        cells = (
            f"{dollars(level.usd[network])}{'*' if network == level.cheapest_deployable else ' '}"
            for level in made.levels
        )
        terminal.say(f"  {network:<12}" + "".join(f"{cell:>13}" for cell in cells))
    terminal.say("  * the cheapest of those that the runbook builds")


def _points(made: Comparison) -> None:
    terminal.say()
    terminal.say("Where two of them cost the same", bold=True)
    if not made.break_even:
        terminal.say("  Nowhere: no amount of traffic changes which of them is cheaper.")
    for along, words in _ALONG.items():
        points = [
            point for point in made.break_even if point.along == along and "nat-no-s3" not in (point.one, point.other)
        ]
        if points:
            terminal.say(f"  GiB a month to {words}:")
        for point in points:
            terminal.say(f"    {point.gib:>11,.1f}  {point.below} is cheaper below, {point.above} above")
            terminal.say(f"                 {point.formula}")


def _source(made: Comparison) -> None:
    some = made.options[0].bill
    terminal.say()
    terminal.say(f"Prices: {some.source} of {some.as_of}, list prices of AWS for {some.region}.")
    lines = [line for one in made.options for line in one.bill.lines]
    for label, note in sorted({(line.rate_key, own_note(line.note, made.notes)) for line in lines}):
        if note:
            terminal.wrapped(f"! {label}: {note}", colour="yellow")
    for note in made.notes:
        terminal.wrapped(note)


def show_audit(made: Audit) -> None:
    """The document's table beside the computed one, the reasons below each row."""
    terminal.say(f"Section 12 of the document beside the bill in {made.region}, US dollars a month", bold=True)
    terminal.say()
    terminal.say(f"  {'':<36}{'document':>12}{'computed':>12}{'difference':>14}")
    for row in made.rows:
        _row(row)
    terminal.say()
    bound = ">= " if made.at_least else ""
    computed = made.computed_usd
    terminal.say(
        f"  {'Sum':<36}{dollars(made.document_usd):>12}{bound + dollars(computed):>12}"
        f"{_signed(computed - made.document_usd):>14}",
        bold=True,
    )
    terminal.say()
    terminal.say("What the document says", bold=True)
    for claim in made.claims:
        terminal.wrapped(f'"{claim.document}"', "  ")
        terminal.say()
        terminal.wrapped(claim.verdict, "    ", colour="green" if claim.true else "yellow")
        terminal.say()
    terminal.say(f"Prices: {made.source} of {made.as_of}.")
    for note in made.notes:
        terminal.wrapped(note)


def _row(row: Row) -> None:
    document = "-" if row.document_usd is None else dollars(row.document_usd)
    bound = ">= " if row.at_least else ""
    terminal.say(f"  {row.item:<36}{document:>12}{bound + dollars(row.computed_usd):>12}{_signed(row.difference):>14}")
    for reason in row.reasons:
        terminal.wrapped(reason, "      ")


def _signed(usd: Decimal) -> str:
    return f"{'+' if usd > 0 else ''}{dollars(usd)}"
