"""The parts of the poller: settings, layouts, messages, verdicts, the desk, the sign of life, the log."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from karet_poller.desk import Batch, Desk
from karet_poller.health import TOO_OLD_S, well
from karet_poller.layout import Layout
from karet_poller.log import say
from karet_poller.messages import BrokenMessageError, Message, uploads
from karet_poller.settings import WrongSettingsError, from_environment
from karet_poller.worker import judged
from poller_stage import POLLER, TEST_EVENT, record, reported

GIVEN = {"QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "AWS_REGION": "us-east-1"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"QUEUE_URL": ""}, "QUEUE_URL must be set"),
        ({"QUEUE_URL": "", "AWS_REGION": ""}, "QUEUE_URL and AWS_REGION"),
        ({"QUEUE_URL": "queue"}, "QUEUE_URL is no http"),
        ({"WORKER_BODY": "xml"}, "WORKER_BODY"),
        ({"WORKER_PATH": "hook"}, "WORKER_PATH"),
        ({"LEASE_S": "many"}, "LEASE_S is no number"),
        ({"LEASE_S": "nan"}, "LEASE_S has to be between"),
        ({"WAIT_S": "21"}, "between 0 and 20"),
    ],
)
def test_a_wrong_environment_is_refused_by_name(changes: dict[str, str], said: str) -> None:
    with pytest.raises(WrongSettingsError, match=said):
        from_environment({**GIVEN, **changes})


def test_wrong_settings_end_the_program_with_64_and_one_line() -> None:
    environment = {**os.environ, "PYTHONPATH": str(POLLER), "QUEUE_URL": ""}
    done = subprocess.run([sys.executable, "-m", "karet_poller"], env=environment, capture_output=True, check=False)
    assert done.returncode == 64
    assert json.loads(done.stdout)["event"] == "wrong settings"


@pytest.mark.parametrize(
    ("layout", "key", "prefix"),
    [
        ("pipelines/<pipeline>/raw/<file>", "pipelines/sales/raw/a.csv", "pipelines/sales/"),
        ("pipelines/<pipeline>/raw/<file>", "pipelines/a.b c/x", "pipelines/a.b c/"),
        ("pipelines/<pipeline>/raw/<file>", "raw/a.csv", ""),
        ("<tenant>/in/<pipeline>/<file>", "acme/in/sales/a.csv", "acme/in/sales/"),
        ("raw/<file>", "raw/a.csv", ""),
    ],
)
def test_the_layout_says_which_pipeline_a_key_belongs_to(layout: str, key: str, prefix: str) -> None:
    assert Layout(layout).prefix_of(key) == prefix


def test_keys_are_decoded_and_events_that_are_no_uploads_are_left_out() -> None:
    assert uploads(reported("raw/a b+c%ü.csv"))[1] == ("raw/a b+c%ü.csv",)
    assert uploads(TEST_EVENT) == ((), ())
    removed = {**record("raw/a"), "eventName": "ObjectRemoved:Delete"}
    compatible = {**record("raw/b"), "eventName": "s3:ObjectCreated:Put"}
    assert uploads(json.dumps({"Records": [removed, compatible]}))[1] == ("raw/b",)


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_any_key_comes_through(key: str) -> None:
    assert uploads(reported(key))[1] == (key,)


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Records", "eventName", "s3", "object"]), inner),
)


@given(json_values | st.dictionaries(st.just("Records"), json_values))
def test_no_message_breaks_the_reader(value: Any) -> None:
    try:
        _, keys = uploads(json.dumps(value))
    except BrokenMessageError:
        return
    assert all(isinstance(key, str) for key in keys)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", "done"),
        (202, b"accepted", "done"),
        (200, b'{"errors": []}', "done"),
        (200, b'{"error": null}', "done"),
        (200, b'{"error": {"kind": "no_files"}}', "done"),
        (200, b"[]", "done"),
        (200, b'{"errors": ["x"]}', "refused"),
        (200, b'{"error": {"kind": "bad_csv"}}', "refused"),
        (200, b'{"error": "no"}', "refused"),
        (302, b"", "refused"),
        (404, b"", "refused"),
        (500, b'{"errors": []}', "refused"),
    ],
)
def test_an_answer_is_judged_by_status_and_body(status: int, body: bytes, outcome: str) -> None:
    assert judged(status, body).outcome == outcome


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def message(number: int) -> Message:
    return Message(str(number), f"receipt-{number}", 1)


def desk(clock: Hand, most: int = 100) -> Desk:
    return Desk(quiet_s=5, longest_wait_s=20, most=most, clock=clock)


def test_a_pipeline_is_due_when_it_is_quiet_and_runs_once_at_a_time() -> None:
    clock = Hand()
    held = desk(clock)
    held.put("a/", message(1))
    clock.now = 4
    held.put("a/", message(2))
    clock.now = 9
    batch = held.next_due()
    assert batch == Batch("a/", (message(1), message(2)))
    held.put("a/", message(3))
    held.put("b/", message(4))
    clock.now = 30
    other = held.next_due()
    assert other is not None
    assert other.pipeline == "b/"
    held.finished(batch)
    again = held.next_due()
    assert again == Batch("a/", (message(3),))


def test_a_pipeline_that_is_never_quiet_runs_after_the_longest_wait() -> None:
    clock = Hand()
    held = desk(clock)
    for moment in range(0, 21, 4):
        clock.now = moment
        held.put("a/", message(moment))
    batch = held.next_due()
    assert batch is not None
    assert len(batch.messages) == 6


def test_a_full_desk_waits_for_no_quiet_and_has_no_room() -> None:
    clock = Hand()
    held = desk(clock, most=2)
    held.put("a/", message(1))
    assert held.room() == 1
    held.put("b/", message(2))
    assert held.room() == 0
    batch = held.next_due()
    assert batch is not None
    held.released(batch, batch.messages)
    assert (held.room(), len(held.held())) == (1, 1)


def test_a_message_that_is_received_again_while_it_waits_is_held_once_with_the_newer_receipt() -> None:
    held = desk(Hand())
    held.put("a/", message(1))
    held.put("a/", Message("1", "newer", 2))
    assert [one.receipt for one in held.held()] == ["newer"]


def test_a_closed_desk_gives_back_what_waits_and_hands_out_nothing() -> None:
    held = desk(Hand())
    held.put("a/", message(1))
    assert held.close() == (message(1),)
    assert held.next_due() is None


def test_the_sign_of_life_gets_old(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert not well(file, 0)
    file.touch()
    now = file.stat().st_mtime
    assert well(file, now + TOO_OLD_S - 1)
    assert not well(file, now + TOO_OLD_S + 1)


def test_a_line_of_the_log_is_one_json_object_whatever_stands_in_it() -> None:
    stream = io.StringIO()
    say("done", stream=stream, pipeline='a\n"b"\x1b[2J', messages=3)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["pipeline"] == 'a\n"b"\x1b[2J'
    assert "\x1b" not in line
