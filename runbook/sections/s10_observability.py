"""Section 10, observability: log groups, three alarms, and a topic by which somebody hears of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook.kinds.kind import Owner
from runbook.kinds.logs import LogGroup
from runbook.kinds.s3_metrics import RequestMetrics
from runbook.kinds.sns_email import EmailSubscription
from runbook.kinds.sns_policy import TopicPolicy
from runbook.kinds.sns_topic import Topic
from runbook.model import Resource, Section, escape, ref
from runbook.sections.s10_alarms import METRICS, TOPIC, alarms
from runbook.sections.s10_checks import checks
from runbook.sections.s10_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment

POLICY, EMAIL = "alerts.topic-policy", "alerts.email"


def resources(deployment: Deployment) -> Sequence[Resource]:
    """A log group for each service, and unless alarms are switched off the alarms and all that they need."""
    return (*_log_groups(deployment), _request_metrics(deployment), *_alerts(deployment))


def _owner(deployment: Deployment) -> Owner:
    return Owner(deployment.stack, 10, tags=deployment.tags)


def _log_groups(deployment: Deployment) -> Iterator[Resource]:
    for service in SERVICES:
        yield LogGroup(
            id=f"logs.{service}",
            owner=_owner(deployment),
            name=deployment.log_group(service),
            region=deployment.region,
            account=deployment.account or "",
            retention_days=deployment.retention_days,
        )


def _request_metrics(deployment: Deployment) -> Resource:
    return RequestMetrics(
        id=METRICS,
        owner=_owner(deployment),
        wanted=deployment.alarms.enabled == "yes",
        bucket=ref("s3.bucket", "name"),
        account=deployment.account or "",
    )


def _alerts(deployment: Deployment) -> Iterator[Resource]:
    if deployment.alarms.enabled == "no":
        return
    owner, topic = _owner(deployment), ref(TOPIC, "arn")
    address = deployment.alarms.email
    yield Topic(
        id=TOPIC,
        owner=owner,
        name=deployment.alert_topic,
        region=deployment.region,
        account=deployment.account or "",
        title=f"Karet {deployment.stack}",
    )
    yield TopicPolicy(
        id=POLICY,
        owner=owner,
        topic=topic,
        account=deployment.account or "",
        statements=(_cloudwatch_may_publish(deployment),),
    )
    yield EmailSubscription(
        id=EMAIL, owner=owner, wanted=bool(address), topic=topic, address=escape(address or ""), after=(POLICY,)
    )
    yield from alarms(deployment)


def _cloudwatch_may_publish(deployment: Deployment) -> dict[str, Any]:
    """CloudWatch on behalf of alarms of this account and region; both are said, since the service serves everybody."""
    account = deployment.account or ""
    return {
        "Sid": "KaretAlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref(TOPIC, "arn"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{deployment.region}:{account}:alarm:*"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }


SECTION = Section(
    number=10,
    name="observability",
    title="Observability",
    text=read_text("s10_observability"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(157, 165),
)
