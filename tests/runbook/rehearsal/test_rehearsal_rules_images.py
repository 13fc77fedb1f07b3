"""The rules of ECR, Secrets Manager and CloudWatch Logs bite real clients."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

TYPE = "application/vnd.oci.image.manifest.v1+json"


def manifest(name: str) -> str:
    return json.dumps({"schemaVersion": 2, "mediaType": TYPE, "layers": [], "annotations": {"name": name}})


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def ecr(client: ClientFor) -> Any:
    made = client("ecr")
    made.create_repository(
        repositoryName="karet",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest"}],
    )
    return made


def put(ecr: Any, name: str, tag: str, repository: str = "karet", **more: Any) -> Any:
    return ecr.put_image(
        repositoryName=repository,
        imageManifest=manifest(name),
        imageManifestMediaType=TYPE,
        **({"imageTag": tag} if tag else {}),
        **more,
    )


@bites("ecr", "the digest is not the hash of the manifest")
def test_an_image_is_known_by_the_hash_of_its_manifest(ecr: Any) -> None:
    answer = put(ecr, "one", "v1")
    assert answer["image"]["imageId"] == {"imageDigest": digest(manifest("one")), "imageTag": "v1"}
    (found,) = ecr.describe_images(repositoryName="karet", imageIds=[{"imageTag": "v1"}])["imageDetails"]
    assert found["imageDigest"] == digest(manifest("one"))
    (got,) = ecr.batch_get_image(repositoryName="karet", imageIds=[{"imageDigest": found["imageDigest"]}])["images"]
    assert got["imageManifest"] == manifest("one")


@bites("ecr", "moving a tag that is immutable is refused as ImageAlreadyExistsException")
def test_a_tag_stays_and_the_excluded_one_moves(ecr: Any) -> None:
    put(ecr, "one", "v1")
    assert code_of(lambda: put(ecr, "two", "v1")) == "ImageTagAlreadyExistsException"
    put(ecr, "one", "latest")
    put(ecr, "two", "latest")
    (found,) = ecr.describe_images(repositoryName="karet", imageIds=[{"imageTag": "latest"}])["imageDetails"]
    assert found["imageDigest"] == digest(manifest("two"))


@bites("ecr", "the same manifest without a tag is put twice")
def test_the_same_image_cannot_be_put_again(ecr: Any) -> None:
    put(ecr, "one", "v1")
    assert code_of(lambda: put(ecr, "one", "v1")) == "ImageAlreadyExistsException"
    assert code_of(lambda: put(ecr, "one", "")) == "ImageAlreadyExistsException"


@bites("ecr", "a digest that is not the manifest's is accepted")
def test_a_wrong_digest_is_refused(ecr: Any) -> None:
    wrong = digest("something else")
    assert code_of(lambda: put(ecr, "one", "v1", imageDigest=wrong)) == "ImageDigestDoesNotMatchException"
    put(ecr, "one", "v1", imageDigest=digest(manifest("one")))


@bites("ecr", "putting an image into a repository that does not exist breaks the server")
def test_an_image_needs_its_repository(ecr: Any) -> None:
    assert code_of(lambda: put(ecr, "one", "v1", repository="other")) == "RepositoryNotFoundException"


@bites("secretsmanager", "a name that is scheduled for deletion is refused as ResourceExistsException")
def test_the_name_of_a_deleted_secret_stays_taken(client: ClientFor) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="/karet/prod/api-key", SecretString="a")
    assert code_of(lambda: secrets.create_secret(Name="/karet/prod/api-key", SecretString="b")) == (
        "ResourceExistsException"
    )
    secrets.delete_secret(SecretId="/karet/prod/api-key", RecoveryWindowInDays=7)
    assert code_of(lambda: secrets.create_secret(Name="/karet/prod/api-key", SecretString="b")) == (
        "InvalidRequestException"
    )
    secrets.restore_secret(SecretId="/karet/prod/api-key")
    assert secrets.get_secret_value(SecretId="/karet/prod/api-key")["SecretString"] == "a"


@bites("logs", "any number of days is accepted as a retention")
def test_a_retention_is_one_of_those_that_exist(client: ClientFor) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/karet/web")
    assert code_of(lambda: logs.put_retention_policy(logGroupName="/karet/web", retentionInDays=13)) == (
        "InvalidParameterException"
    )
    logs.put_retention_policy(logGroupName="/karet/web", retentionInDays=14)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 14
