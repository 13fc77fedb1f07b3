"""docs/cost.md: every command it shows is one that the command line takes, and its example file is one that is read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from runbook.cli.main import karet as command_line
from runbook.cost.usage import load

PAGE = (Path(__file__).parents[3] / "docs" / "cost.md").read_text()
COMMANDS = sorted(set(re.findall(r"`(karet [^`]+)`", PAGE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_on_the_page_is_understood(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    if name.endswith(".toml"):
        return
    with click.Context(command_line) as context:
        command = command_line.get_command(context, name)
        assert command is not None
        command.make_context(name, list(arguments), parent=context)


def test_the_example_of_a_usage_file_is_one(tmp_path: Path) -> None:
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert text
    path = tmp_path / "mine.toml"
    path.write_text(text[1])
    usage = load(path)
    assert usage.s3_storage_gib == 80
    assert usage.internet_out_gib is None
