"""The three alarms of section 10 as CloudWatch takes them: which figures, which formula, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook.kinds.cloudwatch_alarm import Alarm
from runbook.kinds.kind import Owner
from runbook.model import ref
from runbook.settings import Deployment

TOPIC = "alerts.topic"
METRICS = "s3.request-metrics"
WEB_ERRORS, WORKER_CPU, BUCKET_REFUSED = "alarms.web-5xx", "alarms.worker-cpu", "alarms.bucket-4xx"

_PERIOD_S = 300
"""Five minutes, as the source document says; S3 and ECS report every minute, so nothing falls between."""

_BALANCER = "AWS/ApplicationELB"


def alarms(deployment: Deployment) -> tuple[Alarm, ...]:
    """Errors of the web service, CPU of the worker, and what the bucket refuses."""
    made: dict[str, Any] = {
        "owner": Owner(deployment.stack, 10, tags=deployment.tags),
        "region": deployment.region,
        "account": deployment.account or "",
        "actions": (ref(TOPIC, "arn"),),
    }
    return (_web_errors(deployment, made), _worker_cpu(deployment, made), _bucket_refused(deployment, made))


def _web_errors(deployment: Deployment, made: Mapping[str, Any]) -> Alarm:
    """The share of failed requests among all, once there are enough to speak of a share.

    A count is not sent while it is zero, so each is filled. Requests that the load balancer answers itself, because no
    task is well, are in its errors and not in its requests, so both are added up: else the worst outage, where every
    request fails like that, would count as no traffic at all.

    Source
    ------
    AWS docs: CloudWatch metrics for your Application Load Balancer (RequestCount: only requests for which a target was
    chosen); Using metric math (FILL), seen 2026-11-23.
    """
    percent, least = deployment.alarms.errors_percent, deployment.alarms.errors_requests
    balancer = {"LoadBalancer": ref("balancer.load-balancer", "suffix")}
    every = "(FILL(requests,0)+FILL(refused,0))"
    failed = "(FILL(failed,0)+FILL(refused,0))"
    return Alarm(
        id=WEB_ERRORS,
        name=deployment.name("web-5xx"),
        description=f"More than {percent} % of at least {least} requests in 5 minutes ended in an error of the server.",
        queries=(
            _query("requests", _BALANCER, "RequestCount", "Sum", balancer),
            _query("failed", _BALANCER, "HTTPCode_Target_5XX_Count", "Sum", balancer),
            _query("refused", _BALANCER, "HTTPCode_ELB_5XX_Count", "Sum", balancer),
            {
                "Id": "share",
                "Expression": f"IF({every}>={least},100*{failed}/{every},0)",
                "Label": "failed requests in percent",
                "ReturnData": True,
            },
        ),
        threshold=percent,
        periods=1,
        # No data at all means that nobody asked for anything.
        missing="notBreaching",
        **made,
    )


def _worker_cpu(deployment: Deployment, made: Mapping[str, Any]) -> Alarm:
    percent = deployment.alarms.cpu_percent
    service = {"ClusterName": ref("services.cluster", "name"), "ServiceName": deployment.ecs_service("worker")}
    return Alarm(
        id=WORKER_CPU,
        name=deployment.name("worker-cpu"),
        description=f"The worker used more than {percent} % of its CPU for 10 minutes, as it does during large jobs.",
        queries=(_query("cpu", "AWS/ECS", "CPUUtilization", "Average", service, watched=True),),
        threshold=percent,
        periods=2,
        # No data means that no task runs; that is no good news, so the alarm says that it knows nothing.
        missing="missing",
        **made,
    )


def _bucket_refused(deployment: Deployment, made: Mapping[str, Any]) -> Alarm:
    percent = deployment.alarms.refused_percent
    # The average of 4xxErrors is the share of such answers, from 0 to 1 (AWS docs: Amazon S3 request metrics).
    bucket = {"BucketName": ref("s3.bucket", "name"), "FilterId": ref(METRICS, "filter_id")}
    return Alarm(
        id=BUCKET_REFUSED,
        name=deployment.name("bucket-4xx"),
        description=f"S3 answered more than {percent} % of the requests to the bucket with 4xx for 15 minutes.",
        queries=(_query("refused", "AWS/S3", "4xxErrors", "Average", bucket, watched=True),),
        threshold=percent / 100,
        periods=3,
        # No request, no refusal; and the metric begins a quarter of an hour after it is switched on.
        missing="notBreaching",
        **made,
    )


def _query(
    name: str, namespace: str, metric: str, stat: str, dimensions: Mapping[str, str], *, watched: bool = False
) -> dict[str, Any]:
    """One metric of an alarm."""
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": _PERIOD_S,
            "Stat": stat,
        },
        "ReturnData": watched,
    }
