"""Section 4 declares a repository and an image for each service, by what the settings say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook.kinds.ecr import Repository
from runbook.kinds.image import Image
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Runs
from runbook.settings import revised

DIGEST = "sha256:" + "b" * 64


def image(runs: Any, service: str = "web") -> Image:
    found = runs.graph.resources[f"images.{service}"]
    assert isinstance(found, Image)
    return found


def test_the_default_stack_has_the_documents_repositories(open_runs: Any) -> None:
    resources = open_runs("events=none").graph.resources
    names = {id_: one.name for id_, one in resources.items() if isinstance(one, Repository)}
    assert names == {"images.web-repository": "karet", "images.worker-repository": "karet-worker"}
    assert open_runs().graph.resources["images.poller-repository"].name == "karet-poller"
    blue = open_runs(stack="blue").graph.resources["images.worker-repository"]
    assert isinstance(blue, Repository)
    assert blue.name == "blue-worker"


@pytest.mark.parametrize(("architecture", "platform"), [("X86_64", "linux/amd64"), ("ARM64", "linux/arm64")])
def test_images_are_built_for_the_processor_that_tasks_run_on(open_runs: Any, architecture: str, platform: str) -> None:
    assert image(open_runs(f"architecture={architecture}")).platform == platform


@pytest.mark.parametrize(
    ("given", "keep"),
    [
        (f"karet@{DIGEST}", "data"),
        (f"123456789012.dkr.ecr.us-east-1.amazonaws.com/karet@{DIGEST}", "data"),
        (f"ghcr.io/somebody/karet@{DIGEST}", "shared"),
    ],
)
def test_an_image_of_another_registry_is_never_removed(open_runs: Any, given: str, keep: str) -> None:
    found = image(open_runs(f"images.web={given}"))
    assert (found.keep, found.given) == (keep, given)
    assert bool(found.repository) is (keep == "data")


def test_with_all_images_given_nothing_is_built(open_runs: Any) -> None:
    both = [f"images.{part}=registry.example.com/{part}@{DIGEST}" for part in ("web", "worker", "poller")]
    runs = open_runs(*both)
    assert [call.name for one in runs.plan(["4"]).plan.changes for call in one.calls if call.service == "image"] == []
    runs.apply(runs.plan(["4"]), command="test")
    assert open_runs(*both).plan(["4"]).plan.acting == ()
    assert {one.outcome for one in open_runs(*both).verify(["4"])} <= {"passed", "not_rehearsed"}


def test_build_and_push_are_planned_for_all_and_said_to_be_not_rehearsed(open_runs: Any, embedded: Embedded) -> None:
    told: list[str] = []
    runs = open_runs()
    runs.apply(runs.plan(["4"]), command="test", on_event=lambda event: told.append(event.line()))
    assert sum("not rehearsed" in line for line in told) == 6
    checks = {one.id: one.outcome for one in open_runs().verify(["4"])}
    assert checks["images.web-processor"] == "not_rehearsed"
    repositories = embedded.inventory()["us-east-1 ecr.repositories"]
    assert [len(one["images"]) for one in repositories] == [1, 1, 1]


def test_the_poller_that_comes_with_the_runbook_is_built_unless_another_folder_is_named(open_runs: Any) -> None:
    assert (Path(image(open_runs(), "poller").source) / "karet_poller" / "__main__.py").is_file()
    assert image(open_runs("source.poller=/my/poller"), "poller").source == "/my/poller"
    runs_in = image(open_runs(), "poller").runs_in
    assert runs_in is not None
    assert (runs_in.service, runs_in.container) == ("karet-worker-svc", "karet-poller")


def test_a_source_without_a_dockerfile_stops_the_plan_with_the_setting_to_change(open_runs: Any) -> None:
    runs = open_runs()
    gone = Runs(replace(runs.place, deployment=revised(runs.place.deployment, {"source.worker": "/nowhere/worker"})))
    (stop,) = gone.plan(["4"]).plan.stops
    assert stop.id == "images.worker"
    assert "/nowhere/worker is no folder; set source.worker, or images.worker" in stop.stop
