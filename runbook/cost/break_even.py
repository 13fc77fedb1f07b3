"""Where two bills meet: bills that grow with one amount, piece by piece in straight lines, and their crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from runbook.cost.tiers import tiered
from runbook.pricing.rate import Tier

ZERO: Final = Decimal(0)


@dataclass(frozen=True)
class Curve:
    """A bill as a function of one amount x: every rate is used `at_zero + per_unit * x` times, and billed in tiers.

    Parameters
    ----------
    used: rate key -> (quantity at x = 0, what one more x adds).
    tiers: rate key -> tiers.
    """

    used: Mapping[str, tuple[Decimal, Decimal]]
    tiers: Mapping[str, Sequence[Tier]]

    def bill(self, amount: Decimal) -> Decimal:
        """US dollars a month for an amount."""
        parts = (tiered(self.tiers[key], zero + per * amount) for key, (zero, per) in self.used.items())
        return sum(parts, ZERO)

    @property
    def fixed(self) -> Decimal:
        """What is paid when there is nothing."""
        return self.bill(ZERO)

    def per_unit(self, amount: Decimal = ZERO) -> Decimal:
        """What a little more costs, from an amount on."""
        step = ZERO
        for key, (zero, per) in self.used.items():
            quantity = zero + per * amount
            step += per * next(one.usd for one in self.tiers[key] if one.end is None or quantity < one.end)
        return step

    @property
    def bends(self) -> set[Decimal]:
        """Amounts at which another tier begins."""
        return {
            (tier.begin - zero) / per
            for key, (zero, per) in self.used.items()
            if per > 0
            for tier in self.tiers[key][1:]
            if tier.begin > zero
        }


@dataclass(frozen=True)
class Crossing:
    """An amount at which two bills are the same.

    Parameters
    ----------
    amount: where; usd: how much both cost there.
    since: the amount at which the straight piece begins on which they meet.
    gap: by how much the first is cheaper at that beginning.
    closing: how much of that each further unit takes away.
    """

    amount: Decimal
    usd: Decimal
    since: Decimal
    gap: Decimal
    closing: Decimal


def crossings(one: Curve, other: Curve) -> list[Crossing]:
    """Every amount at which two bills cross, in ascending order, in closed form.

    Between two bends both bills are straight, so they meet where the gap at the last bend is used up:
    `amount = since + gap / closing`. Bills that run on together meet nowhere.
    """
    edges = sorted({ZERO, *one.bends, *other.bends})
    found: list[Crossing] = []
    for index, since in enumerate(edges):
        until = edges[index + 1] if index + 1 < len(edges) else None
        gap = _gap(one, other, since)
        closing = one.per_unit(since) - other.per_unit(since)
        if not closing or gap / closing < 0:
            continue
        amount = since + gap / closing
        if amount == 0 or (until is not None and amount >= until):
            continue
        before = (amount + (since if amount > since else edges[index - 1])) / 2
        # Bills that touch at a bend and part again on the same side do not change places.
        if _gap(one, other, before) * closing > 0:
            found.append(Crossing(amount, one.bill(amount), since, gap, closing))
    return found


def _gap(one: Curve, other: Curve, amount: Decimal) -> Decimal:
    return other.bill(amount) - one.bill(amount)
