"""karet cost: what the stack costs, line by line; all networks side by side; the document's table beside the bill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from runbook.cli.options import common

_MANY = "the comparison of networks and the document's table are no single table of lines"


@click.command("cost")
@click.option("--network", default="", metavar="NAME|all", help="Another network than the settings say; all compares.")
@click.option(
    "--usage", default="", metavar="low|typical|high|FILE", help="How much is used; a TOML or JSON file of your own."
)
@click.option("--regions", multiple=True, metavar="REGION[,REGION]...", help="Other regions than the settings say.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), help="table for people (the default).")
@click.option("--audit", is_flag=True, help="The source document's table beside the computed one, with reasons.")
@click.option("--free-tier", is_flag=True, help="Take off what every account gets for nothing.")
@click.option("--live-prices", is_flag=True, help="Ask AWS's price list; without it prices are the known ones.")
@click.option("--refresh", is_flag=True, help="Ask AWS's price list again, also for what it answered today.")
@common
def cost(  # type: ignore[no-untyped-def]
    options, network, usage, regions, form, audit, free_tier, live_prices, refresh, as_json
) -> int:
    """Show what the stack costs in a month, from what is declared; changes nothing and needs no account."""
    from runbook.cli import bill_text, networks_text, terminal
    from runbook.runs import costs

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} cannot both be meant")
    form = "json" if as_json else form or "table"
    question = costs.Question(
        replace(options, live_prices=live_prices), network, usage, tuple(regions), free_tier=free_tier, refresh=refresh
    )
    if form == "csv" and (audit or network == costs.ALL):
        raise click.UsageError(f"--format csv: {_MANY}; use --format json")
    ask_mfa = terminal.mfa_prompt()
    if audit:
        _out(costs.audits(question, ask_mfa=ask_mfa), form, networks_text.show_audit)
    elif network == costs.ALL:
        _out(costs.networks(question, ask_mfa=ask_mfa), form, networks_text.show)
    else:
        found = costs.costs(question, ask_mfa=ask_mfa)
        if form == "csv":
            click.echo(bill_text.csv(found), nl=False)
            return 0
        _out(found, form, bill_text.show)
        if form == "table" and len(found) > 1:
            bill_text.show_regions(found)
    return 0


def _out(found: Sequence[Any], form: str, show: Callable[[Any], None]) -> None:
    """What was found: one document, with several regions a list of them; or a text for people for each."""
    from runbook.cli import terminal

    if form == "json":
        told = [one.as_json() for one in found]
        terminal.emit(told[0] if len(told) == 1 else {"regions": told})
        return
    for one in found:
        show(one)
