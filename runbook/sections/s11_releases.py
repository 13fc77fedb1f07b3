"""Section 11, releases: how the next version reaches the stack, from here or from GitHub without a stored key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook.kinds.iam import Role, role_arn
from runbook.kinds.kind import Owner
from runbook.kinds.oidc_provider import OidcProvider
from runbook.kinds.policy import document
from runbook.model import Resource, Section, ref
from runbook.sections.s11_checks import AUDIENCE, GITHUB, checks, subject
from runbook.sections.s11_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment

PROVIDER, ROLE = "releases.provider", "releases.role"

_PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
"""Source: AWS docs: IAM permissions for pushing an image to an Amazon ECR private repository; DescribeImages tells the
digest."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The account's provider for GitHub and a role for one repository and branch; nothing while none is named."""
    if not deployment.github.repository:
        return ()
    account = deployment.account or ""
    return (
        OidcProvider(
            id=PROVIDER,
            owner=Owner(deployment.stack, 11, tags=deployment.tags),
            host=GITHUB,
            account=account,
            audiences=(AUDIENCE,),
        ),
        Role(
            id=ROLE,
            owner=Owner(deployment.stack, 11, region=deployment.region, tags=deployment.tags),
            name=deployment.github_role,
            account=account,
            description=f"GitHub releases the stack {deployment.stack} with it, from one repository and branch",
            trust=_trust(deployment),
            policies={"release": _policy(deployment)},
        ),
    )


def _trust(deployment: Deployment) -> dict[str, Any]:
    """Tokens for AWS, of pushes to one branch of one repository; without the subject all of GitHub could come."""
    return document(
        [
            {
                "Sid": "Github",
                "Effect": "Allow",
                "Principal": {"Federated": ref(PROVIDER, "arn")},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{GITHUB}:aud": AUDIENCE, f"{GITHUB}:sub": subject(deployment)}},
            }
        ]
    )


def _policy(deployment: Deployment) -> dict[str, Any]:
    """Exactly what the exported workflow calls, on exactly the things of this stack."""
    account, region = deployment.account or "", deployment.region
    ecs = f"arn:aws:ecs:{region}:{account}"
    repositories = [
        f"arn:aws:ecr:{region}:{account}:repository/{deployment.repository(part)}" for part in deployment.image_parts
    ]
    services = [f"{ecs}:service/{deployment.cluster}/{deployment.ecs_service(one)}" for one in SERVICES]
    families = [f"{ecs}:task-definition/{deployment.family(one)}:*" for one in SERVICES]
    cluster = {"ArnEquals": {"ecs:cluster": f"{ecs}:cluster/{deployment.cluster}"}}
    roles = [
        role_arn("aws", account, name)
        for name in (deployment.exec_role, deployment.task_role, deployment.worker_task_role)
    ]

    def allow(sid: str, action: str | Sequence[str], resource: str | Sequence[str], **more: Any) -> dict[str, Any]:
        return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **more}

    return document(
        [
            # Neither of these takes a resource (AWS Service Authorization Reference: Amazon ECR, Amazon ECS).
            allow("Login", "ecr:GetAuthorizationToken", "*"),
            allow("Register", ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"], "*"),
            allow("Push", list(_PUSH), repositories),
            allow(
                "Tag",
                "ecs:TagResource",
                families,
                Condition={"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
            ),
            allow("Deploy", ["ecs:DescribeServices", "ecs:UpdateService"], services),
            allow("Find", "ecs:ListTasks", "*", Condition=cluster),
            allow("Look", "ecs:DescribeTasks", f"{ecs}:task/{deployment.cluster}/*"),
            allow(
                "Pass",
                "iam:PassRole",
                roles,
                Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        ]
    )


SECTION = Section(
    number=11,
    name="releases",
    title="Releases",
    text=read_text("s11_releases"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(166, 175),
)
