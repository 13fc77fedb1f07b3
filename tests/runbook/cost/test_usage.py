"""Usage: three bands that grow, a reason for each number, files of one's own, and every mistake named."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.cost.flow import Way, capacity_units, derive, unreachable
from runbook.cost.usage import BANDS, MEASURES, USAGE, choose, load
from runbook.errors import SettingsError
from runbook.model import Usage

D = Decimal
DERIVED = {"alb_lcus", "services", "nat_gib", "nat_out_gib", "nat_cross_zone_gib", "endpoint_gib"}
amounts = st.decimals(min_value=0, max_value=10**6, places=3)


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_number_that_people_say_has_three_values_that_grow_and_a_reason() -> None:
    assert {one.name for one in MEASURES} == {one.name for one in fields(Usage)} - DERIVED
    for one in MEASURES:
        assert 0 <= one.low <= one.typical <= one.high <= one.most, one.name
        assert len(one.reason) > 15, one.name
        assert one.unit, one.name


def test_the_typical_band_has_the_documents_own_numbers() -> None:
    typical = derive(USAGE["typical"], Way(gateways=1, zones=2))
    assert typical.s3_storage_gib == 50
    assert (typical.logs_ingest_gib or 0) * 2 == 5
    assert typical.alb_lcus == 1


def test_a_file_changes_what_it_says_and_takes_the_rest_from_its_band(tmp_path: Path) -> None:
    said = written(tmp_path, 'band = "low"\ns3_storage_gib = 80.5\nqueue_gib = "unknown"\nalb_lcus = 3\n')
    expected = replace(USAGE["low"], s3_storage_gib=D("80.5"), queue_gib=None, alb_lcus=D(3))
    assert load(said) == choose(str(said)) == expected
    data = {"band": "low", "s3_storage_gib": 80.5, "queue_gib": "unknown", "alb_lcus": 3}
    assert load(written(tmp_path, json.dumps(data), "mine.json")) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("s3_storage_gib = -1", "-1 is negative"),
        ("s3_storage_gib = 1e30", "absurd"),
        ("s3_storage_gib = nan", "not a finite number"),
        ("s3_storage_gib = true", "True is not a number"),
        ('s3_storage_gib = "much"', "'much' is not a number"),
        ("s3_storagegib = 1", 'did you mean "s3_storage_gib"'),
        ('band = "middle"', "none of low, typical, high"),
        ("s3_storage_gib = ", "is not TOML"),
    ],
)
def test_a_wrong_file_names_the_key_and_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text))
    assert told in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, "nat_gib = 1\nqueue_gib = -2\nsecret_reads = 1e40\n"))
    assert len(caught.value.problems) == 3


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match='did you mean "typical"'):
        choose("typicl")
    with pytest.raises(SettingsError, match="cannot be read"):
        choose(str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match="a key stands in it twice"):
        load(written(tmp_path, '{"band": "low", "band": "high"}', "twice.json"))
    with pytest.raises(SettingsError, match="no table"):
        load(written(tmp_path, "[1]", "list.json"))
    with pytest.raises(SettingsError, match="at most"):
        load(written(tmp_path, "#" * 100_001))


@pytest.mark.parametrize("band", BANDS)
def test_the_largest_of_the_four_measures_of_a_load_balancer_counts(band: str) -> None:
    usage = USAGE[band]
    units = capacity_units(usage)
    assert units is not None
    assert capacity_units(replace(usage, active_connections=(units + 1) * 3000)) == units + 1
    assert capacity_units(replace(usage, rule_evaluations_per_s=(units + 1) * 1000)) == units + 1
    assert capacity_units(replace(usage, new_connections_per_s=(units + 1) * 25)) == units + 1
    assert capacity_units(replace(usage, users_in_gib=(units + 1) * 730, users_out_gib=D(0))) == units + 1
    assert capacity_units(replace(usage, users_in_gib=None)) is None
    assert capacity_units(replace(usage, users_in_gib=None, alb_lcus=D(2))) == 2


@given(*[amounts] * 6, st.integers(1, 3), st.integers(0, 3), st.booleans())
def test_all_traffic_passes_exactly_one_way(
    s3: Decimal,
    layers: Decimal,
    logs: Decimal,
    queue: Decimal,
    fetched: Decimal,
    sent: Decimal,
    zones: int,
    gateways: int,
    s3_gateway: bool,
) -> None:
    usage = replace(
        USAGE["typical"],
        s3_traffic_gib=s3,
        image_pull_gib=layers,
        logs_ingest_gib=logs,
        queue_gib=queue,
        internet_in_gib=fetched,
        internet_out_gib=sent,
    )
    way = Way(gateways, zones, frozenset({"logs", "sqs"}), s3_gateway)
    made, lost = derive(usage, way), unreachable(usage, way)
    assert made.nat_gib is not None
    assert made.endpoint_gib is not None
    assert lost is not None
    everything = s3 + layers + 2 * logs + queue + fetched + sent + (usage.ecr_api_gib or 0) + (usage.secrets_gib or 0)
    free = s3 + layers if s3_gateway else D(0)
    doors = sum(made.endpoint_gib.values())
    assert abs(made.nat_gib * gateways + doors + free + lost - everything) < D("1e-15")
    assert made.nat_cross_zone_gib is not None
    assert made.nat_cross_zone_gib <= made.nat_gib
    if gateways >= zones:
        assert made.nat_cross_zone_gib == 0


def test_what_is_not_said_stays_unknown_and_is_never_zero() -> None:
    made = derive(Usage(), Way(gateways=1, zones=2, endpoints=frozenset({"logs"})))
    assert made.nat_gib is None
    assert made.nat_out_gib is None
    assert made.endpoint_gib is None
    assert made.alb_lcus is None
    assert made.services == 2
