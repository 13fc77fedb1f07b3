"""ECS and Cloud Map alone: what counts as a difference, what is sent, what it costs, and what a state means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from runbook.kinds.container import container_settings, for_cloudformation
from runbook.kinds.ecs_cluster import Cluster
from runbook.kinds.ecs_service import Service, Target, _condition, _rolled_back
from runbook.kinds.kind import Owner
from runbook.kinds.task_bill import TaskBill
from runbook.kinds.task_definition import TaskDefinition
from runbook.model import Known, State, Usage, ref

OWNER = Owner("shop", 6)
TAGS = {"karet:stack": "shop", "karet:section": "6", "karet:id": "services.web"}
NOTHING = Known({})


def _service(**changed: Any) -> Service:
    values: dict[str, Any] = {
        "id": "services.web",
        "owner": OWNER,
        "name": "web",
        "cluster": "shop",
        "cluster_arn": "arn:cluster",
        "task_definition": "arn:web:2",
        "count": 2,
        "subnets": ["subnet-b", "subnet-a"],
        "groups": ["sg-1"],
        "targets": [Target("arn:group", "web", 3000)],
        "grace_s": 90,
        "bill": TaskBill(512, 1024),
    }
    return Service(**{**values, **changed})


def _state(service: Service, status: Any = "ready", reason: str = "", **changed: Any) -> State:
    settings = {**service.settings(), **changed}
    return State(status, settings=settings, outputs={"arn": "arn:web"}, name="web", tags=TAGS, reason=reason)


def test_what_aws_fills_into_a_container_is_no_difference() -> None:
    declared = {
        "name": "web",
        "image": "web@sha256:1",
        "portMappings": [{"containerPort": 3000}],
        "environment": [{"name": "B", "value": ""}, {"name": "A", "value": "1"}],
        "healthCheck": {"command": ["CMD", "true"]},
        "linuxParameters": {"initProcessEnabled": True},
    }
    found = {
        **declared,
        "cpu": 0,
        "essential": True,
        "portMappings": [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
        "versionConsistency": "enabled",
        "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
        "linuxParameters": {"initProcessEnabled": True, "devices": [], "capabilities": {"add": [], "drop": []}},
    }
    assert container_settings(declared) == container_settings(found)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "web@sha256:2"},
        {"environment": [{"name": "A", "value": ""}]},
        {"secrets": [{"name": "K", "valueFrom": "arn:::2"}]},
        {"portMappings": [{"containerPort": 3001}]},
        {"stopTimeout": 60},
        {"essential": False},
        {"user": "app"},
    ],
)
def test_what_changes_a_container_is_a_difference(change: dict[str, Any]) -> None:
    plain = {"name": "web", "image": "web@sha256:1", "secrets": [{"name": "K", "valueFrom": "arn:::1"}]}
    assert container_settings(plain) != container_settings({**plain, **change})


def test_cloudformation_spells_aws_words_with_capitals_and_leaves_other_peoples_words() -> None:
    given = {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/x", "mode": "blocking"}}}
    made = for_cloudformation(given)
    assert made == {"LogConfiguration": {"LogDriver": "awslogs", "Options": given["logConfiguration"]["options"]}}


@pytest.mark.parametrize(
    ("changed", "sent"),
    [
        ({"count": 5}, {"desiredCount": 2}),
        ({"task_definition": "arn:web:1"}, {"taskDefinition": "arn:web:2"}),
        ({"grace_s": 0}, {"healthCheckGracePeriodSeconds": 90}),
    ],
)
def test_an_update_sends_only_what_differs(changed: dict[str, Any], sent: dict[str, Any]) -> None:
    service = _service()
    change = service.plan(_state(service, **changed), NOTHING)
    assert change.action == "update"
    assert [call.params for call in change.calls] == [{"cluster": "shop", "service": "web", **sent}]


def test_new_subnets_and_groups_are_one_network() -> None:
    service = _service()
    call = service.plan(_state(service, subnets=["subnet-x"], groups=["sg-x"]), NOTHING).calls[0]
    network = call.params["networkConfiguration"]["awsvpcConfiguration"]
    assert (network["assignPublicIp"], len(call.params)) == ("DISABLED", 3)


def test_a_failed_service_is_updated_and_forced_never_deleted() -> None:
    service = _service()
    change = service.plan(_state(service, "failed", "tasks failed to start"), NOTHING)
    assert (change.action, [call.operation for call in change.calls]) == ("update", ["UpdateService"])
    assert change.calls[0].params["forceNewDeployment"] is True
    assert "tasks failed to start" in change.reason


def test_a_failed_service_of_somebody_else_is_left_alone() -> None:
    service = _service()
    theirs = State("failed", settings=service.settings(), outputs={"arn": "arn:web"}, name="web", tags={})
    change = service.plan(theirs, NOTHING)
    assert (change.action, change.calls) == ("adopt", ())
    assert "has failed" in change.stop


def test_another_launch_type_deletes_the_service_before_it_is_made_again() -> None:
    service = _service()
    change = service.plan(_state(service, launch_type="EC2"), NOTHING)
    assert [call.operation for call in change.calls] == ["UpdateService", "DeleteService", "CreateService"]


def test_a_service_is_removed_in_the_cluster_where_it_was_found() -> None:
    calls = Service.undo(_state(_service()))
    assert [(call.operation, call.params["cluster"]) for call in calls] == [
        ("UpdateService", "arn:cluster"),
        ("DeleteService", "arn:cluster"),
    ]


def test_tasks_are_billed_by_cpu_and_memory_and_disk_beyond_what_is_included() -> None:
    lines = {line.rate: line.quantity for line in _service().cost(Usage())}
    assert lines == {"fargate.vcpu_hour": Decimal(730), "fargate.gib_hour": Decimal(1460)}
    arm = _service(bill=TaskBill(1024, 2048, ephemeral_gib=30, arm=True), count=1)
    assert {line.rate: line.quantity for line in arm.cost(Usage())} == {
        "fargate.arm_vcpu_hour": Decimal(730),
        "fargate.arm_gib_hour": Decimal(1460),
        "fargate.storage_gib_hour": Decimal(7300),
    }
    found = _state(_service(), count=0)
    assert {line.quantity for line in _service().cost(Usage(), found)} == {Decimal(0)}


def _described(rollout: str, running: int = 2, **more: Any) -> dict[str, Any]:
    primary = {"status": "PRIMARY", "rolloutState": rollout, "rolloutStateReason": "because"}
    return {
        "status": "ACTIVE",
        "runningCount": running,
        "desiredCount": 2,
        "pendingCount": 2 - running,
        "deployments": [primary],
        "events": [{"message": "(service web) said something"}],
        **more,
    }


@pytest.mark.parametrize(
    ("described", "status", "says"),
    [
        (_described("COMPLETED"), "ready", ""),
        (_described("COMPLETED", 1), "pending", "1 of 2 tasks run, 1 start"),
        (_described("IN_PROGRESS"), "pending", "said something"),
        (_described("FAILED"), "failed", "because"),
        (_described("COMPLETED", status="DRAINING"), "deleting", "its tasks stop"),
    ],
)
def test_the_state_of_a_service_is_that_of_its_newest_deployment(
    described: dict[str, Any], status: str, says: str
) -> None:
    found, reason = _condition(described)
    assert found == status
    assert says in reason


def test_a_rollback_is_told_until_another_deployment_has_come_to_its_end() -> None:
    rolled_back = ["has reached a steady state", "deployment completed", "rolling back", "(x) deployment failed: y"]
    assert _rolled_back(rolled_back) == "(x) deployment failed: y"
    assert _rolled_back(["deployment completed", *rolled_back]) == ""
    assert _rolled_back(["deployment completed"]) == ""


def _task(**changed: Any) -> TaskDefinition:
    values: dict[str, Any] = {
        "id": "services.task-web",
        "owner": OWNER,
        "family": "shop",
        "cluster": "shop",
        "service": "web",
        "cpu": 512,
        "memory_mib": 1024,
        "architecture": "ARM64",
        "execution_role": "arn:exec",
        "task_role": "arn:task",
        "containers": ({"name": "web", "image": ref("images.web", "reference")},),
    }
    return TaskDefinition(**{**values, **changed})


def test_included_disk_is_not_sent_because_aws_refuses_it() -> None:
    assert "ephemeralStorage" not in _task().create(State.ABSENT)[0].params
    assert _task(ephemeral_gib=30).create(State.ABSENT)[0].params["ephemeralStorage"] == {"sizeInGiB": 30}


def test_registering_passes_both_roles_to_ecs_tasks_only() -> None:
    passed = [one for one in _task().create(State.ABSENT)[0].permissions if one.action == "iam:PassRole"]
    assert [one.resource for one in passed] == ["arn:exec", "arn:task"]
    condition = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert [one.condition for one in passed] == [condition, condition]


def test_a_revision_that_was_deregistered_is_only_deleted() -> None:
    def undone(status: str) -> list[str]:
        state = State("ready", settings={"status": status}, outputs={"arn": "arn:shop:1"}, name="shop:1")
        return [call.operation for call in TaskDefinition.undo(state)]

    assert undone("ACTIVE") == ["DeregisterTaskDefinition", "DeleteTaskDefinitions"]
    assert undone("INACTIVE") == ["DeleteTaskDefinitions"]


def test_insights_cost_by_metric_and_nothing_when_they_are_off() -> None:
    cluster = Cluster(id="c", owner=OWNER, name="shop", region="eu-west-1", account="123456789012", insights="enabled")
    assert [line.quantity for line in cluster.cost(Usage())] == [None]
    assert list(cluster.cost(Usage(), State("ready", settings={"insights": "disabled"}))) == []
