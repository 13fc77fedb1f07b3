"""Podman's docker-compatible socket: both images are built, pushed, and found by digest, as with Docker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_images import NO_POLLER, free_port, import_base_image, podman, registry, why_no_tools

from runbook.aws.session import Session
from runbook.images.registry import Login, login_from, read_manifest
from runbook.rehearsal.embedded import Embedded

pytestmark = [pytest.mark.prove, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@dataclass(frozen=True)
class Ground:
    """Podman's socket, a registry that takes the login that AWS gives, and one that does not."""

    engine: str
    registry: str
    refusing: str
    login: Login


@pytest.fixture(scope="module")
def ground(rehearsal: Embedded) -> Iterator[Ground]:
    why = why_no_tools("podman")
    if why:
        pytest.skip(f"NO PROOF WITH PODMAN: podman and registry cannot be installed here: {why}")
    session = Session(region="us-east-1", endpoint_url=rehearsal.url, rehearsal=True)
    login = login_from(session.read("ecr", "GetAuthorizationToken", {}))
    port, other = free_port(), free_port()
    with (
        podman(port, other) as url,
        registry(login.user, login.password, port) as host,
        registry("AWS", "another password", other) as refusing,
    ):
        import_base_image(url)
        yield Ground(url, host, refusing, login)


@pytest.fixture(autouse=True)
def _podman_is_the_engine(ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", ground.engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def _kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_podman_builds_and_pushes_both_images(open_runs: Any, ground: Ground, tmp_path: Path) -> None:
    host, login = ground.registry, ground.login
    runs = open_runs(f"images.registry={host}", NO_POLLER)
    result = runs.apply(runs.plan(["4"]), command="prove")
    assert [str(step.error) for step in result.report.steps if step.error] == []
    assert open_runs(f"images.registry={host}", NO_POLLER).plan(["4"]).plan.acting == ()
    for name in ("karet", "karet-worker"):
        (found,) = runs.place.session.read("ecr", "DescribeImages", {"repositoryName": name})["imageDetails"]
        (tag,) = found["imageTags"]
        by_tag = read_manifest(host, name, tag, login)
        assert by_tag is not None
        assert by_tag.digest == found["imageDigest"]
        assert tag.endswith("-amd64")
    assert b"STEP 1/" in _kept(tmp_path / "state"), "the build's output is kept"
    assert login.password.encode() not in _kept(tmp_path / "state")


def test_podman_that_a_registry_refuses_is_named_without_the_password(open_runs: Any, ground: Ground) -> None:
    runs = open_runs(f"images.registry={ground.refusing}", NO_POLLER)
    result = runs.apply(runs.plan(["4"]), command="prove")
    said = "\n".join(str(step.error) for step in result.report.steps if step.error)
    assert "could not be pushed" in said
    assert "unauthorized" in said or "authentication required" in said
    assert ground.login.password not in said
