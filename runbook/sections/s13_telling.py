"""Points of the checklist about who hears of what: the worker of an upload, people of alarms, the world of the name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runbook.kinds.cloudwatch_alarm import alarms_of
from runbook.kinds.route53 import records_at, zone_of
from runbook.kinds.sns_email import PENDING
from runbook.kinds.sns_topic import subscriptions_of
from runbook.kinds.sqs import NO_QUEUE
from runbook.model import Finding, Known, ReadOnlyAws
from runbook.sections.s13_reads import balancer_of
from runbook.settings import Deployment

_NO_SUCH = ("ParameterNotFound",)


def arrived(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 8: what the probe saw, and that nothing has become a dead letter since."""
    del known
    if deployment.events != "sqs":
        return Finding(
            "waiting",
            f'events = "{deployment.events}": nothing tells the worker of uploads, so no file was sent',
            "Start a job by hand and look at what comes of it; then sign this point.",
        )
    if not deployment.worker.count:
        return Finding(
            "waiting",
            "worker.count = 0: no worker takes up what is uploaded, so no file was sent",
            "Let a worker run with worker.count and `karet apply 13`; or sign that none shall.",
        )
    answer = aws.find("ssm", "GetParameter", _NO_SUCH, Name=deployment.proven_parameter("upload"))
    told = _document(answer["Parameter"]["Value"]) if answer else {}
    if not told.get("seen"):
        return Finding("failed", "no file of the runbook's own was seen at the worker", "Run `karet apply 13`.")
    queue = aws.find("sqs", "GetQueueUrl", NO_QUEUE, QueueName=deployment.dead_letter_queue)
    if queue is None:
        return Finding("failed", f"the queue {deployment.dead_letter_queue} does not exist", "Run `karet apply 8`.")
    names = ["ApproximateNumberOfMessages"]
    counted = aws.read("sqs", "GetQueueAttributes", QueueUrl=queue["QueueUrl"], AttributeNames=names)["Attributes"]
    if int(counted[names[0]]):
        return Finding(
            "failed",
            f"{told['seen']}; but {deployment.dead_letter_queue} is not empty",
            "Look at its messages and at the poller's lines in the worker's log group.",
        )
    return Finding("passed", f"at {told['at']}, within {told['seconds']} s: {told['seen']}; no dead letters now")


def _document(value: str) -> Mapping[str, Any]:
    try:
        found = json.loads(value)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def alarms(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Each alarm of the stack is switched on and tells a topic, and somebody has subscribed to that."""
    del known
    if deployment.alarms.enabled == "no":
        return Finding(
            "waiting",
            'alarms.enabled = "no": section 10 makes no alarm, so nobody is told when something breaks',
            "Sign this point if somebody else watches, or set alarms.enabled to yes.",
        )
    found = alarms_of(aws, deployment.stack)
    if not found:
        return Finding("failed", "there is no alarm of this stack", "Run `karet apply 10`.")
    names = sorted(one["AlarmName"] for one in found)
    silent = sorted(one["AlarmName"] for one in found if not (one.get("ActionsEnabled") and one.get("AlarmActions")))
    if silent:
        return Finding("failed", f"{', '.join(silent)} tells nobody", "Run `karet apply 10`.")
    topics = sorted({action for one in found for action in one["AlarmActions"] if ":sns:" in action})
    heard = [one for topic in topics for one in subscriptions_of(aws, topic) if one["SubscriptionArn"] != PENDING]
    about = f"{', '.join(names)} tell {', '.join(topic.rpartition(':')[2] for topic in topics) or 'no topic'}"
    if not heard:
        return Finding(
            "waiting",
            f"{about}, and nobody has a confirmed subscription there",
            "Set alarms.email and confirm the mail that comes, or subscribe whoever shall hear it; or sign this point.",
        )
    return Finding("passed", f"{about}, with {len(heard)} confirmed subscriptions")


def name(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """The record of the domain is an alias of the load balancer."""
    del known
    if deployment.domain is None:
        return Finding("passed", "no domain is set: visitors use the load balancer's own name")
    target = balancer_of(deployment, aws).get("DNSName", "").lower()
    if not target:
        return Finding("failed", "no load balancer stands before the web service", "Run `karet apply 7`.")
    zone = zone_of(aws, deployment.domain, deployment.hosted_zone or "")
    if not zone:
        return Finding(
            "waiting",
            f"no zone of this account holds {deployment.domain}, so its record cannot be read here",
            f"At your DNS provider set: {deployment.domain} CNAME {target}; then sign this point.",
        )
    records = records_at(aws, zone, deployment.domain, ("A",))
    aliases = [one.get("AliasTarget", {}).get("DNSName", "").lower().rstrip(".") for one in records]
    if [one.removeprefix("dualstack.") for one in aliases] != [target.rstrip(".")]:
        told = ", ".join(aliases) or "nothing"
        return Finding("failed", f"{deployment.domain} leads to {told}, and not to {target}", "Run `karet apply 7`.")
    asked = aws.read("route53", "TestDNSAnswer", HostedZoneId=zone, RecordName=f"{deployment.domain}.", RecordType="A")
    if not asked.get("RecordData"):
        return Finding("failed", f"Route 53 answers {deployment.domain} with {asked.get('ResponseCode')}")
    return Finding("passed", f"{deployment.domain} is an alias of {target}, and Route 53 answers with addresses")
