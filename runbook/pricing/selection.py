"""Selection: from the documents that GetProducts answers, the one product that fits, and its price with all checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from runbook.errors import (
    AmbiguousRateError,
    MissingRateError,
    PriceListError,
    TierError,
    WrongCurrencyError,
    WrongUnitError,
)
from runbook.pricing.product import Product
from runbook.pricing.rate import Rate, Tier, amount

CURRENCY = "USD"
INFINITE = "Inf"
_SHOWN = 8
"""How many usage types or SKUs of an answer a message names."""


@dataclass(frozen=True)
class _Wanted:
    """Which rate is being looked for, for messages."""

    product: Product
    region: str

    @property
    def name(self) -> str:
        return f"{self.product.key} in {self.region}"

    @property
    def filters(self) -> str:
        names = " or ".join(self.product.names(self.region))
        pairs = {"ServiceCode": self.product.service_code, "usagetype": names}
        if self.product.family is not None:
            pairs["productFamily"] = self.product.family
        pairs |= self.product.demanded(self.region)
        return ", ".join(f"{name}={value}" for name, value in pairs.items())


def parse(text: str) -> Mapping[str, Any]:
    """One element of PriceList, which is JSON inside a string.

    Raises
    ------
    PriceListError: it is not.
    """
    try:
        document = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise PriceListError(f"an element of the price list is no JSON: {_short(text)}") from error
    if not isinstance(document, dict) or not isinstance(_at(document, "product", "attributes"), dict):
        raise PriceListError(f"an element of the price list has no product with attributes: {_short(text)}")
    return document


def select(product: Product, region: str, documents: Sequence[Mapping[str, Any]]) -> Rate:
    """The rate of a product in a region, out of parsed GetProducts documents in any order.

    Raises
    ------
    MissingRateError: no product fits; the message has the filters tried and what was there instead.
    AmbiguousRateError: more than one fits; the message lists the SKUs.
    WrongUnitError, WrongCurrencyError, TierError: the price is not what the catalogue expects.
    PriceListError: a document is not in AWS's shape.
    """
    wanted = _Wanted(product, region)
    fitting = _distinct(document for document in documents if _fits(document, product, region))
    if not fitting:
        raise MissingRateError(
            f"no product of the price list fits {wanted.name}; tried {wanted.filters}",
            key=product.key,
            region=region,
            hint=f"{_instead(documents)} The price stays unknown; it is not 0.",
        )
    if len(fitting) > 1:
        skus = sorted(map(_sku, fitting))
        raise AmbiguousRateError(
            f"{len(skus)} products of the price list fit {wanted.name}: {', '.join(skus[:_SHOWN])}; "
            f"tried {wanted.filters}",
            key=product.key,
            region=region,
            skus=skus,
            hint="The runbook never takes the first one. Please report this with the SKUs; the price stays unknown.",
        )
    return _rate(wanted, _sku(fitting[0]), fitting[0])


def _fits(document: Mapping[str, Any], product: Product, region: str) -> bool:
    described = document["product"]
    attributes = described["attributes"]
    if document.get("serviceCode", attributes.get("servicecode")) != product.service_code:
        return False
    if attributes.get("usagetype") not in product.names(region):
        return False
    if product.family is not None and (described.get("productFamily") or "") != product.family:
        return False
    demanded = product.demanded(region).items()
    if any((attributes.get(name) or "") != value for name, value in demanded):
        return False
    return not _is_allowance(document)


def _is_allowance(document: Mapping[str, Any]) -> bool:
    """Whether a product is a free amount that is taken off other products, not a price of its own."""
    terms = _at(document, "terms", "OnDemand")
    dimensions = [one for term in _values(terms) for one in _values(_at(term, "priceDimensions"))]
    return bool(dimensions) and all(_at(one, "appliesTo") for one in dimensions)


def _distinct(documents: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without repetitions: the same product may come twice where pages overlap."""
    return list({json.dumps(document, sort_keys=True): document for document in documents}.values())


def _sku(document: Mapping[str, Any]) -> str:
    return _short(document["product"].get("sku", "(no SKU)"))


