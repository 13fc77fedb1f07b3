"""The catalogue names every rate of the cost lines, each with its own product, in every region that has a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import PriceError
from runbook.pricing.catalogue import CATALOGUE, FREE, NOT_IN_THE_PRICE_LIST, product_of
from runbook.pricing.regions import BILLING_CODES, ENDPOINTS, endpoint_near
from runbook.rehearsal import price_list
from runbook.settings.limits import COMMERCIAL_REGIONS

AGREED = """
fargate.vcpu_hour fargate.gib_hour fargate.arm_vcpu_hour fargate.arm_gib_hour fargate.storage_gib_hour alb.hour
alb.lcu_hour nat.hour nat.gib vpce.hour vpce.gib ipv4.hour s3.storage_gib_month s3.put_requests s3.get_requests
ecr.storage_gib_month logs.ingest_gib logs.storage_gib_month cloudwatch.metric_month cloudwatch.alarm_month
secrets.month secrets.api_requests sqs.requests route53.zone_month route53.queries cloudmap.resource_month
cloudmap.api_calls kms.key_month kms.requests transfer.out_gib transfer.cross_zone_gib events.custom_64k
xray.traces_stored
"""


def test_every_rate_that_cost_lines_use_is_in_the_catalogue() -> None:
    assert set(AGREED.split()) <= set(CATALOGUE)


def test_a_product_says_what_it_is_for_people_and_for_aws() -> None:
    units = {product.unit for product in price_list.products()}
    services = {product.service_code for product in price_list.products()}
    for key, product in CATALOGUE.items():
        assert product.key == key
        assert product.per
        assert product.unit in units
        assert product.service_code in services


@given(region=st.sampled_from(sorted(BILLING_CODES)))
def test_no_two_rates_are_the_same_product_in_any_region(region: str) -> None:
    asked = [
        (product.service_code, product.names(region), tuple(sorted(product.demanded(region).items())))
        for product in CATALOGUE.values()
    ]
    assert len(set(asked)) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("key", "region", "names"),
    [
        ("fargate.gib_hour", "us-east-1", ("USE1-Fargate-GB-Hours",)),
        ("nat.hour", "us-east-1", ("NatGateway-Hours",)),
        ("nat.hour", "eu-west-1", ("EU-NatGateway-Hours",)),
        ("nat.hour", "ap-south-1", ("APS3-NatGateway-Hours",)),
        ("kms.requests", "eu-central-1", ("eu-central-1-KMS-Requests",)),
        ("route53.zone_month", "eu-west-1", ("HostedZone",)),
        ("xray.traces_stored", "us-east-1", ("XRay-TracesStored", "USE1-XRay-TracesStored")),
        ("xray.traces_stored", "us-west-2", ("USW2-XRay-TracesStored",)),
        ("sqs.requests", "us-east-2", ("USE2-Requests-RBP", "USE2-Requests-Tier1")),
    ],
)
def test_usage_types_carry_the_prefix_of_their_service(key: str, region: str, names: tuple[str, ...]) -> None:
    assert product_of(key).names(region) == names


def test_billing_codes_are_of_regions_that_exist_and_each_has_an_endpoint_near() -> None:
    assert set(BILLING_CODES) <= set(COMMERCIAL_REGIONS)
    assert {endpoint_near(region) for region in COMMERCIAL_REGIONS} == set(ENDPOINTS)


@pytest.mark.parametrize("start", NOT_IN_THE_PRICE_LIST)
def test_what_the_price_list_cannot_have_is_explained(start: str) -> None:
    with pytest.raises(PriceError, match="there is no rate") as raised:
        product_of(f"{start}x")
    assert NOT_IN_THE_PRICE_LIST[start] in raised.value.message


@given(key=st.text(max_size=30).filter(lambda key: key not in CATALOGUE))
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(PriceError):
        product_of(key)


def test_what_is_free_says_where_that_is_written() -> None:
    assert all(source for source in FREE.values())
