"""Amazon ECR: a digest is the hash of the manifest, and a tag that must not move does not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def _repository(call: WireCall, world: World) -> Any | None:
    return world.backend("ecr", call.region).repositories.get(str(call.params.get("repositoryName", "")))


def _digest(call: WireCall) -> str:
    return "sha256:" + hashlib.sha256(str(call.params.get("imageManifest", "")).encode()).hexdigest()


def _no_repository(call: WireCall, world: World) -> str | None:
    if _repository(call, world) is not None:
        return None
    name = call.params.get("repositoryName")
    return f"The repository with name '{name}' does not exist in the registry with id '{world.account_id}'"


def _other_digest(call: WireCall, _: World) -> str | None:
    stated, found = call.params.get("imageDigest"), _digest(call)
    if stated in (None, found):
        return None
    return f"The digest '{stated}' does not match the digest of the manifest, '{found}'"


def _stays(repository: Any, tag: str) -> bool:
    """Whether a tag of the repository cannot be moved."""
    mutability = str(getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability))
    excluded = any(fnmatchcase(tag, one["filter"]) for one in repository.image_tag_mutability_exclusion_filters or ())
    return mutability.startswith("IMMUTABLE") != excluded


def _tag_taken(call: WireCall, world: World) -> str | None:
    repository, tag = _repository(call, world), call.params.get("imageTag")
    if repository is None or not tag or not _stays(repository, str(tag)):
        return None
    for image in repository.images:
        if tag in image.image_tags and image.get_image_digest() != _digest(call):
            return (
                f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten "
                "because the tag is immutable."
            )
    return None


def _same_image(call: WireCall, world: World) -> str | None:
    repository, tag = _repository(call, world), call.params.get("imageTag")
    for image in repository.images if repository is not None else ():
        if image.get_image_digest() == _digest(call) and (tag is None or tag in image.image_tags):
            return f"Image with digest '{_digest(call)}' and tag '{tag}' already exists in the repository"
    return None


def _put(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Put the image under the digest that it has on AWS, and answer with it."""
    params = call.params
    image = world.backend("ecr", call.region).put_image(
        repository_name=params["repositoryName"],
        image_manifest=params["imageManifest"],
        image_tag=params.get("imageTag"),
        image_manifest_mediatype=params.get("imageManifestMediaType", DOCKER_MANIFEST),
        digest=_digest(call),
    )
    identity = {"imageDigest": image.get_image_digest()}
    if params.get("imageTag"):
        identity["imageTag"] = str(params["imageTag"])
    return {
        "image": {
            "registryId": world.account_id,
            "repositoryName": params["repositoryName"],
            "imageId": identity,
            "imageManifest": params["imageManifest"],
        }
    }


ECR_RULES: tuple[Rule, ...] = (
    Rule(
        service="ecr",
        operations=("PutImage",),
        code="RepositoryNotFoundException",
        gap="putting an image into a repository that does not exist breaks the server",
        source="botocore 1.44 service model: ecr PutImage, errors",
        refuse=_no_repository,
    ),
    Rule(
        service="ecr",
        operations=("PutImage",),
        code="ImageDigestDoesNotMatchException",
        gap="a digest that is not the manifest's is accepted",
        source="botocore 1.44 service model: ecr PutImage, errors",
        refuse=_other_digest,
    ),
    Rule(
        service="ecr",
        operations=("PutImage",),
        code="ImageTagAlreadyExistsException",
        gap="moving a tag that is immutable is refused as ImageAlreadyExistsException",
        source="botocore 1.44 service model: ecr PutImage, errors; moto 5.2.5, probed",
        refuse=_tag_taken,
    ),
    Rule(
        service="ecr",
        operations=("PutImage",),
        code="ImageAlreadyExistsException",
        gap="the same manifest without a tag is put twice",
        source="botocore 1.44 service model: ecr PutImage, errors",
        refuse=_same_image,
    ),
    Rule(
        service="ecr",
        operations=("PutImage",),
        gap="the digest is not the hash of the manifest",
        source="OCI distribution specification 1.1, section on digests; moto 5.2.5, probed",
        reply=_put,
    ),
)
