"""Checks a call against botocore's service model before anything is sent: names, types, required members."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

from runbook.aws.models import LOADER
from runbook.calls import Call, File, Json, Secret, canonical, shown
from runbook.refs import Unknown

_lock = threading.Lock()

# IAM writes some services under another name than boto3 does (AWS docs: Service Authorization Reference, 2026-11).
_IAM_PREFIX = {
    "cloudwatch": "cloudwatch",
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
    "resourcegroupstaggingapi": "tag",
}


@lru_cache(maxsize=64)
def service_model(service: str) -> ServiceModel | None:
    """botocore's model of a service; None when boto3 knows no such service."""
    with _lock:
        try:
            return ServiceModel(LOADER.load_service_model(service, "service-2"), service_name=service)
        except UnknownServiceError:
            return None


def operation_model(service: str, operation: str) -> OperationModel | None:
    """botocore's model of an operation; None when the service or the operation does not exist."""
    model = service_model(service)
    try:
        return model.operation_model(operation) if model is not None else None
    except OperationNotFoundError:
        return None


def sendable(value: Any, secret: str = "x" * 32) -> Any:
    """Parameters in the types that botocore expects; secrets and files stand in as text of the right type."""
    if isinstance(value, Json):
        return canonical(shown(value.document))
    if isinstance(value, Secret | Unknown):
        return secret
    if isinstance(value, File):
        return b""
    if isinstance(value, dict):
        return {key: sendable(item, secret) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [sendable(item, secret) for item in value]
    return value


def problems(call: Call) -> list[str]:
    """What is wrong with a call as far as the service model can tell; empty when nothing is."""
    model = operation_model(call.service, call.operation)
    if model is None:
        return [f"{call.name}: boto3 has no such operation"]
    found: list[str] = []
    if model.input_shape is not None:
        report = ParamValidator().validate(sendable(call.params), model.input_shape)
        if report.has_errors():
            found.extend(f"{call.name}: {line}" for line in report.generate_report().splitlines())
    elif call.params:
        found.append(f"{call.name} takes no parameters, but {', '.join(call.params)} were given")
    if call.token and (model.input_shape is None or call.token not in model.input_shape.members):
        found.append(f"{call.name} has no parameter {call.token!r} to carry a client token")
    return found


def iam_action(service: str, operation: str) -> str:
    """The IAM action that an operation needs when nothing else is stated, such as `elasticloadbalancing:CreateRule`."""
    model = service_model(service)
    if service in _IAM_PREFIX or model is None:
        return f"{_IAM_PREFIX.get(service, service)}:{operation}"
    return f"{model.signing_name}:{operation}"
