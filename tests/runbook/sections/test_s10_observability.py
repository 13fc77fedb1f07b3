"""Section 10: the document's three alarms as CloudWatch takes them, and checks that can wait for a person or fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.kinds.cloudwatch_alarm import Alarm
from runbook.kinds.logs import LogGroup
from runbook.kinds.s3_metrics import RequestMetrics
from runbook.kinds.sns_email import EmailSubscription
from runbook.model import Known
from runbook.rehearsal.embedded import Embedded
from runbook.sections.s10_alarms import alarms
from runbook.sections.s10_checks import _informed
from runbook.settings import Deployment

DEPLOYMENT = Deployment(region="us-east-1", tls="none", account="123456789012")
OFF = "alarms.enabled=no"


def by_id(**settings: Any) -> dict[str, Alarm]:
    return {one.id: one for one in alarms(DEPLOYMENT.model_copy(update=settings))}


def test_both_services_have_a_group_of_the_documents_name(open_runs: Any) -> None:
    found = [one for one in open_runs("retention_days=90").graph.resources.values() if isinstance(one, LogGroup)]
    assert [(one.id, one.name, one.retention_days, one.section) for one in found] == [
        ("logs.web", "/karet/web", 90, 10),
        ("logs.worker", "/karet/worker", 90, 10),
    ]


def test_a_new_retention_converges(open_runs: Any) -> None:
    for days in (30, 365):
        runs = open_runs(f"retention_days={days}", OFF)
        assert runs.apply(runs.plan(["10"]), command="test").exit_code == 0
        assert open_runs(f"retention_days={days}", OFF).plan(["10"]).plan.acting == ()
    groups = open_runs().place.session.read("logs", "DescribeLogGroups", {})["logGroups"]
    assert {one["retentionInDays"] for one in groups} == {365}


def test_alarms_that_are_switched_off_leave_log_groups_only(open_runs: Any) -> None:
    ours = {id_: one for id_, one in open_runs(OFF).graph.resources.items() if one.section == 10}
    assert {id_ for id_, one in ours.items() if one.wanted} == {"logs.web", "logs.worker"}
    assert [type(one) for one in ours.values() if not one.wanted] == [RequestMetrics]


def test_without_an_address_no_subscription_is_wanted(open_runs: Any) -> None:
    for address, wanted in (("", False), ("ops@example.com", True)):
        one = open_runs(f'alarms.email="{address}"').graph.resources["alerts.email"]
        assert isinstance(one, EmailSubscription)
        assert (one.wanted, one.address) == (wanted, address)


# -- the alarms ---------------------------------------------------------------------------------------------------


def test_the_cpu_alarm_looks_at_the_service_of_the_worker_for_ten_minutes() -> None:
    cpu = by_id()["alarms.worker-cpu"]
    (query,) = cpu.queries
    metric = query["MetricStat"]["Metric"]
    assert (metric["Namespace"], metric["MetricName"]) == ("AWS/ECS", "CPUUtilization")
    assert {one["Name"]: one["Value"] for one in metric["Dimensions"]} == {
        "ClusterName": "${services.cluster.name}",
        "ServiceName": "karet-worker-svc",
    }
    assert (query["MetricStat"]["Stat"], query["MetricStat"]["Period"] * cpu.periods) == ("Average", 600)
    assert (cpu.threshold, cpu.missing) == (85, "missing")


def test_the_bucket_alarm_names_the_filter_and_compares_a_share() -> None:
    bucket = by_id()["alarms.bucket-4xx"]
    (query,) = bucket.queries
    names = {one["Name"]: one["Value"] for one in query["MetricStat"]["Metric"]["Dimensions"]}
    assert names == {"BucketName": "${s3.bucket.name}", "FilterId": "${s3.request-metrics.filter_id}"}
    assert (bucket.threshold, bucket.periods, bucket.missing) == (0.05, 3, "notBreaching")


def share(requests: float | None, failed: float | None, refused: float | None, **settings: Any) -> float:
    """What CloudWatch computes from the formula: FILL puts a value where there is none, IF chooses."""
    watched = next(one for one in by_id(**settings)["alarms.web-5xx"].queries if one["ReturnData"])
    names = {
        "FILL": lambda series, value: value if series is None else series,
        "IF": lambda condition, then, otherwise: then() if condition else otherwise,
        "requests": requests,
        "failed": failed,
        "refused": refused,
    }
    # The division stands behind the condition, which Python would work out first.
    formula = watched["Expression"].replace(",100*", ",lambda: 100*")
    return float(eval(formula, {"__builtins__": {}, **names}))  # noqa: S307 - the formula is our own


@pytest.mark.parametrize(
    ("requests", "failed", "refused", "expected"),
    [
        (None, None, None, 0),
        (99, 99, None, 0),
        (100, 1, None, 1),
        (1000, None, None, 0),
        (1000, 20, None, 2),
        (None, None, 100, 100),
        (500, None, 500, 50),
    ],
)
def test_the_share_of_errors_needs_a_minimum_of_requests_and_sees_an_outage_of_all_tasks(
    requests: float | None, failed: float | None, refused: float | None, expected: float
) -> None:
    assert share(requests, failed, refused) == expected


counts = st.none() | st.integers(0, 10_000)


@given(counts, st.none() | st.integers(0, 500), counts)
def test_the_share_is_a_percentage_whatever_is_missing(requests: Any, failed: Any, refused: Any) -> None:
    requests = max(requests or 0, failed or 0) or None
    assert 0 <= share(requests, failed, refused) <= 100


def test_the_watched_formula_names_only_queries_of_its_own_and_one_is_watched() -> None:
    for alarm in by_id().values():
        assert sum(one["ReturnData"] for one in alarm.queries) == 1
    errors = by_id()["alarms.web-5xx"]
    assert [one["Id"] for one in errors.queries] == ["requests", "failed", "refused", "share"]
    assert (errors.threshold, errors.periods, errors.missing) == (1, 1, "notBreaching")


def test_thresholds_come_from_the_settings() -> None:
    chosen = DEPLOYMENT.alarms.model_copy(
        update={"errors_percent": 5, "errors_requests": 10, "cpu_percent": 50, "refused_percent": 20}
    )
    found = by_id(alarms=chosen)
    assert [found[f"alarms.{name}"].threshold for name in ("web-5xx", "worker-cpu", "bucket-4xx")] == [5, 50, 0.2]
    assert share(10, 1, None, alarms=chosen) == 10


# -- the checks ---------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Told:
    """AWS that tells of three alarms and one service."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, states: dict[str, str], age: timedelta, running: int = 1) -> None:
        self._alarms = [
            {"AlarmName": name, "StateValue": state, "StateUpdatedTimestamp": NOW - age}
            for name, state in states.items()
        ]
        self._running = running

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        assert (service, operation) == ("cloudwatch", "DescribeAlarms")
        return {"MetricAlarms": self._alarms}

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any]:
        assert (service, operation) == ("ecs", "DescribeServices")
        return {"services": [{"runningCount": self._running}]}


