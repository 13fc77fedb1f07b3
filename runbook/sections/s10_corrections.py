"""Where section 10 does something other than the source document, about logs and alarms, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="10.1",
        document="Says that task definitions create the log groups.",
        runbook="Makes both groups, with retention, before the first task.",
        reason=(
            "The log driver makes none unless told to, the execution role may not, and the task then does not start."
        ),
        source="botocore 1.44 service model, ecs LogConfiguration; AWS managed policy AmazonECSTaskExecutionRolePolicy",
    ),
    Correction(
        number="10.2",
        document="Wants an alarm on the share of 5xx answers.",
        runbook=(
            "Computes it from the errors of load balancer and targets, fills gaps with zero, adds what the load "
            "balancer answers itself to the requests, and asks for a minimum of them."
        ),
        reason=(
            "There is no such metric: only counts, which are missing while they are zero; with few requests a single "
            "error is above one percent; and while no task is well, no request counts as one."
        ),
        source="AWS docs: CloudWatch metrics for your Application Load Balancer; Using metric math",
    ),
    Correction(
        number="10.3",
        document="Wants an alarm on the CPU of the task.",
        runbook="Watches the service of the worker, as an average over two periods of five minutes.",
        reason="ECS reports CPU by cluster and service.",
        source="AWS docs: Amazon ECS CloudWatch metrics",
    ),
    Correction(
        number="10.4",
        document="Uses 4xxErrors of the bucket without a threshold.",
        runbook="Switches request metrics on, names the filter in the alarm, and sets a share and a duration.",
        reason=(
            "The metric does not exist until request metrics are configured; they are billed, and begin after about a "
            "quarter of an hour."
        ),
        source="AWS docs: Monitoring metrics with Amazon CloudWatch, Amazon S3; content as of 2023-06",
    ),
    Correction(
        number="10.5",
        document="Alarms tell nobody.",
        runbook="Makes a topic, connects all alarms, and says while an address is not confirmed.",
        reason="An alarm without an action changes its colour in a console that nobody looks at.",
        source="AWS docs: Notifying users on alarm changes",
    ),
    Correction(
        number="10.6",
        document="Offers tracing by adding a collector.",
        runbook="Leaves it out.",
        reason=(
            "The application sends no traces, and the image of the collector cannot be pulled from its public "
            "registry in a network with endpoints only."
        ),
        source="public sources of karet and karet-worker, seen 2026-06; AWS docs: Amazon ECR interface VPC endpoints",
    ),
)
