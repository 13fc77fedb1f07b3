"""Whatever is changed, left out, added or moved in a journal, the chain names the first place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import Statement, changed_copy, filled

from runbook.engine.journal import JournalReader
from runbook.engine.journal_chain import Broken, ChainReport, check_chain, link_of
from runbook.engine.journal_entry import GENESIS, Entry, canonical

COUNT = 40
COPIED = "run, at, kind, resource, body, previous, hash"
places = st.integers(1, COUNT)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("chain") / "journal.db", COUNT)


@pytest.fixture(scope="module")
def after(journal: Path) -> Callable[..., ChainReport]:
    def verify_after(*statements: Statement) -> ChainReport:
        with JournalReader.read(changed_copy(journal, statements)) as reader:
            return reader.verify()

    return verify_after


@pytest.fixture(scope="module")
def entries(journal: Path) -> list[Entry]:
    with JournalReader.read(journal) as reader:
        return list(reader.entries())


def test_an_untouched_copy_is_whole(after: Callable[..., ChainReport], entries: list[Entry]) -> None:
    assert after() == ChainReport(COUNT, entries[-1].hash, None)


many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(place=places, column=st.sampled_from(["run", "at", "kind", "resource", "body", "previous", "hash"]))
def test_a_changed_field_is_found_in_its_entry(after: Callable[..., ChainReport], place: int, column: str) -> None:
    broken = after((f"UPDATE entries SET {column} = {column} || ' ' WHERE seq = ?", place)).broken  # noqa: S608
    assert broken is not None
    assert broken.seq == place


@many
@given(place=places, data=st.data())
def test_one_flipped_bit_of_a_body_is_found(
    after: Callable[..., ChainReport], entries: list[Entry], place: int, data: st.DataObject
) -> None:
    raw = bytearray(canonical(entries[place - 1].body).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    broken = after(("UPDATE entries SET body = CAST(? AS TEXT) WHERE seq = ?", bytes(raw), place)).broken
    assert broken is not None
    assert broken.seq == place


@many
@given(place=places, more=st.integers(0, 3))
def test_left_out_entries_are_found_also_at_the_end(after: Callable[..., ChainReport], place: int, more: int) -> None:
    report = after(("DELETE FROM entries WHERE seq BETWEEN ? AND ?", place, place + more))
    assert report.broken is not None
    assert report.broken.seq == place
    assert "left out" in report.broken.why
    assert report.count == COUNT - len(range(place, min(place + more, COUNT) + 1))


@many
@given(place=places)
def test_an_added_entry_is_found(after: Callable[..., ChainReport], place: int) -> None:
    broken = after(
        ("CREATE TEMP TABLE keep AS SELECT * FROM entries",),
        ("DELETE FROM entries",),
        (f"INSERT INTO entries SELECT seq + (seq >= ?), {COPIED} FROM keep", place),  # noqa: S608
        (f"INSERT INTO entries SELECT seq, {COPIED} FROM keep WHERE seq = ?", place),  # noqa: S608
        ("UPDATE entries SET body = '{}' WHERE seq = ?", place),
    ).broken
    assert broken is not None
    assert broken.seq == place


def test_an_entry_added_before_the_first_or_after_the_last_is_found(after: Callable[..., ChainReport]) -> None:
    for seq, like in ((0, 1), (-7, 3), (COUNT + 1, COUNT)):
        broken = after((f"INSERT INTO entries SELECT ?, {COPIED} FROM entries WHERE seq = ?", seq, like)).broken  # noqa: S608
        assert broken is not None
        assert broken.seq == seq


@many
@given(pair=st.lists(places, min_size=2, max_size=2, unique=True))
def test_swapped_entries_are_found_at_the_first(after: Callable[..., ChainReport], pair: list[int]) -> None:
    one, two = sorted(pair)
    broken = after(
        ("UPDATE entries SET seq = -1 WHERE seq = ?", one),
        ("UPDATE entries SET seq = ? WHERE seq = ?", one, two),
        ("UPDATE entries SET seq = ? WHERE seq = -1", two),
    ).broken
    assert broken is not None
    assert broken.seq == one


def test_a_rewritten_entry_with_a_fitting_hash_is_found_in_the_next(
    after: Callable[..., ChainReport], entries: list[Entry]
) -> None:
    old = entries[4]
    forged = Entry(old.seq, old.run, old.at, old.kind, old.resource, {"number": 0}, old.previous, "").computed_hash()
    broken = after(("UPDATE entries SET body = ?, hash = ? WHERE seq = 5", '{"number":0}', forged)).broken
    assert broken == Broken(6, "entry 6 was written after another entry than the one that now stands before it")


def test_bytes_that_are_no_text_are_found_and_do_not_stop_the_check(after: Callable[..., ChainReport]) -> None:
    for value in ("CAST(x'ff00fe' AS TEXT)", "x'00'"):
        report = after((f"UPDATE entries SET body = {value} WHERE seq = 7",))  # noqa: S608
        assert report.count == COUNT
        assert report.broken is not None
        assert report.broken.seq == 7


def test_the_chain_of_an_export_can_be_checked_without_the_journal(entries: list[Entry]) -> None:
    exported = [Entry(**json.loads(json.dumps(entry.as_json()))) for entry in entries]
    head = entries[-1].hash
    assert check_chain(map(link_of, exported), head=head) == ChainReport(COUNT, head, None)
    short = check_chain(map(link_of, exported[:-1]), head=head)
    assert short.broken is not None
    assert short.broken.seq == COUNT - 1
    part = check_chain(map(link_of, exported[9:]), first=10, previous=entries[8].hash)
    assert part.whole


def test_an_empty_journal_is_whole_unless_entries_are_known_to_have_been_there() -> None:
    assert check_chain([]) == ChainReport(0, GENESIS, None)
    assert check_chain([], last=3).broken == Broken(1, "entries 1 to 3 at the end were left out")
