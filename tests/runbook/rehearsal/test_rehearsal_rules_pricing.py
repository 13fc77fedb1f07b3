"""The price list of the rehearsal answers in AWS's wire shape, pages, and refuses what AWS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

from runbook.rehearsal import price_list

ECS = "USE1-Fargate-vCPU-Hours:perCPU"


def matching(client: ClientFor, service: str, **fields: str) -> list[dict[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]
    pages = client("pricing").get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    return [json.loads(text) for page in pages for text in page["PriceList"]]


@bites(
    "pricing", "GetProducts is missing; the rehearsal answers dated list prices, look-alikes and free tiers included"
)
def test_a_product_has_the_shape_of_a_recorded_one(client: ClientFor) -> None:
    answer = client("pricing").get_products(
        ServiceCode="AmazonECS", Filters=[{"Type": "TERM_MATCH", "Field": "usagetype", "Value": ECS}]
    )
    assert answer["FormatVersion"] == "aws_v1"
    (text,) = answer["PriceList"]
    assert isinstance(text, str)
    product = json.loads(text)
    assert product.keys() == {"product", "serviceCode", "terms", "version", "publicationDate"}
    assert product["product"]["productFamily"] == "Compute"
    attributes = {"cputype": "perCPU", "tenancy": "Shared", "operation": "", "locationType": "AWS Region"}
    assert attributes.items() <= product["product"]["attributes"].items()
    ((name, term),) = product["terms"]["OnDemand"].items()
    assert name == "8CESGAFWKAJ98PME.JRTCKXETXF"
    assert term["priceDimensions"]["8CESGAFWKAJ98PME.JRTCKXETXF.6YS6EN2CT7"] == {
        "unit": "hours",
        "endRange": "Inf",
        "description": "perCPU per hour",
        "appliesTo": [],
        "rateCode": "8CESGAFWKAJ98PME.JRTCKXETXF.6YS6EN2CT7",
        "beginRange": "0",
        "pricePerUnit": {"USD": "0.0404800000"},
    }


def test_an_address_has_no_product_family_and_data_transfer_no_location(client: ClientFor) -> None:
    (address,) = matching(client, "AmazonVPC", usagetype="USE1-PublicIPv4:InUseAddress")
    assert "productFamily" not in address["product"]
    (out,) = matching(client, "AWSDataTransfer", usagetype="EU-DataTransfer-Out-Bytes")
    assert not {"location", "regionCode"} & out["product"]["attributes"].keys()
    begins = [
        one["beginRange"] for term in out["terms"]["OnDemand"].values() for one in term["priceDimensions"].values()
    ]
    assert begins != sorted(begins, key=float)


def test_a_free_tier_names_what_it_is_taken_off(client: ClientFor) -> None:
    (free,) = matching(client, "AWSDataTransfer", usagetype="Global-DataTransfer-Out-Bytes")
    (term,) = free["terms"]["OnDemand"].values()
    assert term["offerTermCode"] == price_list.FREE_TIER
    (one,) = term["priceDimensions"].values()
    assert "HQEH3ZWJVT46JHRG" in one["appliesTo"]
    assert one["pricePerUnit"]["USD"] == "0.0000000000"


def test_filters_are_exact_and_all_have_to_match(client: ClientFor) -> None:
    assert len(matching(client, "AmazonEC2", productFamily="NAT Gateway", regionCode="us-east-1")) > 3
    assert matching(client, "AmazonEC2", productFamily="NAT Gateway", regionCode="us-east") == []
    assert matching(client, "AmazonEC2", productFamily="nat gateway") == []
    assert matching(client, "AmazonECS", usagetype=ECS, regionCode="eu-west-1") == []


def test_long_answers_come_in_pages_without_a_gap_or_a_repetition(client: ClientFor) -> None:
    page = client("pricing").get_products(ServiceCode="AWSDataTransfer")
    assert len(page["PriceList"]) == 100
    assert page["NextToken"]
    everything = matching(client, "AWSDataTransfer")
    skus = [one["product"]["sku"] for one in everything]
    assert len(skus) == len(set(skus)) == len(price_list.by_service()["AWSDataTransfer"])


@bites("pricing", "GetProducts takes any page token")
def test_a_page_token_belongs_to_its_question(client: ClientFor) -> None:
    token = client("pricing").get_products(ServiceCode="AmazonCloudWatch", MaxResults=1)["NextToken"]
    for other in (token, "nonsense"):
        asked = code_of(lambda token=other: client("pricing").get_products(ServiceCode="AmazonECS", NextToken=token))
        assert asked == "InvalidNextTokenException"


@bites("pricing", "GetProducts takes any MaxResults, FormatVersion and type of filter")
@pytest.mark.parametrize(
    "more",
    [
        {"MaxResults": 101},
        {"FormatVersion": "aws_v2"},
        {"Filters": [{"Type": "CONTAINS", "Field": "usagetype", "Value": "Fargate"}]},
    ],
)
def test_parameters_outside_the_model_are_refused(client: ClientFor, more: dict[str, Any]) -> None:
    asked = code_of(lambda: client("pricing").get_products(ServiceCode="AmazonECS", **more))
    assert asked == "InvalidParameterException"


@bites("pricing", "GetProducts knows any service code; the rehearsal knows those that its price list has")
def test_an_unknown_service_is_not_found(client: ClientFor) -> None:
    assert code_of(lambda: client("pricing").get_products(ServiceCode="AmazonECSS")) == "NotFoundException"


@bites("pricing", "the price list answers in every region")
def test_the_price_list_answers_in_three_regions_only(client: ClientFor) -> None:
    for region in ("us-east-1", "eu-central-1", "ap-south-1"):
        assert client("pricing", region).get_products(ServiceCode="AmazonECS", MaxResults=1)["PriceList"]
    assert code_of(lambda: client("pricing", "eu-west-1").get_products(ServiceCode="AmazonECS")) == "NotFoundException"
