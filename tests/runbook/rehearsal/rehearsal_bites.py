"""Which rule is shown to bite by which test: a test says it with `@bites`, one test asks whether any is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])

SHOWN: set[tuple[str, str]] = set()


def bites(service: str, *gaps: str) -> Callable[[Test], Test]:
    """Note that this test shows the rules with these gaps."""

    def note(test: Test) -> Test:
        SHOWN.update((service, gap) for gap in gaps)
        return test

    return note
