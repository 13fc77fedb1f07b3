"""The rules about queues and about what a bucket reports to them bite real clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_hand_clock import HandClock

BUCKET = "karet-data-123456789012"
ARN = "arn:aws:sqs:us-east-1:123456789012:karet-uploads"


def policy(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ARN,
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"},
            "StringEquals": {"aws:SourceAccount": "123456789012"},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def entry(name: str = "ours", prefix: str = "", suffix: str = "", events: str = "s3:ObjectCreated:*") -> dict[str, Any]:
    rules = [{"Name": key, "Value": value} for key, value in (("prefix", prefix), ("suffix", suffix)) if value]
    made = {"Id": name, "QueueArn": ARN, "Events": [events]}
    return {**made, "Filter": {"Key": {"FilterRules": rules}}} if rules else made


@pytest.fixture
def s3(client: ClientFor) -> Any:
    made = client("s3")
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture
def queue(client: ClientFor) -> str:
    made = client("sqs").create_queue(QueueName="karet-uploads", Attributes={"Policy": policy()})
    return str(made["QueueUrl"])


def put(s3: Any, *entries: dict[str, Any], **more: Any) -> str:
    configuration = {"QueueConfigurations": list(entries), **more}
    return code_of(
        lambda: s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)
    )


def bodies(client: ClientFor, queue: str) -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


NO_WAY_IN = "a report to a queue is accepted that does not exist, does not let S3 in, or is under the AWS managed key"


@bites("s3", NO_WAY_IN)
def test_a_report_to_a_queue_that_does_not_exist_is_refused(s3: Any) -> None:
    assert put(s3, entry()) == "InvalidArgument"


@bites("s3", NO_WAY_IN)
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"Policy": policy(Effect="Deny")},
        {"Policy": policy(Action="sqs:ReceiveMessage")},
        {"Policy": policy(Principal={"Service": "sns.amazonaws.com"})},
        {"Policy": policy(Resource=f"{ARN}-other")},
        {"Policy": policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}})},
        {"Policy": policy(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})},
        {"Policy": policy(), "KmsMasterKeyId": "alias/aws/sqs"},
    ],
)
def test_a_report_to_a_queue_that_s3_cannot_write_to_is_refused(
    s3: Any, client: ClientFor, attributes: dict[str, str]
) -> None:
    client("sqs").create_queue(QueueName="karet-uploads", Attributes=attributes)
    assert put(s3, entry()) == "InvalidArgument"


def test_a_report_to_a_queue_that_lets_s3_in_is_tried_and_then_delivered(
    s3: Any, client: ClientFor, queue: str
) -> None:
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [entry(prefix="raw/", suffix=".csv")]}
    )
    assert [one["Event"] for one in bodies(client, queue)] == ["s3:TestEvent"]
    for key in ("raw/a b+ü.csv", "raw/a.txt", "other.csv"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    (body,) = bodies(client, queue)
    assert body["Records"][0]["s3"]["object"]["key"] == "raw%2Fa+b%2B%C3%BC.csv"
    assert body["Records"][0]["eventName"] == "ObjectCreated:Put"


@bites("s3", "two reports may cover the same event of the same keys")
@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (entry("a"), entry("b"), "InvalidArgument"),
        (entry("a", "raw/"), entry("b", "raw/x/"), "InvalidArgument"),
        (entry("a", "raw/", ".csv"), entry("b", "raw/", "v"), "InvalidArgument"),
        (entry("a", events="s3:ObjectCreated:Put"), entry("b"), "InvalidArgument"),
    ],
)
@pytest.mark.usefixtures("queue")
def test_reports_that_overlap_are_refused(s3: Any, one: Any, other: Any, code: str) -> None:
    assert put(s3, one, other) == code


@pytest.mark.usefixtures("queue")
def test_reports_beside_each_other_are_accepted(s3: Any) -> None:
    beside = [
        entry("a", "raw/", ".csv"),
        entry("b", "raw/", ".json"),
        entry("c", "clean/"),
        entry("d", events="s3:ObjectRemoved:*"),
    ]
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": beside})
    found = s3.get_bucket_notification_configuration(Bucket=BUCKET)["QueueConfigurations"]
    assert [one["Id"] for one in found] == ["a", "b", "c", "d"]


@bites(
    "s3",
    "that a bucket reports to EventBridge is not told afterwards: keeping it",
    "that a bucket reports to EventBridge is not told afterwards: answering it",
)
@pytest.mark.usefixtures("queue")
def test_a_report_to_event_bridge_is_told_with_all_others(s3: Any) -> None:
    wanted = {"QueueConfigurations": [entry("a", "raw/")], "EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=wanted)
    found = s3.get_bucket_notification_configuration(Bucket=BUCKET)
    assert {name: found[name] for name in wanted} == wanted
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
    assert set(s3.get_bucket_notification_configuration(Bucket=BUCKET)) == {"ResponseMetadata"}


@bites(
    "sqs",
    "the name of a deleted queue is free at once: keeping when it was deleted",
    "the name of a deleted queue is free at once: refusing it for a while",
)
def test_the_name_of_a_deleted_queue_is_free_after_a_minute(
    client: ClientFor, queue: str, hand_clock: HandClock
) -> None:
    sqs = client("sqs")
    sqs.delete_queue(QueueUrl=queue)
    gone = "AWS.SimpleQueueService.QueueDeletedRecently"
    assert code_of(lambda: sqs.create_queue(QueueName="karet-uploads")) == gone
    sqs.create_queue(QueueName="another")
    hand_clock.now += 59
    assert code_of(lambda: sqs.create_queue(QueueName="karet-uploads")) == gone
    hand_clock.now += 2
    sqs.create_queue(QueueName="karet-uploads")


@bites("sqs", "any text is accepted as a queue policy")
@pytest.mark.parametrize("text", ["{", "{}", policy(Effect="Refuse"), policy(Principal=None)])
def test_a_malformed_queue_policy_is_refused(client: ClientFor, queue: str, text: str) -> None:
    sqs = client("sqs")
    attributes = {"Policy": text}
    refused = "InvalidAttributeValue"
    assert code_of(lambda: sqs.set_queue_attributes(QueueUrl=queue, Attributes=attributes)) == refused
    assert code_of(lambda: sqs.create_queue(QueueName="second", Attributes=attributes)) == refused
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


@bites("sqs", "setting any attribute takes the policy away")
def test_the_policy_stays_when_something_else_is_set(client: ClientFor, queue: str) -> None:
    sqs = client("sqs")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "77"})
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], json.loads(found["Policy"])) == ("77", json.loads(policy()))
