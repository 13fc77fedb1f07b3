from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from karet_tui.call_form import FORMS, call_lines, next_form
from karet_tui.readable import short, value_lines
from runbook.calls import Call, File, Secret
from runbook.readable import readable


def text(value: Any) -> str:
    return "\n".join(line.plain for line in value_lines(value))


def test_the_lines_are_those_of_the_command_line_in_colours() -> None:
    value = {"Bucket": "karet", "Rules": [{"Id": "a", "Days": 7}, {"Id": "b"}], "Tags": [{"Key": "a", "Value": "b"}]}
    assert text(value) == "\n".join(readable(value))
    assert text(value).startswith("Bucket: karet\nRules:\n  - Id: a\n    Days: 7\n  - Id: b")


def test_what_is_known_only_later_stands_apart() -> None:
    (line,) = value_lines({"Resource": "${s3.bucket.arn}/*"})
    assert line.plain == "Resource: ${s3.bucket.arn}/*"
    assert [line.plain[one.start : one.end] for one in line.spans if "italic" in str(one.style)] == ["${s3.bucket.arn}"]


PUT = Call(
    "s3", "PutObject", {"Bucket": "a b", "Key": "${s3.bucket.key}", "Body": File("pipeline.json", "ab" * 32, 250)}
)


def test_a_call_is_shown_as_a_command_with_its_options_in_colour() -> None:
    shown = call_lines(PUT, 1, "aws")
    assert shown.plain.splitlines()[:2] == ["1. s3.PutObject", "  aws s3api put-object \\"]
    coloured = {shown.plain[one.start : one.end]: str(one.style) for one in shown.spans}
    assert coloured["--bucket"] == "$primary"
    assert coloured["'a b'"] == "$text-secondary"
    assert "italic" in coloured["${S3_BUCKET_KEY}"]


def test_a_call_is_shown_as_boto3_and_as_parameters_too() -> None:
    assert "put_object(" in call_lines(PUT, 1, "boto3").plain
    secret = call_lines(Call("s3", "PutObject", {"A": Secret(48)}), 1, "parameters").plain
    assert "A: ••• (48 characters, made when it is sent)" in secret
    assert call_lines(Call("s3", "ListBuckets", {}), 1, "parameters").plain.endswith("no parameters")


def test_a_call_that_no_command_can_say_is_shown_by_its_parameters_with_the_reason() -> None:
    shown = call_lines(Call("s3", "PutObject", {"Nonsense": 1}), 1, "aws").plain
    assert "Nonsense: 1" in shown
    assert "its parameters:" in shown


def test_a_hostile_value_in_a_command_holds_no_escape_sequence() -> None:
    shown = call_lines(Call("s3", "PutObject", {"Bucket": "\x1b[31m[red]'", "Key": "a"}), 1, "aws").plain
    assert "\x1b" not in shown
    assert "[red]" in shown


def test_the_key_goes_through_all_forms_and_back() -> None:
    seen = ["aws"]
    while (following := next_form(seen[-1])) != "aws":
        seen.append(following)
    assert seen == list(FORMS)


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


def test_the_parameters_say_which_value_is_known_only_after_apply() -> None:
    shown = call_lines(PUT, 1, "parameters").plain
    assert "Key: ${s3.bucket.key}  (known after apply: key of s3.bucket)" in shown
    assert text({"Resource": "${s3.bucket.arn}/*"}) == "Resource: ${s3.bucket.arn}/*"
