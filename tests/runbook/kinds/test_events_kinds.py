"""Queues, their policies and what buckets report: made in order, merged with what others have, taken out exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_section import actions, applied, declare, sent

from runbook.kinds.kind import Owner
from runbook.kinds.s3 import Bucket
from runbook.kinds.s3_notification import BucketNotification
from runbook.kinds.s3_overlap import overlap
from runbook.kinds.sqs import Queue
from runbook.kinds.sqs_policy import QueuePolicy
from runbook.model import Json, Resource, Usage, ref
from runbook.rehearsal.embedded import Embedded
from runbook.settings import Deployment

BUCKET, ACCOUNT = "karet-data-123456789012", "123456789012"
ARN = "arn:aws:sqs:us-east-1:123456789012"


def resources(deployment: Deployment, **changes: Any) -> Sequence[Resource]:
    owner, account = Owner(deployment.stack, 4, tags={"team": "blue"}), deployment.account or ""
    where: dict[str, Any] = {"owner": owner, "region": deployment.region, "account": account}
    wanted = changes.get("wanted", True)
    bucket = Bucket(id="s3.bucket", name=BUCKET, **where)
    statement = {
        "Sid": "KaretS3Sends",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ref("q.queue", "arn"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": ref("s3.bucket", "arn")},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    queues: tuple[Resource, ...] = (
        Queue(id="q.dead", name="karet-uploads-dead", visibility_s=30, retention_s=1_209_600, **where),
        Queue(
            id="q.queue",
            name="karet-uploads",
            visibility_s=changes.get("visibility_s", 2700),
            dead_letters=ref("q.dead", "arn"),
            pollers=1,
            **where,
        ),
        QueuePolicy(
            id="q.policy",
            owner=owner,
            queue=ref("q.queue", "url"),
            arn=ref("q.queue", "arn"),
            statements=[{**statement, **changes.get("statement", {})}],
        ),
    )
    notification = BucketNotification(
        id="q.notification",
        owner=owner,
        wanted=wanted,
        bucket=ref("s3.bucket", "name"),
        account=account,
        queue=ref("q.queue", "arn") if wanted else "",
        prefix=changes.get("prefix", "raw/"),
        suffix=".csv",
        after=("q.policy",) if wanted else (),
    )
    return (bucket, *(queues if wanted else ()), notification)


@pytest.fixture
def open_events(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_one(**changes: Any) -> Any:
        declare(monkeypatch, lambda deployment: resources(deployment, **changes))
        return open_runs()

    return open_one


def reported(runs: Any) -> dict[str, Any]:
    return dict(runs.place.session.read("s3", "GetBucketNotificationConfiguration", {"Bucket": BUCKET}))


def foreign(runs: Any, *more: dict[str, Any]) -> None:
    """What others report from the bucket, put there beside whatever is there."""
    now = reported(runs)
    other = {"Id": "theirs", "TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Events": ["s3:ObjectRemoved:*"]}
    configuration = {
        "QueueConfigurations": [*now.get("QueueConfigurations", []), *more],
        "TopicConfigurations": [other],
        "EventBridgeConfiguration": {},
    }
    runs.place.session.send(
        "s3", "PutBucketNotificationConfiguration", {"Bucket": BUCKET, "NotificationConfiguration": configuration}
    )


def attributes(runs: Any, name: str = "karet-uploads") -> dict[str, str]:
    url = runs.place.session.read("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
    asked = {"QueueUrl": url, "AttributeNames": ["All"]}
    return dict(runs.place.session.read("sqs", "GetQueueAttributes", asked)["Attributes"])


def test_queue_and_policy_come_before_the_notification_and_a_second_plan_is_empty(open_events: Any) -> None:
    runs = open_events()
    order = [step.change.id for step in applied(runs).report.steps if step.change.action == "create"]
    assert order.index("q.dead") < order.index("q.queue") < order.index("q.policy") < order.index("q.notification")
    assert set(actions(open_events()).values()) == {"none"}
    found = attributes(runs)
    assert (found["VisibilityTimeout"], found["ReceiveMessageWaitTimeSeconds"]) == ("2700", "20")
    assert (found["SqsManagedSseEnabled"], f'"{ARN}:karet-uploads-dead"' in found["RedrivePolicy"]) == ("true", True)
    (entry,) = reported(runs)["QueueConfigurations"]
    assert (entry["Id"], entry["QueueArn"]) == ("karet:karet:uploads", f"{ARN}:karet-uploads")
    state = open_events().plan().found["q.queue"].state
    assert state.tags == {"karet:stack": "karet", "karet:section": "4", "karet:id": "q.queue", "team": "blue"}


def test_the_queue_is_encrypted_and_tagged_in_the_call_that_makes_it(open_events: Any) -> None:
    plan = open_events().plan().plan
    (call,) = next(one for one in plan.changes if one.id == "q.queue").calls
    assert call.params["Attributes"]["SqsManagedSseEnabled"] == "true"
    assert isinstance(call.params["Attributes"]["RedrivePolicy"], Json)
    assert {one.action for one in call.permissions} == {"sqs:CreateQueue", "sqs:TagQueue"}


def test_a_changed_visibility_is_one_call_with_one_attribute(open_events: Any) -> None:
    applied(open_events())
    runs = open_events(visibility_s=60)
    change = next(one for one in runs.plan().plan.changes if one.id == "q.queue")
    assert [call.params["Attributes"] for call in change.calls] == [{"VisibilityTimeout": "60"}]
    applied(runs)
    assert attributes(runs)["VisibilityTimeout"] == "60"
    assert set(actions(open_events(visibility_s=60)).values()) == {"none"}


def test_a_statement_of_others_in_the_queue_policy_stays_and_is_told(open_events: Any) -> None:
    runs = open_events()
    applied(runs)
    url = runs.place.session.read("sqs", "GetQueueUrl", {"QueueName": "karet-uploads"})["QueueUrl"]
    theirs = (
        '{"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Deny", "Principal": "*", '
        '"Action": "sqs:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
    )
    runs.place.session.send("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": theirs}})
    again = open_events()
    assert sent(again) == ["sqs.SetQueueAttributes"]
    applied(again)
    assert "Theirs" in attributes(runs)["Policy"]
    assert "KaretS3Sends" in attributes(runs)["Policy"]
    state = open_events().plan().found["q.policy"].state
    assert state.foreign == ("policy statement Theirs",)
    (call,) = QueuePolicy.undo(state)
    assert [one["Sid"] for one in call.params["Attributes"]["Policy"].document["Statement"]] == ["Theirs"]


def test_reports_of_others_are_kept_shown_and_outlive_ours(open_events: Any) -> None:
    runs = open_events()
    applied(runs)
    foreign(runs)
    state = open_events().plan().found["q.notification"].state
    assert state.foreign == (
        "notification theirs to arn:aws:sns:us-east-1:123456789012:t",
        "notification to EventBridge",
    )
    assert set(actions(open_events()).values()) == {"none"}
    changed = open_events(prefix="pipelines/")
    assert sent(changed) == ["s3.PutBucketNotificationConfiguration"]
    applied(changed)
    now = reported(runs)
    assert [one["Id"] for one in now["TopicConfigurations"]] == ["theirs"]
    assert now["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"][0]["Value"] == "pipelines/"
    applied(open_events(wanted=False))
    after = reported(runs)
    assert "QueueConfigurations" not in after
    assert [one["Id"] for one in after["TopicConfigurations"]] == ["theirs"]
    assert after["EventBridgeConfiguration"] == {}
    assert runs.place.session.read("sqs", "ListQueues", {}).get("QueueUrls", []) == []


@pytest.mark.prove
def test_a_report_that_others_add_between_plan_and_removal_is_not_lost(open_events: Any) -> None:
    applied(open_events())
    runs = open_events(wanted=False)
    planned = runs.plan()
    foreign(runs)
    runs.apply(planned, command="test")
    # The plan is stale by then; made anew it takes out ours alone.
    applied(open_events(wanted=False))
    assert [one["Id"] for one in reported(runs)["TopicConfigurations"]] == ["theirs"]


def test_a_report_of_others_over_the_same_keys_stops_the_plan_with_its_name(open_events: Any) -> None:
    runs = open_events()
    applied(runs)
    other = {"Id": "theirs-too", "QueueArn": f"{ARN}:karet-uploads", "Events": ["s3:ObjectCreated:Put"]}
    rules = [{"Name": "prefix", "Value": "pipelines/a/"}, {"Name": "suffix", "Value": ".csv"}]
    foreign(runs, {**other, "Filter": {"Key": {"FilterRules": rules}}})
    assert set(actions(open_events()).values()) == {"none"}
    stopped = next(one for one in open_events(prefix="pipelines/").plan().plan.changes if one.id == "q.notification")
    assert "theirs-too" in stopped.stop
    assert "app.upload_prefix" in stopped.stop


def test_every_call_about_the_notification_names_the_owner(open_events: Any) -> None:
    runs = open_events()
    change = next(one for one in runs.plan().plan.changes if one.id == "q.notification")
    assert [call.params["ExpectedBucketOwner"] for call in change.calls] == [ACCOUNT]
    assert [one.action for call in change.calls for one in call.permissions] == ["s3:PutBucketNotification"]


def test_entries_that_nothing_declares_are_found_in_the_buckets_of_the_stack(open_events: Any) -> None:
    runs = open_events()
    applied(runs)
    planned = runs.plan()
    (stray,) = BucketNotification.strays(runs.place.session.look(), "karet")
    assert (stray.name, stray.stack) == (planned.found["q.notification"].state.name, "karet")


def test_a_destroy_takes_all_of_it_and_tells_what_waits_in_the_queue(open_events: Any) -> None:
    runs = open_events()
    applied(runs)
    url = runs.place.session.read("sqs", "GetQueueUrl", {"QueueName": "karet-uploads"})["QueueUrl"]
    runs.place.session.send("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    destroy = open_events().plan_destroy()
    told = [one.what for change in destroy.plan.changes for one in change.obstacles if change.id == "q.queue"]
    assert any(text.startswith("about 2 messages") for text in told), told
    result = open_events().apply(destroy, command="test")
    assert result.report.outcome == "done"
    assert runs.place.session.read("sqs", "ListQueues", {}).get("QueueUrls", []) == []
    assert "QueueConfigurations" not in reported(runs)


@pytest.mark.prove
def test_a_queue_without_our_tags_is_offered_for_adoption(open_events: Any) -> None:
    runs = open_events()
    runs.place.session.send("sqs", "CreateQueue", {"QueueName": "karet-uploads", "tags": {"mine": "yes"}})
    change = next(one for one in runs.plan().plan.changes if one.id == "q.queue")
    assert (change.action, "--adopt q.queue" in change.stop) == ("adopt", True)
    runs.apply(runs.plan(adopt=["q.queue"]), command="test")
    state = open_events().plan().found["q.queue"].state
    assert ((state.tags or {})["mine"], state.settings["wait_s"]) == ("yes", 20)


@pytest.mark.prove
def test_a_name_that_was_just_in_use_is_waited_for(open_events: Any, embedded: Embedded) -> None:
    applied(open_events())
    open_events().apply(open_events().plan_destroy(delete_data=True), command="test")
    embedded.set_pace(0.0005)
    applied(open_events())
    assert set(actions(open_events()).values()) == {"none"}


def test_an_idle_queue_is_billed_by_its_polls_and_the_dead_letter_queue_by_nothing() -> None:
    deployment = Deployment(region="eu-west-1", tls="none", account=ACCOUNT)
    dead, queue = (one for one in resources(deployment) if isinstance(one, Queue))
    assert list(dead.cost(Usage())) == []
    polls, messages = queue.cost(Usage())
    assert (polls.rate, polls.quantity, messages.quantity) == ("sqs.requests", Decimal(131_400), None)
    assert [
        line.quantity for line in queue.cost(Usage(queue_messages=Decimal(1000), queue_message_kib=Decimal(1)))
    ] == [polls.quantity, 3000]
    assert "64 KB" in messages.basis
    assert queue.cloudformation().type == "AWS::SQS::Queue"


rules = st.text("ab/", max_size=4)
entries = st.builds(
    lambda prefix, suffix, event: {
        "Events": [event],
        "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": prefix}, {"Name": "suffix", "Value": suffix}]}},
    },
    rules,
    rules,
    st.sampled_from(["s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]),
)


@given(entries, entries)
def test_overlap_is_mutual_and_true_of_an_entry_with_itself(one: Any, other: Any) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one)


@given(entries, entries, st.text("ab/", max_size=9))
def test_entries_that_both_cover_a_key_overlap(one: Any, other: Any, middle: str) -> None:
    def covers(entry: Any, key: str) -> bool:
        first, last = (rule["Value"] for rule in entry["Filter"]["Key"]["FilterRules"])
        return key.startswith(first) and key.endswith(last)

    families = {event.rpartition(":")[0] for entry in (one, other) for event in entry["Events"]}
    last = one["Filter"]["Key"]["FilterRules"][1]["Value"]
    key = one["Filter"]["Key"]["FilterRules"][0]["Value"] + middle + last
    if covers(one, key) and covers(other, key) and len(families) == 1:
        assert overlap(one, other)
