"""The snapshot is what the kept script makes of the kept facts; it says its dates, its age and what it lacks."""

from __future__ import annotations

import importlib.util
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from runbook.errors import MissingRateError, PriceError, PriceRegionError, TierError
from runbook.pricing import saved, snapshot
from runbook.pricing.catalogue import CATALOGUE
from runbook.pricing.regions import BILLING_CODES, billing_code
from runbook.rehearsal import price_list

ROOT = Path(__file__).parents[3]
SEEN = snapshot.packaged().as_of


def on(day: date) -> snapshot.SnapshotRates:
    return snapshot.snapshot(today=lambda: day)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_price_snapshot", ROOT / "tools" / "build_price_snapshot.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_files_are_what_the_script_makes_of_the_facts(script: ModuleType) -> None:
    for path, text in script.build().items():
        fresh = path.read_text(encoding="utf-8") == text
        assert fresh, f"write it anew: python tools/build_price_snapshot.py ({path.name})"


def test_every_fact_has_a_date_and_a_public_citation(script: ModuleType) -> None:
    citations = script.read_sources()
    facts = script.read_facts()
    assert len(facts) > 1000
    for fact in facts:
        assert date(2025, 1, 1) < date.fromisoformat(fact["seen"]) < date(2026, 11, 23)
        assert citations[fact["source"]]
        assert not fact["confirmed"] or citations[fact["confirmed"]]
    private = re.compile(r"(/work|/root|/tmp|/home|find_string)")
    assert not private.search("".join(citations.values()) + snapshot.FILE.read_text() + price_list.FILE.read_text())


def test_every_rate_of_the_catalogue_is_known_in_the_eleven_regions() -> None:
    rates = on(SEEN)
    assert len(rates.regions) == 11
    for key in CATALOGUE:
        for region in rates.regions:
            rate = rates.rate(key, region)
            assert rate.key == key
            assert rate.usd > 0
            assert rate.as_of <= SEEN
            assert rate.citation
            assert rate.source == "snapshot"
            assert rate.fetched_at is None
            assert rate.unit == CATALOGUE[key].unit


def test_nothing_that_only_the_rehearsal_has_stands_in_the_snapshot() -> None:
    assert price_list.MADE_UP not in snapshot.FILE.read_text()
    rate = on(SEEN).rate("transfer.cross_zone_gib", "eu-west-1")
    assert (rate.sku, rate.tiers[0].rate_code, rate.effective) == ("", "", None)
    assert on(SEEN).rate("nat.hour", "us-east-1").tiers[0].rate_code == "M2YSHUBETB3JX4M4.JRTCKXETXF.6YS6EN2CT7"


def test_prices_of_the_document_region_and_of_ireland_are_as_published() -> None:
    rates = on(SEEN)
    known = {
        ("fargate.vcpu_hour", "us-east-1"): "0.04048",
        ("fargate.gib_hour", "us-east-1"): "0.004445",
        ("alb.hour", "us-east-1"): "0.0225",
        ("alb.hour", "eu-west-1"): "0.0252",
        ("nat.gib", "eu-west-1"): "0.048",
        ("vpce.hour", "eu-west-1"): "0.011",
        ("logs.ingest_gib", "eu-west-1"): "0.57",
        ("transfer.out_gib", "ap-south-1"): "0.1093",
    }
    assert {place: rates.rate(*place).usd for place in known} == {p: Decimal(usd) for p, usd in known.items()}


def test_a_snapshot_of_half_a_year_ago_is_warned_of_on_every_figure() -> None:
    last_good, first_old = SEEN + timedelta(days=180), SEEN + timedelta(days=181)
    assert on(last_good).notes == ()
    (warning,) = on(first_old).notes
    assert "181 days old" in warning
    for key in CATALOGUE:
        assert warning in on(first_old).rate(key, "us-east-1").note


def test_a_single_price_seen_long_ago_says_so_by_itself() -> None:
    rates = on(date(2026, 11, 23))
    assert rates.notes == ()
    assert rates.rate("nat.hour", "us-east-1").note == ""
    assert rates.rate("nat.hour", "eu-west-1").note == "last seen 2025-10-28, 391 days ago"


