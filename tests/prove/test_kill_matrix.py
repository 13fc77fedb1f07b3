"""The whole kill matrix: SIGKILL before and after every mutating call of the document, apply and destroy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kill_chain import Killer

pytestmark = pytest.mark.prove

RANDOM_CHAINS = 2


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    one = Killer(tmp_path)
    yield one
    one.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call_of_the_document_nothing_is_lost_or_doubled(
    killer: Killer, when: str, counted: Callable[[str], None]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=1)
    gone = killer.chain("never", [], limit=1, destroy=True)
    killer.start()
    chain = killer.chain(when, [], limit=1)
    assert chain.inventory == applied.inventory
    undone = killer.chain(when, [], limit=1, destroy=True)
    assert undone.inventory == gone.inventory
    # What a killed run has done may make a later call needless; every call that was begun was hit.
    assert chain.hit == chain.calls
    assert undone.hit == undone.calls
    counted(
        f"killed {when} every call: {len(chain.calls)} calls of apply and {len(undone.calls)} of destroy, "
        f"{chain.kills + undone.kills} kills, inventory the same"
    )


def test_killed_at_random_with_eight_calls_in_flight_nothing_is_lost_or_doubled(
    killer: Killer, counted: Callable[[str], None]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=8)
    kills = 0
    for seed in range(RANDOM_CHAINS):
        killer.start()
        chain = killer.chain("random", [], limit=8, seed=1000 * seed)
        assert chain.inventory == applied.inventory
        kills += chain.kills
    assert kills > 0
    counted(f"killed at random with eight calls in flight: {RANDOM_CHAINS} chains, {kills} kills, inventory the same")
