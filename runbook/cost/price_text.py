"""Prices of a plan in words: beside each change, beside what stays, and as totals before and after."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runbook.cost.estimate import Estimate
    from runbook.cost.plan_prices import PlanPrices
    from runbook.engine.plan import Left
    from runbook.model import Change


def dollars(usd: Decimal) -> str:
    """An amount to the cent, with the sign in front; what is less than half a cent but not nothing says so."""
    from runbook.cost.estimate import cents

    if usd and abs(usd) < Decimal("0.005"):
        return f"{'-' if usd < 0 else ''}<$0.01"
    shown = cents(usd)
    return f"-${-shown:,}" if shown < 0 else f"${shown:,}"


def of_change(prices: PlanPrices, change: Change) -> str:
    """What a change costs a month and, while it runs, an hour; empty for what is free before and afterwards."""
    price = prices.steps.get(change.step or change.id)
    if price is None:
        return ""
    if price.unknown and not (price.before or price.after):
        return "price: unknown"
    bound = "at least " if price.unknown else ""
    if change.action == "delete":
        return f"price: {bound}{dollars(price.before)} a month less" if price.before else ""
    if not price.after and not price.before:
        return ""
    running = f", {_hourly(price.running_per_hour)} while it runs" if price.running_per_hour else ", by use"
    was = f" (now {dollars(price.before)})" if price.before and price.delta else ""
    return f"price: {bound}{dollars(price.after)} a month{running}{was}"


def amount(prices: PlanPrices, change: Change) -> str:
    """What a change comes to in a month, for a column; empty for what is free before and afterwards."""
    price = prices.steps.get(change.step or change.id)
    if price is None or not (price.unknown or price.before or price.after):
        return ""
    if price.unknown and not (price.before or price.after):
        return "unknown"
    usd = -price.before if change.action == "delete" else price.after
    return f"{'≥ ' if price.unknown else ''}{dollars(usd)}"


def of_left(left: Left) -> str:
    """What a thing that stays goes on costing."""
    if left.monthly_usd is None:
        return "; its price is unknown"
    return f"; it goes on costing {dollars(left.monthly_usd)} a month" if left.monthly_usd else ""


def totals(prices: PlanPrices, *, destroys: bool) -> Iterator[str]:
    """What everything costs now and afterwards, and where the prices come from."""
    if prices.after is None:
        yield f"Cost: unknown; {prices.problem}."
        return
    total = prices.total
    yield f"Cost a month: {now_and_afterwards(prices)}."
    if destroys:
        yield "What stays goes on costing what is stored; nothing else." if total.after else "Nothing goes on costing."
    elif total.running_per_hour:
        yield f"Without any use: {_hourly(total.running_per_hour)}."
    yield f"{prices.usage.capitalize()} usage; prices: {prices.source} of {prices.as_of}, list prices without taxes."
    yield from _about(prices.after)
    for line in prices.after.unknown:
        yield f"Not in the sum: {line.resource}, {line.label}: {line.note or 'its price is unknown'}."


def now_and_afterwards(prices: PlanPrices) -> str:
    """What everything that was looked at costs a month before and after the plan, on one line."""
    if prices.after is None:
        return f"unknown; {prices.problem}"
    total = prices.total
    bound = "at least " if prices.at_least else ""
    now = "at least " if prices.before and prices.before.at_least else ""
    change = f"{'+' if total.delta >= 0 else ''}{dollars(total.delta)}"
    return f"now {now}{dollars(total.before)}, afterwards {bound}{dollars(total.after)} ({change})"


def _about(made: Estimate) -> Iterator[str]:
    """What has to be known about the prices themselves: why they are not AWS's of today, how old they are."""
    from runbook.cost.estimate import NOT_INCLUDED, SPOT

    common = [note for note in made.notes if note not in (SPOT, NOT_INCLUDED)]
    for note in common:
        yield f"{note[:1].upper()}{note[1:]}."
    aged = [line for line in made.lines if any(part.startswith("last seen ") for part in line.note.split("; "))]
    if aged:
        yield f"! {len(aged)} of {len(made.lines)} prices were last seen more than 180 days ago; see `karet cost`."


def _hourly(usd: Decimal) -> str:
    return f"${usd:.4f} an hour"
