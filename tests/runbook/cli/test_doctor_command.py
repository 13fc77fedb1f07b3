"""karet doctor names what is missing and the settings that fix it, changes nothing, and exits 1 on a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"
PAGE = (ROOT / "docs" / "command-line.md").read_text()


def keys_of(row: str) -> list[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {row} |"))
    return [word.strip("` ") for word in line.split("|")[2].split(",")]


def public(karet: Any, *more: str) -> Any:
    sources = [f"source.{one}={DATA / f'like-public-{one}'}" for one in ("web", "worker")]
    return karet("doctor", "1", *(word for one in sources for word in ("--set", one)), *more)


def test_a_stack_that_can_be_deployed_is_well_and_says_what_is_not_rehearsed(karet: Any) -> None:
    said = karet("doctor", "--json")
    assert said.code == 0
    assert said.json["counts"]["failed"] == 0
    assert said.json["counts"]["not_rehearsed"] > 0
    assert list(said.json) == keys_of("`doctor --json`")
    assert list(said.json["chapters"][0]) == keys_of("each of `chapters`")
    assert list(said.json["chapters"][0]["items"][0]) == keys_of("each of `items`")
    assert [one["name"] for one in said.json["chapters"]] == [
        "account",
        "source",
        "run",
        "names",
        "quotas",
        "permissions",
        "reach",
    ]
    reached = [item for item in said.json["chapters"][-1]["items"] if item["outcome"] == "ok"]
    assert len(reached) == len(said.json["chapters"][-1]["items"]) >= 10


def test_a_source_like_the_public_ones_fails_with_settings_that_fix_it_and_nothing_is_done(karet: Any) -> None:
    before = karet("log", "list", "--json").json
    said = public(karet, "--no-run")
    assert said.code == 1
    for text in (
        "there is no route /webhooks/s3/on-upload",
        "wget is not in debian:bookworm-slim",
        "AWS_ACCESS_KEY_ID is required",
        "KARET_SESSION_SECRET is required",
        'app.webhook_path = "/jobs/run"',
        'app.worker.health_command = ["CMD", "bash"',
        "AWS_ENDPOINT_URL = ",
        'app.web.health_path = "/login"',
    ):
        assert text in " ".join(said.err.split()), text
    assert said.out == ""
    assert karet("log", "list", "--json").json == before, "a doctor is no run"


def test_without_an_engine_the_run_of_the_images_is_skipped_and_said(
    karet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    said = public(karet, "--json")
    (chapter,) = [one for one in said.json["chapters"] if one["name"] == "run"]
    assert [one["outcome"] for one in chapter["items"]] == ["unknown", "unknown"]
    for item in chapter["items"]:
        assert item["detail"].startswith("skipped: no container engine answers: unix:///nowhere.sock")
        assert "Start Docker or Podman" in item["fix"]
