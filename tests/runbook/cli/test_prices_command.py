"""karet prices: what moved, and the user's copy, through the rehearsal's price list."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.main import run
from runbook.pricing import saved
from runbook.pricing.catalogue import CATALOGUE
from runbook.rehearsal import join
from runbook.runs.options import Options
from runbook.runs.price_source import copy_path, rates_for

V = "us-east-1"
PAGE = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()


def keys_of(row: str) -> set[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {row}"))
    return set(re.findall(r"`([a-z_]+)`", line.split("|")[2]))


@pytest.fixture
def copy(state_dir: Path) -> Any:
    path = copy_path(Options(rehearsal=True, state_dir=state_dir))
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def changed(path: Path, key: str, usd: str) -> None:
    file = saved.read(path)
    rows = [
        {**row, "tiers": [["0", "Inf", usd, ""]], "fetched_at": "2026-11-01T00:00:00+00:00"} if place[0] == key else row
        for place, row in file.rows.items()
    ]
    saved.write(path, saved.text_of(file.as_of, file.sources, rows))


def test_the_snapshot_is_what_the_rehearsals_price_list_has(karet: Any, copy: Path) -> None:
    said = karet("prices", "diff", "--regions", "us-east-1,eu-west-1", "--json")
    assert said.code == 0
    found = said.json
    assert found["regions"] == ["us-east-1", "eu-west-1"]
    assert (found["moved"], found["new"], found["unknown"]) == ([], [], [])
    assert found["same"] == 2 * len(CATALOGUE) - 2
    assert "answered by the rehearsal, not by AWS" in found["notes"][0]
    assert not copy.exists()


def test_update_keeps_a_copy_that_estimates_use_and_diff_shows_what_moved(
    karet: Any, copy: Path, state_dir: Path
) -> None:
    said = karet("prices", "update", "--region", V, "--json")
    assert said.code == 0
    assert said.json["file"] == str(copy)
    assert said.json["rates"] == len(CATALOGUE)
    changed(copy, "nat.hour", "0.05")
    options = Options(rehearsal=True, state_dir=state_dir)
    rate = rates_for(options, offline=True).rate("nat.hour", V)
    assert (rate.usd, rate.citation) == (Decimal("0.05"), "the rehearsal's price list, not AWS's answer")
    (move,) = karet("prices", "diff", "--regions", V, "--json").json["moved"]
    assert keys_of("each of `moved`") == move.keys()
    assert (move["key"], move["before"], move["after"]) == ("nat.hour", [["0", "0.05"]], [["0", "0.045"]])
    people = karet("prices", "diff", "--regions", V)
    assert "nat.hour" in people.err
    assert "0.05" in people.err
    assert people.out == ""
    assert karet("prices", "update", "--regions", "eu-west-1").code == 0
    assert {region for _, region in saved.read(copy).rows} == {V, "eu-west-1", "global"}


def test_a_damaged_copy_is_named_and_replaced(karet: Any, copy: Path) -> None:
    saved.write(copy, "{")
    said = karet("prices", "update", "--regions", V, "--json")
    assert said.code == 0
    assert any("left aside" in note for note in said.json["notes"])
    assert saved.read(copy).as_of > date(2026, 1, 1)


def test_a_price_that_cannot_be_had_is_named_and_the_others_are_kept(karet: Any, copy: Path) -> None:
    said = karet("prices", "update", "--regions", "us-west-1,us-east-1", "--json")
    assert said.code == 1
    assert {one["error"] for one in said.json["unknown"]} == {"MissingRateError"}
    assert {one["region"] for one in said.json["unknown"]} == {"us-west-1"}
    assert said.json["rates"] == len(CATALOGUE)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--regions", "eu-wst-1"), 64, 'did you mean "eu-west-1"'),
        (("--regions", "cn-north-1"), 64, "AWS China"),
        (("--regions", " , "), 64, "names no region"),
    ],
)
def test_wrong_regions_are_wrong_input(karet: Any, arguments: tuple[str, ...], code: int, words: str) -> None:
    said = karet("prices", "diff", *arguments)
    assert said.code == code
    assert words in said.err
    assert said.out == ""


def test_without_credentials_a_person_is_waited_for_and_the_copy_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["prices", "update", "--regions", V, "--state-dir", str(tmp_path)])
    assert code == 4
    assert "no AWS credentials" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_denied_is_named_and_changes_nothing(
    karet: Any, copy: Path, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    join.add_faults(state_dir, ["pricing.GetProducts:denied:1000"])
    try:
        code = run(["prices", "update", "--regions", V, "--rehearsal", "--state-dir", str(state_dir), "--json"])
    finally:
        join.clear_faults(state_dir)
    assert code == 1
    assert "AccessDenied" in capsys.readouterr().err
    assert not copy.exists()


def test_json_is_one_document(karet: Any, copy: Path) -> None:
    assert json.loads(karet("prices", "update", "--regions", V, "--json").out)["same"] == len(CATALOGUE)
