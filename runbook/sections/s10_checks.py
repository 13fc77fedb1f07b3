"""What section 10 proves: logs are kept, figures are counted, alarms can be heard, and somebody hears them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from runbook.kinds.cloudwatch_alarm import alarms_of
from runbook.kinds.sns_email import PENDING
from runbook.kinds.sns_topic import subscriptions_of
from runbook.model import Check, Finding, Known, ReadOnlyAws, ref
from runbook.sections.s10_alarms import TOPIC, WORKER_CPU, alarms
from runbook.settings import SERVICES, Deployment

_APPLY = "Run `karet apply 10`."

_STARTS = timedelta(minutes=30)
"""How long a new alarm may know nothing: request metrics begin after about 15 minutes, then three periods of 5 pass.

Source: AWS docs: Monitoring metrics with Amazon CloudWatch, Amazon S3.
"""


def _kept(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    names = [deployment.log_group(service) for service in SERVICES]
    answer = aws.read("logs", "DescribeLogGroups", logGroupNamePrefix=f"/{deployment.stack}/")
    found = {one["logGroupName"]: one.get("retentionInDays") for one in answer["logGroups"]}
    missing = [name for name in names if name not in found]
    wrong = [
        f"{name} keeps {f'{found[name]} days' if found[name] else 'everything for ever'}"
        for name in names
        if name in found and found[name] != deployment.retention_days
    ]
    if missing or wrong:
        return Finding("failed", "; ".join([*(f"{name} does not exist" for name in missing), *wrong]), _APPLY)
    return Finding("passed", f"{' and '.join(names)} keep {deployment.retention_days} days")


def _insights(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    answer = aws.read("ecs", "DescribeClusters", clusters=[deployment.cluster], include=["SETTINGS"])
    active = [one for one in answer.get("clusters", []) if one["status"] == "ACTIVE"]
    if not active:
        return Finding("failed", f"the cluster {deployment.cluster} does not exist", "Run `karet apply 6`.")
    values = {one["name"]: one["value"] for one in active[0].get("settings", [])}
    is_, wanted = values.get("containerInsights", "disabled"), deployment.container_insights
    if is_ != wanted:
        return Finding("failed", f"Container Insights is {is_}, declared is {wanted}", "Run `karet apply 6`.")
    return Finding("passed", f"Container Insights is {is_}{', as the settings want' if is_ == 'disabled' else ''}")


def _counted(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del known
    account = deployment.account or ""
    bucket, id_ = deployment.bucket(account), deployment.request_metrics
    absent = ("NoSuchConfiguration", "NoSuchBucket")
    at = {"Bucket": bucket, "ExpectedBucketOwner": account, "Id": id_}
    found = aws.find("s3", "GetBucketMetricsConfiguration", absent, **at)
    if found is None:
        return Finding("failed", f"{bucket} has no request metrics {id_}", _APPLY)
    if found["MetricsConfiguration"].get("Filter"):
        return Finding(
            "failed", f"the request metrics {id_} of {bucket} leave out what their filter does not match", _APPLY
        )
    return Finding("passed", f"{bucket} counts every request as {id_}; new figures take a quarter of an hour to begin")


def _alarms(deployment: Deployment, aws: ReadOnlyAws) -> dict[str, dict[str, Any]]:
    return {one["AlarmName"]: one for one in alarms_of(aws, deployment.stack)}


def _heard(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Every alarm exists, is switched on, and tells the topic."""
    topic, found = known.value(ref(TOPIC, "arn")), _alarms(deployment, aws)
    names = [one.name for one in alarms(deployment)]
    wrong = [f"{name} does not exist" for name in names if name not in found]
    for name in names:
        one = found.get(name, {})
        if one and not one.get("ActionsEnabled"):
            wrong.append(f"the actions of {name} are switched off")
        if one and topic not in one.get("AlarmActions", []):
            wrong.append(f"{name} does not tell {topic}")
    if wrong:
        return Finding("failed", "; ".join(wrong), _APPLY)
    return Finding("passed", f"{', '.join(names)} tell {topic}")


