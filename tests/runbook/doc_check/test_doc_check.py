"""Every line of the source document is answered or waived; one that is not as known is named with what it concerns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook import document
from runbook.cli.main import karet, run
from runbook.doc_check import comparing
from runbook.doc_check.comparing import compare, read_document
from runbook.doc_check.mapping import Mapped, Step, mapping, problems, what_there_is
from runbook.errors import RunbookError

TOTAL = len(document.source_lines())


def there_is() -> dict[str, set[str]]:
    return what_there_is(karet.names)


def test_every_line_is_answered_or_waived_and_every_step_is_there() -> None:
    assert problems(mapping(), there_is()) == []
    waived = [one for one in mapping() if one.waiver]
    assert sum(one.last - one.first + 1 for one in waived) <= 20, "a waiver is for what is no instruction"


def test_every_section_resource_and_point_of_the_checklist_has_a_line() -> None:
    steps = {step for one in mapping() for step in one.steps}
    assert {step.name for step in steps if step.kind == "section"} == {str(number) for number in range(1, 14)}
    assert len({step for step in steps if step.kind == "check" and step.name.startswith("parity.")}) >= 10
    for line in document.source_lines():
        row = next(one for one in mapping() if one.first <= line.number <= one.last)
        named = {int(step.name) for step in row.steps if step.kind == "section"}
        # A heading stands in the document at the end of the section before it.
        assert named <= {line.section, line.section + 1}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([Mapped(1, TOTAL, (Step("resource", "s3.no-such"),))], "there is no resource s3.no-such"),
        ([Mapped(1, TOTAL - 1, (), "why")], f"ends at line {TOTAL - 1} of {TOTAL}"),
        ([Mapped(1, 1, (), "why"), Mapped(3, TOTAL, (), "why")], "lines 2 to 2 are mapped to nothing"),
        ([Mapped(1, TOTAL, ())], "needs steps, or a waiver"),
        ([Mapped(1, TOTAL, (Step("section", "1"),), "why")], "and not both"),
    ],
)
def test_a_mapping_that_is_wrong_is_named(rows: list[Mapped], said: str) -> None:
    assert any(said in line for line in problems(rows, there_is()))


# -- a copy: the hashes of made-up lines stand for the known ones ------------------------------------------------------

LINES = [f"line {number}" for number in range(1, TOTAL + 1)]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known document whose lines the test knows too."""
    own = tuple(
        document.SourceLine(one.number, document.line_digest(f"line {one.number}"), one.section)
        for one in document.source_lines()
    )
    monkeypatch.setattr(comparing.document, "source_lines", lambda: own)


@pytest.mark.usefixtures("known")
def test_the_known_document_is_as_known_whatever_its_spaces() -> None:
    found = compare([f"  {line.replace(' ', '   ')}" for line in LINES])
    assert found.changed == ()
    assert found.coverage.lines + found.coverage.waived == TOTAL
    assert found.coverage.sections == 13


def edits() -> list[tuple[str, Callable[[list[str]], Any], int, str]]:
    return [
        ("changed", lambda lines: lines.__setitem__(30, "other"), 31, "resource:s3.bucket"),
        ("missing", lambda lines: lines.pop(71), 72, "correction:4.1"),
        ("added", lambda lines: lines.insert(86, "new"), 87, "resource:network.group-alb"),
    ]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("how", "edit", "number", "step"), edits(), ids=["changed", "missing", "added"])
def test_a_line_that_differs_is_named_with_what_it_concerns(how: str, edit: Any, number: int, step: str) -> None:
    lines = list(LINES)
    edit(lines)
    (one,) = compare(lines).changed
    assert (one.how, one.number) == (how, number)
    assert step in map(str, one.steps)
    assert step in one.text


@given(st.sets(st.integers(0, TOTAL - 1), max_size=20))
def test_every_changed_line_is_found_and_no_other(places: set[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        own = tuple(
            document.SourceLine(one.number, document.line_digest(f"line {one.number}"), one.section)
            for one in document.source_lines()
        )
        patched.setattr(comparing.document, "source_lines", lambda: own)
        lines = [f"other {at}" if at in places else line for at, line in enumerate(LINES)]
        assert {one.number for one in compare(lines).changed} == {at + 1 for at in places}


@pytest.mark.usefixtures("known")
def test_commands_and_figures_that_are_answered_are_counted() -> None:
    lines = list(LINES)
    lines[29] = "aws s3api create-bucket \\"
    found = compare(lines).coverage
    assert found.commands == (0, 1), "a changed command is not answered"
    assert found.figures[1] == TOTAL - 1, "S3 and s3api hold no figure"


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_exits_1_on_another_document_and_says_nothing_of_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.txt"
    file.write_text("hush-hush\n")
    assert run(["doc", "check", str(file)]) == 1
    said = capsys.readouterr().err
    assert "line 1 is changed (section 0)" in said
    assert "hush-hush" not in said
    assert "commands answered: 0 of 0" in said
    assert run(["doc", "check", str(file), "--json"]) == 1
    assert '"coverage"' in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_is_no_text_is_an_error(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "doc.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RunbookError, match=r"doc\.txt"):
        read_document(file)
