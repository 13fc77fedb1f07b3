"""Given rates: a mapping of prices, for tests and for questions such as "what if NAT cost half"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from runbook.errors import MissingRateError, PriceError
from runbook.pricing.catalogue import product_of
from runbook.pricing.rate import Rate, Tier, amount
from runbook.pricing.regions import billing_code
from runbook.pricing.selection import check_tiers

Price = str | Decimal | Sequence[tuple[str | int | Decimal, str | Decimal]]
"""One price for every unit, or (from which quantity, price) for each tier."""


class GivenRates:
    """Rates as they were given.

    Parameters
    ----------
    prices: rate key -> price; `GivenRates({"nat.hour": "0.045", "vpce.gib": [(0, "0.01"), (1048576, "0.006")]})`.
    by_region: region -> prices that differ there.
    as_of: the date that they carry.

    Raises
    ------
    PriceError: a key is not in the catalogue, or a price is no amount.
    TierError: tiers leave a gap or overlap.
    """

    def __init__(
        self,
        prices: Mapping[str, Price],
        *,
        by_region: Mapping[str, Mapping[str, Price]] | None = None,
        as_of: date = date(2026, 1, 1),
    ) -> None:
        self.as_of = as_of
        self.source = "given"
        self.notes: tuple[str, ...] = ()
        everywhere = {key: _tiers(key, price) for key, price in prices.items()}
        self._everywhere = everywhere
        self._by_region = {
            region: {key: _tiers(key, price) for key, price in own.items()} for region, own in (by_region or {}).items()
        }

    def fetch(self, keys: Iterable[str], regions: Iterable[str]) -> None:
        """Nothing to do: all is at hand."""

    def rate(self, key: str, region: str) -> Rate:
        """The given rate.

        Raises
        ------
        MissingRateError: none was given.
        """
        product = product_of(key)
        billing_code(region)
        tiers = self._by_region.get(region, {}).get(key) or self._everywhere.get(key)
        if tiers is None:
            raise MissingRateError(f"no price of {key} was given", key=key, region=region)
        return Rate(
            key=key,
            region=product.region_of(region),
            service_code=product.service_code,
            usage_type=product.names(region)[0],
            unit=product.unit,
            tiers=tiers,
            sku="",
            source="given",
            as_of=self.as_of,
        )


def _tiers(key: str, price: Price) -> tuple[Tier, ...]:
    product_of(key)
    given = [(0, price)] if isinstance(price, str | Decimal) else price
    try:
        steps = sorted((amount(begin), amount(usd)) for begin, usd in given)
    except ValueError as error:
        raise PriceError(f"the given price of {key} is no amount: {price!r}", key=key) from error
    ends = [*(begin for begin, _ in steps[1:]), None]
    tiers = tuple(Tier(begin, end, usd) for (begin, usd), end in zip(steps, ends, strict=False))
    check_tiers(tiers, f"the given price of {key}", key=key, region="")
    return tiers
