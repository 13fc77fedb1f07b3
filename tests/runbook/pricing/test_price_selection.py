"""Selection takes exactly the product that fits, in whatever order things come, and says what else was there."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.errors import (
    AmbiguousRateError,
    MissingRateError,
    PriceError,
    PriceListError,
    TierError,
    WrongCurrencyError,
)
from runbook.pricing.catalogue import CATALOGUE, product_of
from runbook.pricing.rate import Tier
from runbook.pricing.selection import check_tiers, parse, select
from runbook.rehearsal import price_list

V = "us-east-1"
KEYS = st.sampled_from(sorted(CATALOGUE))
REGIONS = st.sampled_from(sorted({product.region for product in price_list.products() if product.region}))
NAT = product_of("nat.hour")


def listed(key: str) -> list[dict[str, Any]]:
    return price_list.by_service()[product_of(key).service_code]


def one_product(sku: str, service: str) -> dict[str, Any]:
    return copy.deepcopy(next(one for one in price_list.by_service()[service] if one["product"]["sku"] == sku))


def nat() -> dict[str, Any]:
    return one_product("M2YSHUBETB3JX4M4", "AmazonEC2")


def dimension(document: dict[str, Any]) -> dict[str, Any]:
    (term,) = document["terms"]["OnDemand"].values()
    found: dict[str, Any] = next(iter(term["priceDimensions"].values()))
    return found


def with_tiers(*tiers: tuple[str, str, str]) -> dict[str, Any]:
    document = nat()
    (term,) = document["terms"]["OnDemand"].values()
    first = dimension(document)
    term["priceDimensions"] = {
        f"t{number}": {**first, "beginRange": begin, "endRange": end, "pricePerUnit": {"USD": usd}}
        for number, (begin, end, usd) in enumerate(tiers)
    }
    return document


@settings(max_examples=20)
@given(key=KEYS, region=REGIONS, random=st.randoms(use_true_random=False))
def test_neither_the_order_of_products_nor_that_of_tiers_matters(key: str, region: str, random: Any) -> None:
    straight = select(product_of(key), region, listed(key))
    shuffled = []
    for document in listed(key):
        made = json.loads(json.dumps(document))
        for term in made["terms"]["OnDemand"].values():
            codes = list(term["priceDimensions"])
            random.shuffle(codes)
            term["priceDimensions"] = {code: term["priceDimensions"][code] for code in codes}
        shuffled.append(made)
    random.shuffle(shuffled)
    assert select(product_of(key), region, shuffled) == straight


@given(key=KEYS, region=REGIONS)
def test_without_its_product_a_rate_is_missing_however_many_look_alikes_there_are(key: str, region: str) -> None:
    found = select(product_of(key), region, listed(key))
    others = [one for one in listed(key) if one["product"]["sku"] != found.sku]
    with pytest.raises(MissingRateError, match="no product of the price list fits") as raised:
        select(product_of(key), region, others)
    assert "is not 0" in raised.value.hint


@given(steps=st.lists(st.integers(1, 10**9), max_size=6, unique=True), data=st.data())
def test_tiers_are_read_whole_whatever_their_number(steps: list[int], data: st.DataObject) -> None:
    edges = [0, *sorted(steps)]
    prices = data.draw(st.lists(st.decimals(0, 100, places=10), min_size=len(edges), max_size=len(edges)))
    ends = [*map(str, edges[1:]), "Inf"]
    written = [(str(begin), end, str(usd)) for begin, end, usd in zip(edges, ends, prices, strict=True)]
    tiers = select(NAT, V, [with_tiers(*data.draw(st.permutations(written)))]).tiers
    assert [(tier.begin, tier.usd) for tier in tiers] == list(zip(map(Decimal, edges), prices, strict=True))
    assert [tier.end for tier in tiers] == [*map(Decimal, edges[1:]), None]
    if len(written) > 1:
        gone = data.draw(st.sampled_from(written))
        with pytest.raises(TierError):
            select(NAT, V, [with_tiers(*(tier for tier in written if tier != gone))])


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ((("0", "10", "1"), ("20", "Inf", "1")), "no price from 10 to 20: a tier is missing"),
        ((("0", "30", "1"), ("20", "Inf", "1")), "two prices from 20 on: tiers overlap"),
        ((("0", "Inf", "1"), ("20", "Inf", "1")), "two prices from 20 on"),
        ((("0", "0", "1"), ("0", "Inf", "2")), "two prices from 0 on"),
        ((("5", "Inf", "1"),), "no price from 0 to 5: the first tier is missing"),
        ((("0", "5", "1"),), "no price above 5: the last tier is missing"),
        ((), "no price at all"),
    ],
)
def test_tiers_that_do_not_cover_every_quantity_once_are_refused(tiers: Any, words: str) -> None:
    with pytest.raises(TierError, match=words):
        select(NAT, V, [with_tiers(*tiers)])


@pytest.mark.parametrize("what", ["serviceCode", "productFamily", "usagetype", "regionCode", "operation", "group"])
def test_each_thing_that_makes_a_product_unique_is_demanded_by_itself(what: str) -> None:
    document = nat()
    places: tuple[dict[str, Any], ...] = (document, document["product"], document["product"]["attributes"])
    place = next(one for one in places if what in one)
    place[what] += "-other"
    with pytest.raises(MissingRateError):
        select(NAT, V, [document])
    del place[what]
    if what == "serviceCode":
        # The attribute says the same, so nothing is lost.
        assert select(NAT, V, [document]).sku == "M2YSHUBETB3JX4M4"
    else:
        with pytest.raises(MissingRateError):
            select(NAT, V, [document])


def test_no_match_names_the_filters_tried_and_what_was_there() -> None:
    with pytest.raises(MissingRateError) as raised:
        select(NAT, "eu-west-1", [nat()])
    assert "usagetype=EU-NatGateway-Hours" in str(raised.value)
    assert "group=NGW:NatGateway" in str(raised.value)
    assert "1 other products, of NatGateway-Hours" in str(raised.value)
    with pytest.raises(MissingRateError, match="The answer was empty"):
        select(NAT, V, [])


def test_two_matches_list_both_skus_and_the_same_product_twice_is_one() -> None:
    second = nat()
    second["product"]["sku"] = "SECONDSKU"
    with pytest.raises(AmbiguousRateError, match="M2YSHUBETB3JX4M4, SECONDSKU") as raised:
        select(NAT, V, [nat(), second])
    assert raised.value.skus == ("M2YSHUBETB3JX4M4", "SECONDSKU")
    assert select(NAT, V, [nat(), nat()]).sku == "M2YSHUBETB3JX4M4"


def test_one_sku_with_two_prices_is_ambiguous() -> None:
    dearer = nat()
    dimension(dearer)["pricePerUnit"]["USD"] = "0.05"
    with pytest.raises(AmbiguousRateError):
        select(NAT, V, [nat(), dearer])


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-0.01", "", "free", None, [], {"a": 1}, "1e9999999999"])
def test_a_price_that_is_no_amount_is_refused(price: Any) -> None:
    document = nat()
    dimension(document)["pricePerUnit"]["USD"] = price
    with pytest.raises(PriceListError, match="is no amount"):
        select(NAT, V, [document])


@pytest.mark.parametrize("prices", [{"CNY": "1"}, {}, None, "0.045"])
def test_a_price_without_dollars_is_refused(prices: Any) -> None:
    document = nat()
    dimension(document)["pricePerUnit"] = prices
    with pytest.raises(WrongCurrencyError):
        select(NAT, V, [document])


@pytest.mark.parametrize(
    "terms", [{}, None, {"Reserved": {"a": {}}}, {"OnDemand": {}}, {"OnDemand": {"a": {}, "b": {}}}]
)
def test_a_product_without_exactly_one_on_demand_term_is_refused(terms: Any) -> None:
    with pytest.raises(PriceListError, match="one on-demand term"):
        select(NAT, V, [nat() | {"terms": terms}])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        '{"product": {}}',
        '{"product": {"attributes": []}}',
        pytest.param("[" * 9999, id="deep"),
    ],
)
def test_what_is_no_product_is_refused(text: str) -> None:
    with pytest.raises(PriceListError):
        parse(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    where=st.sampled_from(["terms", "publicationDate", "OnDemand", "priceDimensions", "effectiveDate"]),
    what=json_values,
)
def test_whatever_stands_in_a_product_is_a_named_error_or_a_price(where: str, what: Any) -> None:
    document = nat()
    (term,) = document["terms"]["OnDemand"].values()
    target = document["terms"] if where == "OnDemand" else term if where in term else document
    target[where] = what
    try:
        said = str(select(NAT, V, [document]).usd)
    except PriceError as error:
        said = str(error)
    assert said == "0.0450000000" or NAT.key in said
    assert said.replace("\n", "").isprintable()


def test_hostile_text_in_an_answer_reaches_no_message_whole() -> None:
    hostile = "\x1b[31m\x07" + "x" * 5000
    document = nat()
    document["product"]["attributes"]["usagetype"] = hostile
    with pytest.raises(MissingRateError) as raised:
        select(NAT, V, [document])
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 1000
    document = nat()
    dimension(document)["unit"] = hostile
    dimension(document)["description"] = hostile
    with pytest.raises(PriceError) as wrong:
        select(NAT, V, [document])
    assert "\x1b" not in str(wrong.value)


def test_a_document_with_more_attributes_than_known_is_taken() -> None:
    document = nat()
    document["product"]["attributes"]["newAttribute"] = "of 2027"
    assert select(NAT, V, [document]).usd == Decimal("0.045")


def test_check_tiers_accepts_what_it_should() -> None:
    tiers = [Tier(Decimal(0), Decimal(10), Decimal(1)), Tier(Decimal(10), None, Decimal(2))]
    check_tiers(tiers, "these", key="nat.hour", region=V)
