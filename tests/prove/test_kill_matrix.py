"""The whole kill matrix: SIGKILL before and after every mutating call of the document, apply and destroy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kill_chain import Killer

pytestmark = [pytest.mark.prove, pytest.mark.long]


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    one = Killer(tmp_path)
    yield one
    one.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call_of_apply_nothing_is_lost_or_doubled(
    killer: Killer, when: str, counted: Callable[[str], None]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=1)
    killer.start()
    chain = killer.chain(when, [], limit=1)
    assert chain.inventory == applied.inventory
    # What a killed run has done may make a later call needless; every call that was begun was hit.
    assert chain.hit == chain.calls
    # What was made by killed runs can be removed as a whole.
    gone = killer.chain("never", [], limit=1, destroy=True)
    assert gone.inventory == _gone(killer)
    counted(f"killed {when} every call of apply: {len(chain.calls)} calls, {chain.kills} kills, inventory the same")


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call_of_destroy_nothing_is_lost_or_left(
    killer: Killer, when: str, counted: Callable[[str], None]
) -> None:
    gone = _gone(killer)
    killer.start()
    killer.chain("never", [], limit=1)
    chain = killer.chain(when, [], limit=1, destroy=True)
    assert chain.inventory == gone
    assert chain.hit == chain.calls
    counted(f"killed {when} every call of destroy: {len(chain.calls)} calls, {chain.kills} kills, inventory the same")


@pytest.mark.parametrize("seed", [0, 1000])
def test_killed_at_random_with_eight_calls_in_flight_nothing_is_lost_or_doubled(
    killer: Killer, seed: int, counted: Callable[[str], None]
) -> None:
    killer.start()
    applied = killer.chain("never", [], limit=8)
    killer.start()
    chain = killer.chain("random", [], limit=8, seed=seed)
    assert chain.inventory == applied.inventory
    assert chain.kills > 0
    counted(f"killed at random with eight calls in flight: {chain.kills} kills, inventory the same")


def _gone(killer: Killer) -> dict[str, Any]:
    """What an apply and a destroy leave that nobody has killed."""
    killer.start()
    killer.chain("never", [], limit=1)
    return killer.chain("never", [], limit=1, destroy=True).inventory
