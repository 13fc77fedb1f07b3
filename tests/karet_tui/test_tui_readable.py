from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from karet_tui.readable import call_lines, short, value_lines
from runbook.calls import Call, File, Json, Secret
from runbook.refs import UNKNOWN


def text(value: Any) -> str:
    return "\n".join(line.plain for line in value_lines(value))


def test_parameters_are_indented_lines_and_lists_have_dashes() -> None:
    assert text({"Bucket": "karet", "Rules": [{"Id": "a", "Days": 7}, {"Id": "b"}], "Tags": []}) == (
        "Bucket: karet\nRules:\n  - Id: a\n    Days: 7\n  - Id: b\nTags: []"
    )


def test_a_document_in_a_string_is_shown_as_a_document() -> None:
    shown = text({"Policy": Json({"Statement": [{"Effect": "Deny"}]})})
    assert shown == "Policy:  (a JSON document)\n  Statement:\n    - Effect: Deny"


def test_a_secret_is_dots_and_a_file_is_its_name_and_size() -> None:
    shown = call_lines(Call("s3", "PutObject", {"A": Secret(48), "B": File("pipeline.json", "ab" * 32, 250)}), 1).plain
    assert "A: •••••••••  (made at apply, 48 characters)" in shown
    assert "B: the file pipeline.json  (250 bytes, sha256 abababababab…)" in shown


def test_what_is_known_only_later_says_so() -> None:
    assert "${s3.bucket.arn}/*  (known after apply: arn of s3.bucket)" in text({"Resource": "${s3.bucket.arn}/*"})
    assert text({"Resource": UNKNOWN}) == "Resource: known after apply"
    assert text({"Text": "costs ${$}{5.x}"}).endswith("costs ${5.x}")


def test_a_text_that_could_be_taken_for_something_else_is_quoted() -> None:
    assert text({"a": "true", "b": True, "c": "12", "d": 12, "e": "", "f": None}) == (
        'a: "true"\nb: true\nc: "12"\nd: 12\ne: ""\nf: null'
    )


def test_a_value_in_one_line_says_when_nothing_is_set() -> None:
    assert short(None) == "not set"
    assert short([]) == "empty"
    assert short({"Status": "Enabled"}) == "Status: Enabled"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(_JSON)
def test_every_value_can_be_shown_and_no_line_holds_a_control_character(value: Any) -> None:
    for line in value_lines(value):
        assert all(one.isprintable() or one == "\ufffd" for one in line.plain)
