"""A file of rates, one a line, with SKU, date and citation: the snapshot and the user's copy are such files."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from runbook.errors import PriceError
from runbook.pricing.rate import Rate, Tier, amount
from runbook.pricing.selection import INFINITE, check_tiers

FORMAT = 1
_LARGEST = 8_000_000
"""Bytes; the packaged snapshot has a fiftieth of it."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SavedRates:
    """What a file of rates holds; the rates themselves are made when they are asked for.

    Parameters
    ----------
    as_of: the date of the file as a whole.
    sources: id -> citation.
    rows: (key, region) -> the row of the file.
    """

    as_of: date
    sources: Mapping[str, str]
    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)

    def get(self, key: str, region: str) -> Rate | None:
        """The rate in the region, or the global one; None when the file has none."""
        row = self.rows.get((key, region)) or self.rows.get((key, "global"))
        return None if row is None else self._rate(row)

    def check(self) -> None:
        """Make every rate once.

        Raises
        ------
        PriceError: one of them is damaged.
        """
        for row in self.rows.values():
            self._rate(row)

    def regions(self) -> tuple[str, ...]:
        """The regions that the file has rates for."""
        return tuple(sorted({region for _, region in self.rows if region != "global"}))

    def _rate(self, row: Row) -> Rate:
        key, region = row["key"], row["region"]
        try:
            tiers = tuple(
                Tier(amount(begin), None if end == INFINITE else amount(end), amount(usd), str(code))
                for begin, end, usd, code in row["tiers"]
            )
            fetched, effective = row.get("fetched_at"), row.get("effective")
            made = Rate(
                key=key,
                region=region,
                service_code=row["service_code"],
                usage_type=row["usage_type"],
                unit=row["unit"],
                tiers=tiers,
                sku=row["sku"],
                source="snapshot",
                as_of=date.fromisoformat(row["as_of"]),
                effective=date.fromisoformat(effective) if effective else None,
                fetched_at=datetime.fromisoformat(fetched) if fetched else None,
                citation="; ".join(self.sources[name] for name in row["sources"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PriceError(
                f"the saved price of {key} in {region} is damaged: {type(error).__name__} {error}",
                key=key,
                region=region,
                hint="`karet prices update` writes the user's copy anew; a damaged packaged file needs a new install.",
            ) from error
        check_tiers(made.tiers, f"the saved price of {key} in {region}", key=key, region=region)
        return made


def read(path: Path) -> SavedRates:
    """Read a file of rates.

    Raises
    ------
    FileNotFoundError: there is none.
    PriceError: it is damaged, or of another format.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"{path.stat().st_size} bytes are no file of rates")
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}, this version reads {FORMAT}")
        rows = {(str(row["key"]), str(row["region"])): row for row in document["rates"]}
        if len(rows) != len(document["rates"]):
            raise ValueError("it has two prices for one rate")
        return SavedRates(date.fromisoformat(document["as_of"]), dict(document["sources"]), rows)
    except FileNotFoundError:
        raise
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise PriceError(
            f"the prices in {path} cannot be read: {type(error).__name__}: {error}",
            hint="Remove the file, or write it anew with `karet prices update`.",
        ) from error


def row_of(rate: Rate, sources: Sequence[str]) -> dict[str, Any]:
    """A rate as a row of a file."""
    row: dict[str, Any] = {
        "key": rate.key,
        "region": rate.region,
        "service_code": rate.service_code,
        "usage_type": rate.usage_type,
        "unit": rate.unit,
        "sku": rate.sku,
        "as_of": rate.as_of.isoformat(),
        "sources": list(sources),
        "tiers": [
            [plain(tier.begin), INFINITE if tier.end is None else plain(tier.end), plain(tier.usd), tier.rate_code]
            for tier in rate.tiers
        ],
    }
    if rate.effective is not None:
        row["effective"] = rate.effective.isoformat()
    if rate.fetched_at is not None:
        row["fetched_at"] = rate.fetched_at.isoformat()
    return row


def text_of(as_of: date, sources: Mapping[str, str], rows: Iterable[Row]) -> str:
    """The text of a file of rates: one row a line, sorted, so that two files can be compared by eye."""
    ordered = sorted(rows, key=lambda row: (row["key"], row["region"]))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in ordered)
    head = json.dumps(
        {"format": FORMAT, "as_of": as_of.isoformat(), "sources": dict(sorted(sources.items()))}, indent=1
    )
    return f'{head[:-2]},\n "rates": [\n{lines}\n]}}\n'


def write(path: Path, text: str) -> None:
    """Put a file in place at once: a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def plain(number: Decimal) -> str:
    """A number without exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def merged(older: SavedRates | None, newer: SavedRates) -> SavedRates:
    """Two files as one: for each rate the one that was seen later."""
    if older is None:
        return newer
    rows = dict(older.rows)
    for place, row in newer.rows.items():
        if place not in rows or _seen(row) >= _seen(rows[place]):
            rows[place] = row
    return SavedRates(max(older.as_of, newer.as_of), {**older.sources, **newer.sources}, rows)


def _seen(row: Row) -> str:
    return cast("str", row.get("fetched_at") or row["as_of"])[:10]
