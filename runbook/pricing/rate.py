"""A rate: what one unit costs in one region, in tiers, with SKU, date and source; and the interface of all sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, Protocol

RateSource = Literal["live", "snapshot", "given"]
"""live: AWS's price list answered. snapshot: a dated file. given: a mapping, for tests and what-ifs."""

GLOBAL = "global"
"""The region of a rate that is the same everywhere and billed for the account as a whole."""


_MOST_DIGITS = 18
"""Before and after the point; beyond it a number is no price and no quantity, only a way to fill memory."""


def amount(text: object) -> Decimal:
    """A price or a quantity from text.

    Raises
    ------
    ValueError: it is none: no number, negative, not finite, or of absurd size.
    """
    try:
        number = Decimal(str(text))
    except InvalidOperation as error:
        raise ValueError("no number") from error
    exponent = number.as_tuple().exponent
    if not number.is_finite() or number < 0 or not isinstance(exponent, int):
        raise ValueError("no finite number from 0 on")
    if number.adjusted() > _MOST_DIGITS or exponent < -_MOST_DIGITS:
        raise ValueError("a number of absurd size")
    return number


@dataclass(frozen=True)
class Tier:
    """The price of the units from `begin` up to, but not including, `end`."""

    begin: Decimal
    end: Decimal | None
    """None: without end."""
    usd: Decimal
    """US dollars per unit of the rate."""
    rate_code: str = ""
    """AWS's id of this price, `<sku>.<offer term>.<tier>`; empty where no source carries it."""


@dataclass(frozen=True)
class Rate:
    """What one unit of a thing costs in one region.

    Parameters
    ----------
    key: the key in the catalogue, such as `nat.hour`.
    region: the region that was asked for, or `global` for what has one price for the whole account.
    unit: AWS's word for the unit, such as `Hrs`, `GB-Mo` or `Requests`.
    tiers: sorted and without gaps; the first begins at 0, the last has no end.
    sku: AWS's id of the product; empty where no source carries it.
    as_of: publication date of the price list, or the date at which a snapshot's source showed the price.
    effective: since when AWS says that it holds (always the first of a month); None where no source carries it.
    fetched_at: when it was read from AWS; None for what was not.
    citation: where the figure was published, for what was not read from AWS itself.
    note: what a person has to know beside the figure, such as its age or why it is not a live one.
    """

    key: str
    region: str
    service_code: str
    usage_type: str
    unit: str
    tiers: tuple[Tier, ...]
    sku: str
    source: RateSource
    as_of: date
    effective: date | None = None
    fetched_at: datetime | None = None
    citation: str = ""
    note: str = ""

    @property
    def usd(self) -> Decimal:
        """The price of the first unit."""
        return self.tiers[0].usd

    def noted(self, *notes: str) -> Rate:
        """The same rate with more to say beside it."""
        said = [note for note in (self.note, *notes) if note]
        return replace(self, note="; ".join(dict.fromkeys(said)))


class Rates(Protocol):
    """Where rates come from; all sources look alike."""

    def rate(self, key: str, region: str) -> Rate:
        """The rate of a catalogue key in a region.

        Raises
        ------
        PriceError: there is none, more than one, or not the expected one; MissingRateError means: not known.
        """
        ...

    def fetch(self, keys: Iterable[str], regions: Iterable[str]) -> None:
        """Have these rates at hand, as many at a time as allowed; what cannot be had is said when it is asked for."""
        ...

    @property
    def source(self) -> str:
        """`live`, `snapshot`, `given`, or `mixed` when not all figures came from one."""
        ...

    @property
    def as_of(self) -> date:
        """The date of the whole source; each rate carries its own."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person has to know beside every figure."""
        ...
