"""Tiered prices summed exactly over their ranges, in Decimal for bills and in floats for whole arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from runbook.pricing.rate import Tier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ZERO = Decimal(0)


def tiered(tiers: Sequence[Tier], quantity: Decimal) -> Decimal:
    """What a quantity costs: each unit at the price of the range that it falls into."""
    total = ZERO
    for tier in tiers:
        if quantity <= tier.begin:
            break
        end = quantity if tier.end is None else min(quantity, tier.end)
        total += (end - tier.begin) * tier.usd
    return total


def tiered_array(tiers: Sequence[Tier], quantities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same for many quantities: the first price for all, and the step at each beginning for what is above."""
    import numpy as np

    total = quantities * float(tiers[0].usd)
    for before, tier in pairwise(tiers):
        above = quantities - float(tier.begin)
        np.maximum(above, 0.0, out=above)
        above *= float(tier.usd - before.usd)
        total += above
    return total


def begins(tiers: Sequence[Tier]) -> tuple[Decimal, ...]:
    """Where the price changes, without the beginning at 0."""
    return tuple(tier.begin for tier in tiers[1:])


def split(total: Decimal, quantities: Iterable[Decimal]) -> list[Decimal]:
    """A total in proportion to quantities; the parts add up to it exactly, because the last one takes the rest."""
    parts = list(quantities)
    whole = sum(parts, ZERO)
    if not whole:
        return [ZERO for _ in parts]
    shares = [total * part / whole for part in parts]
    last = max(index for index, part in enumerate(parts) if part)
    shares[last] = total - sum((share for index, share in enumerate(shares) if index != last), ZERO)
    return shares
