"""Section 3, IAM roles: one role for each service's tasks, and our own execution role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from runbook.kinds.iam import Role
from runbook.kinds.kind import Owner
from runbook.kinds.policy import document
from runbook.model import Check, Finding, Known, ReadOnlyAws, Resource, Section, ref
from runbook.sections.s03_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment, Service

_BUCKET = ref("s3.bucket", "arn")
_PULL_AND_LOG = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The worker's role, the web service's role, and the role with which ECS starts tasks."""
    owner = Owner(deployment.stack, 3, region=deployment.region, tags=deployment.tags)
    account = deployment.account or ""
    trust = _trust(deployment)

    def role(ending: str, name: str, description: str, **more: Any) -> Role:
        return Role(
            id=f"iam.{ending}", owner=owner, name=name, account=account, trust=trust, description=description, **more
        )

    return (
        role(
            "worker-role",
            deployment.worker_task_role,
            f"Tasks of the worker of the stack {deployment.stack}",
            policies={"data": document([*_bucket_access(deployment, "worker"), *_queue_access(deployment)])},
        ),
        role(
            "web-role",
            deployment.task_role,
            f"Tasks of the web service of the stack {deployment.stack}",
            policies={"data": document(_bucket_access(deployment, "web"))},
        ),
        role(
            "exec-role",
            deployment.exec_role,
            f"ECS starts tasks of the stack {deployment.stack} with it: images, logs, secrets",
            policies=_secrets_access(deployment),
            managed=(_PULL_AND_LOG,),
        ),
    )


def _trust(deployment: Deployment) -> dict[str, Any]:
    """Only ECS tasks of this account and region; without the conditions another account's ECS could be used."""
    account = deployment.account or ""
    return document(
        [
            {
                "Sid": "EcsTasks",
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{deployment.region}:{account}:*"},
                },
            }
        ]
    )


def _bucket_access(deployment: Deployment, service: Service) -> list[dict[str, Any]]:
    """What the application contract opens: listing by prefix on the bucket, objects by pattern."""
    keys = deployment.contract(service).s3
    listing: dict[str, Any] = {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": _BUCKET}
    if "*" not in keys.list_keys:
        listing["Condition"] = {"StringLike": {"s3:prefix": sorted(keys.list_keys)}}
    statements = [listing] if keys.list_keys else []
    for sid, action, patterns in (
        ("Read", "s3:GetObject", keys.read_keys),
        ("Write", "s3:PutObject", keys.write_keys),
        ("Delete", "s3:DeleteObject", keys.delete_keys),
    ):
        if patterns:
            resource = [f"{_BUCKET}/{pattern}" for pattern in sorted(patterns)]
            statements.append({"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource})
    return statements


def _queue_access(deployment: Deployment) -> list[dict[str, Any]]:
    """What the poller beside the worker does with the queue; both containers have the role of their task.

    It is part of the one policy on data: a policy of another name would stay on the role as somebody else's when the
    queue is not wanted any more.
    """
    if deployment.events != "sqs":
        return []
    actions = (
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    )
    resource = deployment.queue_arn(deployment.upload_queue, deployment.account or "")
    return [{"Sid": "Poll", "Effect": "Allow", "Action": list(actions), "Resource": resource}]


def _secrets_access(deployment: Deployment) -> Mapping[str, dict[str, Any]]:
    """Exactly the secrets that the task definitions name; Secrets Manager ends each ARN with six characters."""
    paths = sorted({path for service in SERVICES for path in deployment.secrets(service).values()})
    if not paths:
        return {}
    prefix = f"arn:aws:secretsmanager:{deployment.region}:{deployment.account or ''}:secret:"
    resource = [f"{prefix}{path}-??????" for path in paths]
    action = "secretsmanager:GetSecretValue"
    return {"secrets": document([{"Sid": "Read", "Effect": "Allow", "Action": action, "Resource": resource}])}


# -- checks ----------------------------------------------------------------------------------------------------------


def _nothing_added(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    added = [
        f"{role.name}: {entry}"
        for role in resources(deployment)
        if isinstance(role, Role)
        for entry in role.look(aws, known).foreign
    ]
    if added:
        return Finding("failed", "; ".join(added), "Remove what nobody can explain: tasks have these rights too.")
    return Finding("passed", "the three roles have our policies and no others")


def _may(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    role = deployment.task_role if service == "web" else deployment.worker_task_role
    keys = deployment.contract(service).s3
    account = deployment.account or ""
    wanted = {
        "s3:GetObject": keys.read_keys,
        "s3:PutObject": keys.write_keys,
        "s3:DeleteObject": keys.delete_keys,
    }
    wrong = []
    for action, patterns in wanted.items():
        for pattern in patterns:
            answer = aws.read(
                "iam",
                "SimulatePrincipalPolicy",
                PolicySourceArn=f"arn:aws:iam::{account}:role/{role}",
                ActionNames=[action],
                ResourceArns=[f"arn:aws:s3:::{deployment.bucket(account)}/{pattern.replace('*', 'probe')}"],
            )
            wrong += [
                f"{action} on {pattern} is {one['EvalDecision']}"
                for one in answer["EvaluationResults"]
                if one["EvalDecision"] != "allowed"
            ]
    if wrong:
        return Finding("failed", "; ".join(wrong), "Look for a boundary or an organisation policy that denies it.")
    return Finding("passed", f"IAM's simulation allows {role} what its contract asks for (advisory)")


def checks(deployment: Deployment) -> Sequence[Check]:
    """Nobody added rights, and IAM's own simulation agrees."""
    return (
        Check("iam.nothing-added", "The roles have no policies but ours", partial(_nothing_added, deployment)),
        *(
            Check(
                f"iam.{service}-may",
                f"The role of the {service} tasks may do what its contract asks for",
                partial(_may, deployment, service),
                not_rehearsed="the embedded AWS allows every action",
            )
            for service in SERVICES
        ),
    )


SECTION = Section(
    number=3,
    name="iam",
    title="IAM roles",
    text=read_text("s03_iam"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(42, 69),
)
