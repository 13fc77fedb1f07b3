"""A second opinion on a wait ends it, or explains its failure; it never makes a thing fail that is ready."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench, became
from memory import Moods
from memory_kinds import Slow, Thing

from runbook.errors import RunbookError


class Adviser:
    """Doubts after so many seconds, and gives failed waits another text."""

    def __init__(self, doubts_after: float, *, explains: bool = True) -> None:
        self.doubts_after = doubts_after
        self.explains = explains
        self.asked: list[tuple[str, float]] = []

    def why_never(self, resource_id: str, waited: float) -> str:
        self.asked.append((resource_id, waited))
        return "its tasks exit" if waited >= self.doubts_after else ""

    def explained(self, resource_id: str, error: RunbookError) -> RunbookError:
        return RunbookError(f"{resource_id} explained: {error.message}") if self.explains else error


@pytest.mark.parametrize("explains", [True, False])
def test_a_doubt_ends_the_wait_and_the_error_is_the_explained_one(tmp_path: Path, explains: bool) -> None:
    bench = Bench(tmp_path, Moods(pending_s=1e9))
    bench.adviser = adviser = Adviser(30, explains=explains)
    report = bench.apply([Slow(id="a")])
    step = report.steps[0]
    assert (step.became, 30 <= step.seconds < 60) == ("failed", True)
    assert str(step.error).startswith("a explained: " if explains else "a will not become ready")
    assert "a will not become ready: its tasks exit" in str(step.error)
    assert {asked for asked, _ in adviser.asked} == {"a"}


def test_a_wait_that_ends_at_its_bound_is_explained_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(pending_s=1e9))
    bench.adviser = Adviser(1e9)
    report = bench.apply([Slow(id="a"), Thing(id="b")])
    assert became(report) == {"a": "failed", "b": "failed"}
    assert all(str(one.error).startswith(f"{one.change.id} explained: ") for one in report.steps)


def test_a_doubt_about_what_a_look_finds_ready_is_not_believed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Moods(pending_s=1e9))

    class Late(Adviser):
        def why_never(self, resource_id: str, waited: float) -> str:
            bench.account.named("a").ready_at = 0.0  # type: ignore[union-attr]
            return super().why_never(resource_id, waited)

    bench.adviser = adviser = Late(0)
    assert bench.apply([Slow(id="a")]).outcome == "done"
    assert len(adviser.asked) == 1
