"""The snapshot: list prices from a dated file inside the package, for machines without credentials or network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from runbook.errors import MissingRateError, PriceError
from runbook.pricing import saved
from runbook.pricing.catalogue import product_of
from runbook.pricing.rate import Rate
from runbook.pricing.regions import billing_code

FILE = Path(__file__).parent / "data" / "snapshot.json"
OLD_DAYS = 180
"""Beyond this age every figure carries a warning."""


def today() -> date:
    """The date in UTC."""
    return datetime.now(UTC).date()


@cache
def packaged() -> saved.SavedRates:
    """The file inside the package, read once.

    Raises
    ------
    PriceError: the installation is damaged.
    """
    try:
        return saved.read(FILE)
    except FileNotFoundError as error:
        raise PriceError(
            f"the price snapshot {FILE.name} is missing from the installation", hint="Install karet-runbook again."
        ) from error


class SnapshotRates:
    """Rates from a file; each figure says its date, and warns when that is long ago.

    Parameters
    ----------
    file: what was read.
    today: the clock.
    notes: what to say beside every figure, such as why prices are not live.
    """

    def __init__(self, file: saved.SavedRates, *, today: Callable[[], date] = today, notes: Iterable[str] = ()) -> None:
        self._file = file
        self._today = today
        self._notes = tuple(notes)

    @property
    def source(self) -> str:
        """`snapshot`."""
        return "snapshot"

    @property
    def as_of(self) -> date:
        """The newest date in the file."""
        return self._file.as_of

    @property
    def notes(self) -> tuple[str, ...]:
        """Why it is the snapshot, how old it is."""
        age = (self._today() - self.as_of).days
        if age <= OLD_DAYS:
            return self._notes
        return (*self._notes, f"the price snapshot of {self.as_of} is {age} days old; prices may have changed since")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that the file has prices for."""
        return self._file.regions()

    def fetch(self, keys: Iterable[str], regions: Iterable[str]) -> None:
        """Nothing to do: all is at hand."""

    def rate(self, key: str, region: str) -> Rate:
        """The rate in the file.

        Raises
        ------
        MissingRateError: the file does not have it: unknown, never 0.
        PriceRegionError: the region cannot be priced.
        PriceError: the catalogue has no such key.
        """
        product_of(key)
        billing_code(region)
        found = self._file.get(key, region)
        if found is None:
            raise self._missing(key, region)
        return found.noted(*self.notes, *self._age_of(found))

    def _age_of(self, rate: Rate) -> tuple[str, ...]:
        seen = rate.fetched_at.date() if rate.fetched_at else rate.as_of
        age = (self._today() - seen).days
        return (f"last seen {seen}, {age} days ago",) if age > OLD_DAYS else ()

    def _missing(self, key: str, region: str) -> MissingRateError:
        hint = "The price stays unknown; it is not 0. With AWS credentials it is looked up live."
        if region in self.regions:
            return MissingRateError(
                f"the price snapshot of {self.as_of} has no {key} for {region}", key=key, region=region, hint=hint
            )
        return MissingRateError(
            f"the price snapshot of {self.as_of} has no prices for {region}",
            key=key,
            region=region,
            hint=f"It has {', '.join(self.regions)}. {hint}",
        )


def snapshot(*, today: Callable[[], date] = today, notes: Iterable[str] = ()) -> SnapshotRates:
    """The list prices inside the package."""
    return SnapshotRates(packaged(), today=today, notes=notes)
