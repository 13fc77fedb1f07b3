"""The written form of faults, and a plan that hands each out as often as it says."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import RehearsalError
from runbook.rehearsal.faults import ALWAYS, KINDS, SERVICES, Fault, FaultPlan, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("s3.PutBucketVersioning:throttle:2", Fault("s3", "PutBucketVersioning", "throttle", count=2)),
        ("*.Create*:503-after", Fault("*", "Create*", "503-after")),
        ("ec2.*:denied:*", Fault("ec2", "*", "denied", count=ALWAYS)),
        ("iam.CreateRole:cut:1:3", Fault("iam", "CreateRole", "cut", after=3)),
        ("sts.*:error=ExpiredToken:1", Fault("sts", "*", "error", code="ExpiredToken")),
        ("service-quotas.GetServiceQuota:error=A.B", Fault("service-quotas", "GetServiceQuota", "error", code="A.B")),
    ],
)
def test_a_fault_is_read_from_its_written_form(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3",
        "s3.PutObject",
        "s3.PutObject:",
        "s3.PutObject:explode",
        "s3.PutObject:throttle:0",
        "s3.PutObject:throttle:-1",
        "s3.PutObject:throttle:x",
        "s3.PutObject:throttle:1:x",
        "s3.PutObject:throttle:1:2:3",
        "s3.PutObject:error",
        "s3.PutObject:error=",
        "s3.PutObject:error=no spaces",
        "s33.PutObject:throttle",
        "S3.PutObject:throttle",
    ],
)
def test_a_bad_fault_is_refused_with_the_text_and_what_is_allowed(text: str) -> None:
    with pytest.raises(RehearsalError) as raised:
        parse_fault(text)
    assert repr(text) in raised.value.message
    assert "service.Operation:kind[:count][:after]" in raised.value.hint
    for kind in KINDS:
        assert kind in raised.value.hint


@given(
    st.sampled_from((*SERVICES, "*", "e*")),
    st.sampled_from(("CreateRole", "*", "Create*", "?ut")),
    st.sampled_from(sorted(set(KINDS) - {"error"})),
    st.one_of(st.just(ALWAYS), st.integers(min_value=1, max_value=999_999)),
    st.integers(min_value=0, max_value=999_999),
)
def test_what_is_written_is_what_is_read(service: str, operation: str, kind: str, count: int, after: int) -> None:
    fault = Fault(service, operation, kind, count=count, after=after)
    assert parse_fault(str(fault)) == fault


def test_a_fault_strikes_as_often_as_it_says_and_after_as_many_as_it_says() -> None:
    plan = FaultPlan([parse_fault("s3.Put*:503:2:1")])
    struck = [plan.take("s3", "PutObject") is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert plan.remaining() == []


def test_a_call_that_is_not_meant_uses_nothing_up() -> None:
    plan = FaultPlan([parse_fault("s3.PutObject:503")])
    assert plan.take("s3", "GetObject") is None
    assert plan.take("ec2", "PutObject") is None
    assert plan.remaining() == ["s3.PutObject:503:1:0"]


def test_the_first_fault_that_can_strike_does() -> None:
    plan = FaultPlan([parse_fault("s3.*:503"), parse_fault("s3.PutObject:cut")])
    kinds = [fault.kind for fault in (plan.take("s3", "PutObject") for _ in range(2)) if fault]
    assert kinds == ["503", "cut"]
    assert plan.take("s3", "PutObject") is None


def test_many_threads_use_a_fault_up_exactly_as_often_as_it_says() -> None:
    plan = FaultPlan([parse_fault("s3.*:503:37")])
    ready, struck = Barrier(8), []

    def ask() -> None:
        ready.wait()
        struck.extend(plan.take("s3", "PutObject") for _ in range(50))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fault is not None for fault in struck) == 37
