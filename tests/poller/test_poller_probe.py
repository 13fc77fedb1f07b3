"""The poller names the runbook's own uploads in its log by their ETag, and nobody else's at all."""

from __future__ import annotations

from typing import Any

import pytest
from karet_poller.messages import PROBE, Message, probed
from poller_stage import record

from runbook.kinds.s3_probe import FILE_NAME


def message(key: str, **about: Any) -> Message:
    one = record(key)
    one["s3"]["object"].update(about)
    return Message("m", "r", 1, (one,), (key,))


def test_the_runbook_and_the_poller_agree_about_the_name() -> None:
    assert FILE_NAME == PROBE


def test_an_own_upload_is_named_among_others() -> None:
    others = [message("raw/a.csv", eTag="1"), message(f"pipelines/x/raw/{PROBE}karet.csv", eTag="2")]
    assert probed(others) == {"probe": "2"}


@pytest.mark.parametrize(
    "other", [message("raw/a.csv", eTag="1"), message(f"{PROBE}/a.csv", eTag="1"), message(f"raw/{PROBE}karet.csv")]
)
def test_nothing_else_is(other: Message) -> None:
    assert probed([other]) == {}
