"""Calls as data: shown without secrets, read back, and with a digest that only depends on what is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.calls import HIDDEN, Call, File, Json, Secret, canonical, digest, read_shown, shown
from runbook.refs import UNKNOWN, Known, ref

words = st.text(st.characters(codec="utf-8", exclude_characters="$"), max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
params = st.recursive(
    plain | plain.map(Json) | st.builds(Secret, st.integers(1, 99)) | st.builds(File, words, words, st.integers(0, 9)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(params)
def test_what_is_shown_is_json_and_reads_back_as_the_same(value: Any) -> None:
    text = json.dumps(shown(value))
    assert read_shown(json.loads(text)) == value


@given(st.dictionaries(words, plain, max_size=4))
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert digest(value) == digest(turned)
    assert Call("s", "O", value).digest == Call("s", "O", turned).digest


def test_a_digest_changes_with_anything_that_is_sent_and_with_nothing_else() -> None:
    call = Call("s3", "PutObject", {"Bucket": "b", "Body": File("x", "abc", 3)})
    others = [
        Call("s4", "PutObject", call.params),
        Call("s3", "PutThing", call.params),
        Call("s3", "PutObject", {**call.params, "Bucket": "c"}),
        Call("s3", "PutObject", {**call.params, "Body": File("x", "abd", 3)}),
    ]
    assert call.digest not in {other.digest for other in others}
    same = Call("s3", "PutObject", call.params, keep={"a": "A"}, token="T", done=("X",), on="arn")
    assert same.digest == call.digest


def test_a_secret_is_shown_by_its_shape_only() -> None:
    call = Call("secretsmanager", "CreateSecret", {"SecretString": Json({"key": Secret(20)})})
    assert call.as_json()["params"] == {"SecretString": {"$json": {"key": {"$secret": HIDDEN, "length": 20}}}}


def test_bytes_are_shown_by_their_hash_and_what_is_unknown_by_words() -> None:
    assert shown({"a": b"secret"})["a"].keys() == {"$bytes", "size"}
    assert "secret" not in json.dumps(shown({"a": b"secret"}))
    assert shown([UNKNOWN]) == ["known after apply"]


def test_a_file_is_pinned_by_its_content_and_not_by_its_place(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "config.json", tmp_path / "b" / "config.json"
    for path in (first, second):
        path.parent.mkdir()
        path.write_bytes(b"{}")
    assert File.of(first) == File.of(second)
    assert str(tmp_path) not in json.dumps(shown(File.of(first)))
    second.write_bytes(b"[]")
    assert File.of(first) != File.of(second)


def test_filling_a_call_replaces_references_in_parameters_documents_and_the_arn() -> None:
    call = Call("s3", "Put", {"Doc": Json({"to": ref("a", "arn")}), "Id": ref("b", "id")}, on=f"{ref('a', 'arn')}/*")
    filled = call.filled(Known({"a": {"arn": "arn:a"}, "b": None}))
    assert filled.params == {"Doc": Json({"to": "arn:a"}), "Id": "${b.id}"}
    assert filled.on == "arn:a/*"
    assert filled.name == "s3.Put"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_has_no_canonical_form(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": value})
