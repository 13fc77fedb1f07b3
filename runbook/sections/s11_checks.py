"""What section 11 proves: one digest in registry, revision and tasks; the rollout is over; GitHub's role is limited."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from runbook.kinds.ecs_service import described_service
from runbook.kinds.oidc_provider import oidc_provider_arn
from runbook.kinds.policy import normalised
from runbook.model import Check, Finding, Known, ReadOnlyAws
from runbook.settings import SERVICES, Deployment, Service

GITHUB = "token.actions.githubusercontent.com"
"""Issuer of the tokens of GitHub's workflows (GitHub docs: Configuring OpenID Connect in Amazon Web Services)."""

AUDIENCE = "sts.amazonaws.com"
_AT_ONCE = 100
"""Tasks that one DescribeTasks takes (botocore 1.44 service model)."""
_NO_IMAGE = ("ImageNotFoundException", "RepositoryNotFoundException")
_APPLY = "`karet apply 6` brings the service up; `karet release` brings out a version."


def subject(deployment: Deployment) -> str:
    """The subject of a token for a push to the branch (GitHub docs: OpenID Connect reference)."""
    return f"repo:{deployment.github.repository}:ref:refs/heads/{deployment.github.branch}"


def _service(deployment: Deployment, service: Service, aws: ReadOnlyAws) -> dict[str, Any] | None:
    names = [deployment.ecs_service(one) for one in SERVICES]
    return described_service(aws, deployment.cluster, deployment.ecs_service(service), names)


def _one_digest(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    """Every image of the revision is in the registry, and every task runs it."""
    del known
    name = deployment.ecs_service(service)
    found = _service(deployment, service, aws)
    if found is None:
        return Finding("failed", f"there is no service {name}", _APPLY)
    read = aws.read("ecs", "DescribeTaskDefinition", taskDefinition=found["taskDefinition"], include=["TAGS"])
    images = {one["name"]: str(one["image"]) for one in read["taskDefinition"]["containerDefinitions"]}
    wrong = [text for image in images.values() if (text := _not_in_registry(deployment, image, aws))]
    tasks = _tasks(deployment, name, aws)
    wrong += [
        f"task {task['taskArn'].rpartition('/')[2][:8]} runs {one['name']} {one.get('imageDigest', 'without a digest')}"
        for task in tasks
        for one in task["containers"]
        if one["name"] in images and one.get("imageDigest") != images[one["name"]].partition("@")[2]
    ]
    if wrong:
        return Finding("failed", "; ".join(wrong), "Run `karet release` with the image that shall run.")
    digests = " and ".join(image.partition("@")[2] for image in images.values())
    return Finding(
        "passed", f"{len(tasks)} tasks of {name} run {digests}, which the revision names and the registry has"
    )


def _tasks(deployment: Deployment, name: str, aws: ReadOnlyAws) -> list[dict[str, Any]]:
    cluster = deployment.cluster
    arns = sorted(aws.read("ecs", "ListTasks", cluster=cluster, serviceName=name, desiredStatus="RUNNING")["taskArns"])
    return [
        task
        for at in range(0, len(arns), _AT_ONCE)
        for task in aws.read("ecs", "DescribeTasks", cluster=cluster, tasks=arns[at : at + _AT_ONCE])["tasks"]
    ]


def _not_in_registry(deployment: Deployment, image: str, aws: ReadOnlyAws) -> str:
    """What is wrong with an image; an image of somebody else's registry has to be named by its digest only."""
    name, _, digest = image.partition("@")
    if not digest:
        return f"{image} is not named by its digest"
    registry, _, repository = name.partition("/")
    if registry != deployment.registry(deployment.account or ""):
        return ""
    wanted = [{"imageDigest": digest}]
    answer = aws.find("ecr", "DescribeImages", _NO_IMAGE, repositoryName=repository, imageIds=wanted)
    return "" if (answer or {}).get("imageDetails") else f"the registry does not have {image}"


def _complete(deployment: Deployment, service: Service, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    name = deployment.ecs_service(service)
    found = _service(deployment, service, aws)
    if found is None:
        return Finding("failed", f"there is no service {name}", _APPLY)
    states = [f"{one['status']} {one.get('rolloutState', 'unknown')}" for one in found.get("deployments", [])]
    counts = f"{found['runningCount']} of {found['desiredCount']} tasks run"
    if states != ["PRIMARY COMPLETED"] or found["runningCount"] != found["desiredCount"]:
        return Finding("failed", f"deployments of {name}: {', '.join(states) or 'none'}; {counts}", _APPLY)
    return Finding("passed", f"the one deployment of {name} is completed; {counts}")


def _limited(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """The trust is exactly ours: one provider, one audience, one subject, nothing with a wildcard."""
    del known
    name = deployment.github_role
    answer = aws.find("iam", "GetRole", ("NoSuchEntity",), RoleName=name)
    if answer is None:
        return Finding("failed", f"there is no role {name}", "`karet apply 11` makes it.")
    trust = normalised(answer["Role"]["AssumeRolePolicyDocument"])["Statement"]
    provider = oidc_provider_arn("aws", deployment.account or "", GITHUB)
    wanted = {"StringEquals": {f"{GITHUB}:aud": [AUDIENCE], f"{GITHUB}:sub": [subject(deployment)]}}
    exact = [
        one
        for one in trust
        if one.get("Principal") == {"Federated": [provider]}
        and one.get("Action") == ["sts:AssumeRoleWithWebIdentity"]
        and one.get("Condition") == wanted
    ]
    if len(trust) != 1 or len(exact) != 1:
        return Finding("failed", f"{name} can be taken on by others than {subject(deployment)}", "`karet apply 11`.")
    return Finding("passed", f"only {subject(deployment)} can take on {name}")


def checks(deployment: Deployment) -> Sequence[Check]:
    """What runs is what was released, and nobody else can release."""
    return (
        *(
            Check(
                f"releases.{service}-digest",
                f"Registry, revision and tasks of the {service} service have the same image",
                partial(_one_digest, deployment, service),
            )
            for service in SERVICES
        ),
        *(
            Check(
                f"releases.{service}-complete",
                f"The rollout of the {service} service is over",
                partial(_complete, deployment, service),
            )
            for service in SERVICES
        ),
        *(
            (
                Check(
                    "releases.role-limited",
                    "GitHub's role is limited to one repository and branch",
                    partial(_limited, deployment),
                ),
            )
            if deployment.github.repository
            else ()
        ),
    )
