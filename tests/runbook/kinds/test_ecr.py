"""A repository keeps its tags where they are, scans, forgets old images, and is data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.images.performer import placeholder
from runbook.kinds.ecr import Repository
from runbook.kinds.kind import Owner
from runbook.model import Resource
from runbook.settings import Deployment


@pytest.fixture
def open_repository(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens runs that declare one repository, with these changes to it."""

    def open_one(**more: Any) -> Any:
        def made(deployment: Deployment) -> Sequence[Resource]:
            place = {"region": deployment.region, "account": deployment.account or ""}
            settings = {"name": "karet", "moving_tags": ("latest",), **place, **more}
            return [Repository(id="images.web-repository", owner=Owner(deployment.stack, 4), **settings)]

        declare(monkeypatch, made)
        return open_runs()

    return open_one


def repositories(runs: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = runs.place.session.read("ecr", "DescribeRepositories", {})["repositories"]
    return found


def test_a_repository_is_made_as_declared(open_repository: Any) -> None:
    applied(open_repository())
    (found,) = repositories(open_repository())
    assert found["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert found["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "latest"}]
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    state = open_repository().plan().found["images.web-repository"].state
    assert state.outputs == {"name": "karet", "arn": found["repositoryArn"], "uri": found["repositoryUri"]}
    assert state.settings["lifecycle"]["rules"][0]["selection"]["tagStatus"] == "untagged"
    assert open_repository().plan().plan.acting == ()


@pytest.mark.parametrize(
    ("more", "call"),
    [
        ({"moving_tags": ()}, "ecr.PutImageTagMutability"),
        ({"moving_tags": ("latest", "edge-*")}, "ecr.PutImageTagMutability"),
        ({"untagged_days": 3}, "ecr.PutLifecyclePolicy"),
        ({"keep_images": 5}, "ecr.PutLifecyclePolicy"),
    ],
)
def test_what_differs_is_changed_by_one_call(open_repository: Any, more: dict[str, Any], call: str) -> None:
    applied(open_repository())
    assert sent(open_repository(**more)) == [call]
    applied(open_repository(**more))
    assert actions(open_repository(**more)) == {"images.web-repository": "none"}


def test_a_repository_that_the_document_made_is_offered_for_adoption_and_brought_in_line(open_repository: Any) -> None:
    runs = open_repository()
    runs.place.session.send("ecr", "CreateRepository", {"repositoryName": "karet"})
    assert "--adopt images.web-repository" in runs.plan().plan.changes[0].stop
    taken = runs.plan(adopt=["images.web-repository"])
    assert [call.operation for call in taken.plan.changes[0].calls] == [
        "TagResource",
        "PutImageTagMutability",
        "PutImageScanningConfiguration",
        "PutLifecyclePolicy",
    ]
    runs.apply(taken, command="test")
    assert open_repository().plan().plan.acting == ()


def test_a_destroy_keeps_it_and_with_data_removes_it_with_its_images(open_repository: Any) -> None:
    applied(open_repository())
    runs = open_repository()
    image = placeholder("karet", "v1")
    put = {"repositoryName": "karet", "imageTag": "v1", "imageManifest": image.text}
    runs.place.session.send("ecr", "PutImage", put)
    assert runs.plan_destroy().plan.acting == ()
    runs.apply(runs.plan_destroy(delete_data=True), command="test")
    assert repositories(runs) == []


def test_a_repository_that_nothing_declares_is_named_and_a_strangers_is_not(open_repository: Any) -> None:
    applied(open_repository(name="karet-poller"))
    runs = open_repository()
    for name in ("karet-somebody", "else"):
        runs.place.session.send("ecr", "CreateRepository", {"repositoryName": name})
    assert [one.name for one in runs.plan().plan.left] == ["karet-poller"]


def test_all_repositories_are_listed_once_in_a_plan(open_repository: Any) -> None:
    applied(open_repository())
    assert open_repository().plan().reads["ecr.DescribeRepositories"] == 1
