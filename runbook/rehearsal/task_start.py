"""Why a task cannot start, and what it wrote: what ECS asks for before a container runs, and the container's log."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend

from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.rehearsal.task_causes import TaskCause

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/"
    r"(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def _backend(service: str, region: str) -> Any:
    return get_backend(service)[ACCOUNT_ID][region]  # type: ignore[call-overload]


def image_digest(image: str, region: str) -> str:
    """The digest that a reference stands for; empty for images of other registries that name none."""
    found = _ECR.fullmatch(image)
    if found is None or found["digest"]:
        return image.partition("@")[2]
    repository = _backend("ecr", region).repositories.get(found["name"])
    for one in repository.images if repository else ():
        if (found["tag"] or "latest") in one.image_tags:
            return str(one.image_digest)
    return ""


def why_it_cannot_start(definition: Any, region: str) -> str:
    """The reason that ECS would stop a task with before it runs; empty when it starts.

    Source
    ------
    AWS docs: Amazon ECS stopped task error messages (CannotPullContainer, ResourceInitializationError).
    """
    for container in definition.container_definitions:
        reasons: Iterable[str] = (_log_group(container, region), _image(container["image"]))
        for reason in (*reasons, *(_secret(one["valueFrom"], region) for one in container.get("secrets") or ())):
            if reason:
                return reason
    return ""


def _image(image: str) -> str:
    found = _ECR.fullmatch(image)
    if found is None or found["account"] != ACCOUNT_ID:
        return ""
    repository = _backend("ecr", found["region"]).repositories.get(found["name"])
    for one in repository.images if repository else ():
        if found["digest"] == one.image_digest or (
            not found["digest"] and (found["tag"] or "latest") in one.image_tags
        ):
            return ""
    why = "pull image manifest has been retried 7 time(s)"
    return f"CannotPullContainerError: {why}: {image}: not found in {found['region']}"


def _log_group(container: dict[str, Any], region: str) -> str:
    log = container.get("logConfiguration") or {}
    options = log.get("options") or {}
    name = options.get("awslogs-group")
    if log.get("logDriver") != "awslogs" or not name or options.get("awslogs-create-group") == "true":
        return ""
    if name in _backend("logs", options.get("awslogs-region") or region).groups:
        return ""
    return (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
        f"ResourceNotFoundException: The specified log group does not exist: {name}"
    )


def _secret(value_from: str, region: str) -> str:
    if ":secretsmanager:" not in value_from:
        return ""
    parts = value_from.split(":")
    arn, version = ":".join(parts[:7]), (parts[9] if len(parts) > 9 else "")
    for secret in _backend("secretsmanager", region).secrets.values():
        if secret.arn == arn and not secret.is_deleted() and (not version or version in secret.versions):
            return ""
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: "
        f"ResourceNotFoundException: Secrets Manager can't find the specified secret value: {arn}"
    )


def write_log(task_id: str, definition: Any, cause: TaskCause, region: str) -> None:
    """Write what a container said before it failed, once, where its log configuration says."""
    container = definition.container_definitions[0]
    options = (container.get("logConfiguration") or {}).get("options") or {}
    logs, group = _backend("logs", region), options.get("awslogs-group")
    stream = f"{options.get('awslogs-stream-prefix')}/{container['name']}/{task_id}"
    if not cause.log or group not in logs.groups or stream in logs.groups[group].streams:
        return
    now = int(datetime.now(UTC).timestamp() * 1000)
    logs.create_log_stream(group, stream)
    lines = [{"timestamp": now, "message": cause.filled(line, definition, region)} for line in cause.log]
    logs.put_log_events(group, stream, lines)
