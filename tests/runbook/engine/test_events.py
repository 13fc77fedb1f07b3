"""Every event has a time, a JSON form and exactly one line of text."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from typing import get_args

import pytest

from runbook.engine import events
from runbook.engine.events import CallFinished, ChangeFailed, Event, Message, RunEnded, WaitProgress
from runbook.errors import AwsError, PlanError

AT = datetime(2026, 11, 23, 3, 17, 33, 512000, tzinfo=UTC)

SAMPLES: list[Event] = [
    events.RunStarted(AT, "20261123T031733-512-ab3f", "karet apply 2", "123456789012", "eu-central-1", "karet"),
    events.PlanMade(AT, "0123456789abcdef", {"create": 3, "none": 1}),
    events.ResourceLooked(AT, "data.bucket", "absent"),
    events.ChangeStarted(AT, "data.bucket", "create"),
    events.CallStarted(AT, "data.bucket", "s3.CreateBucket", 2),
    CallFinished(AT, "data.bucket", "s3", "CreateBucket", 0.25, "R1"),
    events.CallRetried(AT, "data.bucket", "s3", "CreateBucket", "SlowDown", "throttled", 1.5),
    WaitProgress(AT, "network.nat.a", "available", 30, 600, 110, "pending"),
    events.ChangeFinished(AT, "data.bucket", "create", "done"),
    ChangeFailed(AT, "data.bucket", "create", "no", "ask", "s3", "CreateBucket", "AccessDenied", "R2"),
    events.CheckFinished(AT, "s3.versioning", "versioning is on", "passed", "Status=Enabled"),
    Message(AT, "warning", "the journal was damaged"),
    RunEnded(AT, "ok", {"done": 4}),
]


def test_the_samples_show_every_event_there_is() -> None:
    assert {type(sample) for sample in SAMPLES} == set(get_args(Event))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_frozen_json_and_one_line_that_starts_with_the_time(event: Event) -> None:
    with pytest.raises(FrozenInstanceError):
        event.at = AT  # type: ignore[misc]
    body = json.loads(json.dumps(event.as_json()))
    assert body["event"] == type(event).__name__
    assert body["at"] == "2026-11-23T03:17:33.512+00:00"
    line = event.line()
    assert line.startswith("03:17:33Z ")
    assert len(line.splitlines()) == 1
    if hasattr(event, "id"):
        assert event.id in line
        assert body["id"] == event.id


def test_a_text_from_aws_cannot_break_the_line_or_colour_the_terminal() -> None:
    line = Message(AT, "error", "first\nsecond\r\x1b[31mred\x1b[0m\u2028third").line()
    assert line == "03:17:33Z error: first second [31mred [0m third"


def test_a_wait_says_how_long_it_usually_takes_only_when_that_is_known() -> None:
    known = WaitProgress(AT, "network.nat.a", "available", 30, 600, 110).line()
    unknown = WaitProgress(AT, "network.nat.a", "available", 30, 600).line()
    assert known.endswith("waiting for available, 30 s of at most 600 s, usually 110 s")
    assert unknown.endswith("waiting for available, 30 s of at most 600 s")


def test_a_failure_from_aws_keeps_the_fields_of_aws() -> None:
    error = AwsError(
        "not authorized", service="s3", operation="CreateBucket", code="AccessDenied", request_id="R2", hint="Ask."
    )
    event = ChangeFailed.of(AT, "data.bucket", "create", error)
    assert (event.service, event.operation, event.code, event.request_id) == (
        "s3",
        "CreateBucket",
        "AccessDenied",
        "R2",
    )
    assert event.line() == (
        "03:17:33Z data.bucket: create FAILED: s3.CreateBucket AccessDenied: not authorized Next: Ask."
    )


def test_a_failure_of_our_own_has_no_call() -> None:
    event = ChangeFailed.of(AT, "data.bucket", "create", PlanError("two buckets", hint="Delete one."))
    assert event.service == ""
    assert event.line() == "03:17:33Z data.bucket: create FAILED: two buckets Next: Delete one."


def test_a_run_with_nothing_to_count_says_so() -> None:
    assert RunEnded(AT, "ok").line() == "03:17:33Z run ended: ok: nothing to do"
