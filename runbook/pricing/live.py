"""Live rates: AWS's price list asked through GetProducts, one exact question a rate, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from runbook.errors import AwsError, PriceError, PriceListError, RunbookError, WaitingError
from runbook.pricing.catalogue import product_of
from runbook.pricing.price_cache import PriceCache, now
from runbook.pricing.product import Product
from runbook.pricing.rate import Rate
from runbook.pricing.regions import billing_code, endpoint_near
from runbook.pricing.selection import parse, select
from runbook.pricing.snapshot import packaged

if TYPE_CHECKING:
    from runbook.aws.session import Session

WIDTH = 8
"""Requests in flight at the same time: enough to hide the round trips, few enough to be throttled seldom."""

CONNECT_S = 3.0
"""A price that takes longer to reach than this comes from the snapshot."""

PAGE = 100
"""Source: botocore 1.44 service model, pricing GetProducts MaxResults, maximum 100."""

MOST_PRODUCTS = 300
"""No question of the catalogue comes near; an answer beyond it means that a filter was not heeded."""

FETCHED = "AWS Price List API, GetProducts"


class LiveRates:
    """Rates as AWS's price list answers them now, or answered within the last day.

    Parameters
    ----------
    session: whose credentials ask; the endpoint is the price list's nearest one, whatever region the session has.
    cache: answers on disk; None for none.
    refresh: ask again even where the cache has an answer.
    now: the clock.
    width: requests in flight at the same time.
    """

    def __init__(
        self,
        session: Session,
        *,
        cache: PriceCache | None = None,
        refresh: bool = False,
        now: Callable[[], datetime] = now,
        width: int = WIDTH,
    ) -> None:
        self._aws = session.at(endpoint_near(session.region), connect_s=CONNECT_S)
        self._rehearsal = session.rehearsal
        self._cache = cache
        self._refresh = refresh
        self._now = now
        self._width = width
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Future[Rate]] = {}
        self._unable: RunbookError | None = None

    @property
    def source(self) -> str:
        """`live`."""
        return "live"

    @property
    def as_of(self) -> date:
        """The day of asking; in a rehearsal the date of the list prices that it answers with."""
        return packaged().as_of if self._rehearsal else self._now().date()

    @property
    def notes(self) -> tuple[str, ...]:
        """That it is a rehearsal, and what was wrong with the cache."""
        said = (f"list prices known on {self.as_of}, answered by the rehearsal, not by AWS",) if self._rehearsal else ()
        return (*said, *(self._cache.notes if self._cache else ()))

    def fetch(self, keys: Iterable[str], regions: Iterable[str]) -> None:
        """Ask for every distinct rate once, at most `width` at a time; errors are raised when the rate is asked for.

        Raises
        ------
        PriceError: a key is not in the catalogue, or a region cannot be priced.
        """
        places = dict.fromkeys((key, region) for key in keys for region in regions)
        for key, region in places:
            product_of(key)
            billing_code(region)
        if not places:
            return
        with ThreadPoolExecutor(max_workers=min(self._width, len(places)), thread_name_prefix="prices") as pool:
            wait([pool.submit(self._outcome, key, region) for key, region in places])

    def rate(self, key: str, region: str) -> Rate:
        """The rate of a catalogue key, asked for at most once.

        Raises
        ------
        PriceError: no product fits, more than one does, or the price is not the expected one.
        AwsError, WaitingError: the price list cannot be asked.
        """
        return self._outcome(key, region).result()

    def _outcome(self, key: str, region: str) -> Future[Rate]:
        product = product_of(key)
        billing_code(region)
        place = (key, product.region_of(region))
        with self._lock:
            found = self._found.get(place)
            first = found is None
            if found is None:
                found = self._found[place] = Future()
        if first:
            try:
                found.set_result(self._resolve(product, region))
            except RunbookError as error:
                found.set_exception(error)
            except BaseException as error:
                # Whoever waits for the same rate must not wait for ever because of a defect here.
                found.set_exception(error)
                raise
        return found

    def _resolve(self, product: Product, region: str) -> Rate:
        request = _request(product, region)
        place = product.region_of(region)
        if self._cache is not None and not self._refresh:
            kept = self._cache.get(product.key, place, request)
            if kept is not None:
                try:
                    return self._selected(product, region, kept.documents, kept.fetched_at)
                except PriceError as error:
                    # Only answers with a price are kept, so what is there now is not what was written.
                    self._cache.damaged(product.key, place, type(error).__name__)
        documents = self._ask(product, region, request)
        at = self._now()
        made = self._selected(product, region, documents, at)
        if self._cache is not None:
            self._cache.put(product.key, place, request, documents, at)
        return made

    def _selected(self, product: Product, region: str, documents: Iterable[str], at: datetime) -> Rate:
        found = select(product, region, [parse(document) for document in documents])
        made = replace(found, fetched_at=at, citation=FETCHED)
        if self._rehearsal:
            made = made.noted(f"list price seen {made.as_of}, answered by the rehearsal")
        return made

    def _ask(self, product: Product, region: str, request: Mapping[str, Any]) -> tuple[str, ...]:
        if self._unable is not None:
            # One refusal is enough to know; the others would only take their time.
            raise self._unable.with_traceback(None)
        bounded = {"PaginationConfig": {"MaxItems": MOST_PRODUCTS, "PageSize": PAGE}}
        try:
            answer = self._aws.read("pricing", "GetProducts", {**request, **bounded})
        except AwsError as error:
            if _about_the_question(error):
                raise PriceListError(
                    f"AWS's price list refused the question for {product.key} in {region}: {error.code}: {error.text}",
                    key=product.key,
                    region=region,
                    hint="The price stays unknown.",
                ) from error
            self._unable = error
            raise
        except WaitingError as error:
            self._unable = error
            raise
        if answer.get("NextToken"):
            raise PriceListError(
                f"more than {MOST_PRODUCTS} products answer the question for {product.key} in {region}",
                key=product.key,
                region=region,
                hint="A filter was not heeded. The price stays unknown.",
            )
        documents = answer.get("PriceList") or []
        if not all(isinstance(document, str) for document in documents):
            raise PriceListError("an element of the price list is no text", key=product.key, region=region)
        return tuple(documents)


def _about_the_question(error: AwsError) -> bool:
    """Whether AWS refused this one question, not everybody's or this principal's."""
    from runbook.aws.answers import meaning

    return meaning(error) == "refused"


def _request(product: Product, region: str) -> dict[str, Any]:
    return {
        "ServiceCode": product.service_code,
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": name, "Value": value}
            for name, value in sorted(product.asked(region).items())
        ],
    }


def fetched(rates: LiveRates, keys: Iterable[str], regions: Iterable[str]) -> tuple[list[Rate], list[PriceError]]:
    """All these rates, and what was wrong with those that cannot be had.

    Raises
    ------
    AwsError, WaitingError: the price list cannot be asked at all.
    """
    places = [(key, region) for key in keys for region in regions]
    rates.fetch(dict.fromkeys(key for key, _ in places), dict.fromkeys(region for _, region in places))
    made: dict[tuple[str, str], Rate] = {}
    problems: list[PriceError] = []
    for key, region in places:
        try:
            found = rates.rate(key, region)
        except PriceError as error:
            problems.append(error)
        else:
            made[key, found.region] = found
    return list(made.values()), problems
