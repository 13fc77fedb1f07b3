"""The rehearsal's price list: real list prices as GetProducts documents, look-alikes and free allowances included."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "price_list.json"

ON_DEMAND, FREE_TIER = "JRTCKXETXF", "A429C66SYZ"
"""Offer terms of AWS's price list. Source: recorded GetProducts answers in public repositories, read 2026-11."""

MADE_UP = "REHEARSED"
"""Stands in SKUs and rate codes that no source carries, so that nobody takes them for AWS's."""

SERVICE_NAMES = {"AmazonECS": "Amazon Elastic Container Service", "AmazonVPC": "Amazon Virtual Private Cloud"}


@dataclass(frozen=True)
class ListedTier:
    """One price: amounts as AWS writes them, in strings; `code` is empty where no source carries it."""

    begin: str
    end: str
    usd: str
    code: str = ""


@dataclass(frozen=True)
class Listed:
    """One product of the list.

    Parameters
    ----------
    family: `productFamily`; empty for a product that has none.
    region: empty for what is billed globally.
    seen: the day at which the price was seen; it stands as the publication date.
    """

    service_code: str
    family: str
    usage_type: str
    region: str
    location: str
    unit: str
    tiers: tuple[ListedTier, ...]
    seen: str
    sku: str = ""
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_sku(self) -> str:
        """AWS's SKU, or one that is visibly not AWS's."""
        return self.sku or f"{MADE_UP}{_hash(self)}"

    @property
    def free_allowance(self) -> bool:
        """Whether this is an amount that AWS takes off other products."""
        return self.usage_type.startswith("Global-")


def _hash(product: Listed) -> str:
    text = json.dumps(asdict(product), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:7].upper()


def load(text: str) -> tuple[Listed, ...]:
    """The products of the text of a list."""
    return tuple(
        Listed(**{**row, "tiers": tuple(ListedTier(*tier) for tier in row["tiers"])})
        for row in json.loads(text)["products"]
    )


def text_of(products: Iterable[Listed]) -> str:
    """The text of a list, one product a line."""
    rows = []
    for product in products:
        row = asdict(product) | {"tiers": [[tier.begin, tier.end, tier.usd, tier.code] for tier in product.tiers]}
        optional = {"sku", "description", "attributes"}
        rows.append(json.dumps({name: value for name, value in row.items() if value or name not in optional}))
    return '{"products": [\n' + ",\n".join(rows) + "\n]}\n"


@cache
def products() -> tuple[Listed, ...]:
    """The list inside the package."""
    return load(FILE.read_text(encoding="utf-8"))


@cache
def by_service() -> dict[str, list[dict[str, Any]]]:
    """Service code -> the documents of the list inside the package, in the order in which they are answered."""
    found: dict[str, list[dict[str, Any]]] = {}
    for made in documents(products()):
        found.setdefault(made["serviceCode"], []).append(made)
    return found


def attributes_of(product: Listed) -> dict[str, str]:
    """The attributes that a product of the list has, which are the fields that a filter can name."""
    named = {
        "servicecode": product.service_code,
        "servicename": SERVICE_NAMES.get(product.service_code, product.service_code),
        "usagetype": product.usage_type,
        "operation": "",
    }
    if product.service_code == "AWSDataTransfer":
        # Data transfer says where it comes from and goes to; it has neither location nor regionCode.
        named |= {"fromLocation": product.location, "fromLocationType": "AWS Region" if product.region else "Other"}
        named |= {"fromRegionCode": product.region} if product.region else {}
    else:
        named |= {"location": product.location, "locationType": "AWS Region" if product.region else "Other"}
        named |= {"regionCode": product.region} if product.region else {}
    return named | dict(product.attributes)


def document(product: Listed, applies_to: Sequence[str] = ()) -> dict[str, Any]:
    """A product in the shape of one PriceList element, tiers in no order, numbers in strings.

    Source
    ------
    Recorded GetProducts answers of AmazonECS, AmazonVPC and AmazonEC2 in public repositories, read 2026-11; AWS docs:
    AWS Billing, reading the price list files. Effective dates are the first of a month; the day of publication is the
    day at which the source of the price showed it.
    """
    sku = product.own_sku
    term = FREE_TIER if product.free_allowance else ON_DEMAND
    dimensions: dict[str, Any] = {}
    for number, tier in reversed(list(enumerate(product.tiers, 1))):
        code = tier.code or f"{sku}.{term}.{MADE_UP}{number}"
        dimensions[code] = {
            "unit": product.unit,
            "endRange": tier.end,
            "description": product.description,
            "appliesTo": list(applies_to),
            "rateCode": code,
            "beginRange": tier.begin,
            "pricePerUnit": {"USD": f"{tier.usd}{'' if '.' in tier.usd else '.'}".ljust(12, "0")},
        }
    described: dict[str, Any] = {"attributes": attributes_of(product), "sku": sku}
    if product.family:
        described["productFamily"] = product.family
    return {
        "product": described,
        "serviceCode": product.service_code,
        "terms": {
            "OnDemand": {
                f"{sku}.{term}": {
                    "priceDimensions": dimensions,
                    "sku": sku,
                    "effectiveDate": f"{product.seen[:7]}-01T00:00:00Z",
                    "offerTermCode": term,
                    "termAttributes": {},
                }
            }
        },
        "version": product.seen.replace("-", "") + "000000",
        "publicationDate": f"{product.seen}T00:00:00Z",
    }


def documents(listed: Sequence[Listed]) -> list[dict[str, Any]]:
    """Every product as a document; a free allowance names the SKUs that it is taken off."""
    made = []
    for product in listed:
        paid: list[str] = []
        if product.free_allowance:
            end = product.usage_type.removeprefix("Global-")
            paid = [
                other.own_sku
                for other in listed
                if other.service_code == product.service_code and other.region and other.usage_type.endswith(end)
            ]
        made.append(document(product, paid))
    return made
