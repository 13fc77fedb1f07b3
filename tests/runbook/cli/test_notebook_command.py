"""karet notebook: lists, refuses, and writes one file or none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.errors import RunbookError
from runbook.notebooks import printing


def _fake(notebook: Any, values: Any, **_: Any) -> Any:
    if values.get("zones") == 3:
        raise RunbookError("three is not run here")
    return values


@pytest.fixture
def _no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "run", _fake)
    monkeypatch.setattr(printing, "page", lambda made, title, code: f"{title} {made} {code}")


def test_without_a_name_notebooks_and_parameters_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebook"]) == 0
    said = capsys.readouterr().err
    assert "nat_vs_vpc_endpoints: NAT gateway or VPC endpoints?" in said
    assert "cross_zone_gib" in said


@pytest.mark.usefixtures("_no_kernel")
def test_a_page_is_written_with_the_values_that_were_given(tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert run(["notebook", "estimate", "--set", "region=eu-west-1", "--html", str(target)]) == 0
    assert target.read_text() == "What does the stack cost? {'region': 'eu-west-1'} False"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("_no_kernel")
def test_a_failed_run_leaves_the_old_page_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    target.write_text("old")
    assert run(["notebook", "estimate", "--set", "zones=3", "--html", str(target)]) == 1
    assert target.read_text() == "old"
    assert run(["notebook", "estimate", "--html", str(tmp_path / "none" / "out.html")]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nat", "--html", "x.html"], "no notebook"),
        (["estimate", "--set", "zonse=3", "--html", "x.html"], 'did you mean "zones"'),
        (["estimate"], "--html FILE is needed"),
        (["--html", "x.html"], "NAME"),
    ],
)
def test_wrong_input_exits_with_sixty_four(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["notebook", *arguments]) == 64
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)
    assert run(["notebook", "estimate", "--html", str(tmp_path / "x.html")]) == 1
    assert "karet-runbook[notebooks]" in capsys.readouterr().err
