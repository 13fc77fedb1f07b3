"""Builds the price snapshot and the rehearsal's price list from the facts in tools/data, the same way every time.

python tools/build_price_snapshot.py          write both files
python tools/build_price_snapshot.py --check  exit 1 when a file differs from what the facts give

The facts are list prices as published, each row with the day it was seen and a public citation. They become documents
in the shape of GetProducts, and the very selection that reads live answers picks the catalogue's rates out of them: a
look-alike that would mislead it shows here first. A rate without exactly one fact stays out of the snapshot: unknown.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runbook.errors import MissingRateError  # noqa: E402
from runbook.pricing import saved, snapshot  # noqa: E402
from runbook.pricing.catalogue import CATALOGUE  # noqa: E402
from runbook.pricing.product import Product  # noqa: E402
from runbook.pricing.rate import Rate  # noqa: E402
from runbook.pricing.selection import select  # noqa: E402
from runbook.rehearsal import price_list  # noqa: E402
from runbook.rehearsal.price_list import MADE_UP, Listed, ListedTier  # noqa: E402

FACTS = ROOT / "tools" / "data" / "price_facts.csv"
SOURCES = ROOT / "tools" / "data" / "price_sources.csv"

Fact = dict[str, str]
Products = list[tuple[Listed, list[Fact]]]


def read_facts() -> list[Fact]:
    """Every row of the facts."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_sources() -> dict[str, str]:
    """Source id -> public citation."""
    with SOURCES.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["citation"] for row in csv.DictReader(file)}


def listed(facts: list[Fact]) -> Products:
    """The products of the price list; rows of one product are its tiers. What has no usage type is no product here."""
    groups: dict[tuple[str, ...], list[Fact]] = {}
    for fact in facts:
        if fact["usage_type"] and fact["service_code"] != "none":
            names = ("service_code", "usage_type", "attributes", "region", "sku")
            groups.setdefault(tuple(fact[name] for name in names), []).append(fact)
    made = []
    for rows in groups.values():
        rows.sort(key=lambda row: Decimal(row["begin"]))
        first = rows[0]
        tiers = tuple(ListedTier(row["begin"], row["end"], row["usd"], row["rate_code"]) for row in rows)
        made.append(
            (
                Listed(
                    service_code=first["service_code"],
                    family=first["family"],
                    usage_type=first["usage_type"],
                    region=first["region"],
                    location=first["location"],
                    unit=first["unit"],
                    tiers=tiers,
                    # A product is as old as its oldest tier.
                    seen=min(row["seen"] for row in rows),
                    sku=first["sku"],
                    description=first["description"],
                    attributes=dict(pair.split("=", 1) for pair in first["attributes"].split("|") if pair),
                ),
                rows,
            )
        )
    return made


def without_made_up(rate: Rate) -> Rate:
    """The rate without the SKU, rate codes and effective date that only the rehearsal has."""
    tiers = tuple(replace(tier, rate_code="" if MADE_UP in tier.rate_code else tier.rate_code) for tier in rate.tiers)
    return replace(rate, sku="" if MADE_UP in rate.sku else rate.sku, tiers=tiers, effective=None)


def picked(product: Product, region: str, documents: Sequence[dict[str, object]]) -> Rate | None:
    """The one rate that the facts have; None when they have none."""
    try:
        return select(product, region, documents)
    except MissingRateError:
        return None


def build() -> dict[Path, str]:
    """Path -> text of both files."""
    facts, citations = read_facts(), read_sources()
    products = listed(facts)
    everything = [product for product, _ in products]
    by_service: dict[str, list[dict[str, object]]] = {}
    for made in price_list.documents(everything):
        by_service.setdefault(made["serviceCode"], []).append(made)
    origin = {product.own_sku: rows for product, rows in products}
    regions = sorted({product.region for product in everything if product.region})
    rows: dict[tuple[str, str], dict[str, object]] = {}
    used: set[str] = set()
    for key, product in CATALOGUE.items():
        for region in regions:
            found = picked(product, region, by_service[product.service_code])
            if found is not None:
                names = sorted(
                    {name for row in origin[found.sku] for name in (row["source"], row["confirmed"]) if name}
                )
                used.update(names)
                rows[key, found.region] = saved.row_of(without_made_up(found), names)
    as_of = date.fromisoformat(max(str(row["as_of"]) for row in rows.values()))
    kept = {name: citations[name] for name in used}
    return {
        snapshot.FILE: saved.text_of(as_of, kept, rows.values()),
        price_list.FILE: price_list.text_of(everything),
    }


def main() -> int:
    """Write the files, or compare them."""
    stale = [path for path, text in build().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"differs from the facts: {path.relative_to(ROOT)}")
    if "--check" in sys.argv[1:]:
        return 1 if stale else 0
    for path, text in build().items():
        saved.write(path, text)
        path.chmod(0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main())
