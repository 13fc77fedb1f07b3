"""Exported runs repeat: script and cells of an apply end in what it ended in, those of a destroy leave nothing."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest

from runbook.calls import shown
from runbook.export.notebook import code_of
from runbook.rehearsal.embedded import Embedded
from runbook.runs.export import export_run

pytestmark = pytest.mark.prove
DOMAIN = "example.com"
PROVEN = "/karet/proven"


@dataclass(frozen=True)
class Original:
    """A run of the whole document and its removal, and everything that existed after each.

    Parameters
    ----------
    forms, inventory: of the apply.
    removal: what the destroy was to send, by step.
    removal_forms, after_removal: of the destroy.
    proven: the parameter in which the probe's evidence stood, which only the runbook can make.
    """

    forms: dict[str, str]
    inventory: dict[str, Any]
    removal: dict[str, Any]
    removal_forms: dict[str, str]
    after_removal: dict[str, Any]
    proven: dict[str, Any]
    calls: int


def exported(runs: Any, result: Any) -> dict[str, str]:
    assert result.report.outcome == "done", [step.error for step in result.report.steps if step.error]
    return {form: export_run(runs.place, result.run, form) for form in ("sh", "ipynb")}


def sent_by(plan: Any) -> dict[str, Any]:
    """What a plan is to send, by step, as plain data."""
    return {one.step: [shown(call.params) for call in one.calls] for one in plan.changes}


@pytest.fixture
def original(embedded: Embedded, open_runs: Any) -> Original:
    runs = open_runs()
    forms = exported(runs, runs.apply(runs.plan(), command="karet apply"))
    inventory = embedded.inventory()
    ssm = client(embedded, "ssm")
    proven = ssm.get_parameters_by_path(Path=PROVEN, Recursive=True)["Parameters"]
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=proven[0]["Name"])["TagList"]
    removal = runs.plan_destroy(delete_data=True)
    removal_forms = exported(runs, runs.apply(removal, command="karet destroy --delete-data"))
    after = embedded.inventory()
    embedded.reset()
    embedded.seed_zone(DOMAIN)
    return Original(
        forms,
        inventory,
        sent_by(removal.plan),
        removal_forms,
        after,
        {"Name": proven[0]["Name"], "Value": proven[0]["Value"], "Type": "String", "Tags": tags},
        forms["sh"].count("\naws ") + forms["sh"].count("$(aws "),
    )


def client(embedded: Embedded, service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=embedded.url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def with_ids_of_now(form: str, original: Original, embedded: Embedded, runs: Any) -> str:
    """The form of the removal with the ids of the repeated run.

    A removal names what it removes by its ids, and AWS gives other ones to everything that is made again. Which id
    stands for which is told by a plan of the same removal of what the repeated run has made.
    """
    client(embedded, "ssm").put_parameter(**original.proven)
    store = client(embedded, "s3")
    bucket = json.loads(original.proven["Value"])["wiring"]["bucket"]
    for key in (json.loads(original.proven["Value"])["wiring"]["key"], "data/kept.csv"):
        store.put_object(Bucket=bucket, Key=key, Body=b"1")
        store.put_object(Bucket=bucket, Key=key, Body=b"2")
        store.delete_object(Bucket=bucket, Key=key)
    now = sent_by(runs.plan_destroy(delete_data=True).plan)
    assert now.keys() == original.removal.keys()
    others: dict[str, str] = {}
    for step, calls in original.removal.items():
        pair(calls, now[step], others)
    assert len(others) > 20
    text = original.removal_forms[form]
    for old in sorted(others, key=len, reverse=True):
        text = text.replace(old, others[old])
    return text


def pair(then: Any, now: Any, others: dict[str, str]) -> None:
    """Notes each text of then that is another one now."""
    assert type(then) is type(now)
    if isinstance(then, dict):
        assert then.keys() == now.keys()
        for name in then:
            pair(then[name], now[name], others)
    elif isinstance(then, list):
        assert len(then) == len(now)
        for one, other in zip(then, now, strict=True):
            pair(one, other, others)
    elif then != now:
        assert isinstance(then, str)
        assert len(then) >= 8, "too short to be replaced wherever it stands"
        assert others.setdefault(then, now) == now


def same(inventory: dict[str, Any]) -> dict[str, str]:
    """Everything that exists, kind by kind, but for the evidence of probes, which only the runbook can make."""
    return {
        # The version of a secret is the token of whoever made it.
        name: re.sub(r":::<(?:uuid|version)>", ":::<version>", repr([one for one in things if not _is_evidence(one)]))
        for name, things in inventory.items()
    }


def _is_evidence(thing: Any) -> bool:
    return isinstance(thing, dict) and "/proven/" in str(thing.get("Name", ""))


def environment(embedded: Embedded, folder: Path, *path: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([*path, os.environ["PATH"]]),
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": embedded.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def aws_cli(folder: Path) -> Path:
    """The aws command of PyPI in an environment of its own; skipped, loudly, where it cannot be had."""
    home = folder / "cli"
    venv.create(home, with_pip=True)
    install = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # The release that was made for the botocore of this project, so that both know the same parameters.
    wanted = ["awscli", f"botocore=={botocore.__version__}"]
    done = subprocess.run([*install, *wanted], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        pytest.skip(f"NO PROOF OF THE SCRIPT: the aws command cannot be installed here: {done.stderr[-300:]}")
    # Version 1 asks SQS at its old host unless it is told the endpoint on the command line.
    wrapper = folder / "bin" / "aws"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec "{home}/bin/aws" --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return wrapper.parent


def run_script(text: str, embedded: Embedded, folder: Path, commands: Path) -> None:
    (folder / "run.sh").write_text(text)
    done = subprocess.run(
        ["bash", "run.sh"],
        cwd=folder,
        env=environment(embedded, folder, str(commands)),
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def run_cells(text: str, embedded: Embedded, folder: Path) -> None:
    (folder / "run.py").write_text(code_of(text))
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=folder,
        env=environment(embedded, folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.long
def test_the_script_ends_in_the_same_inventory_and_its_removal_in_nothing(
    original: Original, embedded: Embedded, tmp_path: Path, counted: Any, open_runs: Any
) -> None:
    commands = aws_cli(tmp_path)
    run_script(original.forms["sh"], embedded, tmp_path, commands)
    assert same(embedded.inventory()) == same(original.inventory)
    run_script(with_ids_of_now("sh", original, embedded, open_runs()), embedded, tmp_path, commands)
    assert same(embedded.inventory()) == same(original.after_removal)
    counted(f"exported script: {original.calls} aws commands on an empty AWS, same inventory; its removal leaves none")


def test_the_cells_end_in_the_same_inventory_and_their_removal_in_nothing(
    original: Original, embedded: Embedded, tmp_path: Path, counted: Any, open_runs: Any
) -> None:
    run_cells(original.forms["ipynb"], embedded, tmp_path)
    assert same(embedded.inventory()) == same(original.inventory)
    run_cells(with_ids_of_now("ipynb", original, embedded, open_runs()), embedded, tmp_path)
    assert same(embedded.inventory()) == same(original.after_removal)
    counted("exported notebook: its cells on an empty AWS, same inventory; those of its removal leave none")
