"""A bill for people: section by section, what is fixed and what comes by use, bars on a terminal, and what to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from runbook.cli import terminal
from runbook.cost.price_text import dollars

if TYPE_CHECKING:
    from runbook.cost.estimate import Estimate, PricedLine
    from runbook.runs.costs import Costs

_WIDE = 112
"""Columns from which quantity, unit and product stand beside a line in full."""

_LABEL = 34

SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "AmazonECS": "Fargate tasks",
        "AWSELB": "Load balancer",
        "AmazonEC2": "NAT gateways",
        "AmazonVPC": "Addresses and endpoints",
        "AmazonS3": "S3",
        "AmazonECR": "Images in ECR",
        "AmazonCloudWatch": "Logs and metrics",
        "AWSSecretsManager": "Secrets",
        "AmazonRoute53": "Private names",
        "AWSDataTransfer": "Data transfer",
    }
)
"""AWS's service codes in words."""


def show(found: Costs) -> None:
    """One region's bill."""
    from runbook.document import sections

    made = found.estimate
    titles = {section.number: section.title for section in sections()}
    for note in found.notes:
        terminal.say(f"note: {note}", colour="yellow")
    terminal.wrapped(
        f"A month of the whole stack in {made.region}: network {found.network}, {found.band} usage, US dollars",
        bold=True,
    )
    lines = [replace(line, note=own_note(line.note, made.notes)) for line in made.lines]
    for number, group in groupby(lines, key=lambda line: line.section):
        _section(f"{number} {titles.get(number, '')}", list(group))
    terminal.say()
    _sums(found)
    bars({SERVICES.get(code, code): usd for code, usd in made.by_service().items()})
    _notes(made, lines)


def own_note(note: str, common: Iterable[str]) -> str:
    """What is said beside one figure and not beside all of them."""
    return "; ".join(part for part in note.split("; ") if part not in set(common))


def _section(title: str, lines: Sequence[PricedLine]) -> None:
    terminal.say()
    terminal.say(f"{title:<68}{_sum(lines):>12}", bold=True)
    for resource, group in groupby(lines, key=lambda line: line.resource):
        own = list(group)
        if len(own) == 1 and len(f"{resource}: {own[0].label}") <= _LABEL:
            _line(own[0], f"{resource}: {own[0].label}")
            continue
        terminal.say(f"  {resource}")
        for line in own:
            _line(line, f"  {line.label}")


def _line(line: PricedLine, label: str) -> None:
    """Label, quantity and price, amount, and marks: ~ comes by use, ! has something to know about its price."""
    price = "price unknown" if line.usd_per_unit is None else f"x ${_plain(line.usd_per_unit)}"
    quantity = "by use" if line.quantity is None else _plain(line.quantity)
    amount = "unknown" if line.usd_per_month is None else dollars(line.usd_per_month)
    marks = f"{' ' if line.fixed else '~'}{'!' if line.note else ' '}"
    counted = f"{quantity} {line.unit}" if line.quantity is not None else f"by use, {line.unit}"
    text = f"  {label[:_LABEL]:<{_LABEL}}{counted[:19]:>19} {price:<12.12}{amount:>9.9} {marks}"
    if terminal.width() >= _WIDE:
        text += f" {line.basis}"[: terminal.width() - len(text)]
    terminal.say(text.rstrip())


def _sums(found: Costs) -> None:
    made = found.estimate
    fixed, whole = made.fixed_usd_per_month, made.usd_per_month
    rows = (
        (f"Fixed, due without any use ({_hourly(made.usd_per_hour_running)} an hour)", fixed),
        (f"By use (~), {found.band} usage", whole - fixed),
    )
    for label, usd in rows:
        terminal.say(f"{label:<68}{dollars(usd):>12}")
    bound = "at least " if made.at_least else ""
    terminal.say(f"{'Total a month of 730 hours':<60}{bound + dollars(whole):>20}", bold=True)


def bars(amounts: Mapping[str, Decimal]) -> None:
    """Amounts as bars, the largest first: on a terminal only, so that nothing of it gets into a pipe or a file."""
    if not terminal.interactive() or not amounts or max(amounts.values()) <= 0:
        return
    terminal.say()
    widest = max(len(name) for name in amounts)
    room = max(min(terminal.width(), 100) - widest - 14, 10)
    largest = max(amounts.values())
    for name, usd in sorted(amounts.items(), key=lambda one: -one[1]):
        terminal.say(f"  {name:<{widest}} {_bar(usd / largest * room)} {dollars(usd)}", colour="cyan")


def _bar(length: Decimal) -> str:
    """A bar to an eighth of a column; what is more than nothing shows."""
    eighths = int(length * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "") or "▏"


def _notes(made: Estimate, lines: Sequence[PricedLine]) -> None:
    terminal.say()
    terminal.say(f"Prices: {made.source} of {made.as_of}, list prices of AWS for {made.region}.")
    if made.free_tier:
        terminal.say("Free units of every account are taken off.")
    aged = [line.note for line in lines if line.note.startswith("last seen ")]
    if aged:
        terminal.wrapped(f"! {len(aged)} prices are old; the oldest: {min(aged)}. `karet prices diff` checks them.")
    for line in lines:
        if line.note and line.note not in aged:
            terminal.wrapped(f"! {line.resource}, {line.label}: {line.note}", colour="yellow")
    for note in made.notes:
        terminal.wrapped(note)


def show_regions(found: Sequence[Costs]) -> None:
    """The totals of several regions under each other."""
    cheapest = min(one.estimate.usd_per_month for one in found)
    terminal.say()
    terminal.say("The same stack in each region, US dollars a month", bold=True)
    for one in sorted(found, key=lambda one: one.estimate.usd_per_month):
        usd = one.estimate.usd_per_month
        bound = "at least " if one.estimate.at_least else ""
        more = f"+{(usd - cheapest) / cheapest:.1%}" if usd > cheapest and cheapest else ""
        terminal.say(f"  {one.estimate.region:<16}{bound + dollars(usd):>20} {more:>8}")
    bars({one.estimate.region: one.estimate.usd_per_month for one in found})


def csv(found: Iterable[Costs]) -> str:
    """All lines of all regions; with several, the region stands first."""
    found = list(found)
    if len(found) == 1:
        return found[0].estimate.csv()
    made = []
    for at, one in enumerate(found):
        header, *rows = one.estimate.csv().splitlines()
        made += [f"region,{header}"] if at == 0 else []
        made += [f"{one.estimate.region},{row}" for row in rows]
    return "\n".join(made) + "\n"


def _sum(lines: Iterable[PricedLine]) -> str:
    lines = list(lines)
    known = sum((line.usd_per_month for line in lines if line.usd_per_month is not None), Decimal(0))
    return f"{'>= ' if any(line.usd_per_month is None for line in lines) else ''}{dollars(known)}"


def _hourly(usd: Decimal) -> str:
    return f"${usd:.4f}"


def _plain(number: Decimal) -> str:
    """A number without exponent and without zeros at the end, to seven digits behind the point."""
    text = f"{number:,.7f}".rstrip("0").rstrip(".")
    return text or "0"
