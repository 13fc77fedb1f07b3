"""The version to go back to is the one before the present one, of those that ran well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbook.kinds.ecs_history import Deployed
from runbook.runs.release_back import versions, way_back
from runbook.runs.release_difference import revision_difference

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
PARTS = {"karet": "web"}


def history(*told: str) -> list[Deployed]:
    """`a+` is a version that ran well, `b-` one that failed, `c~` one that is being deployed; the newest last."""
    statuses = {"+": "SUCCESSFUL", "-": "ROLLBACK_SUCCESSFUL", "~": "IN_PROGRESS"}
    return [
        Deployed(
            FIRST + timedelta(days=day), statuses[one[-1]], f"karet:{day + 1}", {"karet": f"karet@sha256:{one[:-1]}"}
        )
        for day, one in enumerate(told)
    ][::-1]


@pytest.mark.parametrize(
    ("told", "kept", "to"),
    [
        (("a+",), "a", ""),
        (("a+", "b+"), "ab", "a"),
        # What failed never ran well, and what has other settings only is the same version.
        (("a+", "b-"), "a", ""),
        (("a+", "b+", "c-", "b+"), "ab", "a"),
        (("a+", "a+", "b+", "b+"), "ab", "a"),
        # After going back the version that was left is not gone back to.
        (("a+", "b+", "a+"), "a", ""),
        (("a+", "b+", "c+", "b+"), "ab", "a"),
        (("a+", "b+", "a+", "b+"), "ab", "a"),
        # One that is just being deployed is left for the last that ran well.
        (("a+", "b+", "c~"), "ab", "b"),
        (("a+", "b~"), "a", "a"),
        (("a-",), "", ""),
        ((), "", ""),
    ],
)
def test_the_way_back_leads_to_the_version_before_that_ran_well(told: tuple[str, ...], kept: str, to: str) -> None:
    deployed = history(*told)
    assert [one.images["web"][-1] for one in versions(deployed, PARTS)] == list(kept)
    way = way_back("karet-svc", deployed, PARTS)
    assert (way.to.images["web"][-1] if way.to else "") == to
    assert "karet-svc" in way.why


def test_the_newest_revision_of_a_version_counts_and_its_beginning_is_the_first() -> None:
    (only,) = versions(history("a+", "a+"), PARTS)
    assert (only.task_definition, only.began) == ("karet:2", FIRST)
    again = versions(history("a+", "b+", "a+"), PARTS)[-1]
    assert (again.task_definition, again.began) == ("karet:3", FIRST + timedelta(days=2))


def test_the_difference_names_images_variables_sizes_and_containers_by_name() -> None:
    before = {
        "cpu": "512",
        "memory": "1024",
        "containers": [
            {
                "name": "karet",
                "image": "karet@sha256:a",
                "environment": [{"name": "A", "value": "1"}],
                "stopTimeout": 30,
            },
            {"name": "gone", "image": "x"},
        ],
    }
    after = {
        "cpu": "1024",
        "memory": "1024",
        "containers": [
            {
                "name": "karet",
                "image": "karet@sha256:b",
                "environment": [{"name": "B", "value": "2"}],
                "stopTimeout": 60,
            },
            {"name": "new", "image": "y"},
        ],
    }
    assert revision_difference(before, after, {"karet": "built from src"}) == (
        "CPU units: 512 -> 1024",
        "container gone goes",
        "karet image: karet@sha256:a -> built from src",
        "karet environment A: 1 -> not set",
        "karet environment B: not set -> 2",
        "karet stopTimeout: 30 -> 60",
        "container new is new",
    )
    assert revision_difference(before, before, {}) == ()
