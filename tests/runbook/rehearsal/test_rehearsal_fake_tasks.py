"""Services in the rehearsal run tasks: at the pace, well over HTTP, registered, replaced one by one, and stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rehearsal_clients import ClientFor
from rehearsal_hand_clock import HandClock
from rehearsal_services import Place, make_place

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.task_doors import NoDoorError, TaskDoors, ask


@pytest.fixture
def place(client: ClientFor) -> Place:
    return make_place(client)


@pytest.fixture
def clock(aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    clock = HandClock()
    monkeypatch.setattr(aws.pacer, "_clock", clock)
    yield clock
    aws.set_pace(0)


def test_a_task_starts_becomes_well_drains_and_stops_at_the_pace(aws: Embedded, place: Place, clock: HandClock) -> None:
    definition = place.register()
    aws.set_pace(1)
    made = place.service(definition)
    assert (made["runningCount"], made["deployments"][0]["rolloutState"]) == (0, "IN_PROGRESS")
    assert (place.described()["pendingCount"], place.health()) == (2, [])
    clock.now += 45
    assert (place.described()["runningCount"], place.health()) == (2, ["initial", "initial"])
    assert place.described()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    clock.now += 30
    assert place.health() == ["healthy", "healthy"]
    found = place.described()
    assert found["deployments"][0]["rolloutState"] == "COMPLETED"
    assert "steady state" in found["events"][0]["message"]
    place.ecs.update_service(cluster="k", service="web", desiredCount=1)
    assert place.health() == ["draining", "healthy"]
    clock.now += 310
    assert (place.described()["runningCount"], place.health()) == (1, ["healthy"])
    place.ecs.delete_service(cluster="k", service="web", force=True)
    assert place.described()["status"] == "DRAINING"
    assert place.ecs.list_services(cluster="k")["serviceArns"] == []
    clock.now += 310
    assert place.described()["status"] == "INACTIVE"
    interfaces = place.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert [one["Description"] for one in interfaces if ":attachment/" in one["Description"]] == []


def test_a_task_is_told_in_full_and_found_by_its_names(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    arns = place.ecs.list_tasks(cluster="k", serviceName="web")["taskArns"]
    assert len(arns) == 2
    assert place.ecs.list_tasks(cluster="k", serviceName="other")["taskArns"] == []
    tasks = place.ecs.describe_tasks(cluster="k", tasks=arns, include=["TAGS"])["tasks"]
    assert {one["lastStatus"] for one in tasks} == {"RUNNING"}
    assert {one["healthStatus"] for one in tasks} == {"HEALTHY"}
    assert {one["group"] for one in tasks} == {"service:web"}
    assert {one["key"] for task in tasks for one in task["tags"]} == {"team"}
    addresses = {
        detail["value"]
        for task in tasks
        for detail in task["attachments"][0]["details"]
        if detail["name"] == "privateIPv4Address"
    }
    names = place.client("servicediscovery")
    found = names.discover_instances(NamespaceName="k.local", ServiceName="web")["Instances"]
    assert {one["Attributes"]["AWS_INSTANCE_IPV4"] for one in found} == addresses
    assert {one["HealthStatus"] for one in found} == {"HEALTHY"}


def test_health_is_asked_over_http_and_told_as_it_is(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    assert place.health() == ["healthy", "healthy"]
    answered = aws.health_answers()["200"]
    assert place.health() == ["healthy", "healthy"]
    assert aws.health_answers()["200"] == answered + 2
    task = aws.tasks()["tasks"][0]
    assert ask(task["ports"]["3000"], "/nowhere") == 404
    elb = place.client("elbv2")
    elb.register_targets(TargetGroupArn=place.target_group, Targets=[{"Id": "10.0.0.99", "Port": 3000}])
    assert place.health() == ["healthy", "healthy", "unhealthy"]


def test_a_deployment_starts_new_tasks_before_it_stops_old_ones(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    place.described()
    updated = place.ecs.update_service(
        cluster="k", service="web", taskDefinition=place.register(container={"image": "registry.example.com/web:2"})
    )["service"]
    assert [(one["status"], one["rolloutState"]) for one in updated["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    found = place.described()
    assert [one["taskDefinition"].rpartition("/")[2] for one in found["deployments"]] == ["web:2"]
    counts = [one["running"] for one in aws.tasks()["history"] if one["service"] == "web"]
    assert min(counts[counts.index(2) :]) == 2
    assert max(counts) == 4


def test_a_bad_revision_is_rolled_back_and_the_old_tasks_stay(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    before = {one["task"] for one in aws.tasks()["tasks"]} if place.described() else set()
    aws.let_tasks_fail("web")
    place.ecs.update_service(cluster="k", service="web", taskDefinition=place.register(cpu="512", memory="1024"))
    found = place.described()
    failed = [one for one in found["deployments"] if one["rolloutState"] == "FAILED"]
    assert [one["failedTasks"] >= 3 for one in failed] == [True]
    assert found["taskDefinition"].endswith("web:1")
    after = place.described()
    assert [(one["rolloutState"], one["runningCount"]) for one in after["deployments"]] == [("COMPLETED", 2)]
    assert {one["task"] for one in aws.tasks()["tasks"] if one["status"] == "RUNNING"} == before


def test_without_a_breaker_it_is_tried_again_and_never_spins(aws: Embedded, place: Place) -> None:
    aws.let_tasks_fail("web")
    place.service(place.register(), deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200})
    first = place.described()["deployments"][0]["failedTasks"]
    assert first <= 6
    assert place.described()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    aws.let_tasks_fail("web", on=False)


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1"}, "CannotPullContainerError"),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/none"}}},
            "The specified log group does not exist",
        ),
        (
            {"secrets": [{"name": "K", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:n-AbCdEf"}]},
            "unable to pull secrets",
        ),
    ],
)
def test_a_task_without_image_log_group_or_secret_stops_and_says_why(
    place: Place, container: dict[str, object], reason: str
) -> None:
    place.service(place.register(container=container))
    assert place.described()["deployments"][0]["rolloutState"] == "FAILED"
    stopped = place.ecs.list_tasks(cluster="k", serviceName="web", desiredStatus="STOPPED")["taskArns"]
    tasks = place.ecs.describe_tasks(cluster="k", tasks=stopped)["tasks"]
    assert tasks
    assert all(reason in one["stoppedReason"] for one in tasks)


def test_a_stopped_task_is_replaced(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    arns = place.ecs.list_tasks(cluster="k")["taskArns"]
    place.ecs.stop_task(cluster="k", task=arns[0], reason="test")
    again = place.ecs.list_tasks(cluster="k")["taskArns"]
    assert len(again) == 2
    assert arns[0] not in again


def test_a_namespace_is_listed_only_when_it_has_been_made(aws: Embedded, place: Place, clock: HandClock) -> None:
    names = place.client("servicediscovery")
    aws.set_pace(1)
    operation = names.create_private_dns_namespace(Name="o.local", Vpc=place.vpc, CreatorRequestId="2")["OperationId"]
    assert names.get_operation(OperationId=operation)["Operation"]["Status"] == "PENDING"
    assert [one["Name"] for one in names.list_namespaces()["Namespaces"]] == ["k.local"]
    under_way = [{"Name": "STATUS", "Values": ["PENDING"], "Condition": "EQ"}]
    assert [one["Id"] for one in names.list_operations(Filters=under_way)["Operations"]] == [operation]
    clock.now += 60
    assert names.get_operation(OperationId=operation)["Operation"]["Status"] == "SUCCESS"
    assert len(names.list_namespaces()["Namespaces"]) == 2


def test_tasks_and_ports_are_gone_after_a_reset(aws: Embedded, place: Place) -> None:
    place.service(place.register())
    place.described()
    port = aws.tasks()["tasks"][0]["ports"]["3000"]
    assert ask(port, "/login") == 200
    aws.reset()
    assert (aws.tasks()["tasks"], aws.health_answers()) == ([], {})
    assert ask(port, "/login") is None


def test_doors_are_bounded_and_count_what_they_answered() -> None:
    doors = TaskDoors(most=1)
    try:
        port = doors.open(lambda asked: 204 if asked.path == "/a" else 404)
        with pytest.raises(NoDoorError, match="1 ports"):
            doors.open(lambda _: 200)
        assert (ask(port, "/a?x=1"), ask(port, "/b")) == (204, 404)
        assert doors.answers == {204: 1, 404: 1}
        doors.close(port)
        assert ask(port, "/a") is None
    finally:
        doors.stop()
