"""A source tree is read, never run: what is missing in it is named, with the settings that put it right."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runbook.preflight.finding import Item
from runbook.preflight.source_check import source_items
from runbook.settings import Deployment, Service, revised

DATA = Path(__file__).parents[2] / "data"
BASE = Deployment(region="eu-west-1", tls="none").for_account("123456789012")


def items(service: Service, tree: Path, deployment: Deployment = BASE) -> dict[str, Item]:
    return {one.id.removeprefix(f"source.{service}."): one for one in source_items(deployment, service, tree)}


def public(service: Service, deployment: Deployment = BASE) -> dict[str, Item]:
    return items(service, DATA / f"like-public-{service}", deployment)


def tree(folder: Path, dockerfile: str, **files: str) -> Path:
    (folder / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def as_settings(lines: list[str]) -> dict[str, Any]:
    """Lines of karet.toml as dotted settings, the way a person would paste them."""
    found: dict[str, Any] = {}

    def flat(value: Any, prefix: str) -> None:
        if isinstance(value, Mapping) and not prefix.endswith((".environment", ".secrets")):
            for key, item in value.items():
                flat(item, f"{prefix}.{key}" if prefix else key)
        else:
            found[prefix] = value

    flat(tomllib.loads("\n".join(lines)), "")
    return found


def test_the_public_worker_lacks_the_route_the_tool_and_variables_and_each_is_named() -> None:
    found = public("worker")
    failed = {name for name, one in found.items() if one.outcome == "failed"}
    assert failed == {
        "webhook",
        "tools",
        "variable-AWS_ACCESS_KEY_ID",
        "variable-AWS_SECRET_ACCESS_KEY",
        "variable-AWS_ENDPOINT_URL",
    }
    assert "/webhooks/s3/on-upload" in found["webhook"].detail
    assert "/jobs/run" in found["webhook"].detail
    assert "wget" in found["tools"].detail
    assert "src/lib.rs:4" in found["variable-AWS_ACCESS_KEY_ID"].detail
    assert "the public worker build" in found["profile"].detail


def test_the_settings_that_it_names_fix_the_public_worker_but_for_the_keys_which_no_setting_gives() -> None:
    lines = {line for one in public("worker").values() for line in one.lines}
    given = as_settings(sorted(lines))
    assert given["app.webhook_path"] == "/jobs/run"
    assert given["app.worker.health_command"][:2] == ["CMD", "bash"]
    endpoint = {"AWS_ENDPOINT_URL": "https://s3.eu-west-1.amazonaws.com"}
    assert given["app.worker.environment"] == {**BASE.app.worker.environment, **endpoint}
    again = public("worker", revised(BASE, given))
    assert {name for name, one in again.items() if one.outcome == "failed"} == {
        "variable-AWS_ACCESS_KEY_ID",
        "variable-AWS_SECRET_ACCESS_KEY",
    }
    assert again["variable-AWS_ACCESS_KEY_ID"].settings == {}
    assert "task role" in again["variable-AWS_ACCESS_KEY_ID"].fix
    assert again["profile"].outcome == "ok"


def test_the_public_web_application_needs_its_session_secret_and_a_page_without_a_session() -> None:
    found = public("web")
    assert {name for name, one in found.items() if one.outcome == "failed"} == {"variable-KARET_SESSION_SECRET"}
    assert found["health"].outcome == "warning"
    given = as_settings([line for one in found.values() for line in one.lines])
    assert given["app.web.secrets"]["KARET_SESSION_SECRET"] == "karet-session-secret-value"
    assert "KARET_API_KEY" in given["app.web.secrets"]
    again = public("web", revised(BASE, given))
    assert {one.outcome for one in again.values()} <= {"ok", "warning"}
    assert again["health"].outcome == "ok"


def test_a_worker_as_the_document_has_it_is_all_well(tmp_path: Path) -> None:
    source = 'app.get("/health", f);\napp.post("/webhooks/s3/on-upload", g);\nrequireEnv("S3_BUCKET");\n'
    made = tree(tmp_path, "FROM node:22-alpine\nEXPOSE 8080\nCMD node s.js\n", s__js=source)
    found = items("worker", made)
    assert {name for name, one in found.items() if one.outcome not in ("ok", "warning")} == set()
    assert "the source document's worker" in found["profile"].detail


def test_a_route_that_takes_no_post_is_no_webhook(tmp_path: Path) -> None:
    made = tree(tmp_path, "FROM scratch\n", m__py='@app.get("/webhooks/s3/on-upload")\ndef f(): ...\n')
    assert items("worker", made)["webhook"].outcome == "failed"
    assert "takes GET" in items("worker", made)["webhook"].detail


@pytest.mark.parametrize(
    ("dockerfile", "outcome"),
    [
        ("FROM debian:bookworm-slim\n", "failed"),
        ("FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y wget\n", "ok"),
        ("FROM debian:bookworm-slim AS base\nRUN apt-get install -yq wget\nFROM base\n", "ok"),
        ("FROM debian:bookworm-slim AS base\nRUN apt-get install -yq wget\nFROM debian:bookworm-slim\n", "failed"),
        ("FROM alpine:3.22\n", "ok"),
        ("FROM gcr.io/distroless/cc-debian12\n", "failed"),
        ("FROM scratch\nCOPY --from=busybox:musl /bin/sh /bin/sh\nCOPY --from=busybox:musl /bin/wget /bin/\n", "ok"),
        ("ARG BASE=alpine\nFROM ${BASE}\n", "ok"),
        ("FROM registry.example.com/our/base:1\n", "unknown"),
    ],
)
def test_the_tools_of_the_last_stage_are_told_by_its_base_and_what_is_installed(
    dockerfile: str, outcome: str, tmp_path: Path
) -> None:
    assert items("worker", tree(tmp_path, dockerfile))["tools"].outcome == outcome


def test_nothing_recognised_is_unknown_and_never_ok(tmp_path: Path) -> None:
    found = items("worker", tree(tmp_path, "FROM registry.example.com/our/base:1\n"))
    unknown = {name for name, one in found.items() if one.outcome == "unknown"}
    assert unknown == {"port", "tools", "health", "webhook", "variables"}


def test_an_image_that_is_fixed_to_another_processor_fails_before_it_is_built(tmp_path: Path) -> None:
    found = items("web", tree(tmp_path, "FROM --platform=linux/arm64 node:22-slim\n"))["image"]
    assert found.outcome == "failed"
    assert found.settings == {"architecture": "ARM64"}


def test_without_a_dockerfile_nothing_else_is_said(tmp_path: Path) -> None:
    assert {name: one.outcome for name, one in items("web", tmp_path).items()} == {"dockerfile": "failed"}


def test_another_port_is_said_with_the_setting(tmp_path: Path) -> None:
    found = items("web", tree(tmp_path, "FROM node:22-slim\nEXPOSE 8000/tcp\n"))["port"]
    assert found.outcome == "warning"
    assert found.settings == {"app.web.port": 8000}
