"""`--image` stands for a setting, and an image that tasks could not pull is refused before anything is made."""

from __future__ import annotations

import pytest

from runbook.errors import SettingsError
from runbook.settings import load, revised
from runbook.settings.deployment import Deployment
from runbook.settings.given_image import image_overrides

DIGEST = "sha256:" + "b" * 64
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(("name", "service"), [("karet", "web"), ("web", "web"), ("worker", "worker")])
def test_the_names_of_the_document_and_of_the_settings_are_both_taken(name: str, service: str) -> None:
    assert image_overrides([f"{name}={OWN}/x@{DIGEST}"]) == (f"images.{service}={OWN}/x@{DIGEST}",)


def test_both_images_may_be_given() -> None:
    both = image_overrides([f"karet=karet@{DIGEST}", f"karet-worker=karet-worker@{DIGEST}"])
    assert both == (f"images.web=karet@{DIGEST}", f"images.worker=karet-worker@{DIGEST}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"kareet=karet@{DIGEST}", 'there is no image "kareet"; did you mean "karet"?; the stack has karet (or web)'),
        (f"karet@{DIGEST}", "there is no image"),
        ("karet", "names no repository"),
        (f"karet=@{DIGEST}", "names no repository"),
        ("karet=karet:latest", "by a tag, which may mean another image tomorrow and not by its digest"),
        ("karet=registry:5000/karet", "names the image and not by its digest"),
        ("karet=karet@sha256:abc", '"sha256:abc" is not a digest'),
        (f"karet=karet@{DIGEST.upper()}", "in lower case"),
    ],
)
def test_what_is_no_image_by_digest_is_named_with_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        image_overrides([text])
    assert refused.value.exit_code == 64
    (problem,) = refused.value.problems
    assert f"--image {text}: " in problem
    assert words in problem


def test_every_wrong_image_is_named_at_once_and_one_service_has_one_image() -> None:
    with pytest.raises(SettingsError) as refused:
        image_overrides(["nobody=x", f"karet=karet@{DIGEST}", f"web=karet@{DIGEST}"])
    assert len(refused.value.problems) == 2
    assert "web is named more than once" in refused.value.problems[1]


def _deployment(*overrides: str) -> Deployment:
    given = ("tls=none", *overrides)
    return load(None, given, environ={}, profile_region=lambda: None, region_flag="us-east-1").deployment


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("karet-worker", 'is the repository of another image of the stack; this one is "karet"'),
        (f"{OWN}/karet-worker", "is the repository of another image of the stack"),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/karet",
            "is a registry of eu-west-1; push the image",
        ),
        ("library/busybox", "names no registry"),
        ("busybox", "names no registry"),
    ],
)
def test_an_image_that_tasks_cannot_pull_is_refused(repository: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _deployment(f"images.web={repository}@{DIGEST}")
    (problem,) = refused.value.problems
    assert problem.startswith("--set images.web: ")
    assert words in problem


def test_without_a_way_to_the_internet_only_ecr_is_reached() -> None:
    given = f"images.worker=ghcr.io/somebody/karet-worker@{DIGEST}"
    assert _deployment(given).images.worker
    with pytest.raises(SettingsError, match=r'cannot reach "ghcr\.io"'):
        _deployment(given, "network=endpoints")
    assert _deployment(f"images.worker={OWN}/karet-worker@{DIGEST}", "network=endpoints").images.worker


def test_a_registry_of_another_account_is_refused_when_the_account_is_known() -> None:
    deployment = _deployment(f"images.web={OWN}/karet@{DIGEST}")
    assert deployment.for_account("123456789012").images.web
    with pytest.raises(SettingsError) as refused:
        deployment.for_account("999999999999")
    (problem,) = refused.value.problems
    assert problem.startswith("images.web: ")
    assert "a registry of account 123456789012" in problem


def test_a_certificate_of_another_account_is_refused_when_the_account_is_known() -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    deployment = revised(_deployment(), {"tls": "arn", "domain": "karet.example.com", "certificate_arn": arn})
    with pytest.raises(SettingsError, match="999999999999"):
        deployment.for_account("999999999999")
