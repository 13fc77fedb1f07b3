"""An image: the one that runs is kept, the newest is used, one is built only when there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.images.performer import placeholder
from runbook.kinds.ecr import Repository
from runbook.kinds.image import Image, RunsIn
from runbook.kinds.kind import Owner
from runbook.kinds.ssm import Parameter
from runbook.model import Resource, ref
from runbook.settings import Deployment

DIGEST = "sha256:" + "a" * 64
OLD, NEW, ARM = "0123456789ab-amd64", "ba9876543210-amd64", "0123456789ab-arm64"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


@pytest.fixture
def open_image(open_runs: Any, monkeypatch: pytest.MonkeyPatch, source: Path) -> Any:
    """Opens runs that declare a repository, its image, and something that names the image."""

    def open_one(**more: Any) -> Any:
        def made(deployment: Deployment) -> Sequence[Resource]:
            owner = Owner(deployment.stack, 4)
            place = {"region": deployment.region, "account": deployment.account or ""}
            settings = {
                "own_names": ("karet", f"{deployment.registry(deployment.account or '')}/karet"),
                "source": str(source),
                "platform": "linux/amd64",
                "runs_in": RunsIn("karet", "karet-svc", "karet"),
                "repository": ref("repository", "name"),
                "repository_arn": ref("repository", "arn"),
                "uri": ref("repository", "uri"),
                **more,
            }
            return [
                Repository(id="repository", owner=owner, name="karet", **place),
                Image(
                    id="image",
                    owner=owner,
                    source_setting="source.web",
                    given_setting="images.web",
                    **settings,
                ),
                Parameter(
                    id="user",
                    owner=owner,
                    name="/karet/user",
                    description="names the image",
                    document={"image": ref("image", "reference")},
                    **place,
                ),
            ]

        declare(monkeypatch, made)
        return open_runs()

    return open_one


def push(runs: Any, tag: str) -> str:
    image = placeholder("karet", tag)
    put = {"repositoryName": "karet", "imageTag": tag, "imageManifest": image.text}
    runs.place.session.send("ecr", "PutImage", put)
    return image.digest


def run_service(runs: Any, image: str) -> None:
    """A service whose container runs this image; moto needs nothing else of it."""
    send = runs.place.session.send
    container = {"name": "karet", "image": image, "memory": 128}
    send("ecs", "CreateCluster", {"clusterName": "karet"})
    made, _ = send("ecs", "RegisterTaskDefinition", {"family": "karet", "containerDefinitions": [container]})
    arn = made["taskDefinition"]["taskDefinitionArn"]
    send(
        "ecs",
        "CreateService",
        {"cluster": "karet", "serviceName": "karet-svc", "taskDefinition": arn, "desiredCount": 0},
    )


def digest_of(runs: Any) -> str:
    return str(runs.plan().found["image"].state.outputs["digest"])


def test_without_an_image_one_is_built_pushed_and_named_by_digest(open_image: Any) -> None:
    assert sent(open_image())[2:4] == ["image.Build", "image.Push"]
    applied(open_image())
    state = open_image().plan().found["image"].state
    assert state.outputs["reference"].endswith(f"/karet@{state.outputs['digest']}")
    assert state.outputs["tag"].startswith("src-")
    assert open_image().plan().plan.acting == ()


def test_a_changed_source_builds_nothing_while_there_is_an_image(open_image: Any, source: Path) -> None:
    applied(open_image())
    before = digest_of(open_image())
    (source / "Dockerfile").write_text("FROM scratch\nLABEL a=b\n")
    assert open_image().plan().plan.acting == ()
    assert digest_of(open_image()) == before


def test_the_newest_image_is_used_until_a_service_runs_another(open_image: Any) -> None:
    applied(open_image())
    runs = open_image()
    old = push(runs, OLD)
    new = push(runs, NEW)
    assert digest_of(open_image()) in {old, new}
    run_service(runs, f"registry/karet@{old}")
    assert digest_of(open_image()) == old
    assert open_image().plan().found["image"].state.outputs["tag"] == OLD


def test_a_running_image_that_the_repository_does_not_have_is_not_used(open_image: Any) -> None:
    applied(open_image())
    before = digest_of(open_image())
    run_service(open_image(), f"elsewhere/karet@{DIGEST}")
    assert digest_of(open_image()) == before


def test_another_processor_is_another_image(open_image: Any) -> None:
    applied(open_image())
    runs = open_image()
    run_service(runs, f"registry/karet@{digest_of(runs)}")
    other = open_image(platform="linux/arm64")
    assert actions(other) == {"repository": "none", "image": "create", "user": "update"}
    applied(other)
    assert open_image(platform="linux/arm64").plan().found["image"].state.outputs["tag"].endswith("-arm64")
    push(runs, ARM)
    assert open_image().plan().found["image"].state.outputs["tag"].endswith("-amd64")


def test_an_image_of_somebody_else_is_used_as_it_is_and_never_removed(open_image: Any) -> None:
    given = f"registry.example.com/karet@{DIGEST}"
    elsewhere = {"given": given, "keep": "shared", "repository": "", "repository_arn": "", "uri": ""}
    applied(open_image(**elsewhere))
    again = open_image(**elsewhere)
    assert again.plan().found["image"].state.outputs["reference"] == given
    assert again.plan().plan.acting == ()
    again.apply(again.plan_destroy(delete_data=True), command="test")
    assert [one.id for one in open_image(**elsewhere).plan_destroy(delete_data=True).plan.left] == ["image"]


@pytest.mark.parametrize("name", ["karet", "123456789012.dkr.ecr.us-east-1.amazonaws.com/karet"])
def test_a_given_image_of_our_repository_has_to_be_there(open_image: Any, name: str) -> None:
    applied(open_image())
    missing = open_image(given=f"{name}@{DIGEST}").plan().plan
    (stop,) = missing.stops
    assert "the repository has no such image" in stop.stop
    assert "images.web" in stop.stop
    there = push(open_image(), OLD)
    given = open_image(given=f"{name}@{there}")
    assert given.plan().found["image"].state.outputs["digest"] == there
    assert actions(given) == {"repository": "none", "image": "none", "user": "update"}


def push_index(runs: Any, *processors: str) -> str:
    """An image that says nothing by its tag, but names its processors itself."""
    kind = "application/vnd.oci.image.index.v1+json"
    part = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": DIGEST, "size": 1}
    parts = [{**part, "platform": {"os": "linux", "architecture": one}} for one in processors]
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": parts})
    put = {"repositoryName": "karet", "imageTag": "-".join(processors), "imageManifest": index}
    answer, _ = runs.place.session.send("ecr", "PutImage", {**put, "imageManifestMediaType": kind})
    return str(answer["image"]["imageId"]["imageDigest"])


def test_a_given_image_for_another_processor_stops_the_plan_before_anything_is_made(open_image: Any) -> None:
    applied(open_image())
    for digest, names in (
        (push(open_image(), ARM), "arm64"),
        (push_index(open_image(), "arm64", "unknown"), "arm64"),
        (push_index(open_image(), "arm64", "s390x"), "arm64, s390x"),
    ):
        (stop,) = open_image(given=f"karet@{digest}").plan().plan.stops
        assert f"karet@{digest} is for {names}, and tasks run on amd64" in stop.stop
        assert "set architecture" in stop.stop
    both = push_index(open_image(), "amd64", "arm64", "unknown")
    assert open_image(given=f"karet@{both}").plan().plan.stops == ()


@pytest.mark.parametrize(("missing", "why"), [("folder", "is no folder"), ("Dockerfile", "has no Dockerfile")])
def test_a_source_that_cannot_be_built_stops_the_plan_before_anything_is_made(
    open_image: Any, tmp_path: Path, missing: str, why: str
) -> None:
    folder = tmp_path / "nothing"
    if missing == "Dockerfile":
        folder.mkdir()
    (stop,) = open_image(source=str(folder)).plan().plan.stops
    assert why in stop.stop
    assert str(folder) in stop.stop
    assert "set source.web, or images.web" in stop.stop


def test_a_destroy_with_data_removes_image_and_repository(open_image: Any) -> None:
    applied(open_image())
    push(open_image(), OLD)
    runs = open_image()
    result = runs.apply(runs.plan_destroy(delete_data=True), command="test")
    assert (result.report.outcome, result.left) == ("done", ())
    assert open_image().plan_destroy(delete_data=True).plan.changes == ()


def test_a_push_whose_answer_is_lost_leaves_one_image(open_image: Any, embedded: Any) -> None:
    embedded.add_faults(["ecr.PutImage:503-after"])
    runs = open_image()
    runs.apply(runs.plan(), command="test")
    applied(open_image())
    found = runs.place.session.read("ecr", "DescribeImages", {"repositoryName": "karet"})["imageDetails"]
    assert len(found) == 1
    assert open_image().plan().plan.acting == ()
