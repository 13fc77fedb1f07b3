"""Where section 11 does something other than the source document, about releases, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="11.1",
        document="Deploys a new tag by forcing a new deployment.",
        runbook="Registers a revision with the new digest and updates the service to it.",
        reason="That call takes no image: it starts the revision again that is running already.",
        source="botocore 1.44 service model, ecs UpdateService forceNewDeployment",
    ),
    Correction(
        number="11.2",
        document="Trusts rolling deployments and health checks.",
        runbook="Waits for its own deployment id and compares the digest of the tasks that run.",
        reason="A service that was rolled back becomes stable too, on the old revision.",
        source="botocore 1.44 service model, ecs Deployment rolloutState",
    ),
    Correction(
        number="11.3",
        document="Names a branch, and no way for the workflow to sign in to AWS.",
        runbook=(
            "Uses a role for GitHub through OpenID Connect, limited to one repository and branch, which is a setting."
        ),
        reason="Stored keys leak. The public repositories use another branch and another registry than the document.",
        source=(
            "GitHub docs: Configuring OpenID Connect in Amazon Web Services; public workflow of karet-worker, "
            "2026-06-08"
        ),
    ),
    Correction(
        number="11.4",
        document="Promises deployments without downtime.",
        runbook=(
            "Holds for users of the web application; a job of the worker that takes longer than two minutes to stop "
            "is cut off and repeated from the queue."
        ),
        reason="The worker does not react to SIGTERM, and Fargate waits two minutes at most.",
        source=(
            "public source of karet-worker, 2026-06-08; botocore 1.44 service model, ecs ContainerDefinition "
            "stopTimeout"
        ),
    ),
    Correction(
        number="11.5",
        document="Calls shell commands for ECS and load balancers CloudFormation.",
        runbook="Exports a template.",
        reason="CloudFormation is a service of its own that reads templates; single calls leave no stack behind.",
        source="AWS docs: What is AWS CloudFormation",
    ),
)
