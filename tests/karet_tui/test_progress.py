from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from karet_tui.progress import Progress
from runbook.engine import events
from runbook.model import Change
from runbook.runs.durations import Usual

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def change(id_: str, action: Any, takes: float = 0.0) -> Change:
    return Change(
        id=id_,
        action=action,
        reason="does not exist",
        kind="Nat",
        section=5,
        calls=(object(),),
        expected_s=takes,  # type: ignore[arg-type]
    )


def running(*changes: Change, rehearsal: bool) -> Progress:
    acting = tuple(one for one in changes if one.action != "none")
    plan: Any = SimpleNamespace(changes=changes, acting=acting)
    seen = {("Nat", "create"): Usual(1.0, 1.0, seen=3)}
    return Progress.of_run("Applying section 5", plan, seen, rehearsal=rehearsal)


def test_what_is_over_is_told_in_words_that_are_true_by_then() -> None:
    progress = running(change("a", "create"), change("b", "update"), change("c", "none"), rehearsal=True)
    for id_, action, outcome in (("a", "create", "done"), ("b", "update", "not_started"), ("c", "none", "done")):
        progress.take(events.ChangeFinished(T0, id_, action, outcome))
    assert progress.signs == {
        "a": ("● done", "was created"),
        "b": ("○ not begun", "not begun"),
        "c": ("● done", "is ready"),
    }


@pytest.mark.parametrize(
    ("rehearsal", "takes", "left"),
    [
        (False, "about 1 s, 1 s when slow; as earlier runs of this stack took", "about 1 s left, 1 s when slow"),
        (
            True,
            "on AWS about 2 min, 4 min when slow; a rehearsal waits less",
            "on AWS about 2 min left, 4 min when slow",
        ),
    ],
)
def test_a_rehearsal_foretells_what_aws_takes_and_says_so(rehearsal: bool, takes: str, left: str) -> None:
    progress = running(change("a", "create", takes=120.0), rehearsal=rehearsal)
    assert progress.takes() == takes
    assert progress.foretold() == left


def test_a_wait_in_a_rehearsal_is_told_in_the_time_of_aws() -> None:
    said = {}
    for rehearsal in (True, False):
        progress = running(change("a", "create"), rehearsal=rehearsal)
        progress.take(events.WaitProgress(T0 + timedelta(seconds=9), "a", "the NAT gateway", 101.0, 600.0, 110.0))
        said[rehearsal] = progress.now["a"]
    assert said[True] == "waiting for the NAT gateway: 101 s of AWS's time, usually 110 s"
    assert said[False] == "waiting for the NAT gateway: 101 s, usually 110 s"
