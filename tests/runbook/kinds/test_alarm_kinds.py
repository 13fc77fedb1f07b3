"""Alarms, topics, addresses and request metrics: made in order, merged with what others have, taken out exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from one_section import actions, applied, declare, sent

from runbook.kinds.cloudwatch_alarm import Alarm
from runbook.kinds.kind import Owner
from runbook.kinds.s3 import Bucket
from runbook.kinds.s3_metrics import RequestMetrics
from runbook.kinds.sns_email import EmailSubscription
from runbook.kinds.sns_policy import TopicPolicy
from runbook.kinds.sns_topic import Topic, address_digest
from runbook.model import Resource, State, Usage, ref
from runbook.settings import Deployment

BUCKET, ACCOUNT = "karet-data-123456789012", "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:karet-alerts"
ARN = ref("n.topic", "arn")


def alarm(deployment: Deployment, **changes: Any) -> Alarm:
    queries = (
        {
            "Id": "r",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/S3",
                    "MetricName": "4xxErrors",
                    "Dimensions": [
                        {"Name": "FilterId", "Value": ref("n.metrics", "filter_id")},
                        {"Name": "BucketName", "Value": ref("s3.bucket", "name")},
                    ],
                },
                "Period": 300,
                "Stat": "Average",
            },
            "ReturnData": False,
        },
        {"Id": "share", "Expression": "FILL(r,0)", "Label": "share", "ReturnData": True},
    )
    return Alarm(
        id="n.alarm",
        owner=Owner(deployment.stack, 4),
        region=deployment.region,
        account=deployment.account or "",
        name="karet-bucket-4xx",
        description="Too much was refused.",
        queries=queries,
        threshold=changes.get("threshold", 0.05),
        periods=3,
        missing=changes.get("missing", "notBreaching"),
        actions=(ARN,),
    )


def resources(deployment: Deployment, **changes: Any) -> Sequence[Resource]:
    owner, account = Owner(deployment.stack, 4, tags={"team": "blue"}), deployment.account or ""
    where: dict[str, Any] = {"owner": owner, "region": deployment.region, "account": account}
    address = changes.get("address", "")
    statement = {
        "Sid": "KaretAlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ARN,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    alerts: tuple[Resource, ...] = (
        Topic(id="n.topic", name="karet-alerts", title=changes.get("title", "Karet"), **where),
        TopicPolicy(id="n.policy", owner=owner, topic=ARN, account=account, statements=[statement]),
        EmailSubscription(id="n.email", owner=owner, wanted=bool(address), topic=ARN, address=address),
        alarm(deployment, **changes),
    )
    counted = changes.get("counted", True)
    metrics = RequestMetrics(
        id="n.metrics", owner=owner, wanted=counted, bucket=ref("s3.bucket", "name"), account=account
    )
    return (Bucket(id="s3.bucket", name=BUCKET, **where), metrics, *(alerts if counted else ()))


@pytest.fixture
def open_alerts(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_one(**changes: Any) -> Any:
        declare(monkeypatch, lambda deployment: resources(deployment, **changes))
        return open_runs()

    return open_one


def read(runs: Any, service: str, operation: str, **params: Any) -> dict[str, Any]:
    return dict(runs.place.session.read(service, operation, params))


def heard_by(runs: Any) -> dict[str, str]:
    found = read(runs, "sns", "ListSubscriptionsByTopic", TopicArn=TOPIC)["Subscriptions"]
    return {one["Endpoint"]: one["SubscriptionArn"] for one in found}


def statements(runs: Any) -> dict[str, Any]:
    policy = json.loads(read(runs, "sns", "GetTopicAttributes", TopicArn=TOPIC)["Attributes"]["Policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def told_to_wait(runs: Any) -> list[str]:
    result = runs.apply(runs.plan(), command="test")
    assert not [step for step in result.report.steps if step.became not in ("done", "waiting")]
    return [step.change.id for step in result.report.steps if step.became == "waiting"]


def test_topic_policy_and_metrics_come_before_the_alarm_and_a_second_plan_is_empty(open_alerts: Any) -> None:
    runs = open_alerts()
    order = [step.change.id for step in applied(runs).report.steps if step.change.action == "create"]
    assert order.index("n.topic") < order.index("n.policy")
    assert max(order.index("n.topic"), order.index("n.metrics")) < order.index("n.alarm")
    found = open_alerts().plan().found
    assert {one.change.action for one in found.values()} == {"none"}
    assert found["n.alarm"].state.settings["actions"] == [TOPIC]
    mine = {"karet:stack": "karet", "karet:section": "4"}
    assert found["n.topic"].state.tags == {**mine, "karet:id": "n.topic", "team": "blue"}
    assert found["n.alarm"].state.tags == {**mine, "karet:id": "n.alarm"}
    (one,) = read(runs, "cloudwatch", "DescribeAlarms")["MetricAlarms"]
    dimensions = {one["Name"]: one["Value"] for one in one["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"]}
    assert dimensions == {"BucketName": BUCKET, "FilterId": "karet-requests"}
    # What nothing declares is found by its tags, and in the buckets of the stack.
    look = runs.place.session.look()
    for kind in (Alarm, Topic, RequestMetrics):
        (stray,) = kind.strays(look, "karet")
        assert stray.stack == "karet", kind
        assert list(kind.strays(look, "other")) == []


def test_a_changed_threshold_is_one_call_that_keeps_the_state_of_the_alarm(open_alerts: Any) -> None:
    runs = open_alerts()
    applied(runs)
    name = "karet-bucket-4xx"
    fired = {"AlarmName": name, "StateValue": "ALARM", "StateReason": "by hand"}
    runs.place.session.send("cloudwatch", "SetAlarmState", fired)
    changed = open_alerts(threshold=0.5, missing="missing")
    assert sent(changed) == ["cloudwatch.PutMetricAlarm"]
    applied(changed)
    assert set(actions(open_alerts(threshold=0.5, missing="missing")).values()) == {"none"}
    (one,) = read(runs, "cloudwatch", "DescribeAlarms")["MetricAlarms"]
    assert (one["StateValue"], one["Threshold"]) == ("ALARM", 0.5)


def test_an_alarm_over_one_plain_metric_of_the_same_name_is_another_one(open_alerts: Any) -> None:
    runs = open_alerts()
    plain = {"MetricName": "4xxErrors", "Namespace": "AWS/S3", "Statistic": "Average", "Period": 300}
    made = {"AlarmName": "karet-bucket-4xx", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    runs.place.session.send("cloudwatch", "PutMetricAlarm", {**made, **plain, "Threshold": 1.0})
    change = next(one for one in runs.plan().plan.changes if one.id == "n.alarm")
    assert (change.action, "--adopt n.alarm" in change.stop) == ("adopt", True)
    assert "queries" in [one.setting for one in change.differences]


def test_statements_of_others_in_the_topic_policy_stay_and_the_owner_keeps_every_right(open_alerts: Any) -> None:
    runs = open_alerts()
    applied(runs)
    assert set(statements(runs)) == {"__default_statement_ID", "KaretAlarmsPublish"}
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "sns:Subscribe", "Resource": TOPIC}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    send = {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": policy}
    runs.place.session.send("sns", "SetTopicAttributes", send)
    again = open_alerts()
    assert sent(again) == ["sns.SetTopicAttributes"]
    applied(again)
    assert set(statements(runs)) == {"__default_statement_ID", "Theirs", "KaretAlarmsPublish"}
    state = open_alerts().plan().found["n.policy"].state
    assert state.foreign == ("policy statement Theirs",)
    (call,) = TopicPolicy.undo(state)
    kept = [one["Sid"] for one in call.params["AttributeValue"].document["Statement"]]
    assert kept == ["__default_statement_ID", "Theirs"]


def test_an_address_waits_for_a_person_once_and_is_no_difference_afterwards(open_alerts: Any) -> None:
    runs = open_alerts(address="ops@example.com")
    assert told_to_wait(runs) == ["n.email"]
    assert heard_by(runs) == {"ops@example.com": "PendingConfirmation"}
    planned = open_alerts(address="ops@example.com").plan()
    assert planned.plan.acting == ()
    change = planned.found["n.email"].change
    assert "nobody has confirmed it yet" in change.reason
    confirmed = {"TopicArn": TOPIC, "Token": "ops@example.com"}
    runs.place.session.send("sns", "ConfirmSubscription", confirmed)
    change = open_alerts(address="ops@example.com").plan().found["n.email"].change
    assert (change.action, change.reason) == ("none", "is as declared")


@pytest.mark.prove
@pytest.mark.parametrize("confirmed", [True, False])
def test_another_address_takes_the_place_of_the_old_one(open_alerts: Any, confirmed: bool) -> None:
    runs = open_alerts(address="old@example.com")
    told_to_wait(runs)
    theirs = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "theirs@example.com"}
    runs.place.session.send("sns", "Subscribe", theirs)
    runs.place.session.send("sns", "ConfirmSubscription", {"TopicArn": TOPIC, "Token": "theirs@example.com"})
    if confirmed:
        runs.place.session.send("sns", "ConfirmSubscription", {"TopicArn": TOPIC, "Token": "old@example.com"})
    assert told_to_wait(open_alerts(address="new@example.com")) == ["n.email"]
    heard = heard_by(runs)
    assert heard["new@example.com"] == "PendingConfirmation"
    assert heard["theirs@example.com"].startswith("arn:")
    # One that nobody confirmed cannot be unsubscribed; SNS drops it after two days.
    assert heard.get("old@example.com") == (None if confirmed else "PendingConfirmation")
    assert open_alerts(address="new@example.com").plan().plan.acting == ()


@pytest.mark.prove
@pytest.mark.parametrize("confirmed", [True, False])
def test_an_address_that_is_no_longer_wanted_is_given_up(open_alerts: Any, confirmed: bool) -> None:
    runs = open_alerts(address="old@example.com")
    told_to_wait(runs)
    if confirmed:
        runs.place.session.send("sns", "ConfirmSubscription", {"TopicArn": TOPIC, "Token": "old@example.com"})
    assert actions(open_alerts())["n.email"] == "delete"
    applied(open_alerts())
    assert ("old@example.com" in heard_by(runs)) is not confirmed
    assert open_alerts().plan().plan.acting == ()


def test_request_metrics_of_others_are_shown_and_outlive_ours(open_alerts: Any) -> None:
    runs = open_alerts()
    applied(runs)
    theirs = {"Bucket": BUCKET, "Id": "theirs", "MetricsConfiguration": {"Id": "theirs"}}
    runs.place.session.send("s3", "PutBucketMetricsConfiguration", theirs)
    state = open_alerts().plan().found["n.metrics"].state
    assert state.foreign == ("request metrics theirs",)
    filtered = {"Id": "karet-requests", "Filter": {"Prefix": "raw/"}}
    narrow = {"Bucket": BUCKET, "Id": "karet-requests", "MetricsConfiguration": filtered}
    runs.place.session.send("s3", "PutBucketMetricsConfiguration", narrow)
    assert sent(open_alerts()) == ["s3.PutBucketMetricsConfiguration"]
    applied(open_alerts())
    applied(open_alerts(counted=False))
    left = read(runs, "s3", "ListBucketMetricsConfigurations", Bucket=BUCKET)["MetricsConfigurationList"]
    assert [one["Id"] for one in left] == ["theirs"]
    assert read(runs, "cloudwatch", "DescribeAlarms")["MetricAlarms"] == []
    assert read(runs, "sns", "ListTopics").get("Topics", []) == []


def test_a_destroy_takes_all_of_it_and_tells_which_subscriptions_go_along(open_alerts: Any) -> None:
    runs = open_alerts(address="ops@example.com")
    told_to_wait(runs)
    theirs = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "theirs@example.com"}
    runs.place.session.send("sns", "Subscribe", theirs)
    destroy = open_alerts(address="ops@example.com").plan_destroy()
    told = [one.what for change in destroy.plan.changes for one in change.obstacles if change.id == "n.topic"]
    assert told == ["the subscription of email theirs@example.com"]
    result = open_alerts(address="ops@example.com").apply(destroy, command="test")
    assert result.report.outcome == "done"
    assert [one.kind for one in result.left] == ["Bucket"]
    assert read(runs, "sns", "ListTopics").get("Topics", []) == []
    assert read(runs, "sns", "ListSubscriptions").get("Subscriptions", []) == []


# -- pure -----------------------------------------------------------------------------------------------------------

DEPLOYMENT = Deployment(region="eu-west-1", tls="none", account=ACCOUNT)


def test_an_alarm_is_billed_for_every_metric_that_its_formula_looks_at() -> None:
    (line,) = alarm(DEPLOYMENT).cost(Usage())
    assert (line.rate, line.quantity) == ("cloudwatch.alarm_month", 1)
    metric = {"metric": "AWS/S3/4xxErrors"}
    state = State("ready", settings={"queries": [metric, metric, {"metric": ""}]})
    (found,) = Alarm.cost_found("x", state, Usage())
    assert found.quantity == 2


def test_request_metrics_are_billed_as_sixteen_metrics() -> None:
    metrics = next(one for one in resources(DEPLOYMENT) if isinstance(one, RequestMetrics))
    (line,) = metrics.cost(Usage())
    assert (line.rate, line.quantity) == ("cloudwatch.metric_month", Decimal(16))


def test_every_call_names_its_permissions_on_one_thing_and_cloudformation_says_the_same() -> None:
    made = {one.id: one for one in resources(DEPLOYMENT, address="ops@example.com")}
    types = {id_: part.type for id_, one in made.items() if (part := one.cloudformation())}
    assert types == {
        "s3.bucket": "AWS::S3::Bucket",
        "n.topic": "AWS::SNS::Topic",
        "n.policy": "AWS::SNS::TopicPolicy",
        "n.email": "AWS::SNS::Subscription",
        "n.alarm": "AWS::CloudWatch::Alarm",
        "n.metrics": "AWS::S3::Bucket",
    }
    needed = {
        permission.action
        for id_ in ("n.topic", "n.policy", "n.email", "n.alarm", "n.metrics")
        for call in made[id_].create(State.ABSENT)  # type: ignore[attr-defined]
        for permission in call.permissions
    }
    assert needed == {
        *("sns:CreateTopic", "sns:TagResource", "sns:SetTopicAttributes", "sns:Subscribe"),
        *("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "s3:PutMetricsConfiguration"),
    }


def test_an_address_is_recognised_by_a_digest_that_fits_into_a_tag() -> None:
    assert address_digest("a@b.cd") != address_digest("a@b.ce")
    assert address_digest("!#$%@b.cd").isalnum()
