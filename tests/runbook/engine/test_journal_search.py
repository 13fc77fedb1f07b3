from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbook.engine.journal import Journal, Run
from runbook.engine.journal_search import JournalSearch, Wanted


class Now:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def begin(journal: Journal, command: str) -> Run:
    return journal.begin_run(
        user="ada", host="h", principal="arn", tool_version="0", command=command, account="1", region="eu-west-1",
        stack="karet", plan_hash="x",
    )  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("journal") / "journal.db"
    with Journal.open(found, clock=Now()) as journal:  # type: ignore[arg-type]
        run = begin(journal, "apply")
        for number, outcome in enumerate(("ok", "refused", "unclear")):
            call = journal.intent(run, f"s3.b{number}", service="s3", operation=f"Put{number}", params={}, digest="d")
            error = "Schlüssel fehlt" if outcome == "refused" else ""
            journal.result(call, outcome=outcome, duration_s=0.1, error=error)  # type: ignore[arg-type]
        journal.intent(run, "s3.cut", service="s3", operation="Cut", params={}, digest="d")
        journal.check(run, check_id="c", statement="It is so", outcome="passed", evidence=[])
        journal.check(run, check_id="d", statement="It is not", outcome="failed", evidence=[])
        journal.end_run(run, outcome="failed", counts={})
        other = begin(journal, "sign")
        journal.event(other, "sign_off", {"item": "roles"})
        journal.end_run(other, outcome="done", counts={})
    return found


@pytest.fixture(scope="module")
def search(path: Path) -> Iterator[JournalSearch]:
    with JournalSearch.read(path) as found:
        yield found


def told(search: JournalSearch, **wanted: Any) -> list[str]:
    return [
        str(one.entry.body.get("operation") or one.entry.body.get("statement") or one.entry.kind)
        for one in search.told(search.find(Wanted(**wanted)))
    ]


def test_an_answer_is_told_with_its_call(search: JournalSearch) -> None:
    found = search.told(search.find(Wanted(sort="calls")))
    assert [one.answer and one.answer["outcome"] for one in found] == ["ok", "refused", "unclear", None]
    assert "result" not in told(search)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("calls", ["Put0", "Put1", "Put2", "Cut"]),
        ("checks", ["It is so", "It is not"]),
        ("trouble", ["Put1", "Put2", "Cut", "It is not", "run_ended"]),
        ("sign-offs", ["event"]),
    ],
)
def test_each_sort_finds_its_own(search: JournalSearch, sort: str, expected: list[str]) -> None:
    assert told(search, sort=sort) == expected


def test_a_run_is_found_alone(search: JournalSearch) -> None:
    newest, oldest = (one.id for one in search.runs())
    assert told(search, run=newest) == ["run_started", "event", "run_ended"]
    assert len(told(search, run=oldest)) == 8


@pytest.mark.parametrize("text", ["PUT1", "put1", "schlüssel", "SCHLÜSSEL", "s3.b1"])
def test_a_text_is_found_in_a_call_and_in_its_answer(search: JournalSearch, text: str) -> None:
    assert told(search, text=text) == ["Put1"]


@pytest.mark.parametrize("text", ["%", "_", "'", '"; DROP TABLE entries', "\\"])
def test_a_text_is_never_a_pattern_or_a_command(search: JournalSearch, text: str) -> None:
    assert told(search, text=text, sort="checks") == []
