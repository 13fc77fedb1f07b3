"""A container definition as it is compared: what AWS fills in is filled in on both sides, order does not count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COMPARED = (
    "name",
    "image",
    "cpu",
    "memory",
    "memoryReservation",
    "essential",
    "command",
    "entryPoint",
    "environment",
    "environmentFiles",
    "secrets",
    "portMappings",
    "dependsOn",
    "healthCheck",
    "linuxParameters",
    "logConfiguration",
    "mountPoints",
    "readonlyRootFilesystem",
    "startTimeout",
    "stopTimeout",
    "ulimits",
    "user",
    "workingDirectory",
)
"""What makes a difference to a running container; fields that AWS adds later are no reason for a new revision.

Source: botocore 1.44 service model, ecs ContainerDefinition, 2026-11-23.
"""

_BY_NAME = ("environment", "secrets")
_HEALTH = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
"""Source: botocore 1.44 service model, ecs HealthCheck: the values that AWS takes when none are given."""

_OPEN = ("options", "dockerLabels")
"""Maps whose keys are somebody's own words, not AWS's."""


def container_settings(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container definition, declared or found, with AWS's defaults filled in and without what is empty."""
    made = {key: container[key] for key in _COMPARED if key in container}
    made["essential"] = container.get("essential", True)
    if ports := container.get("portMappings"):
        # With awsvpc the host's port is the container's, and AWS writes it down either way.
        made["portMappings"] = sorted(
            ({"containerPort": one["containerPort"], "protocol": one.get("protocol", "tcp")} for one in ports),
            key=lambda one: (one["containerPort"], one["protocol"]),
        )
    for key in _BY_NAME:
        if made.get(key):
            made[key] = sorted(made[key], key=lambda one: str(one["name"]))
    if health := made.get("healthCheck"):
        made["healthCheck"] = {**_HEALTH, **health}
    return {key: value for key, value in _without_empty(made).items() if (key, value) != ("cpu", 0)}


def _without_empty(value: Any) -> Any:
    """The same data without empty lists, maps and texts, which AWS leaves out or adds as it likes."""
    if isinstance(value, Mapping):
        kept = {key: _without_empty(item) for key, item in value.items()}
        # The value of a variable may be empty; then it is the variable that counts.
        return {key: item for key, item in kept.items() if key == "value" or not _empty(item)}
    if isinstance(value, list | tuple):
        return [_without_empty(item) for item in value]
    return value


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def for_cloudformation(value: Any) -> Any:
    """The same data in CloudFormation's words, whose keys begin with a capital letter."""
    if isinstance(value, Mapping):
        return {
            key[:1].upper() + key[1:]: dict(item) if key in _OPEN else for_cloudformation(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [for_cloudformation(item) for item in value]
    return value
