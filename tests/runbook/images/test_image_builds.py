"""A build keeps its output, shows its end when it fails, and is compared with what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runbook.errors import CancelledError, ImageError
from runbook.images import build as building
from runbook.images.build import Order, build
from runbook.images.engine import open_engine

FAKE_DOCKER = """#!/bin/sh
[ "$2" = version ] && exit 0
echo "host $DOCKER_HOST"
for word in "$@"; do echo "word $word"; done
echo "step 1"
exit ${FAKE_EXIT:-0}
"""


class FakeEngine:
    """Says what it is told to, and has an image of one processor."""

    url = "unix:///nowhere.sock"

    def __init__(self, *messages: Mapping[str, Any], processor: str = "amd64") -> None:
        self.messages, self.processor = messages, processor

    def build(self, folder: Path, *, name: str, platform: str) -> Iterator[Mapping[str, Any]]:
        yield from self.messages

    def architecture(self, image: str) -> str:
        return self.processor


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(tmp_path / "src", "uri:tag", "linux/amd64")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one" / "web.log"


@pytest.fixture(autouse=True)
def _no_buildkit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_has_buildkit", lambda: False)


def test_the_output_is_kept_in_a_file_that_only_the_operator_reads(order: Order, log: Path) -> None:
    engine: Any = FakeEngine(
        {"status": "Pulling", "id": "a"},
        {"status": "Downloading", "id": "a", "progressDetail": {"current": 1}},
        {"stream": "Step 1/1\n"},
        {"aux": {"ID": "sha256:1"}},
    )
    build(engine, order, log)
    assert log.read_text() == "a Pulling\nStep 1/1\n"
    assert log.parent.stat().st_mode & 0o077 == 0


def test_a_failure_shows_the_last_twenty_lines_and_names_the_file(order: Order, log: Path) -> None:
    lines = [{"stream": f"line {number}\n"} for number in range(40)]
    engine: Any = FakeEngine(*lines, {"error": "COPY failed: no such file\n"})
    with pytest.raises(ImageError) as failed:
        build(engine, order, log)
    assert "line 39" in failed.value.message
    assert "COPY failed: no such file" in failed.value.message
    assert "line 20\n" not in failed.value.message
    assert str(log) in failed.value.hint
    assert "line 0\n" in log.read_text()


def test_an_image_for_another_processor_is_refused(order: Order, log: Path) -> None:
    engine: Any = FakeEngine({"stream": "done\n"}, processor="arm64")
    with pytest.raises(ImageError, match="was to be built for amd64 and is for arm64") as refused:
        build(engine, order, log)
    assert "buildx" in refused.value.hint


def test_a_build_stops_between_two_lines(order: Order, log: Path) -> None:
    engine: Any = FakeEngine({"stream": "one\n"}, {"stream": "two\n"})
    with pytest.raises(CancelledError):
        build(engine, order, log, stopped=lambda: True)
    assert log.read_text() == "one\n"


def test_more_output_than_the_limit_is_not_kept(order: Order, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_LARGEST_LOG", 10)
    engine: Any = FakeEngine(*({"stream": "0123456789\n"} for _ in range(5)))
    build(engine, order, log)
    assert log.read_text() == "0123456789\n"


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(FAKE_DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_buildkit_gets_the_platform_and_makes_no_index(
    order: Order, log: Path, fake_docker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_has_buildkit", lambda: True)
    engine: Any = FakeEngine()
    build(engine, order, log)
    said = log.read_text().splitlines()
    assert "host unix:///nowhere.sock" in said
    assert {"word --platform=linux/amd64", "word --provenance=false", "word --load", "word --tag=uri:tag"} <= set(said)


def test_a_failed_buildkit_build_shows_its_end(
    order: Order, log: Path, fake_docker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_has_buildkit", lambda: True)
    monkeypatch.setenv("FAKE_EXIT", "7")
    engine: Any = FakeEngine()
    with pytest.raises(ImageError, match="step 1"):
        build(engine, order, log)


def test_without_an_engine_every_place_that_was_tried_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as missing:
        open_engine({"DOCKER_HOST": f"unix://{tmp_path}/no.sock"})
    assert f"{tmp_path}/no.sock" in missing.value.message
    assert "--image web=REPOSITORY@sha256:" in missing.value.hint
