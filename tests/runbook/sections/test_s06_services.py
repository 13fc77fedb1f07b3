"""Section 6 on the embedded AWS: no task is lost, no revision too many, and a failed deployment is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_clients import make_client

from runbook.rehearsal.embedded import Embedded

CLUSTER = "karet"


def _client(embedded: Embedded, service: str) -> Any:
    return make_client(embedded.url, service)


def _applied(runs: Any) -> Any:
    return runs.apply(runs.plan(), command="test")


def _problems(result: Any) -> list[str]:
    return [f"{one.change.id} {one.became}: {one.error}" for one in result.report.steps if one.became != "done"]


def _revisions(embedded: Embedded) -> list[str]:
    arns = _client(embedded, "ecs").list_task_definitions()["taskDefinitionArns"]
    return sorted(arn.rpartition("/")[2] for arn in arns)


def _fewest(embedded: Embedded, service: str) -> int:
    """The fewest tasks that ran at once after all had come up for the first time."""
    counts = [one for one in embedded.tasks()["history"] if one["service"] == service]
    up = next(at for at, one in enumerate(counts) if one["running"] == one["desired"])
    return min(one["running"] for one in counts[up:])


@pytest.mark.long
def test_switching_the_way_out_and_deploying_lose_no_running_task(open_runs: Any, embedded: Embedded) -> None:
    assert _problems(_applied(open_runs("network=nat"))) == []
    assert embedded.health_answers().get("200", 0) >= 3
    before = {one["task"] for one in embedded.tasks()["tasks"]}
    for network in ("endpoints", "nat"):
        assert _problems(_applied(open_runs(f"network={network}"))) == []
        assert open_runs(f"network={network}").plan().plan.acting == ()
    assert {one["task"] for one in embedded.tasks()["tasks"]} == before
    assert _problems(_applied(open_runs("web.cpu=1024", "web.memory_mib=2048"))) == []
    assert {one["task"] for one in embedded.tasks()["tasks"] if one["status"] == "RUNNING"} != before
    assert (_fewest(embedded, "karet-svc"), _fewest(embedded, "karet-worker-svc")) == (2, 1)
    # The old revision went when the service had moved; the worker's is still its first.
    assert _revisions(embedded) == ["karet-worker:1", "karet:2"]


@pytest.mark.prove
def test_a_count_alone_starts_no_deployment(open_runs: Any, embedded: Embedded) -> None:
    assert _problems(_applied(open_runs())) == []
    ecs = _client(embedded, "ecs")

    def deployment() -> str:
        service = ecs.describe_services(cluster=CLUSTER, services=["karet-svc"])["services"][0]
        return str(service["deployments"][0]["id"])

    first = deployment()
    runs = open_runs("web.count=3")
    planned = runs.plan()
    assert [(one.id, [call.params for call in one.calls]) for one in planned.plan.acting if one.section == 6] == [
        ("services.web", [{"cluster": "karet", "service": "karet-svc", "desiredCount": 3}])
    ]
    assert _problems(runs.apply(planned, command="test")) == []
    assert (deployment(), len(ecs.list_tasks(cluster=CLUSTER, serviceName="karet-svc")["taskArns"])) == (first, 3)


@pytest.mark.prove
def test_a_failed_deployment_rolls_back_says_why_and_is_tried_again(open_runs: Any, embedded: Embedded) -> None:
    assert _problems(_applied(open_runs())) == []
    embedded.let_tasks_fail("karet-svc")
    larger = ("web.cpu=1024", "web.memory_mib=2048")
    result = _applied(open_runs(*larger))
    failed = [str(one.error) for one in result.report.steps if one.became == "failed"]
    assert len(failed) == 1
    assert "failed to start" in failed[0]
    service = _client(embedded, "ecs").describe_services(cluster=CLUSTER, services=["karet-svc"])["services"][0]
    assert (service["taskDefinition"].rpartition("/")[2], service["runningCount"]) == ("karet:1", 2)
    embedded.let_tasks_fail("karet-svc", on=False)
    runs = open_runs(*larger)
    planned = runs.plan()
    # The revision of the first try is used again, and the service stays: no second one, no delete.
    web = next(one for one in planned.plan.changes if one.id == "services.web" and one.step == "services.web")
    assert (web.action, [call.operation for call in web.calls]) == ("update", ["UpdateService"])
    assert "RegisterTaskDefinition" not in [call.operation for one in planned.plan.acting for call in one.calls]
    assert _problems(runs.apply(planned, command="test")) == []
    assert _revisions(embedded) == ["karet-worker:1", "karet:2"]
    assert _fewest(embedded, "karet-svc") == 2


@pytest.mark.prove
def test_a_first_deployment_that_fails_is_followed_by_another_one(open_runs: Any, embedded: Embedded) -> None:
    embedded.let_tasks_fail("karet-worker-svc")
    result = _applied(open_runs())
    assert [one.change.id for one in result.report.steps if one.became == "failed"] == ["services.worker"]
    embedded.let_tasks_fail("karet-worker-svc", on=False)
    runs = open_runs()
    planned = runs.plan()
    worker = next(one for one in planned.plan.changes if one.id == "services.worker")
    assert (worker.action, [call.operation for call in worker.calls]) == ("update", ["UpdateService"])
    assert worker.calls[0].params["forceNewDeployment"] is True
    assert "failed to start" in worker.reason
    assert _problems(runs.apply(planned, command="test")) == []
    assert open_runs().plan().plan.acting == ()


@pytest.mark.prove
def test_what_is_wrong_with_the_tasks_is_found(open_runs: Any, embedded: Embedded) -> None:
    assert _problems(_applied(open_runs())) == []
    names = _client(embedded, "servicediscovery")
    backend = embedded._rehearsal.world.backend("ecs", "us-east-1")
    task = next(one for one in backend.tasks[CLUSTER].values() if one.group == "service:karet-worker-svc")

    def failed() -> set[str]:
        return {one.id for one in open_runs().verify(["6"]) if one.outcome == "failed"}

    definition, container = task.task_definition_arn, dict(task.containers[0])
    assert failed() == set()
    task.task_definition_arn = f"{definition}9"
    assert failed() == {"services.worker-runs"}
    task.task_definition_arn = definition
    task.containers[0]["imageDigest"] = "sha256:" + "0" * 64
    assert failed() == {"services.worker-runs"}
    task.containers[0] = {**container, "healthStatus": "UNHEALTHY"}
    assert failed() == {"services.worker-is-well"}
    task.containers[0] = container
    service = names.list_services()["Services"][0]["Id"]
    names.register_instance(ServiceId=service, InstanceId="left", Attributes={"AWS_INSTANCE_IPV4": "10.60.99.99"})
    assert failed() == {"services.worker-is-found"}
