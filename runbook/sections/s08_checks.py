"""What section 8 proves: S3 may write, S3 reports, and failures end where somebody sees them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from runbook.kinds.s3_notification import entry_prefix
from runbook.kinds.sqs import NO_QUEUE
from runbook.model import Check, Finding, Known, ReadOnlyAws, ref
from runbook.sections.s08_rules import MOST_RECEIVES, visibility_s
from runbook.settings import Deployment

_APPLY = "Run `karet apply 8`."


def _attributes(name: str, aws: ReadOnlyAws) -> dict[str, str]:
    answer = aws.find("sqs", "GetQueueUrl", NO_QUEUE, QueueName=name)
    if answer is None:
        return {}
    read = aws.find("sqs", "GetQueueAttributes", NO_QUEUE, QueueUrl=answer["QueueUrl"], AttributeNames=["All"])
    return dict((read or {}).get("Attributes", {}))


def _queue(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Times, encryption and redrive, as SQS tells them now."""
    del known
    account = deployment.account or ""
    found = _attributes(deployment.upload_queue, aws)
    if not found:
        return Finding("failed", f"the queue {deployment.upload_queue} does not exist", _APPLY)
    redrive = json.loads(found.get("RedrivePolicy") or "{}")
    wanted = {
        "hidden for": (found.get("VisibilityTimeout"), str(visibility_s(deployment))),
        "polls wait": (found.get("ReceiveMessageWaitTimeSeconds"), "20"),
        "encrypted with keys of SQS": (found.get("SqsManagedSseEnabled"), "true"),
        "dead letters go to": (
            redrive.get("deadLetterTargetArn"),
            deployment.queue_arn(deployment.dead_letter_queue, account),
        ),
        "after tries": (str(redrive.get("maxReceiveCount")), str(MOST_RECEIVES)),
    }
    wrong = [f"{what}: {is_} and not {want}" for what, (is_, want) in wanted.items() if is_ != want]
    if wrong:
        return Finding("failed", "; ".join(wrong), _APPLY)
    return Finding("passed", "; ".join(f"{what} {want}" for what, (_, want) in wanted.items()))


def _lets_s3_in(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    bucket = known.value(ref("s3.bucket", "arn"))
    statements = json.loads(_attributes(deployment.upload_queue, aws).get("Policy") or "{}").get("Statement", [])
    allowed = [one for one in statements if one.get("Effect") == "Allow"]
    ours = [one for one in allowed if _is_ours(one, bucket, deployment.account or "")]
    anybody = [one for one in allowed if one.get("Principal") in ("*", {"AWS": "*"}) and not one.get("Condition")]
    if not ours:
        return Finding("failed", f"no statement lets S3 send for {bucket}", _APPLY)
    if anybody:
        named = ", ".join(str(one.get("Sid", "without Sid")) for one in anybody)
        return Finding("failed", f"anybody may use the queue by the statement {named}", "Remove that statement.")
    return Finding("passed", f"S3 may send on behalf of {bucket} and account {deployment.account}")


def _is_ours(statement: dict[str, Any], bucket: Any, account: str) -> bool:
    conditions = statement.get("Condition", {})
    return (
        statement.get("Principal") == {"Service": "s3.amazonaws.com"}
        and statement.get("Action") in ("sqs:SendMessage", ["sqs:SendMessage"])
        and conditions.get("ArnLike", {}).get("aws:SourceArn") == bucket
        and conditions.get("StringEquals", {}).get("aws:SourceAccount") == account
    )


def _reported(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    account = deployment.account or ""
    answer = aws.read(
        "s3", "GetBucketNotificationConfiguration", Bucket=deployment.bucket(account), ExpectedBucketOwner=account
    )
    ours = [
        one
        for one in answer.get("QueueConfigurations", [])
        if str(one.get("Id", "")).startswith(entry_prefix(deployment.stack))
    ]
    arn = deployment.queue_arn(deployment.upload_queue, account)
    right = [one for one in ours if one["QueueArn"] == arn]
    if len(right) != 1 or len(ours) != 1:
        return Finding(
            "failed", f"{len(right)} of {len(ours)} entries of ours lead to {arn}; there has to be one", _APPLY
        )
    app = deployment.app
    where = f'keys that begin with "{app.upload_prefix}" and end with "{app.upload_suffix}"'
    return Finding("passed", f"{right[0]['Id']} reports {where} to {arn}; a new one takes about five minutes to work")


def _no_dead_letters(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    found = _attributes(deployment.dead_letter_queue, aws)
    if not found:
        return Finding("failed", f"the queue {deployment.dead_letter_queue} does not exist", _APPLY)
    count = sum(int(found.get(f"ApproximateNumberOfMessages{which}", 0)) for which in ("", "NotVisible", "Delayed"))
    if count:
        hint = "Look at the messages and at the poller's lines in the worker's log group, then redrive or purge them."
        return Finding("failed", f"about {count} messages were given up on", hint)
    return Finding("passed", "no message was given up on")


def checks(deployment: Deployment) -> Sequence[Check]:
    """The way of an upload, station by station; section 13 sends a real one through."""
    if deployment.events != "sqs":
        return ()
    return (
        Check("events.queue", "The queue hides, waits and gives up as declared", partial(_queue, deployment)),
        Check("events.s3-may-send", "S3 may put messages in, for this bucket alone", partial(_lets_s3_in, deployment)),
        Check("events.reported", "The bucket reports uploads to the queue", partial(_reported, deployment)),
        Check("events.no-dead-letters", "The dead-letter queue is empty", partial(_no_dead_letters, deployment)),
    )
