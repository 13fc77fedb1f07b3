"""Live rates: one request a rate, several at a time, kept for a day; without AWS the snapshot, and that is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.aws.session import Session
from runbook.errors import AwsError, MissingRateError, PriceError, PriceListError, PriceRegionError, WaitingError
from runbook.pricing import saved, snapshot
from runbook.pricing.catalogue import CATALOGUE
from runbook.pricing.live import LiveRates, fetched
from runbook.pricing.price_cache import TTL, PriceCache
from runbook.pricing.sources import choose
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rules import pricing as stub

V = "us-east-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REGIONS = snapshot.packaged().regions()


class Asked:
    """A session in memory: answers from the rehearsal's list, counts, and can be made to fail."""

    rehearsal = False
    endpoint_url = ""

    def __init__(self, error: Exception | None = None) -> None:
        self.region = V
        self.error = error
        self.questions: list[Mapping[str, Any]] = []
        self.together = 0
        self.most_together = 0
        self.answers: dict[str, list[Any]] = {}
        self._lock = threading.Lock()
        self._meet = threading.Barrier(1)

    def meet(self, number: int) -> None:
        """Let every request wait until so many are there."""
        self._meet = threading.Barrier(number)

    def at(self, region: str, *, connect_s: float = 10) -> Asked:
        self.region = region
        return self

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("pricing", "GetProducts")
        with self._lock:
            self.questions.append(params)
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        try:
            self._meet.wait(timeout=20)
            if self.error is not None:
                raise self.error
            name = params["ServiceCode"]
            if name in self.answers:
                return {"PriceList": self.answers[name]}
            found = stub._matching(params)
            return {"PriceList": [stub.json.dumps(document) for document in found]}
        finally:
            with self._lock:
                self.together -= 1


def session(asked: Asked) -> Session:
    return cast("Session", asked)


def aws_error(code: str, status: int = 400) -> AwsError:
    return AwsError("no", service="pricing", operation="GetProducts", code=code, status=status)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def cached(folder: Path, asked: Asked, moment: datetime = NOON, **more: Any) -> LiveRates:
    cache = PriceCache(folder, now=lambda: moment)
    return LiveRates(session(asked), cache=cache, now=lambda: moment, **more)


def test_each_distinct_rate_is_asked_for_once_however_often_it_is_wanted() -> None:
    asked = Asked()
    rates = LiveRates(session(asked))
    for _ in range(2):
        rates.fetch([*CATALOGUE, *CATALOGUE], REGIONS)
        for key in CATALOGUE:
            for region in REGIONS:
                rates.rate(key, region)
    everywhere = sum(product.place == "global" for product in CATALOGUE.values())
    assert len(asked.questions) == (len(CATALOGUE) - everywhere) * len(REGIONS) + everywhere == 365
    distinct = {repr(sorted(one.items(), key=str)) for one in asked.questions}
    assert len(distinct) > 300


def test_no_more_than_so_many_requests_are_made_at_a_time_and_not_fewer() -> None:
    asked = Asked()
    asked.meet(4)
    LiveRates(session(asked), width=4).fetch(sorted(CATALOGUE)[:32], [V])
    assert len(asked.questions) == 32
    assert asked.most_together == 4


def test_every_question_is_exact_and_bounded() -> None:
    asked = Asked()
    LiveRates(session(asked)).fetch(CATALOGUE, ["eu-west-1"])
    for one in asked.questions:
        fields = {part["Field"] for part in one["Filters"]}
        assert {part["Type"] for part in one["Filters"]} == {"TERM_MATCH"}
        assert "usagetype" in fields or {"regionCode"} < fields
        assert one["PaginationConfig"]["PageSize"] <= 100
        assert len(stub._matching(one)) <= 12


