"""docs/command-line.md says what the command line does: commands, options, exit codes and keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from runbook.cli.main import karet as command_line

PAGE = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()


def keys_of(row: str) -> set[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith("| ") and row in line.split("|")[1])
    return set(re.findall(r"`([a-z_]+)`", line.split("|")[2]))


def test_every_command_has_its_row_and_every_row_its_command() -> None:
    rows = set(re.findall(r"^\| `karet (\w+)", PAGE, re.MULTILINE))
    assert rows == set(command_line.names)
    for group in ("log", "prices"):
        made = command_line.load(group)
        assert isinstance(made, click.Group)
        assert set(re.findall(rf"`karet {group} (\w+)", PAGE)) == set(made.commands)


def test_every_option_that_the_page_names_exists() -> None:
    groups = [command for command in command_line.load_all().values() if isinstance(command, click.Group)]
    below = [command for group in groups for command in group.commands.values()]
    known = {
        option
        for command in (*command_line.load_all().values(), *below)
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"(--[a-z][a-z-]+)", PAGE)) <= known


def test_the_keys_of_the_machine_output_are_the_ones_on_the_page(karet: Any) -> None:
    plan = karet("plan", "2", "--json").json
    assert keys_of("`plan --json`") <= plan.keys()
    assert keys_of("`changes`") <= plan["changes"][0].keys()
    assert keys_of("`calls`") == plan["changes"][0]["calls"][0].keys()
    assert keys_of("`prices` of a plan") == plan["prices"].keys()
    applied = karet("apply", "2", "--yes", "--json").json
    assert keys_of("`apply --json`") == applied.keys()
    assert keys_of("`steps`") == applied["steps"][0].keys()
    verified = karet("verify", "2", "--json").json
    assert keys_of("`verify --json`") == verified.keys()
    assert keys_of("`checks`") == verified["checks"][0].keys()
    assert keys_of("`status --json`") == karet("status", "--json").json.keys()
    moved = karet("prices", "diff", "--region", "us-east-1", "--json").json
    assert keys_of("`prices diff --json`") == moved.keys() | {"file", "rates"}
    assert keys_of("`log list --json`") == karet("log", "list", "--json").json[0].keys()
    assert keys_of("`log show --json`") == karet("log", "show", "--json").json[0].keys()


def test_the_keys_of_a_bill_are_the_ones_on_the_page(karet: Any) -> None:
    def cost(*more: str) -> dict[str, Any]:
        told: dict[str, Any] = karet("cost", "--region", "us-east-1", "--json", *more, rehearsal=False).json
        return told

    assert keys_of("`cost --json`") - {"regions"} == cost().keys()
    assert keys_of("the bill's `lines`") == cost()["lines"][0].keys()
    assert keys_of("`cost --network all --json`") == cost("--network", "all").keys()
    assert keys_of("`cost --audit --json`") == cost("--audit").keys()
