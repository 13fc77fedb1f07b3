"""Dataclasses out of the cache are as Python makes them; a cache that is lost or damaged changes nothing."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook.cli import compiled, kept_file
from runbook.cli.compiled import kept_dataclasses

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python 3.13 needs no cache")


def made() -> Any:
    @dataclasses.dataclass(frozen=True, order=True)
    class Pair:
        first: int
        second: str = "b"

    return Pair


def holds(pair: Any) -> None:
    one = pair(1)
    assert (one, repr(one), hash(one)) == (pair(1, "b"), f"{pair.__qualname__}(first=1, second='b')", hash(pair(1)))
    assert one < pair(2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.first = 2


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compiled, in place of found."""
    texts: list[str] = []

    def counting(text: str, *more: Any) -> Any:
        texts.append(text)
        return compile(text, *more)

    monkeypatch.setattr(compiled, "compile", counting, raising=False)
    return texts


def test_the_second_start_compiles_nothing(tmp_path: Path, compiles: list[str]) -> None:
    with kept_dataclasses(tmp_path):
        holds(made())
    first = len(compiles)
    assert first >= 6
    with kept_dataclasses(tmp_path):
        holds(made())
    assert len(compiles) == first
    assert not hasattr(dataclasses, "exec"), "dataclasses are as they were"


@pytest.mark.parametrize("content", [b"", b"damaged", b"\0\0\0\0damaged"])
def test_a_damaged_file_is_replaced(tmp_path: Path, compiles: list[str], content: bytes) -> None:
    with kept_dataclasses(tmp_path):
        made()
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    compiles.clear()
    with kept_dataclasses(tmp_path):
        holds(made())
    assert compiles
    assert file.read_bytes() != content


def test_a_folder_that_cannot_be_written_to_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with kept_dataclasses(tmp_path / "file"):
        holds(made())


def test_too_many_texts_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_file, "_MOST", 2)
    with kept_dataclasses(tmp_path):
        holds(made())
    assert list(tmp_path.iterdir()) == []