def test_live_figures_are_the_snapshots_and_carry_where_and_when(live: LiveRates) -> None:
    known = snapshot.snapshot(today=lambda: snapshot.packaged().as_of)
    regions = (V, "eu-west-1", "ap-southeast-1")
    live.fetch(CATALOGUE, regions)
    for key in CATALOGUE:
        for region in regions:
            rate, same = live.rate(key, region), known.rate(key, region)
            assert [(t.begin, t.end, t.usd) for t in rate.tiers] == [(t.begin, t.end, t.usd) for t in same.tiers]
            assert rate.sku
            assert all(tier.rate_code for tier in rate.tiers)
            assert rate.effective is not None
            assert rate.fetched_at is not None
            assert rate.source == "live"
            assert "answered by the rehearsal" in rate.note
    assert live.as_of == snapshot.packaged().as_of
    assert "not by AWS" in live.notes[0]


def test_an_answer_is_kept_for_a_day_and_asked_for_again_after_it_or_on_demand(tmp_path: Path) -> None:
    asked = Asked()
    first = cached(tmp_path, asked).rate("nat.hour", V)
    again = cached(tmp_path, asked, NOON + TTL - timedelta(seconds=1)).rate("nat.hour", V)
    assert again == first
    assert again.fetched_at == NOON
    assert len(asked.questions) == 1
    later = cached(tmp_path, asked, NOON + TTL).rate("nat.hour", V)
    assert later.fetched_at == NOON + TTL
    cached(tmp_path, asked, NOON + TTL, refresh=True).rate("nat.hour", V)
    assert len(asked.questions) == 3


def test_an_answer_from_the_future_is_asked_for_again(tmp_path: Path) -> None:
    asked = Asked()
    cached(tmp_path, asked, NOON).rate("nat.hour", V)
    cached(tmp_path, asked, NOON - timedelta(hours=1)).rate("nat.hour", V)
    assert len(asked.questions) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"[]", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"format": 1, "request": {}}', "another question"),
        (b'{"format": 0}', "another question"),
    ],
    ids=["empty", "half", "list", "no text", "deep", "other request", "old format"],
)
def test_a_damaged_or_old_answer_is_named_and_asked_for_again(tmp_path: Path, text: bytes, words: str) -> None:
    asked = Asked()
    cached(tmp_path, asked).rate("nat.hour", V)
    (kept,) = files(tmp_path)
    kept.write_bytes(text)
    rates = cached(tmp_path, asked)
    assert rates.rate("nat.hour", V).usd == Decimal("0.045")
    (note,) = rates.notes
    assert words in note
    assert f"nat.hour in {V}" in note
    assert len(asked.questions) == 2
    assert cached(tmp_path, asked).rate("nat.hour", V).usd == Decimal("0.045")
    assert len(asked.questions) == 2


@given(cut=st.integers(0, 1600), letter=st.characters(codec="utf-8"))
def test_whatever_is_changed_in_a_kept_answer_no_wrong_price_comes_out(
    tmp_path_factory: pytest.TempPathFactory, cut: int, letter: str
) -> None:
    folder, asked = tmp_path_factory.mktemp("cache"), Asked()
    cached(folder, asked).rate("nat.hour", V)
    (kept,) = files(folder)
    text = kept.read_text()
    assert 1200 < len(text) < 1800
    kept.write_text(text[:cut] + letter + text[cut + 1 :])
    assert cached(folder, asked).rate("nat.hour", V).usd == Decimal("0.045")


def test_a_kept_answer_without_its_product_is_asked_for_again(tmp_path: Path) -> None:
    asked = Asked()
    cached(tmp_path, asked).rate("nat.hour", V)
    (kept,) = files(tmp_path)
    PriceCache(tmp_path, now=lambda: NOON).put("nat.hour", V, json.loads(kept.read_text())["request"], [], NOON)
    rates = cached(tmp_path, asked)
    assert rates.rate("nat.hour", V).usd == Decimal("0.045")
    assert "MissingRateError" in rates.notes[0]
    assert len(asked.questions) == 2


