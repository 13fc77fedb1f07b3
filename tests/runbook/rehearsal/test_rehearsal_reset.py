"""An empty account again, while somebody is still at work in it: one waits for the other, and nothing breaks."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from rehearsal_clients import ClientFor
from rehearsal_services import Place, make_place

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rollout import Rollout
from runbook.rehearsal.task_service import TaskService

LONG_S = 10.0
SHORT_S = 0.3


def test_a_reset_waits_for_a_service_that_is_in_the_middle_of_a_step(
    aws: Embedded, client: ClientFor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    place: Place = make_place(client)
    place.service(place.register())
    stepping, wants_to_reset, reset = Event(), Event(), Event()
    overtaken: list[bool] = []
    step, end_pollers = Rollout._step, TaskService.end_pollers

    def slow_step(rollout: Rollout) -> bool:
        if not stepping.is_set():
            stepping.set()
            wants_to_reset.wait(LONG_S)
            # Time enough for a reset that does not wait.
            overtaken.append(reset.wait(SHORT_S))
        return step(rollout)

    def noticed(tasks: TaskService) -> None:
        end_pollers(tasks)
        wants_to_reset.set()

    monkeypatch.setattr(Rollout, "_step", slow_step)
    monkeypatch.setattr(TaskService, "end_pollers", noticed)
    looking = Thread(target=place.described, daemon=True)
    looking.start()
    assert stepping.wait(LONG_S)

    def begin_anew() -> None:
        aws.reset()
        reset.set()

    resetting = Thread(target=begin_anew, daemon=True)
    resetting.start()
    looking.join(LONG_S)
    resetting.join(LONG_S)
    assert not looking.is_alive()
    assert not resetting.is_alive()
    assert overtaken == [False]
    assert reset.is_set()
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert "Traceback" not in capfd.readouterr().err


def test_a_reset_leaves_no_task_and_no_history(aws: Embedded, client: ClientFor) -> None:
    place = make_place(client)
    place.service(place.register())
    place.described()
    assert aws.tasks()["tasks"]
    aws.reset()
    assert aws.tasks() == {"tasks": [], "history": [], "health_answers": {}, "uploads": []}
