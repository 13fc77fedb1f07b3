"""Texts are bounded lines, and nothing that looks like a secret is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.diagnose.cleaned import LONGEST, cleaned, cleaned_log

CANARY = "Zq7vN3xK9mP2wR5tY8uA4bC6dE1fG0hJ"


@pytest.mark.parametrize(
    "line",
    [
        f"KARET_API_KEY={CANARY}",
        f"api-key: {CANARY}",
        f'{{"token": "{CANARY}"}}',
        f"authorization: Bearer {CANARY}",
        f"using {CANARY} as key",
        f"value:{CANARY}",
        f"postgres://karet:{CANARY}@db/karet",
        f"eyJ{CANARY}.{CANARY}",
    ],
)
def test_no_secret_of_a_log_line_is_shown(line: str) -> None:
    assert CANARY[4:20] not in cleaned_log(line)
    assert "•••" in cleaned_log(line)


def test_what_helps_stays_readable() -> None:
    for line in (
        "Error: KARET_SESSION_SECRET is not set",
        "Server listening on http://0.0.0.0:3000",
        "failed to resolve ref 123456789012.dkr.ecr.us-east-1.amazonaws.com/karet@sha256:" + "0a" * 32 + ": not found",
        "at Object.<anonymous> (/app/node_modules/next/dist/server/next.js:12:7)",
    ):
        assert cleaned_log(line) == line


def test_a_text_of_aws_loses_control_characters_and_key_ids_and_keeps_its_ids() -> None:
    assert cleaned("\x1b[31mYou\N{RIGHT SINGLE QUOTATION MARK}ve\x1b[0m\r\nreached\x00 AKIAIOSFODNN7EXAMPLE") == (
        "You've reached •••"
    )
    assert cleaned("(task 0123456789abcdef0123456789abcdef)") == "(task 0123456789abcdef0123456789abcdef)"


@given(st.text(max_size=3 * LONGEST))
def test_whatever_is_written_becomes_one_bounded_printable_line(text: str) -> None:
    for line in (cleaned(text), cleaned_log(text)):
        assert len(line) <= LONGEST + 3
        assert line.isprintable()
