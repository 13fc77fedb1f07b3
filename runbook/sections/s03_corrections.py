"""Where section 3 does something other than the source document, about the roles, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="3.1",
        document="Gives permissions only, no trust policy.",
        runbook=(
            "Trusts ecs-tasks.amazonaws.com under two conditions: aws:SourceAccount is this account, aws:SourceArn is "
            "ECS in this region."
        ),
        reason=(
            "Without a trust policy no role can be created; without the conditions ECS could be made to use it for "
            "somebody else."
        ),
        source="AWS docs: Amazon ECS task IAM role",
    ),
    Correction(
        number="3.2",
        document=(
            "Grants listing, reading and writing in one statement on bucket and keys together, everywhere in the "
            "bucket."
        ),
        runbook=(
            "Lists on the bucket with a condition on the prefix; reads, writes and deletes on the key patterns of the "
            "application contract, one statement each."
        ),
        reason=(
            "s3:ListBucket has no effect on keys, and the other actions none on the bucket. The patterns make narrow "
            "permissions possible; their defaults are as wide as the document."
        ),
        source="AWS docs: Service Authorization Reference, Amazon S3",
    ),
    Correction(
        number="3.3",
        document="The web role may not delete.",
        runbook="Deleting is a setting, app.web.s3.delete_keys, empty by default.",
        reason="Public builds delete when a pipeline is removed or renamed and would be answered with AccessDenied.",
        source="public source of karet, seen 2026-06",
    ),
    Correction(
        number="3.4",
        document="Gives the execution role the AWS managed policy only, and lets it fetch a secret in section 6.",
        runbook="Adds a policy for reading the secrets of this stack.",
        reason=(
            "The managed policy covers pulling images and writing logs; without more, a task with secrets stops "
            "before it starts."
        ),
        source="AWS managed policy AmazonECSTaskExecutionRolePolicy; AWS docs: Amazon ECS task execution IAM role",
    ),
    Correction(
        number="3.5",
        document="Uses ecsTaskExecutionRole.",
        runbook="Makes an execution role of its own for the stack.",
        reason=(
            "The console makes one of that name for the whole account: it often exists, secrets given to it are open "
            "to every task, and removing it breaks others."
        ),
        source="AWS docs: Amazon ECS task execution IAM role",
    ),
    Correction(
        number="3.6",
        document="Goes on at once.",
        runbook=(
            "Makes the roles early and takes the complaint of ECS that it cannot use a role as passing for two minutes."
        ),
        reason="Changes in IAM take time until every part of AWS sees them.",
        source="AWS docs: IAM is eventually consistent; terraform-provider-aws waits up to two minutes",
    ),
    Correction(
        number="3.7",
        document="Does not mention iam:PassRole.",
        runbook="Lists it among the permissions of the operator, for these three roles and for ECS tasks only.",
        reason="Whoever registers a task definition hands its roles to ECS, and that needs a permission of its own.",
        source="AWS docs: Granting a user permissions to pass a role to an AWS service",
    ),
)
