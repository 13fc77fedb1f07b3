"""What moved: known prices beside the price list's, and the user's copy that keeps what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from runbook.errors import PriceError
from runbook.pricing import saved
from runbook.pricing.catalogue import CATALOGUE
from runbook.pricing.live import LiveRates, fetched
from runbook.pricing.rate import Rate
from runbook.pricing.sources import known


@dataclass(frozen=True)
class Move:
    """One rate that is not what it was; without `before` it is new."""

    before: Rate | None
    after: Rate

    def as_json(self) -> dict[str, Any]:
        """The rate with its prices by tier, before and after."""
        after, before = self.after, self.before
        return {
            "key": after.key,
            "region": after.region,
            "unit": after.unit,
            "sku": after.sku,
            "before": _prices(before),
            "before_as_of": before.as_of.isoformat() if before else None,
            "after": _prices(after),
            "after_as_of": after.as_of.isoformat(),
        }


@dataclass(frozen=True)
class Comparison:
    """Known prices beside the price list's.

    Parameters
    ----------
    known_as_of: the date of what is compared with.
    same: how many rates did not move.
    moved, new: those that did, and those that were not known.
    unknown: what could not be had, and why.
    found: every rate that the price list gave.
    """

    regions: tuple[str, ...]
    known_as_of: date
    as_of: date
    same: int
    moved: tuple[Move, ...]
    new: tuple[Move, ...]
    unknown: tuple[PriceError, ...]
    found: tuple[Rate, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The comparison for machines."""
        return {
            "regions": list(self.regions),
            "known_as_of": self.known_as_of.isoformat(),
            "as_of": self.as_of.isoformat(),
            "same": self.same,
            "moved": [move.as_json() for move in self.moved],
            "new": [move.as_json() for move in self.new],
            "unknown": [
                {"key": error.key, "region": error.region, "error": type(error).__name__, "message": error.message}
                for error in self.unknown
            ],
            "notes": list(self.notes),
        }


def compare(live: LiveRates, regions: Iterable[str], user_copy: Path | None) -> Comparison:
    """Ask for every rate of the catalogue in these regions, and hold it against what is known.

    Raises
    ------
    PriceRegionError: a region cannot be priced.
    AwsError, WaitingError: the price list cannot be asked; there is nothing to fall back to here.
    """
    file, notes = known(user_copy)
    places = tuple(dict.fromkeys(regions))
    rates, unknown = fetched(live, CATALOGUE, places)
    moves = [Move(file.get(rate.key, rate.region), rate) for rate in rates]
    return Comparison(
        regions=places,
        known_as_of=file.as_of,
        as_of=live.as_of,
        same=sum(_prices(move.before) == _prices(move.after) for move in moves),
        moved=tuple(move for move in moves if move.before and _prices(move.before) != _prices(move.after)),
        new=tuple(move for move in moves if move.before is None),
        unknown=tuple(unknown),
        found=tuple(rates),
        notes=(*live.notes, *notes),
    )


def keep(comparison: Comparison, path: Path, citation: str) -> int:
    """Write what was found into the user's copy, over what that has; how many rates it has then.

    Raises
    ------
    PriceError: the file cannot be written.
    """
    rows = [saved.row_of(rate, ("price list",)) for rate in comparison.found]
    newer = saved.SavedRates(
        comparison.as_of, {"price list": citation}, {(row["key"], row["region"]): row for row in rows}
    )
    try:
        older = saved.read(path)
        older.check()
        both = saved.merged(older, newer)
    except (FileNotFoundError, PriceError):
        # A damaged copy was named when it was read for the comparison; here it is replaced.
        both = newer
    try:
        saved.write(path, saved.text_of(both.as_of, both.sources, both.rows.values()))
    except OSError as error:
        raise PriceError(
            f"the prices cannot be written to {path}: {error.strerror or error}",
            hint="Make room or the folder writable, or choose another --state-dir.",
        ) from error
    return len(both.rows)


def _prices(rate: Rate | None) -> list[list[str]] | None:
    if rate is None:
        return None
    return [[saved.plain(tier.begin), saved.plain(tier.usd)] for tier in rate.tiers]
