"""The contract of the command line: exit codes, machine output on stdout, everything for people on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.engine.clock import SystemClock
from runbook.engine.lock import Holder, apply_lock


def test_apply_verify_and_plan_of_a_section_exit_with_zero(karet: Any) -> None:
    assert karet("apply", "2", "--yes").code == 0
    assert karet("verify", "2").code == 0
    assert karet("plan", "2", "--detailed-exitcode").code == 0


def test_a_plan_with_changes_exits_with_two_only_when_asked(karet: Any) -> None:
    assert karet("plan", "2").code == 0
    assert karet("plan", "s3", "--detailed-exitcode").code == 2


def test_verify_exits_with_one_when_a_check_fails(karet: Any) -> None:
    said = karet("verify", "2")
    assert said.code == 1
    assert "FAILED" in said.err


def test_the_plan_as_json_has_the_keys_of_the_contract_and_nothing_else_is_on_stdout(karet: Any) -> None:
    said = karet("plan", "2", "--json")
    plan = said.json
    assert {"hash", "account", "region", "changes"} <= plan.keys()
    first = plan["changes"][0]
    assert {"id", "section", "action", "reason", "calls", "monthly_usd"} <= first.keys()
    assert {"service", "operation", "params"} == first["calls"][0].keys()


@pytest.mark.long
def test_the_rehearsal_as_json_has_the_keys_of_the_contract(karet: Any, tmp_path: Path) -> None:
    said = karet("rehearse", "--json", "--export-dir", str(tmp_path / "out"), rehearsal=False)
    assert said.code == 0, said.err[-2000:]
    report = said.json
    assert {"sections", "resources", "calls", "second_plan_changes", "checks", "leftovers", "seconds"} <= report.keys()
    assert {"passed", "failed", "not_rehearsed"} == report["checks"].keys()
    assert report["second_plan_changes"] == 0
    assert report["leftovers"] == 0
    assert report["checks"]["failed"] == 0
    assert report["checks"]["not_rehearsed"] > 0
    assert report["uploads"]["reached_worker"] >= 1
    assert {one["outcome"] for one in report["checklist"]} == {"passed", "not_rehearsed"}
    # At least: two web tasks answer the target group twice each, one worker its own health command.
    assert report["health_answers"].keys() == {"200"}
    assert report["health_answers"]["200"] >= 5
    assert {Path(one).suffix for one in report["exported"]} == {".html", ".ipynb", ".json", ".md", ".sh"}
    for path in map(Path, report["exported"]):
        assert path.parent == tmp_path / "out"
        # It is the apply that is exported, not the destroy after it.
        assert "rehearse: apply" in path.read_text(encoding="utf-8")


@pytest.mark.prove
def test_a_rehearsal_with_a_refused_call_exits_with_one_and_says_why(karet: Any) -> None:
    said = karet("rehearse", "--fault", "s3.PutBucketVersioning:denied:100", rehearsal=False)
    assert said.code == 1
    assert "s3.bucket" in said.err
    assert "AccessDenied" in said.err
    assert "health checks" in said.err


def test_wrong_input_exits_with_sixty_four(karet: Any) -> None:
    assert karet("plan", "99").code == 64
    assert karet("plan", "--set", "network=natt").code == 64
    assert karet("plan", "--no-such-option").code == 64
    assert karet("nonsense", rehearsal=False).code == 64
    assert karet("rehearse", "--fault", "nonsense", rehearsal=False).code != 0


def test_without_a_terminal_apply_asks_for_yes(karet: Any) -> None:
    said = karet("apply", "2")
    assert said.code == 64
    assert "--yes" in said.err


def test_a_locked_stack_exits_with_three_and_names_the_holder(karet: Any, state_dir: Path) -> None:
    folder = state_dir / "rehearsal" / "123456789012-us-east-1-karet"
    folder.mkdir(parents=True, exist_ok=True)
    with apply_lock(folder / "apply.lock", holder=Holder.of_this_process("somebody else's apply", SystemClock())):
        said = karet("apply", "2", "--yes")
    assert said.code == 3
    assert "somebody else's apply" in said.err


def test_a_given_image_is_deployed_in_place_of_a_built_one(karet: Any) -> None:
    image = f"ghcr.io/somebody/karet@sha256:{'c' * 64}"
    assert karet("apply", "4", "--yes", "--image", f"karet={image}").code == 0
    changes = karet("plan", "4", "--set", f"images.web={image}", "--json").json["changes"]
    found = {one["id"]: one["name"] for one in changes}
    assert found["images.web"] == image
    wrong = karet("apply", "4", "--yes", "--image", "karet=karet:latest")
    assert wrong.code == 64
    assert "--image karet=karet:latest" in wrong.err
    assert karet("apply", "--plan", "plan.json", "--image", f"karet={image}").code == 64


def test_expired_credentials_exit_with_four_and_the_next_apply_goes_on(karet: Any, state_dir: Path) -> None:
    from runbook.rehearsal import join

    join.add_faults(state_dir, ["s3.PutBucketVersioning:expired:1"])
    said = karet("apply", "2", "--yes")
    assert said.code == 4
    assert "Log in" in said.err
    assert karet("apply", "2", "--yes").code == 0
    assert karet("plan", "2", "--detailed-exitcode").code == 0


@pytest.mark.prove
def test_a_saved_plan_is_applied_and_a_stale_one_is_refused(karet: Any, tmp_path: Path) -> None:
    assert karet("plan", "2", "--out", str(tmp_path / "plan.json")).code == 0
    assert karet("apply", "--plan", str(tmp_path / "plan.json"), "--yes").code == 0
    said = karet("apply", "--plan", str(tmp_path / "plan.json"), "--yes")
    assert said.code == 1
    assert "s3.bucket was absent, is ready" in said.err


def test_a_file_that_is_no_plan_is_refused_in_words(karet: Any, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"format": 1}')
    said = karet("apply", "--plan", str(tmp_path / "other.json"), "--yes")
    assert said.code == 1
    assert "other.json" in said.err
    assert "Traceback" not in said.err


@pytest.mark.prove
def test_destroy_keeps_data_and_says_so_and_takes_it_when_told(karet: Any) -> None:
    assert karet("apply", "--yes").code == 0
    kept = karet("destroy", "--yes")
    assert kept.code == 0
    assert "stays: s3.bucket" in kept.err
    gone = karet("destroy", "--yes", "--delete-data", "--json")
    assert gone.code == 0
    assert gone.json["left"] == []
    assert karet("destroy", "--yes", "--delete-data").err.count("There is nothing to remove.") == 1


def test_a_stack_is_destroyed_without_its_settings_file(karet: Any, tmp_path: Path) -> None:
    (tmp_path / "karet.toml").write_text('stack = "blue"\n[storage]\nname = "some-own-name-1"\n')
    assert karet("apply", "1", "2", "3", "--yes").code == 0
    (tmp_path / "karet.toml").unlink()
    gone = karet("destroy", "--yes", "--delete-data", "--set", "stack=blue", "--json")
    assert gone.code == 0
    assert gone.json["left"] == []
    assert "some-own-name-1" in gone.err


def test_status_names_every_resource_and_the_last_run(karet: Any) -> None:
    karet("apply", "2", "--yes")
    status = karet("status", "--json").json
    by_id = {one["id"]: one for one in status["resources"]}
    assert by_id["s3.bucket"]["status"] == "ready"
    assert by_id["iam.web-role"]["status"] == "absent"
    assert status["last_outcome"] == "done"


def test_the_log_lists_runs_and_shows_one(karet: Any) -> None:
    run_id = karet("apply", "2", "--yes", "--json").json["run"]
    listed = karet("log", "list", "--json").json
    assert listed[0]["run"] == run_id
    entries = karet("log", "show", run_id, "--json").json
    kinds = [entry["kind"] for entry in entries]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_ended"
    assert kinds.count("intent") == kinds.count("result") > 0
    assert "about to call s3.CreateBucket" in karet("log", "show", "latest").err
    assert karet("log", "show", "nothing-like-it").code == 1


def test_init_writes_a_file_that_can_be_planned_and_never_overwrites_one(karet: Any, tmp_path: Path) -> None:
    said = karet("init", "--yes", "--region", "eu-west-1", "--set", "domain=karet.example.org", rehearsal=False)
    assert said.code == 0, said.err
    text = (tmp_path / "karet.toml").read_text()
    assert 'region = "eu-west-1"' in text
    assert karet("plan", "2").code == 0
    again = karet("init", "--yes", "--region", "eu-west-1", rehearsal=False)
    assert again.code == 64
    assert (tmp_path / "karet.toml").read_text() == text


def test_another_region_of_the_same_stack_is_refused(karet: Any) -> None:
    karet("apply", "1", "3", "--yes")
    said = karet("plan", "3", "--region", "eu-west-1")
    assert said.code == 1
    assert "one region" in said.err


def test_without_credentials_a_command_says_how_to_log_in(karet: Any, tmp_path: Path) -> None:
    said = karet("plan", "2", "--region", "us-east-1", "--set", "tls=none", rehearsal=False)
    assert said.code == 4
    assert "Log in" in said.err
    assert "Traceback" not in said.err


def test_a_real_account_cannot_be_reached_from_a_rehearsal(karet: Any) -> None:
    said = karet("plan", "2", "--endpoint-url", "https://s3.amazonaws.com")
    assert said.code == 1
    assert "--endpoint-url" in said.err


def test_help_loads_neither_boto3_nor_textual_nor_pandas_nor_pydantic() -> None:
    code = (
        "import sys\n"
        "from runbook.cli.main import run\n"
        "assert run(['--help']) == 0\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'boto3', 'botocore', 'textual', 'pandas', 'pydantic', 'moto'}, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_command_imports_no_other_command() -> None:
    code = (
        "import sys\n"
        "from runbook.cli.main import run\n"
        "assert run(['sign', '--help']) == 0\n"
        "print(*(name for name in sys.modules if name.endswith('_command')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "runbook.cli.sign_command"


def test_a_hostile_section_name_reaches_the_screen_without_its_escapes(karet: Any) -> None:
    said = karet("plan", "\x1b[31mred")
    assert said.code == 64
    assert "\x1b" not in said.err


def test_nothing_for_people_is_on_stdout(karet: Any) -> None:
    for arguments in (("plan", "2"), ("apply", "2", "--yes"), ("verify", "2"), ("status",), ("log", "list")):
        assert karet(*arguments).out == ""


def test_json_is_one_document(karet: Any) -> None:
    for arguments in (
        ("apply", "2", "--yes"),
        ("verify", "2"),
        ("status",),
        ("log", "list"),
        ("destroy", "1", "--yes"),
    ):
        json.loads(karet(*arguments, "--json").out)


def test_the_usage_of_a_command_names_its_options(capsys: Any) -> None:
    assert run(["plan", "--help"]) == 0
    said = capsys.readouterr().out
    for option in (
        "--config",
        "--set",
        "--profile",
        "--region",
        "--endpoint-url",
        "--rehearsal",
        "--json",
        "--state-dir",
    ):
        assert option in said