def test_a_region_without_prices_is_unknown_and_named_never_zero() -> None:
    with pytest.raises(MissingRateError, match="has no prices for eu-west-2") as raised:
        on(SEEN).rate("nat.hour", "eu-west-2")
    assert "eu-west-1" in raised.value.hint
    assert "not 0" in raised.value.hint


def test_a_rate_that_the_file_lacks_is_unknown() -> None:
    rows = {place: row for place, row in snapshot.packaged().rows.items() if place != ("nat.hour", "us-east-1")}
    lacking = saved.SavedRates(SEEN, snapshot.packaged().sources, rows)
    with pytest.raises(MissingRateError, match=r"has no nat\.hour for us-east-1"):
        snapshot.SnapshotRates(lacking, today=lambda: SEEN).rate("nat.hour", "us-east-1")


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("eu-wst-1", 'did you mean "eu-west-1"'),
        ("cn-north-1", "AWS China"),
        ("us-gov-west-1", "GovCloud"),
        ("Ireland", "not the name of an AWS region"),
        ("", "not the name of an AWS region"),
        ("eu-central-2", "billing code of eu-central-2"),
    ],
)
def test_a_region_that_cannot_be_priced_is_named_with_the_reason(region: str, words: str) -> None:
    with pytest.raises(PriceRegionError, match=words) as raised:
        on(SEEN).rate("nat.hour", region)
    assert raised.value.exit_code == 64


def test_billing_codes_are_the_irregular_ones_of_aws() -> None:
    assert (billing_code("eu-west-1"), billing_code("ap-south-1"), billing_code("ap-southeast-1")) == (
        "EU",
        "APS3",
        "APS1",
    )
    assert len(set(BILLING_CODES.values())) == len(BILLING_CODES)


def test_an_unknown_key_names_the_nearest_ones() -> None:
    with pytest.raises(PriceError, match=r"'nat\.hours'") as raised:
        on(SEEN).rate("nat.hours", "us-east-1")
    assert "nat.hour" in raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 2}',
        '{"format": 1, "as_of": "yesterday", "sources": {}, "rates": []}',
        '{"format": 1, "as_of": "2026-01-01", "sources": {}, "rates": [{"key": "a"}]}',
        '{"format": 1, "as_of": "2026-01-01", "sources": {}, "rates": 7}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_damaged_file_of_rates_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text(text)
    with pytest.raises(PriceError, match=r"prices\.json cannot be read"):
        saved.read(tmp_path / "prices.json")


def test_two_prices_for_one_rate_and_a_broken_row_are_named(tmp_path: Path) -> None:
    rows = list(snapshot.packaged().rows.values())[:1]
    path = tmp_path / "prices.json"
    path.write_text(saved.text_of(SEEN, snapshot.packaged().sources, [*rows, *rows]))
    with pytest.raises(PriceError, match="two prices for one rate"):
        saved.read(path)
    for usd in ("cheap", "NaN", "-1", "1e999999999"):
        broken = {**rows[0], "tiers": [["0", "Inf", usd, ""]]}
        path.write_text(saved.text_of(SEEN, snapshot.packaged().sources, [broken]))
        with pytest.raises(PriceError, match="is damaged"):
            saved.read(path).get(broken["key"], broken["region"])
    gap = {**rows[0], "tiers": [["5", "Inf", "1", ""]]}
    path.write_text(saved.text_of(SEEN, snapshot.packaged().sources, [gap]))
    with pytest.raises(TierError):
        saved.read(path).get(gap["key"], gap["region"])


def test_a_file_of_rates_reads_back_as_it_was_written(tmp_path: Path) -> None:
    file = snapshot.packaged()
    path = tmp_path / "deep" / "prices.json"
    saved.write(path, saved.text_of(file.as_of, file.sources, file.rows.values()))
    assert saved.read(path) == file
    assert [one.name for one in path.parent.iterdir()] == ["prices.json"]
    assert json.loads(path.read_text())["format"] == saved.FORMAT
    assert path.read_text() == snapshot.FILE.read_text()
