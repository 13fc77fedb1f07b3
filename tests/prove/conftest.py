"""Says at the end what was counted, also when several processes did the counting."""

from __future__ import annotations

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
