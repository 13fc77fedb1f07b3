"""Section 4, images: builds every image and pushes it to a private repository."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from runbook.images.poller_source import POLLER_SOURCE
from runbook.images.tag import processor_of
from runbook.kinds.ecr import Repository
from runbook.kinds.image import Image, RunsIn
from runbook.kinds.kind import Owner
from runbook.model import Check, Finding, Known, ReadOnlyAws, Resource, Section, ref
from runbook.sections.s04_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment

_PROCESSORS = {"X86_64": "amd64", "ARM64": "arm64"}
"""ECS's name of a processor -> the container engines' name."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """A repository and an image for each service, and for the poller when there is one."""
    parts = deployment.image_parts
    return tuple(one for part in parts for one in (_repository(deployment, part), _image(deployment, part)))


def _repository(deployment: Deployment, service: str) -> Repository:
    return Repository(
        id=f"images.{service}-repository",
        owner=Owner(deployment.stack, 4, tags=deployment.tags),
        name=deployment.repository(service),
        region=deployment.region,
        account=deployment.account or "",
        # The source document deploys this tag; it may exist beside the tags that say what they are.
        moving_tags=("latest",),
    )


def _image(deployment: Deployment, service: str) -> Image:
    repository = f"images.{service}-repository"
    name = deployment.repository(service)
    own_names = (name, f"{deployment.registry(deployment.account or '')}/{name}")
    given = getattr(deployment.images, service) or ""
    elsewhere = bool(given) and given.partition("@")[0] not in own_names
    return Image(
        id=f"images.{service}",
        owner=Owner(deployment.stack, 4, tags=deployment.tags),
        # An image in somebody else's registry is used and never removed.
        keep="shared" if elsewhere else "data",
        repository="" if elsewhere else ref(repository, "name"),
        repository_arn="" if elsewhere else ref(repository, "arn"),
        uri="" if elsewhere else ref(repository, "uri"),
        own_names=own_names,
        source=getattr(deployment.source, service) or str(POLLER_SOURCE),
        source_setting=f"source.{service}",
        given_setting=f"images.{service}",
        platform=f"linux/{_PROCESSORS[deployment.architecture]}",
        given=given,
        runs_in=RunsIn(
            cluster=deployment.cluster,
            # The poller runs beside the worker, in the same tasks.
            service=deployment.ecs_service("worker" if service == "poller" else service),
            container=deployment.family(service),
            services=tuple(deployment.ecs_service(one) for one in SERVICES),
        ),
    )


# -- checks ----------------------------------------------------------------------------------------------------------


def _for_processor(deployment: Deployment, service: str, aws: ReadOnlyAws, known: Known) -> Finding:
    state = _image(deployment, service).look(aws, known)
    wanted = _PROCESSORS[deployment.architecture]
    if not state.exists:
        return Finding("failed", f"there is no {service} image", "Run `karet apply 4`; it builds and pushes it.")
    tag = state.outputs["tag"]
    named = processor_of(tag)
    if named and named != wanted:
        hint = "Set architecture in karet.toml back, or build for the new one."
        return Finding("failed", f"{state.name} is for {named}, tasks run on {wanted}", hint)
    if not named:
        return Finding("passed", f"{state.name} was not built by the runbook; its tags name no processor")
    return Finding("passed", f"{state.name} carries the tag {tag}, which was given after its processor was looked at")


def checks(deployment: Deployment) -> Sequence[Check]:
    """The registry has each image, for the processor that tasks run on."""
    return tuple(
        Check(
            f"images.{service}-processor",
            f"The registry has the {service} image for {deployment.architecture}",
            partial(_for_processor, deployment, service),
            not_rehearsed="the embedded AWS has no registry; a placeholder stands for the image",
        )
        for service in deployment.image_parts
    )


SECTION = Section(
    number=4,
    name="images",
    title="Container images in ECR",
    text=read_text("s04_images"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(70, 81),
)
