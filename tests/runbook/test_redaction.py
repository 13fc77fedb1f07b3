"""What looks like a secret is hidden wherever it stands, two values can be told apart, and nothing else is touched."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secret_shapes import SHAPES

from runbook.calls import HIDDEN
from runbook.redaction import KEY_FILE, Redactor, redactor_of

REDACTOR = Redactor(b"k" * 32)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_secret_is_hidden(shape: Any) -> None:
    shown = json.dumps(REDACTOR.data(shape.planted), ensure_ascii=False)
    assert [one for one in shape.needles if one in shown] == []
    assert HIDDEN in shown


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_what_is_hidden_once_stays_as_it_is(shape: Any) -> None:
    once = REDACTOR.data(shape.planted)
    assert REDACTOR.data(once) == once


@pytest.mark.parametrize(
    "value",
    [
        {"Action": ["secretsmanager:GetSecretValue", "iam:PassRole", "ecr:GetAuthorizationToken"]},
        {
            "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:/karet/prod/api-key-AbCdEf:KEY::"
            + "0f" * 16
        },
        {"web": {"secrets": {"KARET_API_KEY": "api-key"}}},
        {"SecretString": {"$secret": HIDDEN, "length": 48}},
        {"ClientRequestToken": "2b6ed1f0-9a0e-4a3c-8a2f-7a0d6a5e9c11", "SecretId": "/karet/prod/api-key"},
        {"request_id": "sq1f3lxVZQ5IYotyYoh4EIQVhAVq3vxchJxcWHtApSTqSjZUHh5l"},
        {"digest": "ad476da402baa1391822a7aa9d71e0022defd3817f90fcb1e314f0d54f1df8e3"},
        {"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"},
        {"path": "/Users/Somebody/Projects/Karet2026/pipelines/production/config/pipeline-2.json"},
        {"Key": "karet:id", "Value": "secrets.api-key"},
        {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/karet@sha256:" + "c9ea4f83" * 8},
        {"Arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/karet-alb/a428b20c96ab0e36"},
        {"Name": "_d930b28be6c5927595552b219965053e.karet.example.com."},
        "Basic scanning finds known weaknesses; tokens: see the document",
        "the secret /karet/prod/api-key has no version",
    ],
    ids=repr,
)
def test_what_is_no_secret_stays(value: Any) -> None:
    assert REDACTOR.data(value) == value


def test_two_values_can_be_told_apart_and_the_same_one_recognised() -> None:
    one, two = ({"password": "correct horse"}, {"password": "battery staple"})
    assert REDACTOR.data(one) == REDACTOR.data(one) != REDACTOR.data(two)
    assert Redactor(b"other" * 8).data(one) != REDACTOR.data(one)


@pytest.mark.parametrize(("length", "told"), [(3, "up to 8"), (17, "up to 32"), (48, "up to 64"), (9000, "over 4096")])
def test_the_length_is_told_as_a_class_only(length: int, told: str) -> None:
    assert told in REDACTOR.mark("x" * length)


def test_the_key_is_made_once_and_only_its_user_may_read_it(tmp_path: Path) -> None:
    first = redactor_of(tmp_path).mark("value")
    assert redactor_of(tmp_path).mark("value") == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_data_keeps_its_form_and_is_settled_after_one_pass(value: Any) -> None:
    once = REDACTOR.data(value)
    assert REDACTOR.data(once) == once
    assert type(once) is type(value)
