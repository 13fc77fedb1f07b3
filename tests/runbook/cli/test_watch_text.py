"""A picture fits any terminal, says what is wrong in words, and is drawn until somebody stops it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.cli import terminal, watch_screen
from runbook.cli.watch_text import picture
from runbook.runs.watched import (
    Watched,
    WatchedAlarm,
    WatchedLine,
    WatchedQueue,
    WatchedService,
    WatchedTarget,
    WatchedTask,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def watched(**changed: Any) -> Watched:
    made: dict[str, Any] = {
        "at": NOW,
        "account": "123456789012",
        "region": "us-east-1",
        "stack": "karet",
        "services": (
            WatchedService(
                part="web",
                name="karet-svc",
                status="ACTIVE",
                desired=2,
                running=1,
                pending=1,
                rollout="IN_PROGRESS",
                event="(service karet-svc) has started 1 tasks",
                tasks=(WatchedTask("0" * 32, "RUNNING", "HEALTHY", "karet:7", NOW - timedelta(minutes=5)),),
                targets=(WatchedTarget("10.0.0.1", 3000, "unhealthy", "Target.Timeout Request timed out"),),
            ),
            WatchedService(part="worker", name="karet-worker-svc"),
        ),
        "queues": (
            WatchedQueue("karet-uploads", False, 3, 1),
            WatchedQueue("karet-uploads-dead", True, 2, 0),
        ),
        "alarms": (WatchedAlarm("karet-web-5xx", "ALARM", NOW - timedelta(hours=3), "Threshold Crossed"),),
        "logs": (WatchedLine("/karet/web", NOW, "karet", "0" * 32, "hello"),),
        "not_read": ("sqs.GetQueueUrl: AccessDenied",),
    }
    return Watched(**{**made, **changed})


def text(now: Watched, width: int = 200, height: int = 0) -> str:
    return "\n".join(line for line, _ in picture(now, width=width, height=height))


def test_a_picture_says_in_words_how_everything_is() -> None:
    told = text(watched())
    for words in (
        "karet in us-east-1, account 123456789012, 12:00:00 UTC",
        "karet-svc: desired 2, running 1, pending 1, rollout IN_PROGRESS",
        "task 00000000 RUNNING, health HEALTHY, karet:7, 5 min",
        "targets: 1 unhealthy: Target.Timeout Request timed out",
        "last event: (service karet-svc) has started 1 tasks",
        "karet-worker-svc: does not exist",
        "karet-uploads: about 3 waiting, 1 taken",
        "dead letters karet-uploads-dead: about 2 waiting",
        "karet-web-5xx is ALARM for 3 h: Threshold Crossed",
        "not read: sqs.GetQueueUrl: AccessDenied",
        "12:00:00 web karet 00000000  hello",
    ):
        assert words in told, words


def test_what_is_not_there_is_said() -> None:
    told = text(watched(alarms=(), logs=(), queues=(WatchedQueue("karet-uploads", False),)))
    assert "alarms: none" in told
    assert "no log lines yet" in told
    assert "karet-uploads: not there" in told


lines = st.lists(st.text(max_size=80), max_size=30).map(
    lambda texts: tuple(WatchedLine("/karet/web", NOW, "karet", "0" * 32, one) for one in texts)
)
tasks = st.integers(0, 40).map(
    lambda count: tuple(WatchedTask(f"{n:032}", "RUNNING", "HEALTHY", "a:1") for n in range(count))
)


@given(lines, tasks, st.integers(20, 250), st.integers(4, 60))
def test_a_picture_fits_the_terminal_and_obeys_nothing(logs: Any, running: Any, width: int, height: int) -> None:
    one = WatchedService("web", "karet-svc", "ACTIVE", 2, 2, 0, "COMPLETED", tasks=running)
    drawn = picture(watched(logs=logs, services=(one, one)), width=width, height=height)
    assert len(drawn) <= height
    assert all(len(line) <= width and line.isprintable() for line, _ in drawn)
    assert drawn[0][0].startswith("karet in us-east-1"[:17])


def test_the_last_log_lines_stay_when_there_is_little_room() -> None:
    logs = tuple(
        WatchedLine("/karet/web", NOW + timedelta(seconds=n), "karet", "0" * 32, f"line {n}") for n in range(30)
    )
    told = text(watched(logs=logs), height=20)
    assert "line 29" in told
    assert "line 0" not in told


class Clock:
    """Notes how long it was asked to wait, and is interrupted at the third time."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        if len(self.waited) == 3:
            raise KeyboardInterrupt


def test_pictures_are_drawn_over_each_other_until_somebody_stops(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "colours", lambda: False)
    clock, taken = Clock(), iter(watched(stack=f"s{n}") for n in range(9))
    watch_screen.redraw(lambda: next(taken), 7.0, clock)
    drawn = capsys.readouterr().err
    assert clock.waited == [7.0, 7.0, 7.0]
    assert [f"s{n} in us-east-1" in drawn for n in range(4)] == [True, True, True, False]
    assert drawn.count("\x1b[H") == 3
    assert drawn.count("\x1b[2J") == 1
    assert "every 7 s; Ctrl+C ends it" in drawn


def test_colours_come_on_top_of_the_words_and_only_where_people_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for on in (True, False):
        monkeypatch.setattr(terminal, "colours", lambda on=on: on)
        styled = watch_screen._styled("karet-web-5xx is ALARM", "red")
        assert ("\x1b[31m" in styled) is on
        assert "karet-web-5xx is ALARM" in styled


def test_without_a_terminal_one_plain_picture_is_printed_and_json_is_one_document(karet: Any) -> None:
    said = karet("status", "--watch", "--every", "1")
    assert said.code == 0
    assert "karet-svc: does not exist" in said.err
    assert "\x1b" not in said.err
    told = karet("status", "--watch", "--json").json
    assert [one["status"] for one in told["services"]] == ["absent", "absent"]
    assert set(told) == {"at", "account", "region", "stack", "services", "queues", "alarms", "logs", "not_read"}


@pytest.mark.parametrize("arguments", [("--every", "5"), ("--watch", "--every", "0"), ("--watch", "--every", "soon")])
def test_a_wrong_pace_is_wrong_input(karet: Any, arguments: tuple[str, ...]) -> None:
    assert karet("status", *arguments).code == 64
