"""A log group is made with its retention, follows the settings, and is data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.kinds.kind import Owner
from runbook.kinds.logs import LogGroup, _size
from runbook.model import Resource, Usage
from runbook.rehearsal.embedded import Embedded
from runbook.settings import Deployment


def group(deployment: Deployment, service: str, days: int) -> LogGroup:
    return LogGroup(
        id=f"logs.{service}",
        owner=Owner(deployment.stack, 4, tags={"team": "blue"}),
        name=f"/{deployment.stack}/{service}",
        region=deployment.region,
        account=deployment.account or "",
        retention_days=days,
    )


@pytest.fixture
def open_groups(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens runs that declare a group for each name, all with the same retention."""

    def open_one(*services: str, days: int = 30) -> Any:
        def made(deployment: Deployment) -> Sequence[Resource]:
            return [group(deployment, service, days) for service in services]

        declare(monkeypatch, made)
        return open_runs()

    return open_one


def test_a_group_is_made_with_retention_and_tags(open_groups: Any) -> None:
    runs = open_groups("web", "worker")
    applied(runs)
    (found, _) = runs.place.session.read("logs", "DescribeLogGroups", {})["logGroups"]
    assert (found["logGroupName"], found["retentionInDays"]) == ("/karet/web", 30)
    state = open_groups("web").plan().found["logs.web"].state
    assert state.outputs == {
        "name": "/karet/web",
        "arn": "arn:aws:logs:us-east-1:123456789012:log-group:/karet/web",
    }
    assert state.tags == {"karet:stack": "karet", "karet:section": "4", "karet:id": "logs.web", "team": "blue"}
    assert actions(open_groups("web", "worker")) == {"logs.web": "none", "logs.worker": "none"}


def test_groups_of_one_folder_are_listed_once(open_groups: Any, embedded: Embedded) -> None:
    applied(open_groups("web", "worker"))
    reads = open_groups("web", "worker").plan().reads
    assert reads["logs.DescribeLogGroups"] == 1
    assert reads["logs.ListTagsForResource"] == 2


def test_a_changed_retention_is_one_call(open_groups: Any) -> None:
    applied(open_groups("web"))
    runs = open_groups("web", days=90)
    assert sent(runs) == ["logs.PutRetentionPolicy"]
    applied(runs)
    assert actions(open_groups("web", days=90)) == {"logs.web": "none"}


def test_a_group_without_a_limit_that_somebody_made_is_offered_for_adoption(open_groups: Any) -> None:
    runs = open_groups("web")
    runs.place.session.send("logs", "CreateLogGroup", {"logGroupName": "/karet/web", "tags": {"mine": "yes"}})
    (change,) = runs.plan().plan.changes
    assert (change.action, "--adopt logs.web" in change.stop) == ("adopt", True)
    taken = runs.plan(adopt=["logs.web"])
    assert [call.name for call in taken.plan.changes[0].calls] == ["logs.TagResource", "logs.PutRetentionPolicy"]
    runs.apply(taken, command="test")
    state = open_groups("web").plan().found["logs.web"].state
    assert (state.settings["retention_days"], (state.tags or {})["mine"]) == (30, "yes")


def test_a_destroy_keeps_groups_until_data_may_go(open_groups: Any) -> None:
    applied(open_groups("web"))
    kept = open_groups("web").plan_destroy()
    assert (kept.plan.acting, [one.name for one in kept.plan.left]) == ((), ["/karet/web"])
    runs = open_groups("web")
    runs.apply(runs.plan_destroy(delete_data=True), command="test")
    assert runs.place.session.read("logs", "DescribeLogGroups", {})["logGroups"] == []


def test_a_group_that_nothing_declares_is_found_by_its_tag_and_a_strangers_is_not(open_groups: Any) -> None:
    applied(open_groups("web", "worker"))
    runs = open_groups("web")
    runs.place.session.send("logs", "CreateLogGroup", {"logGroupName": "/karet/other"})
    assert [one.name for one in runs.plan().plan.left] == ["/karet/worker"]


def test_what_it_costs_depends_on_use() -> None:
    one = group(Deployment(region="eu-west-1", tls="none", account="123456789012"), "web", 30)
    assert [line.quantity for line in one.cost(Usage())] == [None, None]
    lines = list(one.cost(Usage(logs_ingest_gib=Decimal(3), logs_storage_gib=Decimal(1))))
    assert [(line.rate, line.quantity) for line in lines] == [
        ("logs.ingest_gib", Decimal(3)),
        ("logs.storage_gib_month", Decimal(1)),
    ]
    assert one.cloudformation().deletion_policy == "Retain"


@pytest.mark.parametrize(("stored", "said"), [(340, "340 bytes"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB")])
def test_what_goes_along_is_told_in_a_unit_in_which_it_is_not_nothing(stored: int, said: str) -> None:
    assert _size(stored) == said
