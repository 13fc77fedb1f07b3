"""A sample of the kill matrix: one section, killed after each call; before each and the whole: tests/prove."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kill_chain import Killer

SECTIONS = ["s3"]


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    one = Killer(tmp_path_factory.mktemp("killed"))
    yield one
    one.close()


@pytest.mark.long
def test_killed_after_every_call_of_a_section_and_run_again_the_account_is_the_same(killer: Killer) -> None:
    killer.start()
    undisturbed = killer.chain("never", SECTIONS, limit=1)
    assert undisturbed.kills == 0
    assert undisturbed.calls
    killer.start()
    killed = killer.chain("after", SECTIONS, limit=1)
    # What a killed run has done may make a later call needless; every call that was begun was hit.
    assert killed.hit == killed.calls <= undisturbed.calls
    assert killed.inventory == undisturbed.inventory