def _now() -> datetime:
    return datetime.now(UTC)


def _informed(deployment: Deployment, aws: ReadOnlyAws, known: Known, *, now: Callable[[], datetime] = _now) -> Finding:
    """No alarm knows too little without a reason for it."""
    del known
    young_from = now() - _STARTS
    found = _alarms(deployment, aws)
    told, unexplained = [], []
    for alarm in alarms(deployment):
        one = found.get(alarm.name)
        if one is None:
            return Finding("failed", f"{alarm.name} does not exist", _APPLY)
        if one["StateValue"] != "INSUFFICIENT_DATA":
            told.append(f"{alarm.name} is {one['StateValue']}")
        elif why := _why_too_little(deployment, aws, alarm.id, one, young_from):
            told.append(f"{alarm.name} has too little data: {why}")
        else:
            unexplained.append(f"{alarm.name} has too little data since {one.get('StateUpdatedTimestamp')}")
    if unexplained:
        hint = "Look in CloudWatch whether the metric of that name has any data; then run `karet apply 10`."
        return Finding("failed", "; ".join([*unexplained, *told]), hint)
    return Finding("passed", "; ".join(told))


def _why_too_little(
    deployment: Deployment, aws: ReadOnlyAws, id_: str, alarm: dict[str, Any], young_from: datetime
) -> str:
    since = alarm.get("StateUpdatedTimestamp")
    if since is not None and since > young_from:
        return "it is new, or its data stopped less than half an hour ago"
    if id_ == WORKER_CPU:
        gone = ("ClusterNotFoundException", "ServiceNotFoundException")
        names = [deployment.ecs_service("worker")]
        answer = aws.find("ecs", "DescribeServices", gone, cluster=deployment.cluster, services=names) or {}
        if not sum(one.get("runningCount", 0) for one in answer.get("services", [])):
            return "no task of the worker runs"
    return ""


def _somebody(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Who hears of alarms; that a person has to do something is no failure."""
    topic = known.value(ref(TOPIC, "arn"))
    heard = [one for one in subscriptions_of(aws, topic) if one["SubscriptionArn"].startswith("arn:")]
    address = deployment.alarms.email
    if address and address not in [one["Endpoint"] for one in heard]:
        waits = [
            one
            for one in subscriptions_of(aws, topic)
            if (one["Endpoint"], one["SubscriptionArn"]) == (address, PENDING)
        ]
        if not waits:
            return Finding("failed", f"{address} is not subscribed to {deployment.alert_topic}", _APPLY)
        hint = "Open the mail from AWS Notifications there and follow its link; it is good for two days."
        return Finding("waiting", f"nobody has confirmed the mail to {address} yet, so it hears of no alarm", hint)
    if not heard:
        hint = "Set alarms.email and run `karet apply 10`, or subscribe what you like to the topic."
        return Finding("waiting", f"alarms go to {deployment.alert_topic}, which nobody listens to", hint)
    return Finding("passed", f"{', '.join(sorted(one['Endpoint'] for one in heard))} hear of alarms")


_METERED = "nothing is metered in a rehearsal, so no alarm ever has data"


def checks(deployment: Deployment) -> Sequence[Check]:
    """Logs and insights always; the rest where alarms are wanted."""
    kept = (
        Check("logs.kept", "Logs are kept as long as the settings say", partial(_kept, deployment)),
        Check("logs.insights", "Container Insights is as declared", partial(_insights, deployment)),
    )
    if deployment.alarms.enabled == "no":
        return kept
    return (
        *kept,
        Check("alarms.requests-counted", "The bucket counts requests", partial(_counted, deployment)),
        Check("alarms.heard", "Every alarm exists and tells the topic", partial(_heard, deployment)),
        Check("alarms.informed", "Every alarm has data or a reason for none", partial(_informed, deployment), _METERED),
        Check("alarms.somebody", "Somebody hears of alarms", partial(_somebody, deployment)),
    )
