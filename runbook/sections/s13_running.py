"""Points of the checklist about what runs: the worker's health, log lines, images, deployments."""

from __future__ import annotations

from typing import Any

from runbook.model import Finding, Known, ReadOnlyAws
from runbook.sections.s13_reads import definition_of, missing, services, tasks_of
from runbook.settings import SERVICES, Deployment

_LOOK = "Look at the events of the service and at its log group, then run `karet apply 6`."


def worker(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 5: what ECS says of the containers, and what Cloud Map says of the private name (correction 13.3)."""
    del known
    tasks, wanted = tasks_of(deployment, "worker", aws), deployment.worker.count
    wrong = [] if len(tasks) == wanted else [f"{len(tasks)} tasks run, declared are {wanted}"]
    checked = {deployment.family("worker")} if deployment.app.worker.health_command else set()
    checked |= {deployment.family("poller")} if deployment.events == "sqs" else set()
    wrong += [
        f"{one['name']} of task {task['taskArn'].rpartition('/')[2][:8]} is {one.get('healthStatus', 'UNKNOWN')}"
        for task in tasks
        for one in task["containers"]
        if one["name"] in checked and one.get("healthStatus") != "HEALTHY"
    ]
    registries = services(deployment, aws).get("worker", {}).get("serviceRegistries", [])
    if not registries:
        return Finding("failed", f"{deployment.ecs_service('worker')} has no private name", "Run `karet apply 6`.")
    discovery = registries[0]["registryArn"].rpartition("/")[2]
    # Cloud Map refuses to tell of a name that nothing has been registered under.
    answer = aws.find("servicediscovery", "GetInstancesHealthStatus", ("InstanceNotFound",), ServiceId=discovery) or {}
    status = answer.get("Status", {})
    wrong += [f"the name's entry {name} is {state}" for name, state in sorted(status.items()) if state != "HEALTHY"]
    if len(status) != wanted:
        wrong.append(f"{deployment.host('worker')} has {len(status)} entries, declared are {wanted}")
    if wrong:
        return Finding("failed", "; ".join(wrong), _LOOK)
    about = f"{' and '.join(sorted(checked))} HEALTHY in" if checked else "no health command is set;"
    return Finding("passed", f"{about} {wanted} tasks; {deployment.host('worker')} leads to {wanted} that are HEALTHY")


def logs(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 7: each group exists with its retention, and a container wrote into it since the deployment began.

    Source
    ------
    botocore 1.44 service model, logs DescribeLogStreams: times of last events may lag by an hour, so lines are read.
    """
    del known
    found = services(deployment, aws)
    wrong: list[str] = []
    told: list[str] = []
    groups = aws.read("logs", "DescribeLogGroups", logGroupNamePrefix=f"/{deployment.stack}/")["logGroups"]
    kept = {one["logGroupName"]: one.get("retentionInDays") for one in groups}
    for service in SERVICES:
        name = deployment.log_group(service)
        if name not in kept or service not in found:
            wrong.append(f"{name} does not exist" if name not in kept else missing(deployment, found)[0])
            continue
        if not kept[name]:
            wrong.append(f"{name} keeps lines for ever")
        since = min(one["createdAt"] for one in found[service]["deployments"])
        lines = aws.read(
            "logs",
            "FilterLogEvents",
            logGroupName=name,
            logStreamNamePrefix=f"{service}/",
            startTime=int(since.timestamp() * 1000),
            PaginationConfig={"MaxItems": 1},
        )["events"]
        (told if lines else wrong).append(
            f"{name} has {'' if lines else 'no '}lines of the {service} since its deployment"
        )
    if wrong:
        return Finding("failed", "; ".join(wrong), "Run `karet apply 10`, and look whether the tasks run.")
    return Finding("passed", "; ".join(told))


def images(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """The digest of the registry is the one of the task definition and of every running container."""
    found = services(deployment, aws)
    wrong = missing(deployment, found)
    same: list[str] = []
    parts = {deployment.family(part): part for part in deployment.image_parts}
    for service, one in found.items():
        running = [each for task in tasks_of(deployment, service, aws) for each in task["containers"]]
        for container in definition_of(one, aws)["containerDefinitions"]:
            part = parts.get(container["name"])
            if part is None:
                continue
            digest = container["image"].partition("@")[2]
            if not digest:
                wrong.append(f"{container['name']} is defined by a tag, {container['image']}")
                continue
            others = {
                each.get("imageDigest", "an unknown image")
                for each in running
                if each["name"] == container["name"] and each.get("imageDigest") != digest
            }
            wrong += [f"{container['name']} runs {other}, defined is {digest}" for other in sorted(others)]
            if where := _not_in_registry(deployment, container["image"], digest, aws):
                wrong.append(where)
            same.append(f"{container['name']} {digest[:19]}")
    del known
    if wrong:
        return Finding("failed", "; ".join(wrong), "Run `karet apply 4` and `karet apply 6`.")
    return Finding("passed", f"registry, definition and tasks agree: {', '.join(same)}")


def _not_in_registry(deployment: Deployment, image: str, digest: str, aws: ReadOnlyAws) -> str:
    """That the account's registry does not hold an image; empty when it does, or when it is another's registry."""
    registry, _, repository = image.partition("@")[0].partition("/")
    if registry != deployment.registry(deployment.account or ""):
        return ""
    absent = ("ImageNotFoundException", "RepositoryNotFoundException")
    asked: dict[str, Any] = {"repositoryName": repository, "imageIds": [{"imageDigest": digest}]}
    answer = aws.find("ecr", "DescribeImages", absent, **asked) or {}
    return "" if answer.get("imageDetails") else f"{repository} has no image {digest}"


def rollout(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """One deployment each, complete, with as many tasks as wanted."""
    del known
    found = services(deployment, aws)
    wrong = missing(deployment, found)
    told: list[str] = []
    for one in found.values():
        name, deployments = one["serviceName"], one["deployments"]
        states = [f"{each['status']} {each.get('rolloutState', 'in an unknown state')}" for each in deployments]
        counts = (one["runningCount"], one["desiredCount"])
        if states != ["PRIMARY COMPLETED"] or counts[0] != counts[1]:
            wrong.append(f"{name}: {', '.join(states)}, {counts[0]} of {counts[1]} tasks run")
        told.append(f"{name} {counts[0]} of {counts[1]} tasks")
    if wrong:
        return Finding("failed", "; ".join(wrong), _LOOK)
    return Finding("passed", f"complete: {', '.join(told)}")
