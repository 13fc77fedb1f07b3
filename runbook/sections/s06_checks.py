"""What section 6 proves: every task on the declared revision and image, well, and found by those who ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from runbook.model import Check, Finding, Known, ReadOnlyAws, ref
from runbook.settings import SERVICES, Deployment, Service

_AT_ONCE = 100
"""Tasks that one DescribeTasks takes (botocore 1.44 service model)."""

_LOOK_AT_IT = "Look at the events of the service and at its log group, then run `karet apply 6`."


def _tasks(deployment: Deployment, service: Service, aws: ReadOnlyAws) -> list[dict[str, Any]]:
    """The tasks that ECS means to keep running for a service."""
    cluster, name = deployment.cluster, deployment.ecs_service(service)
    arns = sorted(aws.read("ecs", "ListTasks", cluster=cluster, serviceName=name, desiredStatus="RUNNING")["taskArns"])
    return [
        task
        for at in range(0, len(arns), _AT_ONCE)
        for task in aws.read("ecs", "DescribeTasks", cluster=cluster, tasks=arns[at : at + _AT_ONCE])["tasks"]
    ]


def _short(task: dict[str, Any]) -> str:
    return f"task {task['taskArn'].rpartition('/')[2][:8]}"


def _running(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    definition = known.value(ref(f"services.task-{service}", "arn"))
    digest = known.value(ref(f"images.{service}", "digest"))
    wanted, tasks = deployment.size(service).count, _tasks(deployment, service, aws)
    if not isinstance(definition, str) or not isinstance(digest, str):
        return Finding("failed", "task definition or image does not exist yet", "Run `karet apply 6`.")
    wrong = []
    for task in tasks:
        if task["lastStatus"] != "RUNNING":
            wrong.append(f"{_short(task)} is {task['lastStatus']}")
        if task["taskDefinitionArn"] != definition:
            wrong.append(f"{_short(task)} is on {task['taskDefinitionArn'].rpartition('/')[2]}")
        wrong += [
            f"{_short(task)} runs the image {one.get('imageDigest', 'without a digest')}"
            for one in task["containers"]
            if one["name"] == deployment.family(service) and one.get("imageDigest") != digest
        ]
    if len(tasks) != wanted:
        wrong.append(f"{len(tasks)} tasks run, declared are {wanted}")
    if wrong:
        return Finding("failed", "; ".join(wrong), _LOOK_AT_IT)
    return Finding("passed", f"{wanted} tasks run {definition.rpartition('/')[2]} with the image {digest}")


def _well(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    tasks = _tasks(deployment, service, aws)
    unwell = [
        f"{_short(task)}: {one['name']} is {one.get('healthStatus', 'UNKNOWN')}"
        for task in tasks
        for one in task["containers"]
        if one["name"] == deployment.family(service) and one.get("healthStatus") != "HEALTHY"
    ]
    if unwell or len(tasks) != deployment.size(service).count:
        detail = "; ".join(unwell) or f"{len(tasks)} tasks run, declared are {deployment.size(service).count}"
        return Finding("failed", detail, _LOOK_AT_IT)
    return Finding("passed", f"the health command says HEALTHY in all {len(tasks)} tasks")


def _polled(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """A poller of the declared image is well in every task of the worker."""
    digest = known.value(ref("images.poller", "digest"))
    containers = [one for task in _tasks(deployment, "worker", aws) for one in task["containers"]]
    pollers = [one for one in containers if one["name"] == deployment.family("poller")]
    well = [one for one in pollers if (one.get("healthStatus"), one.get("imageDigest")) == ("HEALTHY", digest)]
    wanted = deployment.worker.count
    if len(well) != wanted:
        detail = f"{len(well)} of {len(pollers)} pollers are well and of the image {digest}, declared are {wanted}"
        return Finding("failed", detail, _LOOK_AT_IT)
    return Finding("passed", f"{wanted} pollers are well and of the image {digest}")


def _registered(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Every web task is a healthy target, and nothing else is one."""
    group = known.value(ref("balancer.target-group", "arn"))
    answer = aws.read("elbv2", "DescribeTargetHealth", TargetGroupArn=group)
    states = {
        one["Target"]["Id"]: one["TargetHealth"]
        for one in answer["TargetHealthDescriptions"]
        if one["TargetHealth"]["State"] != "draining"
    }
    addresses = {_address(task) for task in _tasks(deployment, "web", aws)}
    wrong = [f"{address} is not registered" for address in sorted(addresses - states.keys())]
    wrong += [f"{address} is registered and no task of ours" for address in sorted(states.keys() - addresses)]
    wrong += [
        f"{address} is {health['State']} ({health.get('Reason', 'no reason given')})"
        for address, health in sorted(states.items())
        if health["State"] != "healthy"
    ]
    if wrong:
        return Finding("failed", "; ".join(wrong), _LOOK_AT_IT)
    return Finding("passed", f"{len(states)} targets are healthy")


def _address(task: dict[str, Any]) -> str:
    details = [one for attachment in task.get("attachments", []) for one in attachment.get("details", [])]
    return next((str(one["value"]) for one in details if one["name"] == "privateIPv4Address"), "")


def _found(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    service_id = known.value(ref("services.discovery-worker", "id"))
    instances = aws.read("servicediscovery", "ListInstances", ServiceId=service_id)["Instances"]
    found = {one.get("Attributes", {}).get("AWS_INSTANCE_IPV4", "") for one in instances}
    addresses = {_address(task) for task in _tasks(deployment, "worker", aws)}
    wrong = [f"{address} has no entry" for address in sorted(addresses - found)]
    wrong += [f"the entry {address} is no task" for address in sorted(found - addresses)]
    if instances:
        status = aws.read("servicediscovery", "GetInstancesHealthStatus", ServiceId=service_id)["Status"]
        wrong += [f"{instance} is {state}" for instance, state in sorted(status.items()) if state != "HEALTHY"]
    if wrong:
        return Finding("failed", "; ".join(wrong), _LOOK_AT_IT)
    return Finding("passed", f"{deployment.host('worker')} stands for {len(found)} tasks, all of them well")


def checks(deployment: Deployment) -> Sequence[Check]:
    """Every task is what was declared, well, and found by load balancer and private name."""
    commanded = [service for service in SERVICES if deployment.contract(service).health_command]
    return (
        *(
            Check(
                f"services.{service}-runs",
                f"Every {service} task runs the declared revision and image",
                partial(_running, deployment, service),
            )
            for service in SERVICES
        ),
        *(
            Check(
                f"services.{service}-is-well",
                f"The health command of the {service} container passes in every task",
                partial(_well, deployment, service),
            )
            for service in commanded
        ),
        *(
            (Check("services.poller-is-well", "A poller is well beside every worker", partial(_polled, deployment)),)
            if deployment.events == "sqs"
            else ()
        ),
        Check(
            "services.web-is-registered",
            "The load balancer finds every web task well",
            partial(_registered, deployment),
        ),
        Check("services.worker-is-found", "The worker's private name leads to its tasks", partial(_found, deployment)),
    )
