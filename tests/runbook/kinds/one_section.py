"""Puts a few declared things in place of the document, so that one kind is tried alone on the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from runbook import document
from runbook.kinds.kind import Kind
from runbook.model import Resource, Section
from runbook.runs.runs import Runs
from runbook.settings import Deployment

_ALL_KINDS = document.kinds


def declare(monkeypatch: pytest.MonkeyPatch, made: Callable[[Deployment], Sequence[Resource]]) -> None:
    """Make the document declare what is given and nothing else.

    The kinds are those of things that the test has declared so far. A plan looks through the account for things of
    every kind; that a plan of all kinds finds its own and no others is shown with the whole document.
    """
    declared: set[str] = getattr(document.kinds, "declared", set())

    def noting(deployment: Deployment) -> Sequence[Resource]:
        things = made(deployment)
        declared.update(type(one).__name__ for one in things)
        return things

    def kinds() -> Mapping[str, type[Kind]]:
        return {name: kind for name, kind in _ALL_KINDS().items() if name in declared}

    kinds.declared = declared  # type: ignore[attr-defined]
    section = Section(number=4, name="alone", title="Alone", text="", resources=noting)
    monkeypatch.setattr(document, "sections", lambda: (section,))
    monkeypatch.setattr(document, "kinds", kinds)


def applied(runs: Runs) -> Any:
    result = runs.apply(runs.plan(), command="test")
    assert [str(step.error) for step in result.report.steps if step.error] == []
    assert result.report.outcome == "done"
    return result


def actions(runs: Runs) -> dict[str, str]:
    return {change.id: change.action for change in runs.plan().plan.changes}


def sent(runs: Runs) -> list[str]:
    return [call.name for change in runs.plan().plan.changes for call in change.calls]
