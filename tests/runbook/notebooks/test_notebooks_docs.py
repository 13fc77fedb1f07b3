"""docs/notebooks.md: every command and parameter on it is one that is taken."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from runbook.cli.main import karet as command_line
from runbook.notebooks.shelf import find, notebooks

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "notebooks.md").read_text()
README = (ROOT / "README.md").read_text()
LINES = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```\n(.*?)```", PAGE + README, re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = sorted({line for line in LINES if line.startswith("karet notebook")})


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_on_the_page_is_understood(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    with click.Context(command_line) as context:
        command = command_line.get_command(context, name)
        assert command is not None
        given = command.make_context(name, list(arguments), parent=context).params
    if given["name"]:
        find(given["name"]).values(given["given"])


def test_every_line_that_is_no_command_of_ours_is_known_to_exist() -> None:
    others = {line.split()[0] + " " + line.split()[1] for line in LINES if line and not line.startswith("karet")}
    assert others <= {
        "make notebooks",
        "make run",
        "make test",
        "papermill notebooks/nat_vs_vpc_endpoints.ipynb",
        "python tools/execute_notebooks.py",
    }
    assert "\nnotebooks: " in (ROOT / "Makefile").read_text()
    assert (ROOT / "tools" / "execute_notebooks.py").is_file()
    papermill = next(line for line in LINES if line.startswith("papermill"))
    pairs = re.findall(r"-p (\S+) (\S+)", papermill)
    find("nat_vs_vpc_endpoints").values([f"{name}={value}" for name, value in pairs])


def test_the_page_names_every_notebook() -> None:
    for one in notebooks():
        assert f"(../notebooks/{one.path.name})" in PAGE
        assert f"(notebooks/{one.path.name})" in README
