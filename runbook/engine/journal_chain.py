"""Whether a chain of journal entries is whole: nothing changed, left out, added or put elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from runbook.engine.journal_entry import GENESIS, Entry


class Link(NamedTuple):
    """What the chain needs of one entry."""

    seq: int
    previous: str
    hash: str
    computed: str
    """The hash that its fields should have."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which the chain does not hold."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a look along the chain found.

    A whole chain proves that nothing happened to the entries by accident. It names no author: who can write the
    file can also compute the hashes again.
    """

    count: int
    """Entries that were looked at."""
    head: str
    """Hash of the last entry that was looked at; 64 zeros when there was none."""
    broken: Broken | None = None
    """None when the chain is whole."""

    @property
    def whole(self) -> bool:
        """Nothing is broken."""
        return self.broken is None


def link_of(entry: Entry) -> Link:
    """The link of an entry whose body has been read, as from an export."""
    return Link(entry.seq, entry.previous, entry.hash, entry.computed_hash())


def check_chain(
    links: Iterable[Link],
    *,
    first: int = 1,
    previous: str = GENESIS,
    last: int | None = None,
    head: str | None = None,
) -> ChainReport:
    """Follow the chain and name the first place where it does not hold.

    Parameters
    ----------
    links: in the order of the file or export; they are read one at a time and all of them are counted.
    first, previous: the seq that the first link must have, and the hash it must stand on.
    last: the highest seq that was ever written, when that is known from elsewhere; finds entries missing at the end.
    head: the hash that the last entry must have, when that is known from elsewhere.
    """
    count, expected, before = 0, first, previous
    broken: Broken | None = None
    for link in links:
        count += 1
        if broken is None:
            broken = _fault(link, expected, before)
        expected, before = link.seq + 1, link.hash
    if broken is None and last is not None and expected <= last:
        broken = Broken(expected, f"entries {expected} to {last} at the end were left out")
    if broken is None and head is not None and before != head:
        broken = Broken(
            expected - 1, f"the last entry has the hash {before[:12]}..., not {head[:12]}... as noted elsewhere"
        )
    return ChainReport(count, before, broken)


def _fault(link: Link, expected: int, before: str) -> Broken | None:
    if link.seq > expected:
        left_out = f"entry {expected} was" if link.seq == expected + 1 else f"entries {expected} to {link.seq - 1} were"
        return Broken(expected, f"{left_out} left out: the next one is {link.seq}")
    if link.seq < expected:
        return Broken(link.seq, f"entry {link.seq} stands where {expected} belongs: it was added or moved")
    if link.computed != link.hash:
        return Broken(link.seq, f"entry {link.seq} was changed after it was written: its hash does not fit its content")
    if link.previous != before:
        return Broken(
            link.seq, f"entry {link.seq} was written after another entry than the one that now stands before it"
        )
    return None
