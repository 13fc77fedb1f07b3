"""Says at the end what was counted, also when several processes did the counting."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

COUNTED = "counted"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [
        text
        for report in terminalreporter.stats.get("passed", [])
        for name, text in getattr(report, "user_properties", [])
        if name == COUNTED
    ]
    if lines:
        terminalreporter.section("counted")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture
def counted(record_property: Any) -> Any:
    return lambda text: record_property(COUNTED, text)


@pytest.fixture(autouse=True, scope="module")
def _nothing_left_open() -> Iterator[None]:
    """What a module leaves open is found here, and not wherever the next search for garbage happens to be."""
    yield
    gc.collect()
