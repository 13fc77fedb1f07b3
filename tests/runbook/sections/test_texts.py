"""The texts of the thirteen sections: complete, fillable, in our own words, and in step with their corrections."""

from __future__ import annotations

import importlib
import re
from importlib.resources import files
from importlib.util import find_spec

import pytest
from markdown_it import MarkdownIt

from runbook import document
from runbook.model import Correction
from runbook.sections.text import read_text
from runbook.settings import Deployment

NAMES = sorted(
    entry.name.removesuffix(".md") for entry in files("runbook.sections").iterdir() if entry.name.endswith(".md")
)
TEXTS = {int(name[1:3]): read_text(name) for name in NAMES}
NUMBERS = sorted(TEXTS)
VALUES = document.values(Deployment(region="eu-west-1", tls="none"))
KEPT_APART = tuple(number for number in NUMBERS if find_spec(f"runbook.sections.s{number:02}_corrections"))
"""Sections whose corrections have a file of their own, because their resources fill the section's."""


def corrections_of(number: int) -> tuple[Correction, ...]:
    if number in KEPT_APART:
        module = importlib.import_module(f"runbook.sections.s{number:02}_corrections")
    else:
        module = importlib.import_module(f"runbook.sections.{NAMES[number - 1]}")
    corrections: tuple[Correction, ...] = module.CORRECTIONS
    return corrections


def referenced(text: str) -> set[str]:
    flat = " ".join(text.split())
    return {
        number for group in re.findall(r"corrections? ([\d., and]+)", flat) for number in re.findall(r"\d+\.\d+", group)
    }


def sentences_of(number: int) -> list[str]:
    fields = [field for one in corrections_of(number) for field in (one.document, one.runbook, one.reason, one.source)]
    return [*TEXTS[number].splitlines(), *fields]


def test_there_are_thirteen_texts_numbered_from_one() -> None:
    assert list(range(1, 14)) == NUMBERS


def test_the_document_has_thirteen_sections_with_text_in_reading_order() -> None:
    sections = document.sections()
    assert [section.number for section in sections] == list(range(1, 14))
    assert [section.text for section in sections] == [TEXTS[number] for number in NUMBERS]
    assert [section.corrections for section in sections] == [corrections_of(number) for number in NUMBERS]


def test_each_line_of_the_source_is_covered_by_the_section_that_claims_it() -> None:
    for section in document.sections():
        first, last = section.lines
        claimed = [line.number for line in document.source_lines() if line.section == section.number]
        assert claimed == list(range(first, last + 1)), section.name


@pytest.mark.parametrize("number", NUMBERS)
def test_every_place_of_a_text_is_filled_by_the_common_values(number: int) -> None:
    assert set(re.findall(r"\{\{(.*?)\}\}", TEXTS[number])) <= set(VALUES)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_place_stands_inside_or_against_a_code_span(number: int) -> None:
    assert not re.search(r"`\{\{|\}\}`", TEXTS[number])
    assert not any("{{" in span for line in TEXTS[number].splitlines() for span in re.findall(r"`[^`]*`", line))


@pytest.mark.parametrize("number", NUMBERS)
def test_no_line_is_taken_from_the_source_document(number: int) -> None:
    taken = {line.digest for line in document.source_lines()}
    for line in sentences_of(number):
        bare = re.sub(r"^\s*([-*]|\d+\.)\s+", "", line)
        for form in {line, bare, f"- {bare}", bare.rstrip(".")}:
            if len(form.strip()) > 30:
                assert document.line_digest(form) not in taken, line


@pytest.mark.parametrize("number", NUMBERS)
def test_text_and_corrections_refer_to_each_other(number: int) -> None:
    own = {one.number for one in corrections_of(number)}
    assert own <= referenced(TEXTS[number])
    assert {one for one in referenced(TEXTS[number]) if one.startswith(f"{number}.")} == own


def test_every_correction_that_is_mentioned_anywhere_exists() -> None:
    every = {one.number for number in NUMBERS for one in corrections_of(number)}
    mentioned = {one for number in NUMBERS for one in referenced(" ".join(sentences_of(number)))}
    assert mentioned <= every


@pytest.mark.parametrize("number", NUMBERS)
def test_corrections_are_numbered_in_order_and_say_everything(number: int) -> None:
    corrections = corrections_of(number)
    assert [one.number for one in corrections] == [f"{number}.{index}" for index in range(1, len(corrections) + 1)]
    for one in corrections:
        assert all((one.document, one.runbook, one.reason, one.source)), one.number
        assert one.document != one.runbook


@pytest.mark.parametrize("number", NUMBERS)
def test_a_text_fits_eighty_columns_and_a_reader_in_a_terminal(number: int) -> None:
    lines = TEXTS[number].splitlines()
    assert 25 <= len(lines) <= 60
    assert max(map(len, lines)) <= 80
    tokens = MarkdownIt("gfm-like").parse(TEXTS[number])
    used = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not used & {"html_block", "html_inline", "image", "link_open", "fence", "code_block"}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_table_of_a_text_is_read_as_a_table(number: int) -> None:
    rules = len(re.findall(r"^\|[-|]+\|$", TEXTS[number], re.MULTILINE))
    assert sum(token.type == "table_open" for token in MarkdownIt("gfm-like").parse(TEXTS[number])) == rules


@pytest.mark.parametrize("number", NUMBERS)
def test_a_text_tells_what_to_decide_what_to_look_at_and_how_to_undo(number: int) -> None:
    headings = re.findall(r"^## (.+)$", TEXTS[number], re.MULTILINE)
    assert headings[-3:] == ["Decide", "Look at afterwards", "Undo"]
    assert not TEXTS[number].startswith("#")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_text_names_no_price(number: int) -> None:
    assert not any(re.search(r"\$\s?\d|\d\s?(USD|dollars?)", line) for line in sentences_of(number))
