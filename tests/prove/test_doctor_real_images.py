"""A real engine: the doctor runs images that are like both releases of the worker, and leaves no container."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from real_images import engine, free_port, why_no_tools

from runbook.preflight.contract_profiles import PROFILES
from runbook.preflight.finding import Item
from runbook.runs.image_trials import image_items
from runbook.settings import revised

pytestmark = [pytest.mark.prove, pytest.mark.filterwarnings("ignore::ResourceWarning")]

BASE = ("like-debian-slim", "1")
SERVE = """#!/bin/sh
missing=""
for name in {required}; do
    eval "value=\\$$name"
    [ -n "$value" ] || missing="$missing $name"
done
[ -z "$missing" ] || {{ echo "missing required environment variable:$missing" >&2; exit 1; }}
echo "listening on $PORT"
exec busybox nc -ll -p "$PORT" -e /bin/sh /answer
"""
ANSWER = """#!/bin/sh
read verb path rest
length=0
while read name value; do
    name=$(echo "$name" | busybox tr -d '\\r')
    [ -z "$name" ] && break
    [ "$name" = "Content-Length:" ] && length=$(echo "$value" | busybox tr -d '\\r')
done
[ "$length" -gt 0 ] && busybox head -c "$length" >/dev/null
case "$verb $path" in
{routes}
*) code="404 Not Found";;
esac
printf 'HTTP/1.0 %s\\r\\nContent-Length: 0\\r\\n\\r\\n' "$code"
"""
HEALTHY = '"GET /health") code="200 OK";;'
PUBLIC = f'{HEALTHY}\n"POST /jobs/run") code="500 Internal Server Error";;\n"GET /jobs/run") code="405 Not Allowed";;'
DOCUMENT = f'{HEALTHY}\n"POST /webhooks/s3/on-upload") code="202 Accepted";;'
KEYS = "S3_BUCKET AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_ENDPOINT_URL"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    why = why_no_tools()
    if why:
        pytest.skip(f"NO PROOF OF THE DOCTOR'S RUN: a container engine cannot be installed here: {why}")
    with engine() as found:
        _import_base(found)
        yield found


def _import_base(url: str) -> None:
    """An image with a shell and no wget under its own name, as a slim Debian has none."""
    busybox = Path(shutil.which("busybox") or "/bin/busybox")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(os.path.realpath(busybox), arcname="bin/busybox")
        for name in ("sh", "bash", "head", "grep"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    client = APIClient(base_url=url, version="auto", timeout=60)
    client.import_image_from_data(packed.getvalue(), repository=BASE[0], tag=BASE[1])
    client.close()


@pytest.fixture
def run(open_runs: Any, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Builds a worker of these routes that requires these variables, and lets the doctor run it."""
    monkeypatch.setenv("DOCKER_HOST", url)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    def take(routes: str, required: str, settings: dict[str, Any], more: str = "USER 65534") -> dict[str, Item]:
        tree = tmp_path / "worker"
        tree.mkdir(exist_ok=True)
        (tree / "serve").write_text(SERVE.format(required=required))
        (tree / "answer").write_text(ANSWER.format(routes=routes))
        dockerfile = f'FROM {":".join(BASE)}\nCOPY serve answer /\n{more}\nEXPOSE 8080\nCMD ["/bin/sh", "/serve"]\n'
        (tree / "Dockerfile").write_text(dockerfile)
        runs = open_runs()
        given = {"source.worker": str(tree), "app.worker.port": free_port(), **settings}
        found = image_items(
            replace(runs, place=replace(runs.place, deployment=revised(runs.place.deployment, given))), str
        )
        client = APIClient(base_url=url, version="auto", timeout=60)
        assert client.containers(all=True) == [], "no container is left"
        client.close()
        return {one.id.removeprefix("run.worker."): one for one in found if one.id.startswith("run.worker.")}

    return take


def failed(found: dict[str, Item]) -> set[str]:
    return {name for name, one in found.items() if one.outcome == "failed"}


def test_the_public_worker_ends_at_once_and_the_variables_it_wants_are_named(run: Any) -> None:
    found = run(PUBLIC, KEYS, {})
    names = ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY")
    assert failed(found) == {"alive", "tools", *(f"variable-{name}" for name in names)}
    assert "missing required environment variable" in found["alive"].detail
    assert "app.worker.environment" in found["variable-AWS_ENDPOINT_URL"].settings


def test_the_public_worker_without_its_check_lacks_the_route_and_the_tool_and_settings_fix_both(run: Any) -> None:
    found = run(PUBLIC, "S3_BUCKET", {})
    assert failed(found) == {"tools", "command", "webhook"}
    assert "answered 404" in found["webhook"].detail
    assert "wget is not in the image" in found["tools"].detail
    assert found["webhook"].settings["app.webhook_path"] == "/jobs/run"
    assert found["tools"].settings["app.worker.health_command"][:2] == ["CMD", "bash"]
    # The shell of this stand-in has no /dev/tcp, so its own way of asking is given.
    port = free_port()
    command = ["CMD", "busybox", "wget", "-qO-", f"http://127.0.0.1:{port}/health"]
    settings = {**PROFILES[1].settings, "app.worker.health_command": command, "app.worker.port": port}
    again = run(PUBLIC, "S3_BUCKET", settings)
    assert {name: one.outcome for name, one in again.items() if one.outcome != "ok"} == {}


def test_a_worker_as_the_document_has_it_needs_only_its_tool(run: Any) -> None:
    found = run(DOCUMENT, "S3_BUCKET PORT PIPELINE_CONFIG_KEY", {"app.worker.health_command": []}, more="")
    assert failed(found) == set()
    assert found["user"].outcome == "warning", "it runs as root"
    assert found["webhook"].detail.startswith("POST /webhooks/s3/on-upload answered 202")


def test_an_image_for_another_processor_and_one_that_cannot_start_are_told(run: Any) -> None:
    assert "is for amd64" in run(DOCUMENT, "", {"architecture": "ARM64"})["image"].detail
    found = run(DOCUMENT, "", {}, more='ENTRYPOINT ["/not/there"]')
    assert "ended with 127" in found["alive"].detail
    assert "ENTRYPOINT" in found["alive"].fix
    assert failed(found) >= {"alive", "tools"}
