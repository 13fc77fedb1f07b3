"""Where section 8 does something other than the source document, about upload events, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="8.1",
        document="Calls EventBridge with an API destination on an internal load balancer the simplest way.",
        runbook="Does not build it; sqs is the default, and eventbridge is refused with the reason.",
        reason=(
            "It needs HTTPS, a public name with a public certificate and a private connection through VPC Lattice; "
            "answers have to come within five seconds, or the job is started again."
        ),
        source="AWS docs: API destinations as targets in Amazon EventBridge, read 2026-11",
    ),
    Correction(
        number="8.2",
        document="Reports keys that begin with raw/.",
        runbook="Keeps that as default, compares it with app.upload_layout, and warns when no upload can match.",
        reason=(
            "Public builds put uploads below pipelines/<pipeline>/raw/; filters of S3 know no wildcards, so such keys "
            "never match."
        ),
        source="public sources of karet and karet-worker, seen 2026-06; AWS docs: Amazon S3 Event Notifications",
    ),
    Correction(
        number="8.3",
        document="Connects the notification to the queue and says no more.",
        runbook=(
            "Adds the queue policy first, encryption with the keys of SQS, a dead-letter queue, and a visibility "
            "longer than the longest job."
        ),
        reason=(
            "S3 tries the queue when the notification is set, cannot use a queue under the AWS managed KMS key, and a "
            "poison message would come back for ever."
        ),
        source=(
            "AWS docs: Granting permissions to publish event notification messages to a destination; Amazon SQS "
            "encryption at rest"
        ),
    ),
    Correction(
        number="8.4",
        document="Sets the notification of the bucket.",
        runbook="Reads what is set, merges its own entries by id, and takes out exactly those when undone.",
        reason="The call replaces the whole configuration, and with it the notifications of others.",
        source="botocore 1.44 service model, s3 PutBucketNotificationConfiguration",
    ),
    Correction(
        number="8.5",
        document="Mentions a small poller.",
        runbook=(
            "Brings one: it drops test messages, decodes keys, waits for quiet, extends the visibility while a job "
            "runs, and deletes last."
        ),
        reason=(
            "S3 sends keys URL-encoded, may send an event twice and in any order, and two runs of one pipeline at a "
            "time damage its output."
        ),
        source="AWS docs: Event message structure; Amazon S3 Event Notifications",
    ),
    Correction(
        number="8.6",
        document="Posts to a webhook path of the worker.",
        runbook="Takes the path from app.webhook_path and checks before deployment that the worker has it.",
        reason="No public build of the worker ever had that path; they have a job route with another body.",
        source="public source and history of karet-worker, 2026-06-08",
    ),
    Correction(
        number="8.7",
        document="Leaves open what happens to an upload that the worker refuses.",
        runbook=(
            "Counts an answer with errors in its body as refused, halves the batch until the bad message stands alone, "
            "and lets SQS move it away after five tries."
        ),
        reason=(
            "The job route answers 200 even when a job failed, and one bad file must neither be lost nor keep the "
            "others waiting."
        ),
        source="public source of karet-worker, 2026-06-08; AWS docs: Using dead-letter queues in Amazon SQS",
    ),
)
