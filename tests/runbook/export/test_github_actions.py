"""The exported workflow passes two linters, asks for no more than it needs, and releases every image of the stack."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from runbook.cli.main import karet
from runbook.errors import SettingsError
from runbook.export.github_actions import github_actions
from runbook.sections.s11_releases import resources
from runbook.settings import Deployment
from runbook.settings.parts import Github

PROGRAMS = Path(sys.executable).parent


def deployment(**more: Any) -> Deployment:
    named = {"region": "eu-west-1", "tls": "none", "account": "123456789012", "github": Github(repository="acme/karet")}
    return Deployment(**{**named, **more})


KINDS = {
    "usual": deployment(),
    "without a queue": deployment(events="none"),
    "ARM64": deployment(architecture="ARM64", stack="blue", github=Github(repository="a/b.c", branch="release/v1")),
}


def steps(one: Deployment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(github_actions(one))["jobs"]["release"]["steps"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_passes_zizmor_and_actionlint_and_its_scripts_are_bash(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / "release.yml"
    path.parent.mkdir(parents=True)
    path.write_text(github_actions(KINDS[kind]), encoding="utf-8")
    # On a CI server zizmor colours even what a program reads, unless told not to.
    zizmor = ["zizmor", "--offline", "--persona", "pedantic", "--no-progress", "--color", "never"]
    for command in (zizmor, ["actionlint", "-shellcheck=", "-no-color"]):
        ran = subprocess.run(
            [str(PROGRAMS / command[0]), *command[1:], str(path)], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout.replace("No findings to report. Good job!", "").strip()) == (0, ""), (
            ran.stderr
        )
    for step in steps(KINDS[kind]):
        if "run" in step:
            assert subprocess.run(["bash", "-n"], input=step["run"], text=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_is_built_by_its_commit_and_every_service_deployed_by_digest(kind: str) -> None:
    one = KINDS[kind]
    built = {step["id"]: step["env"]["REPOSITORY"] for step in steps(one) if "id" in step}
    assert built == {part: one.repository(part) for part in one.image_parts}
    deployed = {
        step["env"]["SERVICE"]: step["env"]["IMAGES"] for step in steps(one) if "SERVICE" in step.get("env", {})
    }
    assert list(deployed) == [one.ecs_service("worker"), one.ecs_service("web")]
    for part in one.image_parts:
        images = deployed[one.ecs_service("web" if part == "web" else "worker")]
        assert f'"{one.family(part)}": "${{{{ steps.{part}.outputs.image }}}}"' in images


def test_rights_are_the_least_and_actions_are_pinned_by_commit_with_their_version() -> None:
    one = deployment()
    workflow = yaml.safe_load(github_actions(one))
    job = workflow["jobs"]["release"]
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["concurrency"] == {"group": "release-karet", "cancel-in-progress": False}
    # YAML reads the word `on` as a truth value.
    assert workflow[True]["push"] == {"branches": ["main"]}
    used = re.findall(r"uses: (\S+) # (v[\d.]+)\n", github_actions(one))
    assert len(used) == github_actions(one).count("uses:") == 2
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name, _ in used)
    assert job["steps"][0]["with"] == {"persist-credentials": False}
    role = next(step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {}))
    assert role == "arn:aws:iam::123456789012:role/karet-github-role"
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts)


def test_the_role_may_call_what_the_workflow_calls_and_nothing_else() -> None:
    one = deployment()
    called = set(re.findall(r"aws (ec[rs]) ([a-z-]+)", github_actions(one)))
    actions = {f"{service}:{''.join(word.title() for word in name.split('-'))}" for service, name in called}
    role = next(resource for resource in resources(one) if resource.id == "releases.role")
    allowed: set[str] = set()
    for statement in role.policies["release"]["Statement"]:  # type: ignore[attr-defined]
        action = statement["Action"]
        allowed |= {action} if isinstance(action, str) else set(action)
    named = {"ecr:GetLoginPassword": "ecr:GetAuthorizationToken"}
    pushing = {one for one in allowed if one.startswith("ecr:")} - {"ecr:GetAuthorizationToken", "ecr:DescribeImages"}
    assert allowed - pushing - {"ecs:TagResource", "iam:PassRole"} == {named.get(one, one) for one in actions}


def test_without_a_repository_or_with_a_strange_folder_it_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"github\.repository is not set"):
        github_actions(deployment(github=Github()))
    for folder in ("/etc", "../x", "${{ github.token }}", "a b", ""):
        with pytest.raises(SettingsError, match="not a folder inside the repository"):
            github_actions(deployment(), {"web": folder})
    assert "FOLDER: 'web'" in github_actions(deployment(), {"web": "web"})


def test_the_command_names_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    ran = CliRunner().invoke(karet, ["export", "github-actions", "--folder", "wbe=x", "--state-dir", str(tmp_path)])
    assert isinstance(ran.exception, SettingsError)
    assert "web, worker, poller" in str(ran.exception)
