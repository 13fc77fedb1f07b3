"""A real engine and a real registry: both images are built, pushed, found by digest, and one of them runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from poller_stage import CREDENTIALS, Stage, StubWorker, reported
from poller_stage import until as comes_true
from python_base import import_python_base
from real_images import NO_POLLER, engine, free_port, import_base_image, registry, running, until, why_no_tools
from rehearsal_clients import make_client

from runbook import document
from runbook.aws.session import Session
from runbook.engine.journal_read import JournalReader
from runbook.images.poller_source import POLLER_SOURCE
from runbook.images.registry import Login, login_from, read_manifest
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Runs
from runbook.settings import revised

pytestmark = [pytest.mark.prove, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SERVICES = {"web": "karet", "worker": "karet-worker"}


@dataclass(frozen=True)
class Ground:
    """Where the proof takes place."""

    engine: str
    registry: str
    login: Login


@pytest.fixture(scope="module")
def ground(rehearsal: Embedded) -> Iterator[Ground]:
    why = why_no_tools()
    if why:
        pytest.skip(f"NO PROOF OF REAL IMAGES: engine and registry cannot be installed here: {why}")
    session = Session(region="us-east-1", endpoint_url=rehearsal.url, rehearsal=True)
    login = login_from(session.read("ecr", "GetAuthorizationToken", {}))
    with engine() as url, registry(login.user, login.password) as host:
        import_base_image(url)
        yield Ground(url, host, login)


@pytest.fixture(autouse=True)
def _engine_of_this_proof(ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", ground.engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def failures(result: Any) -> str:
    return "\n".join(str(step.error) for step in result.report.steps if step.error)


def test_both_images_are_built_pushed_and_the_same_everywhere(open_runs: Any, ground: Ground, tmp_path: Path) -> None:
    def open_one() -> Any:
        return open_runs(f"images.registry={ground.registry}", NO_POLLER)

    told: list[str] = []
    runs = open_one()
    built = {section.number: section.built for section in document.sections()}
    words = [] if built[6] else ["4"]
    result = runs.apply(runs.plan(words), command="prove", on_event=lambda event: told.append(event.line()))
    assert result.report.outcome == "done", failures(result)
    assert open_one().plan(words).plan.acting == ()
    read = runs.place.session.read
    for service, name in SERVICES.items():
        (found,) = read("ecr", "DescribeImages", {"repositoryName": name})["imageDetails"]
        (tag,) = found["imageTags"]
        by_tag = read_manifest(ground.registry, name, tag, ground.login)
        by_digest = read_manifest(ground.registry, name, found["imageDigest"], ground.login)
        assert by_tag is not None
        assert by_digest is not None
        assert by_tag.digest == by_digest.digest == found["imageDigest"]
        assert recorded(runs.place.journal, f"images.{service}") == found["imageDigest"]
        assert tag.endswith("-amd64")
        config = json.loads(by_tag.text)["config"]
        assert config["size"] > 0
        if built[6]:
            task = read("ecs", "DescribeTaskDefinition", {"taskDefinition": name})["taskDefinition"]
            images = [one["image"] for one in task["containerDefinitions"] if one["name"] == name]
            assert [image.rpartition("@")[2] for image in images] == [found["imageDigest"]]
    assert any("bytes pushed" in line for line in told)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert b"Step 1/" in everything, "the build's output is kept"
    assert ground.login.password.encode() not in everything
    assert not any(ground.login.password in line for line in told)


def recorded(journal: Path, resource: str) -> str:
    """The digest that the journal has as the result of the push."""
    with JournalReader.read(journal) as reader:
        entries = [entry for run in reader.runs() for entry in reader.entries(run.id)]
    outputs = [entry.body.get("outputs", {}) for entry in entries if entry.resource == resource]
    return str(next(one["digest"] for one in outputs if one.get("digest")))


def test_a_pushed_image_starts_by_its_digest_and_answers_its_health_path(
    open_runs: Any, ground: Ground, tmp_path: Path
) -> None:
    runs = open_runs(f"images.registry={ground.registry}", NO_POLLER)
    runs.apply(runs.plan(["4"]), command="prove")
    (found,) = runs.place.session.read("ecr", "DescribeImages", {"repositoryName": "karet-worker"})["imageDetails"]
    image, port = f"{ground.registry}/karet-worker@{found['imageDigest']}", free_port()
    with running(ground.engine, image, {"PORT": str(port)}) as container:
        log = tmp_path / "container"

        def healthy() -> bool:
            log.write_text(container.logs())
            try:
                with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                    return bool(answer.read().strip() == b"ok")
            except (URLError, ConnectionError):
                return False

        until("the container's health", healthy, log)


def test_the_poller_is_built_from_its_own_dockerfile_and_brings_uploads_to_a_worker(
    open_runs: Any, ground: Ground, embedded: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    constraints = Path(__file__).parents[2] / "constraints.txt"
    import_python_base(ground.engine, POLLER_SOURCE / "requirements.txt", constraints, tmp_path)
    runs = open_runs(f"images.registry={ground.registry}")
    result = runs.apply(runs.plan(["4"]), command="prove")
    assert result.report.outcome == "done", failures(result)
    (found,) = runs.place.session.read("ecr", "DescribeImages", {"repositoryName": "karet-poller"})["imageDetails"]
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    stage, worker = Stage(make_client(embedded.url, "sqs"), embedded.url, tmp_path), StubWorker().start()
    keys = [f"pipelines/{pipeline}/raw/{number}.csv" for pipeline in ("sales", "costs") for number in range(5)]
    stage.send([reported(key) for key in keys])
    environment = {**CREDENTIALS, **stage.environment(worker)}
    # Where the image itself has it, and where its health command looks.
    del environment["HEALTH_FILE"]
    try:
        with running(ground.engine, f"{ground.registry}/karet-poller@{found['imageDigest']}", environment) as container:
            assert comes_true(lambda: stage.waiting() == 0), container.logs()
            assert container.ended_with("python", "-m", "karet_poller.health") == 0
            assert container.inspect()["Config"]["User"] == "65532:65532"
            container.client.stop(container.id, timeout=30)
            assert container.inspect()["State"]["ExitCode"] == 0, container.logs()
    finally:
        worker.stop()
    assert set(worker.taken) == set(keys)
    assert stage.waiting(stage.dead) == 0


def test_an_image_for_the_wrong_processor_is_noticed_before_the_push(open_runs: Any, ground: Ground) -> None:
    runs = open_runs(f"images.registry={ground.registry}", NO_POLLER, "architecture=ARM64")
    result = runs.apply(runs.plan(["4"]), command="prove")
    assert result.exit_code == 1
    # Without buildx the engine's own builder labels what it builds with the machine's processor.
    assert "was to be built for arm64 and is for amd64" in failures(result)
    assert runs.place.session.read("ecr", "DescribeImages", {"repositoryName": "karet"})["imageDetails"] == []


def test_a_build_that_fails_shows_its_last_lines_and_names_the_file(
    open_runs: Any, ground: Ground, tmp_path: Path
) -> None:
    source = tmp_path / "broken"
    source.mkdir()
    (source / "Dockerfile").write_text("FROM busybox:stable-musl\nCOPY not-there /\n")
    runs = open_runs(f"images.registry={ground.registry}", NO_POLLER)
    broken = Runs(replace(runs.place, deployment=revised(runs.place.deployment, {"source.web": str(source)})))
    result = broken.apply(broken.plan(["4"]), command="prove")
    said = failures(result)
    assert "its last lines" in said
    assert "not-there" in said
    (log,) = (runs.place.journal.parent / "runs").rglob("karet-src-*.log")
    assert str(log) in said


def test_a_registry_that_refuses_the_login_is_named_without_the_password(open_runs: Any, ground: Ground) -> None:
    with registry("AWS", "another password") as host:
        runs = open_runs(f"images.registry={host}", NO_POLLER)
        result = runs.apply(runs.plan(["4"]), command="prove")
    assert "could not be pushed" in failures(result)
    assert ground.login.password not in failures(result)
