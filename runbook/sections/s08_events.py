"""Section 8, events: an upload into the bucket reaches the worker through a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook.kinds.kind import Owner
from runbook.kinds.s3_notification import BucketNotification
from runbook.kinds.sqs import Queue
from runbook.kinds.sqs_policy import QueuePolicy
from runbook.model import Resource, Section, ref
from runbook.sections.s08_checks import checks
from runbook.sections.s08_corrections import CORRECTIONS
from runbook.sections.s08_rules import MOST_RECEIVES, visibility_s
from runbook.sections.text import read_text
from runbook.settings import Deployment

DEAD, QUEUE = "events.dead-letter-queue", "events.queue"
POLICY, NOTIFICATION = "events.queue-policy", "events.notification"

_DEAD_RETENTION_S = 14 * 86_400
"""The most that SQS offers. A message keeps the age that it had, so this is more than the queue's own four days."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """Both queues, the policy and the notification; without events only that the notification is not wanted."""
    if deployment.events != "sqs":
        return (_notification(deployment, wanted=False),)
    where: dict[str, Any] = {
        "owner": _owner(deployment),
        "region": deployment.region,
        "account": deployment.account or "",
    }
    return (
        Queue(
            id=DEAD,
            name=deployment.dead_letter_queue,
            visibility_s=30,
            retention_s=_DEAD_RETENTION_S,
            **where,
        ),
        Queue(
            id=QUEUE,
            name=deployment.upload_queue,
            visibility_s=visibility_s(deployment),
            dead_letters=ref(DEAD, "arn"),
            most_receives=MOST_RECEIVES,
            pollers=deployment.worker.count,
            **where,
        ),
        QueuePolicy(
            id=POLICY,
            owner=_owner(deployment),
            queue=ref(QUEUE, "url"),
            arn=ref(QUEUE, "arn"),
            statements=[_s3_may_send(deployment)],
        ),
        _notification(deployment, wanted=True),
    )


def _owner(deployment: Deployment) -> Owner:
    return Owner(deployment.stack, 8, tags=deployment.tags)


def _s3_may_send(deployment: Deployment) -> dict[str, Any]:
    """S3 on behalf of this bucket of this account; a bucket's ARN names no account, so both are said."""
    return {
        "Sid": "KaretS3Sends",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ref(QUEUE, "arn"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": ref("s3.bucket", "arn")},
            "StringEquals": {"aws:SourceAccount": deployment.account or ""},
        },
    }


def _notification(deployment: Deployment, *, wanted: bool) -> BucketNotification:
    return BucketNotification(
        id=NOTIFICATION,
        owner=_owner(deployment),
        wanted=wanted,
        bucket=ref("s3.bucket", "name"),
        account=deployment.account or "",
        queue=ref(QUEUE, "arn") if wanted else "",
        prefix=deployment.app.upload_prefix,
        suffix=deployment.app.upload_suffix,
        # S3 tries the queue at once, so its policy comes before.
        after=(POLICY,) if wanted else (),
    )


SECTION = Section(
    number=8,
    name="events",
    title="Upload events to the worker",
    text=read_text("s08_events"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(143, 153),
)