GOOD = {"karet-web-5xx": "OK", "karet-worker-cpu": "OK", "karet-bucket-4xx": "OK"}
NOTHING = "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("changed", "age", "running", "outcome", "word"),
    [
        ({}, 60, 1, "passed", "is OK"),
        ({"karet-web-5xx": "ALARM"}, 60, 1, "passed", "is ALARM"),
        ({"karet-bucket-4xx": NOTHING}, 5, 1, "passed", "it is new"),
        ({"karet-bucket-4xx": NOTHING}, 60, 1, "failed", "too little data since"),
        ({"karet-worker-cpu": NOTHING}, 60, 0, "passed", "no task of the worker runs"),
        ({"karet-worker-cpu": NOTHING}, 60, 1, "failed", "too little data since"),
    ],
)
def test_too_little_data_needs_a_reason(
    changed: dict[str, str], age: int, running: int, outcome: str, word: str
) -> None:
    told = Told({**GOOD, **changed}, timedelta(minutes=age), running)
    found = _informed(DEPLOYMENT, told, Known({}), now=lambda: NOW)
    assert (found.outcome, word in found.detail) == (outcome, True), found


def test_an_alarm_that_is_missing_is_no_alarm_without_data() -> None:
    found = _informed(DEPLOYMENT, Told({}, timedelta()), Known({}), now=lambda: NOW)
    assert (found.outcome, "does not exist" in found.detail) == ("failed", True)


def outcomes(runs: Any) -> dict[str, str]:
    return {one.id: one.outcome for one in runs.verify(["10"])}


