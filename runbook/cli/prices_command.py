"""karet prices: the prices known on this machine, held against AWS's price list and brought up to date."""

from __future__ import annotations

import click

from runbook.cli.options import common

_REGIONS = click.option(
    "--regions",
    multiple=True,
    metavar="REGION[,REGION]...",
    help="Regions to ask about; without it --region, else all that the snapshot has.",
)


@click.group("prices")
def prices() -> None:
    """The prices known on this machine, and AWS's price list."""


@prices.command("update")
@_REGIONS
@common
def update(options, regions, as_json) -> int:  # type: ignore[no-untyped-def]
    """Ask AWS's price list for every rate and keep the answers as this user's copy."""
    from runbook.cli import terminal
    from runbook.runs import price_source

    found, path, rates = price_source.update(options, regions, ask_mfa=terminal.mfa_prompt())
    if as_json:
        terminal.emit({"file": str(path), "rates": rates, **found.as_json()})
    else:
        _show(found)
        terminal.say(f"Kept {len(found.found)} prices in {path}, which has {rates} now.", bold=True)
    return 1 if found.unknown else 0


@prices.command("diff")
@_REGIONS
@common
def diff(options, regions, as_json) -> int:  # type: ignore[no-untyped-def]
    """Show what moved between the prices known here and AWS's price list; changes nothing."""
    from runbook.cli import terminal
    from runbook.runs import price_source

    found = price_source.diff(options, regions, ask_mfa=terminal.mfa_prompt())
    if as_json:
        terminal.emit(found.as_json())
    else:
        _show(found)
    return 1 if found.unknown else 0


def _show(found) -> None:  # type: ignore[no-untyped-def]
    from runbook.cli import terminal

    for note in found.notes:
        terminal.say(f"note: {note}", colour="yellow")
    terminal.say(f"Prices of {found.known_as_of} beside the price list of {found.as_of}, US dollars a unit", bold=True)
    terminal.table(
        (
            move.after.key,
            move.after.region,
            _tiers(move.before.tiers) if move.before else "not known",
            "->",
            _tiers(move.after.tiers),
            f"{move.after.unit}, {move.after.as_of}",
        )
        for move in (*found.moved, *found.new)
    )
    for problem in found.unknown:
        terminal.say(f"unknown: {problem.message}", colour="red")
    counts = [(found.same, "the same"), (len(found.moved), "moved"), (len(found.new), "new")]
    if found.unknown:
        counts.append((len(found.unknown), "unknown"))
    terminal.say(", ".join(f"{number} {word}" for number, word in counts))


def _tiers(tiers) -> str:  # type: ignore[no-untyped-def]
    from runbook.pricing.saved import plain

    return " / ".join(
        f"{plain(tier.usd)} from {plain(tier.begin)}" if tier.begin else plain(tier.usd) for tier in tiers
    )
