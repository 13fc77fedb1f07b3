"""An entry's body is bounded JSON, and its hash can be computed by anybody from its fields."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.engine.journal_entry import BODY_LIMIT, GENESIS, Entry, bounded, canonical, read_time, seal, write_time
from runbook.errors import JournalError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_small_body_comes_back_as_it_was_and_has_one_form(body: dict[str, Any]) -> None:
    text = bounded(body)
    assert json.loads(text) == body
    assert canonical(json.loads(text)) == text
    assert text.isascii()


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=3), st.text(max_size=9), st.integers(1, 10**6))
def test_the_hash_is_sha256_over_the_canonical_array_of_the_fields(body: dict[str, Any], run: str, seq: int) -> None:
    fields = [seq, run, "2026-11-23T00:00:00.000000Z", "event", "a.b", body, GENESIS]
    array = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    expected = hashlib.sha256(array.encode()).hexdigest()
    assert seal(seq, run, "2026-11-23T00:00:00.000000Z", "event", "a.b", canonical(body), GENESIS) == expected
    entry = Entry(seq, run, "2026-11-23T00:00:00.000000Z", "event", "a.b", body, GENESIS, expected)
    assert entry.computed_hash() == expected
    exported = Entry(**json.loads(json.dumps(entry.as_json())))
    assert exported.computed_hash() == expected


class Hidden(str):
    """A text that hides its value, as a secret does."""


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), "datetime"),
        (date(2026, 11, 23), "date"),
        (Decimal("1.5"), "Decimal"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (object(), "object"),
        (Hidden("hunter2"), "Hidden"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ({1: "one"}, "key of type int"),
    ],
)
def test_what_is_no_json_is_refused_by_place_and_type_but_never_shown(value: object, what: str) -> None:
    with pytest.raises(JournalError, match=what) as refused:
        bounded({"params": {"list": [0, value]}})
    assert "body.params.list[1]" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_body_that_contains_itself_is_refused() -> None:
    body: dict[str, Any] = {}
    body["again"] = body
    with pytest.raises(JournalError, match="nested deeper than 64"):
        bounded(body)


def test_a_long_text_is_cut_with_a_marker_that_says_how_much() -> None:
    body = json.loads(bounded({"operation": "RunTask", "error": "x" * 1_000_000, "code": "Big"}))
    assert body["operation"] == "RunTask"
    assert body["code"] == "Big"
    assert body["error"] == "x" * 16384 + "...[cut: 983,616 more characters]"


def test_a_body_at_the_limit_is_not_cut() -> None:
    text = "x" * (BODY_LIMIT - len('{"a":""}'))
    assert json.loads(bounded({"a": text})) == {"a": text}
    assert "cut" in json.loads(bounded({"a": text + "x"}))["a"]


def test_a_long_list_is_cut_with_a_marker_that_says_how_many() -> None:
    body = json.loads(bounded({"intent": "i", "keys": list(range(200_000))}))
    assert body["keys"] == [*range(100), "[cut: 199,900 more entries]"]
    assert body["intent"] == "i"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(1, 30), st.integers(0, 3000), st.booleans())
def test_no_body_is_longer_than_the_limit_and_its_first_level_stays(
    wide: int, fields: int, chars: int, as_object: bool
) -> None:
    texts = {f"k{number}": "ü" * chars for number in range(wide)}
    body = {f"f{number}": texts if as_object else list(texts.values()) for number in range(fields)}
    text = bounded({"intent": "the-id", **body})
    assert len(text) <= BODY_LIMIT
    assert json.loads(text)["intent"] == "the-id"
    assert set(json.loads(text)) == {"intent", *body}


def test_too_many_fields_are_refused_because_cutting_does_not_help() -> None:
    with pytest.raises(JournalError, match="20000 fields"):
        bounded({f"field{number}": number for number in range(20_000)})


def test_times_are_written_in_utc_and_come_back() -> None:
    berlin = timezone(timedelta(hours=1))
    assert write_time(datetime(2026, 11, 23, 4, 17, 33, 512000, berlin)) == "2026-11-23T03:17:33.512000Z"
    assert read_time("2026-11-23T03:17:33.512000Z") == datetime(2026, 11, 23, 3, 17, 33, 512000, UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(JournalError, match="no time zone"):
        write_time(datetime(2026, 11, 23))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-11-23", "2026-11-23T03:17:33Z", "2026-11-23T03:17:33.512000+00:00", "20261123T031733.5Z"],
)
def test_a_time_that_the_journal_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(JournalError, match="is not a time as the journal writes it"):
        read_time(text)
