"""The rehearsal remembers what a service ran, as ECS does: each deployment, its outcome and its images."""

from __future__ import annotations

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_services import Place, make_place

from runbook.rehearsal.embedded import Embedded

DIGEST = "sha256:" + "a" * 64
IMAGE = f"registry.example.com/web@{DIGEST}"


@pytest.fixture
def place(client: ClientFor) -> Place:
    return make_place(client)


@bites("ecs", "a service that does not exist could be asked for its deployments")
def test_a_service_that_is_not_there_has_no_history(place: Place) -> None:
    assert code_of(lambda: place.ecs.list_service_deployments(cluster="k", service="no")) == "ServiceNotFoundException"


@bites(
    "ecs",
    "the deployments that a service had cannot be asked for",
    "the images that a service ran before cannot be asked for",
)
def test_what_ran_well_and_what_failed_is_told_with_its_images(aws: Embedded, place: Place) -> None:
    container = {"image": IMAGE}
    place.service(place.register(container=container))
    place.ecs.describe_services(cluster="k", services=["web"])
    aws.add_faults(["tasks.web:exit-code:*"])
    place.ecs.update_service(cluster="k", service="web", taskDefinition=place.register(container=container))
    for _ in range(3):
        place.ecs.describe_services(cluster="k", services=["web"])
    listed = place.ecs.list_service_deployments(cluster="k", service="web")["serviceDeployments"]
    assert [one["status"] for one in listed] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    arns = [one["targetServiceRevisionArn"] for one in listed]
    told = place.ecs.describe_service_revisions(serviceRevisionArns=[*arns, "arn:no"])
    definitions = [one["taskDefinition"].rpartition(":")[2] for one in told["serviceRevisions"]]
    assert definitions == ["2", "1"]
    images = [image for one in told["serviceRevisions"] for image in one["containerImages"]]
    assert {(one["containerName"], one["image"], one["imageDigest"]) for one in images} == {("web", IMAGE, DIGEST)}
    assert [one["reason"] for one in told["failures"]] == ["MISSING"]
