"""A product of AWS's price list: what to ask for, and what has to be true of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from runbook.pricing.rate import GLOBAL
from runbook.pricing.regions import billing_code

Prefix = Literal["always", "outside us-east-1", "unsettled", "region", "never"]
"""What stands before the usage type: the billing code in every region; the billing code except in us-east-1; either of
the two in us-east-1, because sources differ; the full name of the region (KMS); nothing (billed globally)."""

PLACES: Mapping[str, str] = MappingProxyType({"region": "regionCode", "origin": "fromRegionCode", "global": ""})
"""Where a product says which region it is for: data transfer names the region it comes from."""


@dataclass(frozen=True)
class Product:
    """One rate key: which product of AWS's price list it is, down to the one that fits.

    Parameters
    ----------
    usage_types: without the region's prefix; several where AWS spells it differently from region to region.
    unit: the unit that AWS must answer with.
    per: the same unit for people.
    family: `productFamily`; None when such products have none, or when no source says what it is.
    attributes: further exact pairs that make it unique; an empty value means absent or empty.
    source: where usage type, unit and attributes were seen.
    """

    key: str
    service_code: str
    usage_types: tuple[str, ...]
    unit: str
    per: str
    prefix: Prefix
    family: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    place: Literal["region", "origin", "global"] = "region"
    source: str = ""

    def region_of(self, region: str) -> str:
        """The region that the rate belongs to: the one asked for, or `global`."""
        return GLOBAL if self.place == "global" else region

    def names(self, region: str) -> tuple[str, ...]:
        """The full usage types by which the product may go in this region.

        Raises
        ------
        PriceRegionError: the region cannot be priced.
        """
        code = billing_code(region)
        return tuple(name for usage_type in self.usage_types for name in self._prefixed(usage_type, region, code))

    def _prefixed(self, usage_type: str, region: str, code: str) -> tuple[str, ...]:
        bare, coded = usage_type, f"{code}-{usage_type}"
        if self.prefix == "never":
            return (bare,)
        if self.prefix == "region":
            return (f"{region}-{usage_type}",)
        if region != "us-east-1" or self.prefix == "always":
            return (coded,)
        return (bare,) if self.prefix == "outside us-east-1" else (bare, coded)

    def asked(self, region: str) -> Mapping[str, str]:
        """The exact filters to send: as few as make the answer short, so that the answer can still explain itself."""
        names = self.names(region)
        filters = {"regionCode": region} if self.place == "region" else {}
        if len(names) == 1:
            return filters | {"usagetype": names[0]}
        more = {"productFamily": self.family} if self.family else {}
        return filters | more | {name: value for name, value in self.attributes.items() if value}

    def demanded(self, region: str) -> Mapping[str, str]:
        """What every attribute of the one product must say, beside its usage type."""
        place = PLACES[self.place]
        return {**({place: region} if place else {}), **self.attributes}
