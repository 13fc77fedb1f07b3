"""Eventual consistency: codes that AWS answers for a while although all is well, and for how long to go on asking.

Each row is a documented or recorded behaviour. A row is only about sending the same call again; nothing else retries
a call that AWS has refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from runbook.errors import AwsError


@dataclass(frozen=True)
class Eventual:
    """One known transient refusal: where it occurs, how long it is worth asking again, and who says so."""

    service: str
    operation: str
    """A pattern: `Create*` stands for every operation that starts so."""
    code: str
    """A pattern, as for the operation."""
    text: str
    """A part of AWS's message that must occur; empty when the code alone is enough."""
    for_s: float
    source: str


TABLE: tuple[Eventual, ...] = (
    Eventual(
        "iam",
        "*",
        "NoSuchEntity",
        "",
        60,
        "AWS docs, IAM User Guide, Troubleshooting: changes are not always immediately visible; review 3.6, 2026-11",
    ),
    Eventual(
        "iam",
        "*",
        "MalformedPolicyDocument",
        "Invalid principal",
        120,
        "a role used as principal right after its creation; terraform-provider-aws iam/consts.go budgets 2 minutes",
    ),
    Eventual("iam", "DeleteRole", "DeleteConflict", "", 60, "detached policies stay visible; IAM as above"),
    Eventual(
        "s3", "*", "NoSuchBucket", "", 60, "AWS docs, S3 User Guide, data consistency model: bucket list is eventual"
    ),
    Eventual("s3", "*", "OperationAborted", "", 60, "AWS docs, S3 error responses: conflicting conditional operation"),
    Eventual("ec2", "*", "Invalid*.NotFound", "", 60, "AWS docs, EC2 API, Eventual consistency"),
    Eventual(
        "ec2", "Delete*", "DependencyViolation", "", 1200, "review Table F: security groups after their users, 20 min"
    ),
    Eventual("ec2", "DetachInternetGateway", "DependencyViolation", "", 600, "addresses stay mapped until NAT is gone"),
    Eventual("ec2", "ReleaseAddress", "InvalidIPAddress.InUse", "", 300, "review Table C.9: after the NAT gateway"),
    Eventual("ec2", "ReleaseAddress", "AuthFailure", "", 300, "review Table C.9: after the NAT gateway"),
    Eventual("ecs", "CreateService", "ClusterNotFoundException", "", 120, "terraform-provider-aws ecs/service.go"),
    Eventual(
        "ecs",
        "CreateService",
        "InvalidParameterException",
        "does not have an associated load balancer",
        120,
        "terraform-provider-aws ecs/service.go, serviceCreateWithRetry",
    ),
    Eventual(
        "ecs",
        "*",
        "InvalidParameterException",
        "Unable to assume the service linked role",
        120,
        "terraform-provider-aws ecs/service.go; pulumi-aws issue 1041",
    ),
    Eventual("ecs", "DeleteCluster", "ClusterContains*", "", 600, "tasks stop slowly; review Table F, service delete"),
    Eventual(
        "elbv2",
        "CreateListener",
        "UnsupportedCertificate",
        "",
        120,
        "right after issuance; terraform-provider-aws issue 41789",
    ),
    Eventual("elbv2", "DeleteTargetGroup", "ResourceInUse", "", 120, "listener removal is not visible at once"),
    Eventual(
        "acm", "DeleteCertificate", "ResourceInUseException", "", 600, "review Table C.8: in use until the ALB is gone"
    ),
    Eventual("servicediscovery", "Delete*", "ResourceInUse", "", 600, "terraform-provider-aws issue 4853"),
    Eventual("sqs", "CreateQueue", "*QueueDeletedRecently", "", 70, "botocore 1.44 service model, CreateQueue: 60 s"),
    Eventual(
        "secretsmanager",
        "CreateSecret",
        "InvalidRequestException",
        "scheduled for deletion",
        60,
        "review 9.4: even a forced delete is asynchronous",
    ),
)


_SPECIAL = re.compile(r"[][\\.^$*+?(){}|]")
"""Special both in Python's expressions and in those of `grep -E`."""


def rows_for(service: str, operation: str) -> tuple[Eventual, ...]:
    """The refusals of an operation that pass by themselves."""
    return tuple(row for row in TABLE if row.service == service and fnmatchcase(operation, row.operation))


def eventual(service: str, operation: str, error: AwsError) -> Eventual | None:
    """The row that says this refusal passes by itself; None when it will not."""
    for row in rows_for(service, operation):
        if fnmatchcase(error.code, row.code) and row.text.lower() in error.text.lower():
            return row
    return None


def refusals_that_pass(service: str, operation: str) -> tuple[str, float]:
    """The same for scripts: what such a refusal looks like as a line of text, and for how long it may come.

    Returns
    -------
    A regular expression for botocore's and the aws command's line, the same for Python and for `grep -E`, and seconds;
    an empty expression when no refusal of the operation passes.
    """
    rows = rows_for(service, operation)
    lines = []
    for row in rows:
        code = "[^)]*".join(_SPECIAL.sub(r"\\\g<0>", part) for part in row.code.split("*"))
        text = _SPECIAL.sub(r"\\\g<0>", row.text)
        lines.append(rf"\({code}\)" + (f".*{text}" if text else ""))
    return "|".join(lines), max((row.for_s for row in rows), default=0.0)
