"""Amazon SNS: a mail address waits until somebody confirms it, and a topic takes what its policy allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from runbook.rehearsal.rules.policy_documents import parsed, shape_problem, statements_of, texts_of
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

PENDING = "PendingConfirmation"
"""What stands in place of the ARN of a subscription that nobody has confirmed.

Source: botocore 1.44 service model: sns Subscription; AWS docs: Amazon SNS API reference, ListSubscriptionsByTopic.
"""

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SENDER = "cloudwatch.amazonaws.com"


def _backend(call: WireCall, world: World) -> Any:
    return world.backend("sns", call.region)


def _waits(subscription: Any) -> bool:
    return str(subscription.attributes.get(PENDING)).lower() == "true"


# -- subscriptions -----------------------------------------------------------------------------------------------------


def _no_address(call: WireCall, _: World) -> str | None:
    if call.params.get("Protocol") not in ("email", "email-json"):
        return None
    return None if _MAIL.fullmatch(str(call.params.get("Endpoint", ""))) else "Invalid parameter: Email address"


def _wait_for_confirmation(call: WireCall, world: World) -> Mapping[str, Any] | None:
    protocol, arn = call.params.get("Protocol"), call.params.get("TopicArn")
    backend = _backend(call, world)
    if protocol not in ("email", "email-json") or arn not in backend.topics:
        return None
    known = set(backend.subscriptions)
    one = backend.subscribe(arn, call.params["Endpoint"], protocol)
    if one.arn not in known:
        one.attributes |= {PENDING: "true", "ConfirmationWasAuthenticated": "false"}
    told = not _waits(one) or str(call.params.get("ReturnSubscriptionArn")).lower() == "true"
    return {"SubscriptionArn": one.arn if told else "pending confirmation"}


def _listed(call: WireCall, world: World) -> Mapping[str, Any] | None:
    backend, arn = _backend(call, world), call.params.get("TopicArn")
    if arn is not None and arn not in backend.topics:
        return None
    found = [one for one in backend.subscriptions.values() if arn in (None, one.topic.arn)]
    return {
        "Subscriptions": [
            {
                "SubscriptionArn": PENDING if _waits(one) else one.arn,
                "Owner": one.owner,
                "Protocol": one.protocol,
                "Endpoint": one.endpoint,
                "TopicArn": one.topic.arn,
            }
            for one in found
        ]
    }


def _confirm(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """A rehearsal sends no mail, so the address itself is the token of its confirmation."""
    for one in _backend(call, world).subscriptions.values():
        if (one.topic.arn, one.endpoint) == (call.params.get("TopicArn"), call.params.get("Token")) and _waits(one):
            one.attributes |= {PENDING: "false", "ConfirmationWasAuthenticated": "true"}
            return {"SubscriptionArn": one.arn}
    return None


def _no_arn(call: WireCall, _: World) -> str | None:
    arn = str(call.params.get("SubscriptionArn", ""))
    if len(arn.split(":")) >= 6:
        return None
    return f"Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not {len(arn.split(':'))}"


# -- topics -----------------------------------------------------------------------------------------------------------


def _other_tags(call: WireCall, world: World) -> str | None:
    name = str(call.params.get("Name", ""))
    topic = next((one for one in _backend(call, world).topics.values() if one.name == name), None)
    tags = {one["Key"]: one.get("Value", "") for one in call.params.get("Tags") or ()}
    if topic is None or all(topic._tags.get(key) == value for key, value in tags.items()):
        return None
    return "Invalid parameter: Tags Reason: Topic already exists with different tags"


def _policy_problem(call: WireCall, _: World) -> str | None:
    if call.params.get("AttributeName") != "Policy":
        return None
    problem = shape_problem(parsed(call.params.get("AttributeValue", "")), required=("Principal", "Action", "Resource"))
    return f"Invalid parameter: Policy Error: {problem}" if problem else None


def may_publish(topic: Any, source: str, account: str) -> bool:
    """Whether the policy of a topic lets CloudWatch publish on behalf of an alarm of an account."""
    return any(_lets_in(one, topic.arn, source, account) for one in statements_of(parsed(topic.policy)) or ())


def _lets_in(statement: Mapping[str, Any], topic: str, source: str, account: str) -> bool:
    principal = statement.get("Principal")
    named = (
        [*texts_of(principal.get("Service")), *texts_of(principal.get("AWS"))]
        if isinstance(principal, dict)
        else texts_of(principal)
    )
    said = {"aws:sourcearn": source, "aws:sourceaccount": account, "aws:sourceowner": account}
    conditions = [
        (str(key).lower(), texts_of(values))
        for keys in (statement.get("Condition") or {}).values()
        for key, values in keys.items()
    ]
    return (
        statement.get("Effect") == "Allow"
        and bool({_SENDER, "*"} & set(named))
        and any(fnmatchcase("sns:publish", action.lower()) for action in texts_of(statement.get("Action")))
        and any(fnmatchcase(topic, resource) for resource in texts_of(statement.get("Resource")))
        and all(key not in said or any(fnmatchcase(said[key], value) for value in values) for key, values in conditions)
    )


SNS_RULES: tuple[Rule, ...] = (
    Rule(
        service="sns",
        operations=("Subscribe",),
        code="InvalidParameter",
        gap="any text is accepted as a mail address",
        source="botocore 1.44 service model: sns Subscribe (Endpoint), error InvalidParameterException",
        refuse=_no_address,
    ),
    Rule(
        service="sns",
        operations=("Subscribe",),
        gap="a mail address is confirmed at once: leaving it pending",
        source="botocore 1.44 service model: sns Subscribe (the owner of the address confirms)",
        reply=_wait_for_confirmation,
    ),
    Rule(
        service="sns",
        operations=("ListSubscriptions", "ListSubscriptionsByTopic"),
        gap="a mail address is confirmed at once: listing it without an ARN",
        source="AWS docs: Amazon SNS API reference, ListSubscriptionsByTopic (PendingConfirmation)",
        reply=_listed,
    ),
    Rule(
        service="sns",
        operations=("ConfirmSubscription",),
        gap="a mail address is confirmed at once: confirming it, with the address as the token",
        source="botocore 1.44 service model: sns ConfirmSubscription; the token is the rehearsal's own",
        reply=_confirm,
    ),
    Rule(
        service="sns",
        operations=("Unsubscribe",),
        code="InvalidParameter",
        gap="what is no ARN can be unsubscribed, such as a pending subscription",
        source="github.com/crossplane-contrib/provider-upjet-aws issue 935 (AWS's words), seen 2026-11-23",
        refuse=_no_arn,
    ),
    Rule(
        service="sns",
        operations=("CreateTopic",),
        code="InvalidParameter",
        gap="a topic that exists is created again with other tags, which are lost",
        source="github.com/localstack/localstack issue 2405 (AWS's words), seen 2026-11-23",
        refuse=_other_tags,
    ),
    Rule(
        service="sns",
        operations=("SetTopicAttributes",),
        code="InvalidParameter",
        gap="any document is accepted as a topic policy",
        source="botocore 1.44 service model: sns SetTopicAttributes, error InvalidParameterException",
        refuse=_policy_problem,
    ),
)
