"""Whatever is done to one entry of an exported log is found, and the entry is named."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_log import place_in, write_run

from runbook.errors import ExportError
from runbook.export import html_page
from runbook.export.escaping import packed_json, unpacked_json
from runbook.export.json_form import seal_of
from runbook.export.verify import verify_text
from runbook.runs.export import export_run, verify_file

Entries = list[dict[str, Any]]
TIMES = 1000


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = place_in(tmp_path_factory.mktemp("verify"))
    write_run(place, calls=4)
    return {"json": export_run(place, "latest", "json"), "html": export_run(place, "latest", "html")}


@pytest.mark.parametrize("form", ["json", "html"])
def test_an_untouched_file_is_whole(exported: dict[str, str], form: str) -> None:
    found = verify_text(exported[form])
    assert found.whole
    assert found.count > 20
    assert found.redacted == ()


def _flip(entries: Entries, chance: random.Random) -> int:
    entry = chance.choice(entries)
    name = chance.choice(["run", "at", "kind", "resource", "previous", "hash", "body"])
    if name == "body":
        key = chance.choice(sorted(entry["body"]))
        entry["body"][key] = "other" if entry["body"][key] != "other" else "else"
    else:
        at = chance.randrange(len(entry[name]) or 1)
        entry[name] = f"{entry[name][:at]}{chr(ord((entry[name] or ' ')[at]) ^ 1)}{entry[name][at + 1 :]}"
    return int(entry["seq"])


def _drop(entries: Entries, chance: random.Random) -> int:
    return int(entries.pop(chance.randrange(len(entries)))["seq"])


def _add(entries: Entries, chance: random.Random) -> int:
    at = chance.randrange(len(entries))
    made = copy.deepcopy(entries[at])
    made["body"]["added"] = True
    made["seq"] = chance.choice([made["seq"], made["seq"] + 1])
    entries.insert(at + 1, made)
    return int(made["seq"])


def _reorder(entries: Entries, chance: random.Random) -> int:
    one, two = sorted(chance.sample(range(len(entries)), 2))
    entries[one], entries[two] = entries[two], entries[one]
    return int(entries[two]["seq"])


def _page_with(page: str, data: dict[str, Any]) -> str:
    head, rest = page.split(html_page.DATA, 1)
    return f"{head}{html_page.DATA}{packed_json(data)}{html_page.DATA_ENDS}{rest.split(html_page.DATA_ENDS, 1)[1]}"


@pytest.mark.parametrize("tamper", [_flip, _drop, _add, _reorder], ids=lambda one: one.__name__.strip("_"))
def test_every_change_of_one_entry_is_found_and_located(
    exported: dict[str, str], tamper: Callable[[Entries, random.Random], int]
) -> None:
    original = {**json.loads(exported["json"]), "sections": []}
    chance = random.Random(20261123)
    for _ in range(TIMES // 4):
        data = {**original, "entries": copy.deepcopy(original["entries"])}
        seq = tamper(data["entries"], chance)
        # Whoever changes an entry can make the seal fit again; the chain still tells.
        data["seal"] = seal_of(data)
        broken = verify_text(json.dumps(data)).broken
        assert broken is not None
        # Entries that changed places are told by the first of the two.
        assert abs(broken.seq - seq) <= 1, (tamper, seq, broken)


def test_a_change_in_the_entries_of_a_page_is_located_too(exported: dict[str, str]) -> None:
    page = exported["html"]
    data = unpacked_json(page.split(html_page.DATA, 1)[1].split(html_page.DATA_ENDS, 1)[0])
    data["entries"][7]["resource"] = "other"
    broken = verify_text(_page_with(page, data)).broken
    assert broken is not None
    assert broken.seq == data["entries"][7]["seq"]


@pytest.mark.parametrize(
    ("form", "word", "other"), [("html", "ana on machine", "eve on machine"), ("json", '"passed"', '"PASSED"')]
)
def test_a_change_beside_the_entries_breaks_the_seal(
    exported: dict[str, str], form: str, word: str, other: str, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.write_text(exported[form].replace(word, other, 1))
    found = verify_file(path)
    assert not found.whole
    assert "beside the entries" in found.outside or found.broken


def test_an_entry_hidden_only_at_export_is_named_and_keeps_its_place(exported: dict[str, str]) -> None:
    data = json.loads(exported["json"])
    entry = data["entries"][5]
    entry["body"] = {"hidden": True}
    data["chain"]["redacted"] = [entry["seq"]]
    data["seal"] = seal_of(data)
    found = verify_text(json.dumps(data))
    assert found.whole
    assert found.redacted == (entry["seq"],)


@pytest.mark.parametrize("text", ["", "{}", "[]", "# Markdown", '{"format": "karet-run-log", "version": 2}', "null"])
def test_what_is_no_exported_log_is_refused(text: str) -> None:
    with pytest.raises(ExportError):
        verify_text(text)
