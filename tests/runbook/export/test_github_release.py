"""The scripts of the exported workflow, run by bash with the AWS CLI on the embedded AWS; only docker is a stand-in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runbook.export.github_actions import github_actions
from runbook.images.performer import placeholder
from runbook.rehearsal.embedded import Embedded

AWS = shutil.which("aws")
DOCKER = """#!/bin/sh
# Stands for a build and a push: the registry gets a manifest that nothing stands behind.
[ "$1" = push ] || exit 0
tag="${2##*:}"; name="${2%:*}"
aws ecr put-image --repository-name "${name##*/}" --image-tag "$tag" --image-manifest "$(cat "$MANIFESTS/$tag")"
"""


class Runner:
    """Runs the steps of the workflow as GitHub's runner would."""

    def __init__(self, url: str, folder: Path, steps: list[dict[str, Any]], job: dict[str, str]) -> None:
        self._folder, self._steps, self._job, self._url = folder, steps, job, url
        # The embedded AWS goes on at each read, so nobody has to wait for it.
        for name, script in (("docker", DOCKER), ("sleep", "#!/bin/sh\n")):
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)

    def run(self, commit: str) -> tuple[int, str]:
        """Exit code and output of the job for a commit; it ends with the first step that fails."""
        manifests = self._folder / "manifests"
        manifests.mkdir(exist_ok=True)
        tag = f"{commit[:12]}-amd64"
        (manifests / tag).write_text(placeholder("any", tag).text)
        outputs: dict[str, str] = {}
        said = ""
        for step in self._steps:
            if "run" not in step or "docker login" in step["run"]:
                continue
            filled = {
                name: re.sub(r"\$\{\{ steps\.(\w+)\.outputs\.image \}\}", lambda found: outputs[found[1]], value)
                for name, value in step.get("env", {}).items()
            }
            out = self._folder / "output"
            out.write_text("")
            environment = {
                "PATH": f"{self._folder}:{os.environ['PATH']}",
                "HOME": str(self._folder),
                "AWS_ENDPOINT_URL": self._url,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "x",
                "MANIFESTS": str(manifests),
                "GITHUB_OUTPUT": str(out),
                "GITHUB_SHA": commit,
                **self._job,
                **filled,
            }
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                capture_output=True,
                text=True,
                env=environment,
                cwd=self._folder,
                check=False,
            )
            said += ran.stdout + ran.stderr
            if ran.returncode:
                return ran.returncode, said
            if "id" in step:
                outputs[step["id"]] = out.read_text().strip().partition("=")[2]
        return 0, said


@pytest.mark.long
@pytest.mark.prove
@pytest.mark.skipif(AWS is None, reason="no AWS CLI on this machine: the scripts of the workflow are not rehearsed")
def test_the_workflow_releases_leaves_the_last_good_version_when_it_fails_and_apply_keeps_what_it_did(
    open_runs: Any, embedded: Embedded, tmp_path: Path
) -> None:
    runs = open_runs("github.repository=acme/karet")
    assert runs.apply(runs.plan(), command="test").exit_code == 0
    job = yaml.safe_load(github_actions(runs.place.deployment))["jobs"]["release"]
    runner = Runner(embedded.url, tmp_path, job["steps"], job["env"])
    code, said = runner.run("a" * 40)
    assert (code, said[-2000:] if code else "") == (0, "")

    def running() -> dict[str, set[str]]:
        ecs = embedded._rehearsal._inside.client("ecs", "us-east-1")
        tasks = ecs.describe_tasks(cluster="karet", tasks=ecs.list_tasks(cluster="karet")["taskArns"])["tasks"]
        found: dict[str, set[str]] = {}
        for task in tasks:
            for one in task["containers"]:
                found.setdefault(one["name"], set()).add(one["imageDigest"])
        return found

    released = running()
    digest = placeholder("any", f"{'a' * 12}-amd64").digest
    assert released == {"karet": {digest}, "karet-worker": {digest}, "karet-poller": {digest}}
    # What GitHub released is kept by an apply, which clears the revisions away that nobody runs any more and, since the
    # worker is another one, proves anew that an upload reaches it.
    again = open_runs("github.repository=acme/karet")
    acting = again.plan().plan.acting
    replaced = [f"{one.id}: {one.differences}" for one in acting if one.action != "delete" and one.section != 13]
    assert replaced == []
    assert acting
    assert again.apply(again.plan(), command="test").exit_code == 0
    assert running() == released
    embedded.add_faults(["tasks.karet-worker-svc:exit-code:*"])
    code, said = runner.run("b" * 40)
    assert code == 1
    assert "::error::karet-worker-svc" in said
    assert running() == released
    assert "Essential container in task exited" in said
    embedded.clear_faults()
    assert runner.run("c" * 40)[0] == 0
    assert running() != released
