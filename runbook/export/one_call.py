"""One call as a person would make it without the runbook: as a command of the shell, or as Python with boto3."""

from __future__ import annotations

from runbook.calls import Call, Json
from runbook.export.python_call import boto3_call, python
from runbook.export.shell_call import aws_command, image_command, loop_command, remark


def as_aws_command(call: Call) -> str:
    """The call as one `aws` command; a reference such as `${network.vpc.id}` becomes `"${NETWORK_VPC_ID}"`.

    A secret is made on the spot and goes in through standard input, never through the argument list.

    Raises
    ------
    ExportError: AWS has no such operation, or the operation no such parameter.
    """
    if call.service == "image":
        return image_command(call)
    if call.service == "person":
        return remark(f"A person: {call.params.get('what', '')}\n{call.params.get('how', '')}")
    if call.service == "bulk":
        return loop_command(call)
    if call.service == "probe":
        return remark(f"A probe of the runbook, which the aws command cannot make: {call.name}")
    return aws_command(call)


def as_boto3(call: Call) -> str:
    """The call as an expression of Python; a reference such as `${network.vpc.id}` becomes `network_vpc_id`.

    Raises
    ------
    ExportError: AWS has no such operation.
    """
    if call.service in ("image", "person", "bulk", "probe"):
        return remark(f"{call.name}: not a call of boto3\n{python(Json(dict(call.params)))}")
    return boto3_call(call)
