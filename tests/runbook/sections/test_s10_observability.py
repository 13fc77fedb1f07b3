"""Section 10 makes the log groups with the retention of the settings, and says that the rest comes later."""

from __future__ import annotations

from typing import Any

from runbook.kinds.logs import LogGroup
from runbook.sections.text import read_text


def test_both_services_have_a_group_of_the_documents_name(open_runs: Any) -> None:
    found = [one for one in open_runs("retention_days=90").graph.resources.values() if isinstance(one, LogGroup)]
    assert [(one.id, one.name, one.retention_days, one.section) for one in found] == [
        ("logs.web", "/karet/web", 90, 10),
        ("logs.worker", "/karet/worker", 90, 10),
    ]


def test_a_new_retention_converges(open_runs: Any) -> None:
    for days in (30, 7, 365):
        runs = open_runs(f"retention_days={days}")
        assert runs.apply(runs.plan(["10"]), command="test").exit_code == 0
        assert open_runs(f"retention_days={days}").plan(["10"]).plan.acting == ()
    groups = open_runs().place.session.read("logs", "DescribeLogGroups", {})["logGroups"]
    assert {one["retentionInDays"] for one in groups} == {365}


def test_the_text_says_what_is_not_made_yet() -> None:
    rows = [line for line in read_text("s10_observability").splitlines() if line.startswith("|")]
    assert [row.rpartition("| ")[2] for row in rows if "Alarm" in row or "Topic" in row] == ["later |"] * 4
