"""Images are started with exactly what their tasks would be given, and no secret among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from runbook.errors import ImageError
from runbook.images import engine as engines
from runbook.images import trial
from runbook.images.trial_seen import Asked, Trial, TrialOrder
from runbook.runs.image_trials import PLACEHOLDER, environment, image_items
from runbook.settings import revised

DIGEST = "sha256:" + "a" * 64
WELL = Trial("amd64", "app", 1, lived_s=10, health=Asked(200), command=Asked(0), tools={"sh": True, "wget": True})


class FakeEngine:
    """An engine that has what it was given and remembers what was pulled."""

    url = "unix:///x.sock"

    def __init__(self, *held: str, refuses: str = "") -> None:
        self.held, self.refuses = set(held), refuses
        self.pulled: list[tuple[str, str, Mapping[str, str] | None]] = []

    def has(self, image: str) -> bool:
        return image in self.held or image.startswith("karet-doctor/")

    def pull(self, reference: str, platform: str, login: Mapping[str, str] | None) -> Iterator[Any]:
        if self.refuses:
            raise ImageError(self.refuses)
        self.pulled.append((reference, platform, login))
        yield {}

    def close(self) -> None:
        self.held.clear()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[TrialOrder]:
    """What was started; it all goes well."""
    orders: list[TrialOrder] = []

    def take(engine: Any, order: TrialOrder, clock: Any) -> Trial:
        del engine, clock
        orders.append(order)
        return WELL

    monkeypatch.setattr(trial, "try_out", take)
    monkeypatch.setattr(trial, "remove_left_behind", lambda *_: 0)
    return orders


def use(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> FakeEngine:
    monkeypatch.setattr(engines, "open_engine", lambda: engine)
    return engine


def given(runs: Any, service: str, reference: str) -> Any:
    """These runs with an image by digest, as on AWS, where there is a registry."""
    deployment = revised(runs.place.deployment, {f"images.{service}": reference})
    return replace(runs, place=replace(runs.place, deployment=deployment, rehearsal=False))


def test_a_container_gets_what_its_task_definition_says_with_placeholders_for_secrets(open_runs: Any) -> None:
    runs = open_runs()
    task = runs.graph.resources["services.task-web"]
    (container,) = task.containers
    declared = {one["name"] for one in container["environment"]} | {one["name"] for one in container["secrets"]}
    found = environment(runs, "web")
    assert set(found) - declared == {"AWS_EC2_METADATA_DISABLED"}
    assert declared - set(found) == set()
    assert found["KARET_API_KEY"] == PLACEHOLDER
    assert found["S3_BUCKET"] == f"karet-data-{runs.place.identity.account}"
    assert "worker" in found["WORKER_URL"]


def test_the_poller_beside_the_worker_gives_the_worker_nothing(open_runs: Any) -> None:
    assert "QUEUE_URL" not in environment(open_runs(), "worker")


def test_both_images_that_were_built_before_are_run_as_they_are(
    open_runs: Any, monkeypatch: pytest.MonkeyPatch, tried: list[TrialOrder]
) -> None:
    use(monkeypatch, FakeEngine())
    told: list[str] = []
    items = image_items(open_runs(), told.append)
    assert [order.image.partition(":")[0] for order in tried] == ["karet-doctor/karet", "karet-doctor/karet-worker"]
    assert {one.id for one in items} >= {"run.web.alive", "run.worker.alive", "run.worker.webhook"}
    assert len(told) == 2


def test_an_image_by_digest_is_pulled_for_the_tasks_processor_and_other_registries_get_no_login(
    open_runs: Any, monkeypatch: pytest.MonkeyPatch, tried: list[TrialOrder]
) -> None:
    engine = use(monkeypatch, FakeEngine())
    reference = f"ghcr.io/karet/worker@{DIGEST}"
    image_items(given(open_runs(), "worker", reference), str)
    assert engine.pulled == [(reference, "linux/amd64", None)]
    assert reference in [order.image for order in tried]


def test_an_image_that_cannot_be_pulled_fails_and_the_other_is_run_all_the_same(
    open_runs: Any, monkeypatch: pytest.MonkeyPatch, tried: list[TrialOrder]
) -> None:
    use(monkeypatch, FakeEngine(refuses="manifest unknown"))
    items = {one.id: one for one in image_items(given(open_runs(), "worker", f"ghcr.io/karet/worker@{DIGEST}"), str)}
    assert items["run.worker.image"].outcome == "failed"
    assert "manifest unknown" in items["run.worker.image"].detail
    assert items["run.web.alive"].outcome == "ok"
    assert len(tried) == 1
