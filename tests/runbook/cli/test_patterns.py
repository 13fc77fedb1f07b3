"""Patterns out of the cache match as they always do; a cache that is lost or damaged changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from runbook.cli.patterns import kept_patterns

MODULE = """
import re
DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[01][0-9])", re.IGNORECASE)
def word(letters):
    return re.compile(rb"(%b)+?c" % letters, re.DOTALL)
WORD = word(b"a|b")
"""


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    re.purge()
    yield
    re.purge()


@pytest.fixture
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    """Imports a module anew."""
    file = tmp_path_factory.mktemp("sample") / "sample.py"
    file.write_text(MODULE)

    def imports() -> Any:
        re.purge()
        spec = spec_from_file_location("sample", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return imports


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The patterns that were worked out, in place of found."""
    parser, seen = re._parser, []  # type: ignore[attr-defined]
    usual = parser.parse

    def counting(pattern: Any, *more: Any) -> Any:
        seen.append(pattern)
        return usual(pattern, *more)

    monkeypatch.setattr(parser, "parse", counting)
    return seen


def test_the_second_start_works_nothing_out_and_matches_the_same(
    tmp_path: Path, parsed: list[Any], imported: Callable[[], Any]
) -> None:
    with kept_patterns(tmp_path):
        first = imported()
    assert len(parsed) == 2
    with kept_patterns(tmp_path):
        second = imported()
    assert len(parsed) == 2
    for name in ("DATE", "WORD"):
        for what in ("pattern", "flags", "groups", "groupindex"):
            assert getattr(getattr(first, name), what) == getattr(getattr(second, name), what)
    assert second.DATE.search("on 2026-11").groupdict() == {"year": "2026", "month": "11"}
    assert second.WORD.match(b"abac").group(1) == b"a"
    assert re._compiler.compile.__module__ == "re._compiler"  # type: ignore[attr-defined]


def test_what_is_made_later_is_written_nowhere(tmp_path: Path, imported: Callable[[], Any]) -> None:
    with kept_patterns(tmp_path):
        assert imported().word(b"hunter2").match(b"hunter2c")
    [file] = tmp_path.iterdir()
    assert b"year" in file.read_bytes()
    assert b"hunter2" not in file.read_bytes()


@pytest.mark.parametrize("content", [b"", b"damaged", b"\0\0\0\0damaged"])
def test_a_damaged_file_of_patterns_is_replaced(
    tmp_path: Path, parsed: list[Any], imported: Callable[[], Any], content: bytes
) -> None:
    with kept_patterns(tmp_path):
        imported()
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    parsed.clear()
    with kept_patterns(tmp_path):
        imported()
    assert len(parsed) == 2
    assert file.read_bytes() != content


def test_a_pattern_that_is_none_is_refused_as_ever(tmp_path: Path) -> None:
    with kept_patterns(tmp_path), pytest.raises(re.error, match="unterminated"):
        re.compile("(")
