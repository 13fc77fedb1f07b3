"""References: found by pattern in any string, filled when known, never mistaken for text that only looks like one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import PlanError
from runbook.model import Json
from runbook.refs import UNKNOWN, Known, escape, has_unknown, ref, references, same

texts = st.text(st.sampled_from("$${}a.b:-"), max_size=12)
KNOWN = Known({"a": {"b": "value"}, "odd": {"id": "x${a.b}$"}, "absent": None})


def test_a_reference_is_found_in_strings_containers_documents_and_dataclasses() -> None:
    @dataclass(frozen=True)
    class Declared:
        name: str
        doc: Json

    declared = Declared(f"x-{ref('net.vpc', 'id')}", Json({ref("a", "b"): [{"deep": ref("c.d-e", "arn")}]}))
    assert set(references(declared)) == {("net.vpc", "id"), ("a", "b"), ("c.d-e", "arn")}
    assert list(references({"one": (ref("a", "b"),), "two": {ref("c", "d")}})) == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize(
    "text", ["${aws:username}", "$a.b", "${a}", "${A.b}", "${.b}", "{a.b}", "${a.b", escape("${a.b}")]
)
def test_text_that_only_looks_like_a_reference_is_none(text: str) -> None:
    assert list(references(text)) == []


def test_an_iam_variable_arrives_as_it_is_written() -> None:
    policy = {"Resource": "arn:aws:s3:::b/${aws:username}/*"}
    assert KNOWN.value(policy) == policy
    assert KNOWN.fill(policy) == policy


@given(texts)
def test_text_from_settings_arrives_literally(text: str) -> None:
    assert KNOWN.value(escape(text)) == text
    assert KNOWN.value(KNOWN.fill(escape(text))) == text
    assert list(references(escape(text))) == []


@given(texts, texts)
def test_text_from_settings_stays_literal_beside_a_reference(before: str, after: str) -> None:
    written = escape(before) + ref("a", "b") + escape(after)
    assert KNOWN.value(written) == f"{before}value{after}"
    assert KNOWN.value(KNOWN.fill(written)) == f"{before}value{after}"
    later = escape(before) + ref("absent", "id") + escape(after)
    assert KNOWN.value(later) is UNKNOWN
    assert Known({"absent": {"id": "now"}}).value(KNOWN.fill(later)) == f"{before}now{after}"


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_found_value_is_never_read_as_a_reference_again(value: str, tail: str) -> None:
    known = Known({"a": {"b": value}, "c": None})
    partly = known.fill(ref("a", "b") + ref("c", "d") + escape(tail))
    assert list(references(partly)) == [("c", "d")]
    assert Known({"c": {"d": "!"}}).value(partly) == f"{value}!{tail}"


def test_a_value_that_looks_like_a_reference_is_kept_as_text() -> None:
    assert KNOWN.value(ref("odd", "id")) == "x${a.b}$"
    assert KNOWN.value(KNOWN.fill(f"{ref('odd', 'id')}{{a.b}}")) == "x${a.b}${a.b}"


def test_unknown_values_stay_visible_when_shown_and_are_unknown_when_asked_for() -> None:
    data = {"whole": ref("absent", "id"), "part": f"x/{ref('absent', 'id')}", "known": ref("a", "b")}
    assert KNOWN.fill(data) == {"whole": "${absent.id}", "part": "x/${absent.id}", "known": "value"}
    asked = KNOWN.value(data)
    assert asked["whole"] is UNKNOWN
    assert asked["part"] is UNKNOWN
    assert asked["known"] == "value"


def test_keys_of_a_document_are_filled_too() -> None:
    condition = {f"{ref('a', 'b')}:sub": "x"}
    assert KNOWN.value(condition) == {"value:sub": "x"}
    assert KNOWN.fill(condition) == {"value:sub": "x"}
    later = {f"{ref('absent', 'id')}:sub": "x"}
    assert KNOWN.fill(later) == later
    assert not same(KNOWN.value(later), {"value:sub": "x"})


def test_a_json_document_is_filled_as_data_and_counts_as_unknown_when_a_part_is() -> None:
    document = Json({"Statement": [{"Resource": ref("absent", "arn")}]})
    asked = KNOWN.value(document)
    assert has_unknown(asked)
    assert not same(asked, Json({"Statement": [{"Resource": "arn"}]}))
    assert same(KNOWN.value(Json({"a": (ref("a", "b"),)})), Json({"a": ["value"]}))


def test_an_output_that_a_thing_does_not_have_is_named_with_those_it_has() -> None:
    with pytest.raises(PlanError, match="a has no output 'arn'; it has b"):
        KNOWN.value(ref("a", "arn"))


def test_asking_for_something_that_is_no_reference_is_refused() -> None:
    assert KNOWN("${a.b}") == "value"
    with pytest.raises(PlanError, match="is no reference"):
        KNOWN("a.b")


def test_unknown_equals_nothing_not_even_itself() -> None:
    assert UNKNOWN != UNKNOWN
    assert not same(UNKNOWN, UNKNOWN)
    assert not same([UNKNOWN], [UNKNOWN])
    assert not same({"a": UNKNOWN}, {"a": UNKNOWN})
    with pytest.raises(TypeError):
        hash(UNKNOWN)


@pytest.mark.parametrize(
    ("declared", "found", "equal"),
    [
        ({"a": (1, 2)}, {"a": [1, 2]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1], [1, 2], False),
        (None, None, True),
        ("1", 1, False),
    ],
)
def test_declared_and_found_are_compared_as_data(declared: Any, found: Any, equal: bool) -> None:
    assert same(declared, found) is equal
