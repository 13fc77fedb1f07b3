"""Whether an endpoint's policy lets through what a task needs: yes, no, or not to be told from the document alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from runbook.preflight.filters import Lets

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "ecr.api": ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    "ecr.dkr": ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
}
"""What a task does at each service.

Source: AWS docs: Amazon ECS task execution IAM role; Amazon ECR interface VPC endpoints. Seen 2026-11-23.
"""


def layer_bucket(region: str) -> str:
    """The bucket that ECR hands out layers from (AWS docs: Amazon ECR interface VPC endpoints)."""
    return f"prod-{region}-starport-layer-bucket"


def asked(service: str, *, region: str, bucket: str) -> tuple[tuple[str, str], ...]:
    """The actions at a service with their resources, as far as they are known; `*` for any."""
    if service == "s3":
        own = (("s3:GetObject", f"arn:*:s3:::{bucket}/x"),) if bucket else ()
        return (("s3:GetObject", f"arn:*:s3:::{layer_bucket(region)}/x"), *own)
    return tuple((action, "*") for action in _ACTIONS.get(service, ()))


def policy_lets(policy: Mapping[str, Any] | None, wanted: Iterable[tuple[str, str]]) -> tuple[Lets, str]:
    """Whether a policy lets all of these through.

    Returns
    -------
    The answer, and the first action that it is not yes for.
    """
    if policy is None:
        return "yes", ""
    worst: tuple[Lets, str] = ("yes", "")
    statements = _list(policy.get("Statement"))
    for action, resource in wanted:
        lets = _one(statements, action, resource)
        what = action if resource == "*" else f"{action} on {resource.rpartition(':')[2].removesuffix('/x')}"
        if lets == "no":
            return "no", what
        if lets == "partly":
            worst = "partly", what
    return worst


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _one(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> Lets:
    allowed: Lets = "no"
    refused = False
    for one in statements:
        if not _names_action(one, action):
            continue
        certain = not one.get("Condition") and _everybody(one) and _whole(one, resource)
        touches = (
            _whole(one, resource) or (resource == "*" and not one.get("NotResource")) or bool(one.get("NotResource"))
        )
        if one.get("Effect") == "Deny" and touches:
            if certain:
                return "no"
            refused = True
        elif one.get("Effect") == "Allow" and touches and allowed != "yes":
            allowed = "yes" if certain else "partly"
    return "partly" if allowed == "yes" and refused else allowed


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(fnmatchcase(action.lower(), str(one).lower()) for one in _list(statement["NotAction"]))
    return any(fnmatchcase(action.lower(), str(one).lower()) for one in _list(statement.get("Action")))


def _everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, Mapping) and "*" in _list(principal.get("AWS")))


def _whole(statement: Mapping[str, Any], resource: str) -> bool:
    """Whether the statement is about all of a resource; partitions are not told apart."""
    for one in _list(statement.get("Resource")):
        text = str(one)
        if text == "*" or (resource != "*" and fnmatchcase(resource.replace("arn:*:", "arn:aws:"), text)):
            return True
    return False