def _rate(wanted: _Wanted, sku: str, document: Mapping[str, Any]) -> Rate:
    product, region = wanted.product, wanted.region
    terms = _at(document, "terms", "OnDemand")
    if len(_values(terms)) != 1:
        found = ", ".join(sorted(terms)) if isinstance(terms, dict) and terms else "none"
        raise PriceListError(
            f"{sku}, the product of {wanted.name}, should have one on-demand term; it has: {_short(found)}",
            key=product.key,
            region=region,
            hint="Reserved terms are no list price. The price stays unknown.",
        )
    (term,) = _values(terms)
    dimensions = _values(_at(term, "priceDimensions"))
    for one in dimensions:
        if _at(one, "unit") != product.unit:
            raise WrongUnitError(
                f"{sku}, the product of {wanted.name}, is priced per {_short(_at(one, 'unit'))}, "
                f"not per {product.unit}",
                key=product.key,
                region=region,
                hint="A quantity in another unit would give a wrong bill, so the price stays unknown.",
            )
    tiers = sorted((_tier(wanted, sku, one) for one in dimensions), key=lambda tier: tier.begin)
    check_tiers(tiers, f"{sku}, the product of {wanted.name}", key=product.key, region=region)
    return Rate(
        key=product.key,
        region=product.region_of(region),
        service_code=product.service_code,
        usage_type=str(document["product"]["attributes"]["usagetype"]),
        unit=product.unit,
        tiers=tuple(tiers),
        sku=sku,
        source="live",
        as_of=_date(document.get("publicationDate"), wanted, "publicationDate"),
        effective=_date(_at(term, "effectiveDate"), wanted, "effectiveDate"),
    )


def _tier(wanted: _Wanted, sku: str, one: Mapping[str, Any]) -> Tier:
    prices = _at(one, "pricePerUnit")
    if not isinstance(prices, dict) or CURRENCY not in prices:
        found = ", ".join(sorted(prices)) if isinstance(prices, dict) else ""
        raise WrongCurrencyError(
            f"{sku}, the product of {wanted.name}, is priced in {_short(found) or 'no currency'}, not in {CURRENCY}",
            key=wanted.product.key,
            region=wanted.region,
            hint="AWS China lists prices in CNY. The runbook adds up US dollars only, so the price stays unknown.",
        )
    end = str(one.get("endRange"))
    return Tier(
        begin=_number(wanted, sku, "beginRange", one.get("beginRange")),
        end=None if end == INFINITE else _number(wanted, sku, "endRange", end),
        usd=_number(wanted, sku, f"price in {CURRENCY}", prices[CURRENCY]),
        rate_code=str(one.get("rateCode", "")),
    )


def _number(wanted: _Wanted, sku: str, what: str, text: Any) -> Decimal:
    try:
        return amount(text)
    except ValueError as error:
        raise PriceListError(
            f"the {what} of {sku}, the product of {wanted.name}, is {_short(text)}, which is no amount: {error}",
            key=wanted.product.key,
            region=wanted.region,
            hint="The price stays unknown.",
        ) from error


def check_tiers(tiers: Sequence[Tier], whose: str, *, key: str, region: str) -> None:
    """Sorted tiers have to cover every quantity from 0 on exactly once.

    Raises
    ------
    TierError: they leave a gap, overlap, or do not begin at 0 or end nowhere.
    """
    problem = ""
    if not tiers:
        problem = "has no price at all"
    elif tiers[0].begin != 0:
        problem = f"has no price from 0 to {tiers[0].begin}: the first tier is missing"
    elif tiers[-1].end is not None:
        problem = f"has no price above {tiers[-1].end}: the last tier is missing"
    for one, following in pairwise(tiers):
        if one.end is None or one.end > following.begin or one.begin == following.begin:
            problem = problem or f"has two prices from {following.begin} on: tiers overlap"
        elif one.end < following.begin:
            problem = problem or f"has no price from {one.end} to {following.begin}: a tier is missing"
    if problem:
        raise TierError(f"{whose}, {problem}", key=key, region=region, hint="The price stays unknown.")


def _date(text: Any, wanted: _Wanted, what: str) -> date:
    try:
        return datetime.fromisoformat(str(text)).date()
    except ValueError as error:
        raise PriceListError(
            f"the {what} of {wanted.name} is {_short(str(text))}, which is no date",
            key=wanted.product.key,
            region=wanted.region,
        ) from error


def _instead(documents: Sequence[Mapping[str, Any]]) -> str:
    if not documents:
        return "The answer was empty."
    seen = sorted({str(document["product"]["attributes"].get("usagetype")) for document in documents})
    more = f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
    return f"The answer had {len(documents)} other products, of {', '.join(map(_short, seen[:_SHOWN]))}{more}."


def _at(document: Any, *path: str) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _values(mapping: Any) -> list[Any]:
    return list(mapping.values()) if isinstance(mapping, dict) else []


def _short(text: Any) -> str:
    """A piece of an answer for a message: one line of bounded length, without anything a terminal would obey."""
    line = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return line if len(line) <= 120 else f"{line[:120]}..."