@pytest.mark.prove
def test_each_check_can_fail_and_an_address_that_nobody_confirmed_waits(open_runs: Any) -> None:
    email = "alarms.email=ops@example.com"
    runs = open_runs(email)
    result = runs.apply(runs.plan(["10"]), command="test")
    assert [(step.change.id, step.became) for step in result.report.steps if step.became != "done"] == [
        ("alerts.email", "waiting")
    ]
    assert result.exit_code == 4
    assert open_runs(email).plan(["10"]).plan.acting == ()
    first = outcomes(open_runs(email))
    assert first.pop("alarms.somebody") == "waiting"
    assert first.pop("alarms.informed") == "not_rehearsed"
    assert set(first.values()) == {"passed"}
    send = runs.place.session.send
    topic = f"arn:aws:sns:us-east-1:123456789012:{runs.place.deployment.alert_topic}"
    send("sns", "ConfirmSubscription", {"TopicArn": topic, "Token": "ops@example.com"})
    assert outcomes(open_runs(email))["alarms.somebody"] == "passed"
    assert outcomes(open_runs("alarms.email=other@example.com"))["alarms.somebody"] == "failed"
    bucket = runs.place.deployment.bucket("123456789012")
    send("s3", "DeleteBucketMetricsConfiguration", {"Bucket": bucket, "Id": "karet-requests"})
    send("cloudwatch", "DisableAlarmActions", {"AlarmNames": ["karet-web-5xx"]})
    send("logs", "DeleteRetentionPolicy", {"logGroupName": "/karet/web"})
    send(
        "ecs",
        "UpdateClusterSettings",
        {"cluster": "karet", "settings": [{"name": "containerInsights", "value": "disabled"}]},
    )
    wrong = {id_ for id_, outcome in outcomes(open_runs(email)).items() if outcome == "failed"}
    assert wrong >= {"alarms.requests-counted", "alarms.heard", "logs.kept", "logs.insights"}
    again = open_runs(email)
    again.apply(again.plan(["10"]), command="test")
    assert "failed" not in outcomes(open_runs(email)).values()


def test_an_account_with_nothing_in_it_fails_every_check_by_name(open_runs: Any) -> None:
    found = {one.id: one for one in open_runs().verify(["10"])}
    for id_ in ("logs.kept", "logs.insights", "alarms.requests-counted", "alarms.heard", "alarms.somebody"):
        assert found[id_].outcome == "failed", id_


@pytest.mark.prove
def test_switching_alarms_off_and_on_leaves_nothing_behind_and_brings_the_same_back(
    open_runs: Any, embedded: Embedded
) -> None:
    def applied(*settings: str) -> dict[str, list[Any]]:
        runs = open_runs(*settings)
        result = runs.apply(runs.plan(["10"]), command="test")
        assert [str(step.error) for step in result.report.steps if step.error] == []
        assert open_runs(*settings).plan(["10"]).plan.acting == ()
        return dict(embedded.inventory())

    on = applied()
    off = applied(OFF)
    watched = {"us-east-1 cloudwatch.alarms", "us-east-1 sns.topics"}
    assert watched <= set(on)
    assert not watched & set(off)
    assert [one for one in off["global s3.buckets"] if "metrics" in one] == []
    assert applied() == on


@pytest.mark.prove
def test_the_alarm_of_errors_follows_the_load_balancer_that_takes_the_place_of_another(
    open_runs: Any, embedded: Embedded
) -> None:
    runs = open_runs()
    runs.apply(runs.plan(["10"]), command="test")
    session = runs.place.session

    def suffixes() -> tuple[str, set[str]]:
        (balancer,) = session.read("elbv2", "DescribeLoadBalancers", {})["LoadBalancers"]
        named = {"AlarmNames": ["karet-web-5xx"]}
        (alarm,) = session.read("cloudwatch", "DescribeAlarms", named)["MetricAlarms"]
        metrics = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]
        watched = {one["Value"] for metric in metrics for one in metric["Dimensions"]}
        return balancer["LoadBalancerArn"].rpartition("loadbalancer/")[2], watched

    before, watched = suffixes()
    assert watched == {before}
    removed = {one.id: one for one in open_runs().plan_destroy(["7"]).plan.changes}
    assert removed["alarms.web-5xx"].reason == "tells about what is removed"
    assert [one.stop for one in removed.values() if one.stop] == []
    session.send("elbv2", "DeleteLoadBalancer", {"LoadBalancerArn": _arn(session)})
    again = open_runs()
    again.apply(again.plan(["10"]), command="test")
    after, watched = suffixes()
    assert after != before
    assert watched == {after}


def _arn(session: Any) -> str:
    return str(session.read("elbv2", "DescribeLoadBalancers", {})["LoadBalancers"][0]["LoadBalancerArn"])
