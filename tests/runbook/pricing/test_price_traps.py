"""The nineteen traps of AWS's price list, each against the list of the rehearsal with its look-alikes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from runbook.errors import AmbiguousRateError, PriceError, PriceListError, WrongCurrencyError, WrongUnitError
from runbook.kinds.billing import HOURS
from runbook.pricing.catalogue import CATALOGUE, FREE, product_of
from runbook.pricing.live import LiveRates
from runbook.pricing.rate import Rate
from runbook.pricing.selection import select
from runbook.rehearsal import price_list

Loose = Callable[[str, str, str], dict[str, float]]
V = "us-east-1"


def chosen(rates: LiveRates, key: str, region: str = V) -> Rate:
    """The live rate; the same comes out of the whole list of all services, where no filter has helped."""
    found = rates.rate(key, region)
    everything = [document for documents in price_list.by_service().values() for document in documents]
    assert select(product_of(key), region, everything).tiers == found.tiers
    return found


def usd(rates: LiveRates, key: str, region: str = V) -> Decimal:
    return chosen(rates, key, region).usd


def documents(service: str) -> list[dict[str, Any]]:
    return price_list.by_service()[service]


def test_trap_01_a_nat_gateway_is_neither_regional_nor_provisioned(live: LiveRates, loose: Loose) -> None:
    assert len(loose("AmazonEC2", V, "NatGateway-Hours")) == 2
    assert chosen(live, "nat.hour").sku == "M2YSHUBETB3JX4M4"
    assert min(loose("AmazonEC2", V, "Bytes").values()) == 0
    assert (chosen(live, "nat.gib").sku, usd(live, "nat.gib")) == ("59S5R83GFPUAGVR5", Decimal("0.045"))
    assert product_of("nat.hour").service_code == "AmazonEC2"
    assert usd(live, "nat.gib", "eu-west-1") == Decimal("0.048")


def test_trap_02_endpoint_hours_and_bytes_are_told_apart_and_tiers_are_the_regions(
    live: LiveRates, loose: Loose
) -> None:
    assert usd(live, "vpce.hour", "eu-west-1") == Decimal("0.011")
    assert usd(live, "vpce.gib", "eu-west-1") == Decimal("0.01")
    assert set(loose("AmazonVPC", "eu-west-1", "GWLBE-Bytes").values()) == {0.0035}
    assert "in each zone" in product_of("vpce.hour").per
    assert "of the region" in product_of("vpce.gib").per
    assert any("gateway VPC endpoint" in thing for thing in FREE)
    with pytest.raises(PriceError, match="free"):
        live.rate("vpce.gateway_hour", V)


def test_trap_03_a_public_address_has_no_product_family_and_is_in_use(live: LiveRates, loose: Loose) -> None:
    addresses = loose("AmazonVPC", V, "Address") | loose("AmazonVPC", V, "ContiguousBlock")
    assert sorted(addresses.values()) == [0.005, 0.005, 0.008]
    assert chosen(live, "ipv4.hour").sku == "4GQUNXTFWVSGPUZK"
    assert chosen(live, "ipv4.idle_hour").sku == "T6YDQKTMVWKNJFJ8"
    addresses_asked = product_of("ipv4.hour").asked(V)
    assert addresses_asked == {"usagetype": "USE1-PublicIPv4:InUseAddress", "regionCode": V}


def test_trap_04_an_application_load_balancer_is_no_other_one(live: LiveRates, loose: Loose) -> None:
    assert len(loose("AWSELB", V, "LoadBalancerUsage")) >= 4
    assert 0.006 in loose("AWSELB", V, "LCUUsage").values()
    assert (chosen(live, "alb.hour").sku, usd(live, "alb.hour")) == ("37CUWUT8GSNQEPUV", Decimal("0.0225"))
    assert (chosen(live, "alb.lcu_hour").sku, usd(live, "alb.lcu_hour")) == ("P2XGEJ8N3KU52WA8", Decimal("0.008"))


def test_trap_05_fargate_is_found_in_one_page_among_nine_hundred_products(
    live: LiveRates, loose: Loose, add_products: Any, look_alike: Any, session_in: Any, asked: Any
) -> None:
    assert len(loose("AmazonECS", V, "vCPU-Hours:perCPU")) == 3
    add_products(
        *(look_alike("AmazonECS", f"USE1-ManagedInstances:{n}", "hours", "0.01", "Compute") for n in range(900))
    )
    own = LiveRates(session_in())
    assert (chosen(own, "fargate.vcpu_hour").sku, usd(own, "fargate.vcpu_hour")) == (
        "8CESGAFWKAJ98PME",
        Decimal("0.04048"),
    )
    assert len(asked()) == 1
    assert chosen(own, "fargate.arm_vcpu_hour").sku == "XSZATS4VYMDC9CYN"
    assert (product_of("fargate.gib_hour").unit, product_of("fargate.storage_gib_hour").unit) == ("hours", "GB-Hours")
    assert "beyond the first 20 GiB" in product_of("fargate.storage_gib_hour").per


def test_trap_06_fargate_spot_is_said_not_to_be_in_the_list(live: LiveRates) -> None:
    assert not [product for product in price_list.products() if "spot" in product.usage_type.lower()]
    with pytest.raises(PriceError, match="Fargate Spot is not in the Price List"):
        live.rate("fargate.spot_vcpu_hour", V)


def test_trap_07_free_allowances_are_no_price_and_free_first_tiers_stay(live: LiveRates, loose: Loose) -> None:
    out = loose("AWSDataTransfer", V, "DataTransfer-Out-Bytes")
    assert sorted(out.values()) == [0, 0.09]
    assert usd(live, "transfer.out_gib") == Decimal("0.09")
    for key in ("alb.hour", "alb.lcu_hour", "sqs.requests", "logs.ingest_gib", "xray.traces_stored"):
        assert usd(live, key) > 0
    # The same usage type as a free allowance of its own is no second product.
    product, free = product_of("transfer.out_gib"), dict(documents("AWSDataTransfer")[0])
    paid = next(one for one in documents("AWSDataTransfer") if one["product"]["sku"] == "HQEH3ZWJVT46JHRG")
    free = {**paid, "terms": free["terms"], "product": {**paid["product"], "sku": "FREE"}}
    assert all(
        one["appliesTo"] for term in free["terms"]["OnDemand"].values() for one in term["priceDimensions"].values()
    )
    assert select(product, V, [free, paid]).sku == "HQEH3ZWJVT46JHRG"


def test_trap_08_tiers_are_sorted_and_end_at_binary_multiples(live: LiveRates) -> None:
    ends = [tier.end for tier in chosen(live, "vpce.gib").tiers]
    assert ends == [1024 * 1024, 5 * 1024 * 1024, None]
    assert [tier.end for tier in chosen(live, "transfer.out_gib").tiers] == [10 * 1024, 50 * 1024, 150 * 1024, None]
    assert [tier.usd for tier in chosen(live, "s3.storage_gib_month").tiers] == list(
        map(Decimal, ("0.023", "0.022", "0.021"))
    )


def test_trap_09_one_usage_type_may_be_several_products(
    live: LiveRates, loose: Loose, add_products: Any, look_alike: Any, session_in: Any
) -> None:
    assert sorted(loose("AmazonS3", V, "TimedStorage-ByteHrs").values()) == [0.021, 0.023]
    assert chosen(live, "s3.storage_gib_month").sku == "WP9ANXZGBYYSGJEA"
    assert len(loose("AWSEvents", V, "Event-64K-Chunks")) == 2
    assert chosen(live, "events.custom_64k").sku == "ZA92ERYNKX457AJD"
    assert {usd(live, key) for key in ("s3.storage_gib_month", "ecr.storage_gib_month", "logs.storage_gib_month")} == {
        Decimal("0.023"),
        Decimal("0.1"),
        Decimal("0.03"),
    }
    assert 0.0000001 in loose("AWSQueueService", V, "RBP").values()
    assert chosen(live, "sqs.requests").sku == "8RN6B8U4MERHRXP3"
    assert chosen(live, "sqs.requests", "eu-west-1").usage_type == "EU-Requests-Tier1"
    assert chosen(live, "secrets.month", "ap-southeast-1").usage_type == "APS1-AWSSecretsManager-Secret"
    add_products(look_alike("AmazonS3", "TimedStorage-ByteHrs", "GB-Mo", "0", "Storage", volumeType="Standard"))
    with pytest.raises(AmbiguousRateError, match="WP9ANXZGBYYSGJEA"):
        LiveRates(session_in()).rate("s3.storage_gib_month", V)


def test_trap_10_a_custom_metric_and_standard_logs_are_no_other_kind_of_them(live: LiveRates, loose: Loose) -> None:
    assert set(loose("AmazonCloudWatch", V, "Usage").values()) >= {0.07, 0.3}
    assert [tier.usd for tier in chosen(live, "cloudwatch.metric_month").tiers] == list(
        map(Decimal, ("0.3", "0.1", "0.05", "0.02"))
    )
    assert sorted(loose("AmazonCloudWatch", V, "AlarmMonitorUsage").values()) == [0.1, 0.3]
    assert usd(live, "cloudwatch.alarm_month") == Decimal("0.1")
    assert len(loose("AmazonCloudWatch", V, "DataProcessing-Bytes")) == 3
    assert chosen(live, "logs.ingest_gib").sku == "96K55R2PV3ZZZ3AM"
    assert len(chosen(live, "logs.vended_gib").tiers) == 4


def test_trap_11_data_transfer_is_found_by_its_origin_and_costs_on_both_sides(live: LiveRates, loose: Loose) -> None:
    assert not {"location", "regionCode"} & product_of("transfer.out_gib").asked("eu-west-1").keys()
    assert usd(live, "transfer.out_gib", "sa-east-1") == Decimal("0.15")
    assert set(loose("AWSDataTransfer", V, "xAZ-Out-Bytes").values()) == {0}
    assert usd(live, "transfer.cross_zone_gib") == Decimal("0.01")
    assert "on each side" in product_of("transfer.cross_zone_gib").per


def test_trap_12_a_price_of_another_unit_is_refused_and_requests_are_single_ones(live: LiveRates) -> None:
    assert usd(live, "secrets.api_requests") == Decimal("0.000005")
    assert usd(live, "s3.put_requests") == Decimal("0.000005")
    paid = next(one for one in documents("AmazonS3") if one["product"]["sku"] == "E9YHNFENF4XQBZR6")
    (term,) = paid["terms"]["OnDemand"].values()
    tiers = {code: {**one, "unit": "1K Requests"} for code, one in term["priceDimensions"].items()}
    changed = {**paid, "terms": {"OnDemand": {"t": {**term, "priceDimensions": tiers}}}}
    with pytest.raises(WrongUnitError, match="1K Requests, not per Requests"):
        select(product_of("s3.put_requests"), V, [changed])


def test_trap_13_kms_goes_by_the_whole_region_and_by_symmetric_requests(
    live: LiveRates, add_products: Any, look_alike: Any, session_in: Any
) -> None:
    assert chosen(live, "kms.key_month", "eu-west-1").usage_type == "eu-west-1-KMS-Keys"
    more = {"Asymmetric": "0.000015", "Asymmetric-RSA_2048": "0.000003", "GenerateDatakeyPair-RSA": "0.0012"}
    add_products(*(look_alike("awskms", f"{V}-KMS-Requests-{end}", "Requests", price) for end, price in more.items()))
    own = LiveRates(session_in())
    assert (chosen(own, "kms.requests").sku, usd(own, "kms.requests")) == ("MFEBZPX8NHM5FY7Z", Decimal("0.000003"))
    assert any("AWS managed KMS key" in thing for thing in FREE)


def test_trap_14_hosted_zones_have_no_region_and_alias_queries_are_free(
    live: LiveRates, add_products: Any, look_alike: Any, session_in: Any
) -> None:
    add_products(look_alike("AmazonRoute53", "USE1-DNS-Queries", "Queries", "0.0000004", "DNS Query"))
    own = LiveRates(session_in())
    zone = chosen(own, "route53.zone_month", "eu-west-1")
    assert (zone.region, zone.sku) == ("global", "KVPGEJE88UW8S779")
    assert [(tier.begin, tier.usd) for tier in zone.tiers] == [(0, Decimal("0.5")), (25, Decimal("0.1"))]
    assert "regionCode" not in product_of("route53.zone_month").asked("eu-west-1")
    assert chosen(own, "route53.queries").sku == "JHRA6QBEDT9FZVT5"
    assert any("alias query" in thing for thing in FREE)


def test_trap_15_public_certificates_are_free_and_never_looked_up(live: LiveRates, asked: Any) -> None:
    assert not [product for product in CATALOGUE.values() if "Certificate" in product.service_code]
    with pytest.raises(PriceError, match="public ACM certificates are free"):
        live.rate("acm.certificate_month", V)
    assert asked() == []


def test_trap_16_the_list_is_asked_where_it_answers_and_another_currency_is_refused(
    session_in: Any, asked: Any
) -> None:
    for region, endpoint in (("eu-west-1", "eu-central-1"), ("ap-northeast-1", "ap-south-1"), ("sa-east-1", V)):
        assert usd(LiveRates(session_in(region)), "nat.hour", V) == Decimal("0.045")
        assert asked()[-1]["region"] == endpoint
    paid = next(one for one in documents("AmazonEC2") if one["product"]["sku"] == "M2YSHUBETB3JX4M4")
    (term,) = paid["terms"]["OnDemand"].values()
    tiers = {code: {**one, "pricePerUnit": {"CNY": "0.3"}} for code, one in term["priceDimensions"].items()}
    with pytest.raises(WrongCurrencyError, match="in CNY, not in USD"):
        select(product_of("nat.hour"), V, [{**paid, "terms": {"OnDemand": {"t": {**term, "priceDimensions": tiers}}}}])


def test_trap_17_all_pages_are_read_and_too_many_are_an_error(
    add_products: Any, look_alike: Any, session_in: Any, asked: Any
) -> None:
    like = {"family": "API Request", "group": "SQS-APIRequest-Tier1", "queueType": "Standard"}

    def fill(count: int) -> None:
        add_products(*(look_alike("AWSQueueService", f"X-{n}", "Requests", "0.01", **like) for n in range(count)))

    fill(150)
    assert LiveRates(session_in()).rate("sqs.requests", V).sku == "8RN6B8U4MERHRXP3"
    assert len(asked()) == 2
    fill(400)
    with pytest.raises(PriceListError, match="more than 300 products"):
        LiveRates(session_in()).rate("sqs.requests", V)


def test_trap_18_a_month_has_730_hours_and_a_price_a_month_is_left_as_it_is(live: LiveRates) -> None:
    assert HOURS == 730
    assert usd(live, "nat.hour") * HOURS == Decimal("32.85")
    assert {product.unit for product in CATALOGUE.values() if product.key.endswith("gib_month")} == {"GB-Mo"}


def test_trap_19_the_date_of_a_price_is_its_publication_not_the_first_of_a_month(live: LiveRates) -> None:
    rate = chosen(live, "nat.hour")
    assert rate.effective is not None
    assert rate.effective.day == 1
    assert (rate.as_of.isoformat(), rate.effective.isoformat()) == ("2026-10-07", "2026-10-01")
    assert rate.fetched_at is not None
