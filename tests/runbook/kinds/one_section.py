"""Puts a few declared things in place of the document, so that one kind is tried alone on the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from runbook import document
from runbook.model import Resource, Section
from runbook.runs.runs import Runs
from runbook.settings import Deployment


def declare(monkeypatch: pytest.MonkeyPatch, made: Callable[[Deployment], Sequence[Resource]]) -> None:
    section = Section(number=4, name="alone", title="Alone", text="", resources=made)
    monkeypatch.setattr(document, "sections", lambda: (section,))


def applied(runs: Runs) -> Any:
    result = runs.apply(runs.plan(), command="test")
    assert [str(step.error) for step in result.report.steps if step.error] == []
    assert result.report.outcome == "done"
    return result


def actions(runs: Runs) -> dict[str, str]:
    return {change.id: change.action for change in runs.plan().plan.changes}


def sent(runs: Runs) -> list[str]:
    return [call.name for change in runs.plan().plan.changes for call in change.calls]
