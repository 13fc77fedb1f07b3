"""Live rates on the rehearsal's price list, and more products in that list where a test wants a look-alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runbook.aws.session import Session
from runbook.pricing.live import LiveRates
from runbook.rehearsal import price_list
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.price_list import Listed, ListedTier

MakeSession = Callable[..., Session]
AddProducts = Callable[..., None]
LookAlike = Callable[..., Listed]


@pytest.fixture(scope="session")
def session_in(rehearsal: Embedded) -> MakeSession:
    """A session of an operator whose stack is in the region; one for each region."""
    made: dict[str, Session] = {}

    def session(region: str = "us-east-1") -> Session:
        if region not in made:
            made[region] = Session(region=region, endpoint_url=rehearsal.url, rehearsal=True)
        return made[region]

    return session


@pytest.fixture(scope="session")
def live(session_in: MakeSession) -> LiveRates:
    """Rates of the whole list, asked once."""
    return LiveRates(session_in())


@pytest.fixture
def asked(rehearsal: Embedded) -> Callable[[], list[Any]]:
    """The requests to the price list since the test began."""
    rehearsal.clear_calls()
    rehearsal.clear_faults()
    return lambda: [call for call in rehearsal.calls() if call["operation"] == "GetProducts"]


@pytest.fixture
def add_products(monkeypatch: pytest.MonkeyPatch) -> Iterator[AddProducts]:
    """Put products in front of the rehearsal's list, for the length of the test."""
    real = price_list.products()

    def add(*more: Listed) -> None:
        monkeypatch.setattr(price_list, "products", lambda: (*more, *real))
        price_list.by_service.cache_clear()

    yield add
    price_list.by_service.cache_clear()


@pytest.fixture
def look_alike() -> LookAlike:
    """A product that no price list has: `look_alike("awskms", "us-east-1-KMS-Requests-X", "Requests", "0.01")`."""

    def make(service: str, usage_type: str, unit: str, usd: str, family: str = "", **attributes: str) -> Listed:
        return Listed(
            service_code=service,
            family=family,
            usage_type=usage_type,
            region="us-east-1",
            location="US East (N. Virginia)",
            unit=unit,
            tiers=(ListedTier("0", "Inf", usd),),
            seen="2026-11-01",
            description="made up by a test",
            attributes=attributes,
        )

    return make


@pytest.fixture(scope="session")
def loose() -> Callable[[str, str, str], dict[str, float]]:
    """What a loose match would find: SKU -> first price of the products whose usage type ends with a text."""

    def find(service: str, region: str, end: str) -> dict[str, float]:
        return {
            product.own_sku: float(product.tiers[0].usd)
            for product in price_list.products()
            if product.service_code == service and product.region in {region, ""} and product.usage_type.endswith(end)
        }

    return find
