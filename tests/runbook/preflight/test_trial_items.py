"""A run of an image is judged against the application contract, in both of its profiles."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from runbook.images.trial_seen import Asked, Trial
from runbook.preflight.contract_profiles import PROFILES
from runbook.preflight.finding import Item
from runbook.preflight.trial_items import fits, order_for, trial_items
from runbook.settings import Deployment, Service, revised

DOCUMENT = Deployment(region="eu-west-1", tls="none").for_account("123456789012")
PUBLIC = revised(DOCUMENT, dict(PROFILES[1].settings))
HOOK, JOB = "/webhooks/s3/on-upload", "/jobs/run"
ALL_TOOLS = dict.fromkeys(("sh", "curl", "wget", "node", "python3", "bash", "head", "grep"), True)
WELL = Trial(
    architecture="amd64",
    user="app",
    size=1,
    lived_s=10,
    health=Asked(200),
    posts={HOOK: Asked(202), JOB: Asked(500)},
    gets={"/": Asked(200), JOB: Asked(404)},
    command=Asked(0),
    tools=ALL_TOOLS,
)


def items(trial: Trial, deployment: Deployment = DOCUMENT, service: Service = "worker") -> dict[str, Item]:
    order = order_for(deployment, service, "image", deployment.environment(service, "123456789012"))
    return {one.id.removeprefix(f"run.{service}."): one for one in trial_items(deployment, service, order, trial)}


def outcomes(trial: Trial, deployment: Deployment = DOCUMENT, service: Service = "worker") -> dict[str, str]:
    return {name: one.outcome for name, one in items(trial, deployment, service).items()}


@pytest.mark.parametrize("deployment", [DOCUMENT, PUBLIC], ids=["document", "public"])
def test_an_image_that_does_what_its_profile_says_is_well(deployment: Deployment) -> None:
    assert set(outcomes(WELL, deployment).values()) == {"ok"}
    assert set(outcomes(WELL, deployment)) == {
        "processor",
        "user",
        "alive",
        "tools",
        "health",
        "command",
        "webhook",
        "root",
    }


def test_the_body_is_the_one_that_the_poller_sends_in_each_profile() -> None:
    records = json.loads(order_for(DOCUMENT, "worker", "i", {}).posts[HOOK])
    assert records["Records"][0]["s3"]["bucket"]["name"] == "karet-data-123456789012"
    assert json.loads(order_for(PUBLIC, "worker", "i", {}).posts[JOB]) == {"pipeline_prefix": "pipelines/doctor/"}
    assert JOB in order_for(DOCUMENT, "worker", "i", {}).gets, "asked with GET, which starts no job"
    assert order_for(DOCUMENT, "web", "i", {}).posts == {}


def test_the_public_worker_lacks_variables_tool_and_route_one_after_the_other_and_each_names_its_setting() -> None:
    words = "missing required environment variables: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, S3_BUCKET"
    ended = replace(WELL, exit_code=1, lived_s=0, health=Asked(), command=Asked(), last_lines=("starting", words))
    found = items(replace(ended, tools={**ALL_TOOLS, "wget": False, "curl": False, "node": False, "python3": False}))
    failed = {name for name, one in found.items() if one.outcome == "failed"}
    assert failed == {"alive", "tools", "variable-AWS_ACCESS_KEY_ID", "variable-AWS_ENDPOINT_URL"}
    assert "ended with 1" in found["alive"].detail
    assert found["variable-AWS_ENDPOINT_URL"].settings["app.worker.environment"]["AWS_ENDPOINT_URL"].startswith("https")
    assert "task role" in found["variable-AWS_ACCESS_KEY_ID"].fix
    assert found["tools"].settings["app.worker.health_command"][:2] == ["CMD", "bash"]

    lives = replace(WELL, posts={HOOK: Asked(404)}, gets={"/": Asked(404), JOB: Asked(405)})
    webhook = items(lives)["webhook"]
    assert webhook.outcome == "failed"
    assert webhook.settings == {"app.webhook_path": JOB, "app.webhook_body": "pipeline"}
    assert set(outcomes(WELL, revised(DOCUMENT, dict(webhook.settings))).values()) == {"ok"}


@pytest.mark.parametrize(
    ("change", "name", "outcome", "settings"),
    [
        ({"architecture": "arm64"}, "processor", "failed", {"architecture": "ARM64"}),
        ({"architecture": "riscv64"}, "processor", "failed", {}),
        ({"user": ""}, "user", "warning", {}),
        ({"user": "0:0"}, "user", "warning", {}),
        ({"refused": 'exec: "worker": not found'}, "alive", "failed", {}),
        ({"health": Asked(404)}, "health", "failed", {}),
        ({"health": Asked(302, "http://x/login?to=%2F")}, "health", "failed", {"app.worker.health_path": "/login"}),
        ({"health": Asked(problem="no"), "exposed": (9090,)}, "health", "failed", {"app.worker.port": 9090}),
        ({"unasked": "elsewhere"}, "health", "unknown", {}),
        ({"unasked": "elsewhere"}, "webhook", "unknown", {}),
        ({"posts": {HOOK: Asked(405)}}, "webhook", "failed", {}),
        ({"posts": {HOOK: Asked(401)}}, "webhook", "failed", {}),
        ({"posts": {HOOK: Asked(problem="no answer")}}, "webhook", "unknown", {}),
        ({"posts": {HOOK: Asked(500)}}, "webhook", "ok", {}),
        ({"command": Asked(1)}, "command", "failed", {}),
        ({"command": Asked(problem="it did not end within 5 s")}, "command", "failed", {}),
    ],
)
def test_each_thing_that_a_run_shows_comes_out_as_it_is(
    change: dict[str, Any], name: str, outcome: str, settings: dict[str, Any]
) -> None:
    found = items(replace(WELL, **change))[name]
    assert found.outcome == outcome
    assert dict(found.settings) == settings
    assert found.fix or outcome in ("ok", "unknown")


def test_a_web_page_behind_a_login_is_failed_with_the_page_that_answers() -> None:
    behind = replace(WELL, health=Asked(307, "/login"), gets={"/": Asked(307, "/login")}, command=Asked())
    found = items(behind, service="web")
    assert found["health"].settings == {"app.web.health_path": "/login"}
    assert found["root"].outcome == "ok"
    assert "to /login" in found["root"].detail
    assert items(replace(behind, gets={"/": Asked(500)}), service="web")["root"].outcome == "warning"


@pytest.mark.parametrize(("codes", "well"), [("200", {200}), ("200,307", {200, 307}), ("200-202,401", {200, 201, 401})])
def test_codes_are_read_as_a_target_group_writes_them(codes: str, well: set[int]) -> None:
    assert {code for code in (199, 200, 201, 203, 307, 401) if fits(codes, code)} == well
