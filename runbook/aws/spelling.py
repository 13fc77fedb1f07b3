"""How the aws command line and boto3 spell AWS's names of services, operations and parameters."""

from __future__ import annotations

from botocore import xform_name

_COMMANDS = {"s3": "s3api", "codedeploy": "deploy", "config": "configservice"}
"""Services whose low-level command has another name (AWS CLI Command Reference, 1.45)."""


def cli_service(service: str) -> str:
    """The command of a service, such as `s3api`."""
    return _COMMANDS.get(service, service)


def cli_name(name: str) -> str:
    """An operation or a parameter on the command line, such as `create-db-instance`."""
    return str(xform_name(name, "-"))


def python_name(operation: str) -> str:
    """The method of a boto3 client, such as `create_db_instance`."""
    return str(xform_name(operation))