def test_nothing_is_written_outside_the_cache_and_no_half_file_stays(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    rates = cached(tmp_path / "cache", Asked())
    rates.fetch(CATALOGUE, [V])
    written = files(tmp_path)
    assert len(written) == len(CATALOGUE)
    assert all(path.is_relative_to(tmp_path / "cache") and path.suffix == ".json" for path in written)
    assert list((tmp_path / "beside").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_said_and_costs_no_price(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder should be")
    rates = cached(tmp_path / "cache", Asked())
    assert rates.rate("nat.hour", V).usd == Decimal("0.045")
    (note,) = rates.notes
    assert "prices cannot be kept" in note


def test_a_kept_answer_that_cannot_be_read_is_named_and_asked_for_again(tmp_path: Path) -> None:
    asked = Asked()
    PriceCache(tmp_path).path("nat.hour", V).mkdir(parents=True)
    rates = cached(tmp_path, asked)
    assert rates.rate("nat.hour", V).usd == Decimal("0.045")
    assert "cannot be read" in rates.notes[0]


def test_a_price_that_is_not_there_is_not_kept(tmp_path: Path) -> None:
    asked = Asked()
    asked.answers["AmazonEC2"] = []
    with pytest.raises(MissingRateError):
        cached(tmp_path, asked).rate("nat.hour", V)
    assert files(tmp_path) == set()


def test_a_rehearsals_answers_never_reach_the_disk(session_in: Any, tmp_path: Path) -> None:
    rates = choose(session_in(), cache_dir=tmp_path, now=lambda: NOON)
    assert rates.rate("nat.hour", V).source == "live"
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (aws_error("AccessDeniedException"), "AccessDeniedException"),
        (aws_error("NoCredentials"), "NoCredentials"),
        (aws_error("ExpiredTokenException"), "ExpiredTokenException"),
        (aws_error("NotReachable"), "NotReachable"),
        (aws_error("ThrottlingException"), "ThrottlingException"),
        (aws_error("InternalErrorException", 500), "InternalErrorException"),
        (WaitingError("the profile needs an MFA code"), "MFA"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_aws_cannot_be_asked_the_snapshot_answers_and_every_figure_says_why(
    tmp_path: Path, error: Exception, words: str
) -> None:
    asked = Asked(error)
    rates = choose(session(asked), cache_dir=tmp_path, now=lambda: NOON)
    rates.fetch(CATALOGUE, [V])
    for key in CATALOGUE:
        rate = rates.rate(key, V)
        assert rate.source == "snapshot"
        assert words in rate.note
        assert "cannot be asked" in rate.note
    assert rates.source == "snapshot"
    assert words in rates.notes[0]
    assert rates.as_of == snapshot.packaged().as_of
    assert len(asked.questions) <= 8


def test_prices_that_came_before_aws_stopped_answering_stay_live(tmp_path: Path) -> None:
    asked = Asked()
    rates = choose(session(asked), cache_dir=tmp_path, now=lambda: NOON)
    assert rates.rate("nat.hour", V).source == "live"
    assert (rates.source, rates.as_of) == ("live", NOON.date())
    asked.error = aws_error("AccessDeniedException")
    assert rates.rate("nat.gib", V).source == "snapshot"
    assert rates.rate("nat.hour", V).source == "live"
    assert rates.source == "mixed"


def test_a_wrong_answer_is_an_error_and_no_reason_to_take_the_snapshot(tmp_path: Path) -> None:
    asked = Asked()
    asked.answers["AmazonEC2"] = []
    rates = choose(session(asked), cache_dir=tmp_path, now=lambda: NOON)
    with pytest.raises(MissingRateError, match="tried ServiceCode=AmazonEC2"):
        rates.rate("nat.hour", V)
    assert rates.rate("alb.hour", V).source == "live"


def test_a_refused_question_is_about_its_rate_only() -> None:
    asked = Asked(aws_error("InvalidParameterException"))
    rates = LiveRates(session(asked))
    with pytest.raises(PriceListError, match=r"refused the question for nat\.hour"):
        rates.rate("nat.hour", V)
    asked.error = None
    assert rates.rate("nat.gib", V).usd == Decimal("0.045")


@pytest.mark.parametrize("answer", [[{"a": 1}], [1], ["{"], ["\x1b[2J"]])
def test_an_answer_in_another_shape_is_named(answer: list[Any]) -> None:
    asked = Asked()
    asked.answers["AmazonEC2"] = answer
    with pytest.raises(PriceListError) as raised:
        LiveRates(session(asked)).rate("nat.hour", V)
    assert "\x1b" not in str(raised.value)


def test_wrong_keys_and_regions_are_said_before_anything_is_asked() -> None:
    asked = Asked()
    rates = LiveRates(session(asked))
    with pytest.raises(PriceError, match=r"nat\.hours"):
        rates.fetch(["nat.hour", "nat.hours"], [V])
    with pytest.raises(PriceRegionError, match="AWS China"):
        rates.fetch(["nat.hour"], ["cn-north-1"])
    assert asked.questions == []


def test_faults_of_the_wire_are_retried_and_then_the_snapshot_answers(embedded: Embedded, session_in: Any) -> None:
    embedded.add_faults(["pricing.GetProducts:throttle:1"])
    rates = choose(session_in(), now=lambda: NOON)
    assert rates.rate("nat.hour", V).source == "live"
    embedded.add_faults(["pricing.GetProducts:denied:100"])
    denied = rates.rate("nat.gib", V)
    embedded.clear_faults()
    assert denied.source == "snapshot"
    assert "AccessDenied" in denied.note


def test_without_a_session_or_offline_the_snapshot_says_why() -> None:
    for rates, words in ((choose(None), "no AWS session"), (choose(session(Asked()), offline=True), "not to be asked")):
        assert rates.source == "snapshot"
        assert words in rates.notes[0]
        assert words in rates.rate("nat.hour", V).note


def test_the_users_copy_lies_over_the_snapshot_and_a_damaged_one_is_left_aside(tmp_path: Path) -> None:
    copy = tmp_path / "prices.json"
    rate = LiveRates(session(Asked()), now=lambda: NOON).rate("nat.hour", V)
    row = {**saved.row_of(rate, ["live"]), "tiers": [["0", "Inf", "0.05", "x"]]}
    saved.write(copy, saved.text_of(date(2026, 11, 23), {"live": "AWS Price List API"}, [row]))
    rates = choose(None, user_copy=copy, now=lambda: NOON)
    assert rates.rate("nat.hour", V).usd == Decimal("0.05")
    assert rates.rate("nat.hour", "eu-west-1").usd == Decimal("0.048")
    assert rates.as_of == date(2026, 11, 23)
    for text in (
        "{",
        copy.read_text().replace('"0.05"', '"5 cents"'),
        copy.read_text().replace('"as_of": "2026-10-07"', '"a": 1'),
    ):
        saved.write(copy, text)
        rates = choose(None, user_copy=copy, now=lambda: NOON)
        assert rates.rate("nat.hour", V).usd == Decimal("0.045")
        assert "left aside" in rates.notes[1]


def test_of_a_copy_and_the_snapshot_the_later_price_counts(tmp_path: Path) -> None:
    copy = tmp_path / "prices.json"
    rate = LiveRates(session(Asked()), now=lambda: datetime(2025, 1, 1, tzinfo=UTC)).rate("nat.hour", V)
    row = {**saved.row_of(rate, ["live"]), "tiers": [["0", "Inf", "0.05", "x"]]}
    saved.write(copy, saved.text_of(date(2025, 1, 1), {"live": "AWS Price List API"}, [row]))
    assert choose(None, user_copy=copy, now=lambda: NOON).rate("nat.hour", V).usd == Decimal("0.045")


def test_all_that_can_be_had_is_had_and_the_rest_is_named() -> None:
    asked = Asked()
    asked.answers["AmazonEC2"] = []
    rates, problems = fetched(LiveRates(session(asked)), CATALOGUE, [V, "eu-west-1"])
    assert len(problems) == 4
    assert {problem.key for problem in problems} == {"nat.hour", "nat.gib"}
    assert len(rates) == 2 * len(CATALOGUE) - 4 - 2
