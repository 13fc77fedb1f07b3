"""The document finds sections and kinds by their files, fills texts safely, and knows the source's lines."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

import runbook.kinds
import runbook.sections
from runbook import document
from runbook.errors import RunbookError, SettingsError
from runbook.model import Section
from runbook.settings import Deployment

Drop = Callable[[str, str], None]

SECTION_MODULE = """
from runbook.model import Section
SECTION = Section(number={number}, name="{name}", title="Later", text="Hello.", lines=(900, 901))
"""

KIND_MODULE = """
from dataclasses import dataclass
from runbook.kinds.kind import Kind
from runbook.model import State

@dataclass(frozen=True, kw_only=True)
class {name}(Kind):
    def look(self, aws, known):
        return State.ABSENT

    def create(self, state):
        return []

    @classmethod
    def undo(cls, state):
        return []

class Half{name}(Kind):
    pass
"""


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drop]:
    """Puts a module into a folder that sections and kinds are looked for in too."""
    before = set(sys.modules)
    for package in (runbook.sections, runbook.kinds):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def _section(text: str) -> Section:
    return Section(number=77, name="sample", title="Sample", text=text)


def _tokens(text: str) -> list[Token]:
    top = MarkdownIt("gfm-like").parse(text)
    return [*top, *(child for token in top for child in token.children or ())]


def _codes(text: str) -> list[str]:
    return [token.content for token in _tokens(text) if token.type == "code_inline"]


# -- sections --------------------------------------------------------------------------------------------------------


def test_a_module_dropped_beside_the_sections_is_a_section_and_comes_in_its_place(drop: Drop) -> None:
    drop("s90_later", SECTION_MODULE.format(number=90, name="later"))
    drop("s89_earlier", SECTION_MODULE.format(number=89, name="earlier"))
    found = document.sections()
    assert [section.name for section in found][-2:] == ["earlier", "later"]
    assert [section.number for section in found] == sorted(section.number for section in found)


def test_a_module_with_another_name_or_without_a_section_is_none(drop: Drop) -> None:
    known = len(document.sections())
    drop("s91_notes", "NOTES = ()")
    drop("later_s92", SECTION_MODULE.format(number=92, name="later"))
    assert len(document.sections()) == known


@pytest.mark.parametrize(("number", "name"), [(90, "other"), (95, "later")])
def test_two_sections_with_one_number_or_one_name_are_an_error_that_names_both(
    drop: Drop, number: int, name: str
) -> None:
    drop("s90_later", SECTION_MODULE.format(number=90, name="later"))
    drop("s95_other", SECTION_MODULE.format(number=number, name=name))
    with pytest.raises(RunbookError, match=r"s90_later and .*s95_other both declare section"):
        document.sections()


def test_a_section_is_chosen_by_number_or_name_in_reading_order_and_once() -> None:
    chosen = document.choose(["networking", "4", "5", "Load_Balancer"])
    assert [section.name for section in chosen] == ["images", "networking", "load-balancer"]


def test_no_word_chooses_every_section() -> None:
    assert document.choose([]) == document.sections()


def test_every_unknown_word_is_named_with_the_names_near_to_it() -> None:
    with pytest.raises(SettingsError) as caught:
        document.choose(["5", "netwroking", "99", "obser\x1b[31mvability"])
    problems = caught.value.problems
    assert len(problems) == 3
    assert '"netwroking"' in problems[0]
    assert "did you mean networking" in problems[0]
    assert problems[1] == '"99" is not a section'
    assert "\x1b" not in str(caught.value)
    assert "5 networking" in caught.value.hint


# -- kinds -----------------------------------------------------------------------------------------------------------


def test_a_kind_in_a_dropped_module_is_found_and_what_is_abstract_is_not(drop: Drop) -> None:
    drop("sample_kind", KIND_MODULE.format(name="Lighthouse"))
    found = document.kinds()
    assert found["Lighthouse"].__module__ == "runbook.kinds.sample_kind"
    assert "HalfLighthouse" not in found
    assert "Kind" not in found
    assert list(found) == sorted(found)


def test_two_kinds_with_one_name_are_an_error_that_names_both_modules(drop: Drop) -> None:
    drop("one_kind", KIND_MODULE.format(name="Lighthouse"))
    drop("two_kind", KIND_MODULE.format(name="Lighthouse"))
    with pytest.raises(RunbookError, match=r"one_kind and .*two_kind both define the kind Lighthouse"):
        document.kinds()


# -- text ------------------------------------------------------------------------------------------------------------


def test_a_place_that_nothing_fills_is_an_error_that_names_it() -> None:
    with pytest.raises(RunbookError, match=r"section 77 has places that nothing fills: buckt, moon"):
        document.filled_text(_section("{{buckt}} {{region}} {{moon}}"), {"region": "eu-west-1"})


def test_a_value_that_looks_like_a_place_is_not_filled_again() -> None:
    text = document.filled_text(_section("{{one}}"), {"one": "{{two}}", "two": "wrong"})
    assert _codes(text) == ["{{two}}"]


HOSTILE = [
    "[bold]",
    "](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "https://evil.example/",
    "**strong** _em_ ~~gone~~",
    "`code` ``more`` `",
    "`",
    "``` fence",
    "<img src=x onerror=alert(1)>",
    "a | b | c",
    "back\\slash\\",
    "\\|",
    "# heading",
    "&lt;b&gt;",
]
SHAPES = ["{{v}}\n", "Before {{v}}, after.\n", "- item {{v}}\n", "| a | b |\n|---|---|\n| {{v}} | {{v}} |\n"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_value_arrives_as_plain_text(shape: str, value: str) -> None:
    text = document.filled_text(_section(shape), {"v": value})
    assert _codes(text) == [value] * shape.count("{{v}}")
    assert {token.type for token in _tokens(text)} == {
        token.type for token in _tokens(document.filled_text(_section(shape), {"v": "plain"}))
    }


@pytest.mark.parametrize(
    "value", ["\x1b[31mred", "a\x00b", "bidi\u202egnp", "zero\u200bwidth", "\x9b31m", "half\ud800"]
)
def test_characters_that_cannot_be_seen_are_replaced_by_one_that_can(value: str) -> None:
    (code,) = _codes(document.filled_text(_section("Say {{v}}."), {"v": value}))
    assert code.count("\ufffd") == 1
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in code)


def test_a_value_of_several_lines_stays_on_one_and_an_empty_one_is_said() -> None:
    text = document.filled_text(_section("One {{v}} two {{w}}."), {"v": "a\n\n# b\r\n| c", "w": " "})
    assert _codes(text) == ["a # b | c", "(empty)"]
    assert text.count("\n") == 1


@given(value=st.text(max_size=40), shape=st.sampled_from(SHAPES))
def test_no_value_changes_the_structure_of_the_text(value: str, shape: str) -> None:
    text = document.filled_text(_section(shape), {"v": value})
    plain = document.filled_text(_section(shape), {"v": "plain"})
    assert [token.type for token in _tokens(text)] == [token.type for token in _tokens(plain)]
    for code in _codes(text):
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in code)


def test_the_common_values_follow_the_deployment() -> None:
    blue = Deployment(region="eu-west-1", stack="blue", account="123456789012", tls="none")
    values = document.values(blue)
    assert values["bucket"] == "blue-data-123456789012"
    assert values["api_key_secret"] == "/blue/prod/api-key"
    assert values["exec_role"] == "blue-exec-role"
    assert (values["web_port"], values["worker_port"], values["zones"]) == ("3000", "8080", "2")
    assert values["domain"] == "(no domain set)"


def test_an_account_that_is_not_known_yet_is_shown_as_such() -> None:
    values = document.values(Deployment(region="eu-west-1", tls="none"))
    assert values["account"] == "<account>"
    assert _codes(document.filled_text(_section("{{bucket}}"), values)) == ["karet-data-<account>"]


# -- lines of the source document ------------------------------------------------------------------------------------


def test_every_line_of_the_source_is_numbered_hashed_and_belongs_to_at_most_one_section() -> None:
    lines = document.source_lines()
    assert [line.number for line in lines] == list(range(1, 197))
    assert all(len(line.digest) == 16 and int(line.digest, 16) >= 0 for line in lines)
    assert [line.section for line in lines] == sorted(line.section for line in lines)


@pytest.mark.parametrize(("line", "name"), [(1, None), (70, "images"), (81, "images"), (82, "networking"), (197, None)])
def test_a_line_of_the_source_leads_to_its_section(line: int, name: str | None) -> None:
    section = document.section_of_line(line)
    assert (section.name if section else None) == name


def test_a_line_is_recognised_whatever_its_spacing_and_by_every_word() -> None:
    assert document.line_digest("  two   words ") == document.line_digest("two words")
    assert document.line_digest("two words") != document.line_digest("two word")
