"""The whole kill matrix: SIGKILL before and after every mutating call of the document, apply and destroy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_chain import Killer

pytestmark = pytest.mark.prove

NETWORKS = ("nat",)
RANDOM_CHAINS = 5


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    one = Killer(tmp_path)
    yield one
    one.close()


def test_killed_before_and_after_every_call_of_the_document_nothing_is_lost_or_doubled(
    killer: Killer, capsys: pytest.CaptureFixture[str]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=1)
    gone = killer.chain("never", [], limit=1, destroy=True)
    kills = 0
    for when in ("before", "after"):
        killer.start()
        chain = killer.chain(when, [], limit=1)
        # What a killed run has done may make a later call needless; every call that was begun was hit.
        assert chain.hit == chain.calls <= applied.calls
        assert chain.inventory == applied.inventory
        undone = killer.chain(when, [], limit=1, destroy=True)
        assert undone.hit == undone.calls
        assert undone.inventory == gone.inventory
        kills += chain.kills + undone.kills
    with capsys.disabled():
        print(f"\nkill matrix: {len(applied.calls)} calls of apply and {len(gone.calls)} of destroy, {kills} kills")


def test_killed_at_random_with_eight_calls_in_flight_nothing_is_lost_or_doubled(
    killer: Killer, capsys: pytest.CaptureFixture[str]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=8)
    kills = 0
    for seed in range(RANDOM_CHAINS):
        killer.start()
        chain = killer.chain("random", [], limit=8, seed=1000 * seed)
        assert chain.inventory == applied.inventory
        kills += chain.kills
    with capsys.disabled():
        print(f"\nrandom kills, eight calls in flight: {RANDOM_CHAINS} chains, {kills} kills")
