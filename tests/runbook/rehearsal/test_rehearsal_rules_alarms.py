"""The rules about alarms and topics bite real clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_hand_clock import HandClock

TOPIC = "arn:aws:sns:us-east-1:123456789012:karet-alerts"
MADE = {
    "AlarmName": "karet-web-5xx",
    "Metrics": [
        {
            "Id": "r",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount"},
                "Period": 300,
                "Stat": "Sum",
            },
            "ReturnData": False,
        },
        {"Id": "share", "Expression": "FILL(r,0)", "ReturnData": True},
    ],
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


@pytest.fixture
def cloudwatch(client: ClientFor) -> Any:
    return client("cloudwatch")


@pytest.fixture
def sns(client: ClientFor) -> Any:
    made = client("sns")
    made.create_topic(Name="karet-alerts", Tags=[{"Key": "a", "Value": "1"}])
    return made


def state(cloudwatch: Any) -> tuple[str, str]:
    (one,) = cloudwatch.describe_alarms(AlarmNamePrefix="karet-")["MetricAlarms"]
    return one["StateValue"], one["StateReason"]


@bites(
    "cloudwatch",
    "an alarm may watch nothing, a metric beside a list of metrics, or no or two results of a formula",
    "any word is accepted for what is done about missing data",
    "an action may be any text, and a topic in another region",
)
@pytest.mark.parametrize(
    "wrong",
    [
        {"Metrics": []},
        {"Namespace": "AWS/ECS"},
        {"Statistic": "Sum"},
        {"Metrics": [{"Id": "a", "Expression": "1"}, {"Id": "b", "Expression": "2"}]},
        {"Metrics": [{"Id": "a", "Expression": "1", "ReturnData": False}]},
        {"TreatMissingData": "fine"},
        {"AlarmActions": ["karet-alerts"]},
        {"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:karet-alerts"]},
    ],
)
def test_an_alarm_that_cannot_work_is_refused(cloudwatch: Any, wrong: dict[str, Any]) -> None:
    assert code_of(lambda: cloudwatch.put_metric_alarm(**{**MADE, **wrong})) == "ValidationError"
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


@bites(
    "cloudwatch",
    "no alarm is ever evaluated: judging each one once, a minute after it was made, without any data",
)
@pytest.mark.parametrize(
    ("treated", "ends"),
    [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "INSUFFICIENT_DATA")],
)
def test_a_new_alarm_has_too_little_data_and_is_judged_after_a_minute(
    cloudwatch: Any, hand_clock: HandClock, treated: str, ends: str
) -> None:
    cloudwatch.put_metric_alarm(**{**MADE, "TreatMissingData": treated})
    hand_clock.now += 59
    assert state(cloudwatch) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    hand_clock.now += 2
    assert state(cloudwatch)[0] == ends
    assert "Unchecked" not in state(cloudwatch)[1]


@bites(
    "cloudwatch",
    "changing an alarm resets its state and takes tags: noting both before",
    "a new alarm is OK at once; changing one resets its state and takes tags: keeping both",
)
def test_changing_an_alarm_keeps_its_state_and_ignores_tags(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**MADE, Tags=[{"Key": "a", "Value": "1"}])
    cloudwatch.set_alarm_state(AlarmName=MADE["AlarmName"], StateValue="ALARM", StateReason="by hand")
    cloudwatch.put_metric_alarm(**{**MADE, "Threshold": 2.0}, Tags=[{"Key": "b", "Value": "2"}])
    assert state(cloudwatch) == ("ALARM", "by hand")
    (one,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert one["Threshold"] == 2.0
    assert cloudwatch.list_tags_for_resource(ResourceARN=one["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "1"}]


@bites("cloudwatch", "the tags of a deleted alarm come back with its name", "an alarm that does not exist has tags")
def test_a_deleted_alarm_takes_its_tags_along(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**MADE, Tags=[{"Key": "a", "Value": "1"}])
    (one,) = cloudwatch.describe_alarms()["MetricAlarms"]
    cloudwatch.delete_alarms(AlarmNames=[MADE["AlarmName"]])
    arn = one["AlarmArn"]
    assert code_of(lambda: cloudwatch.list_tags_for_resource(ResourceARN=arn)) == "ResourceNotFoundException"
    cloudwatch.put_metric_alarm(**MADE)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def published(client: ClientFor) -> list[dict[str, Any]]:
    url = client("sqs").get_queue_url(QueueName="ears")["QueueUrl"]
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(one["Body"])["Message"]) for one in found]


@bites("cloudwatch", "an alarm that changes its state tells nobody: publishing to its topics, as their policies allow")
def test_an_alarm_tells_its_topic_as_far_as_the_policy_lets_it(client: ClientFor, cloudwatch: Any, sns: Any) -> None:
    queue = client("sqs").create_queue(QueueName="ears")["QueueUrl"]
    asked = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    ears = client("sqs").get_queue_attributes(**asked)["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=ears)
    cloudwatch.put_metric_alarm(**MADE, AlarmActions=[TOPIC])

    def fire() -> list[dict[str, Any]]:
        cloudwatch.set_alarm_state(AlarmName=MADE["AlarmName"], StateValue="ALARM", StateReason="by hand")
        return published(client)

    assert [one["NewStateValue"] for one in fire()] == ["ALARM"]
    for who, heard in (("123456789012", 1), ("999999999999", 0)):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": TOPIC,
            "Condition": {"StringEquals": {"aws:SourceAccount": who}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)
        assert len(fire()) == heard
    cloudwatch.set_alarm_state(AlarmName=MADE["AlarmName"], StateValue="OK", StateReason="no action for it")
    assert published(client) == []


@bites(
    "sns",
    "a mail address is confirmed at once: leaving it pending",
    "a mail address is confirmed at once: listing it without an ARN",
    "a mail address is confirmed at once: confirming it, with the address as the token",
    "what is no ARN can be unsubscribed, such as a pending subscription",
)
def test_a_mail_address_waits_until_it_is_confirmed_and_can_be_unsubscribed_only_then(sns: Any) -> None:
    made = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "ops@example.com"}

    def listed() -> list[str]:
        return [one["SubscriptionArn"] for one in sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]]

    assert sns.subscribe(**made)["SubscriptionArn"] == "pending confirmation"
    assert sns.subscribe(**made, ReturnSubscriptionArn=True)["SubscriptionArn"].startswith(f"{TOPIC}:")
    assert listed() == ["PendingConfirmation"]
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    assert code_of(lambda: sns.unsubscribe(SubscriptionArn="PendingConfirmation")) == "InvalidParameter"
    arn = sns.confirm_subscription(TopicArn=TOPIC, Token="ops@example.com")["SubscriptionArn"]
    assert listed() == [arn]
    assert sns.subscribe(**made)["SubscriptionArn"] == arn
    sns.unsubscribe(SubscriptionArn=arn)
    assert listed() == []


@bites("sns", "any text is accepted as a mail address")
@pytest.mark.parametrize("address", ["ops", "ops@", "@example.com", "ops@example"])
def test_what_is_no_mail_address_is_refused(sns: Any, address: str) -> None:
    refused = code_of(lambda: sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=address))
    assert refused == "InvalidParameter"


@bites("sns", "a topic that exists is created again with other tags, which are lost")
def test_a_topic_is_made_again_with_the_same_tags_only(sns: Any) -> None:
    assert sns.create_topic(Name="karet-alerts", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"] == TOPIC
    assert sns.create_topic(Name="karet-alerts")["TopicArn"] == TOPIC
    other = [{"Key": "a", "Value": "2"}]
    assert code_of(lambda: sns.create_topic(Name="karet-alerts", Tags=other)) == "InvalidParameter"


@bites("sns", "any document is accepted as a topic policy")
@pytest.mark.parametrize("text", ["{", "{}", '{"Statement": [{"Effect": "Allow", "Action": "sns:Publish"}]}'])
def test_a_malformed_topic_policy_is_refused(sns: Any, text: str) -> None:
    refused = code_of(lambda: sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=text))
    assert refused == "InvalidParameter"
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="DisplayName", AttributeValue="Karet")
