"""One pass of reading: the same read once, also at the same time; evidence for checks; nothing asked with unknowns."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from runbook.aws.reads import Reads, Recorded
from runbook.aws.session import Identity
from runbook.errors import AwsError, UnknownError
from runbook.model import UNKNOWN, Json


class FakeSession:
    """A session that notes what is read."""

    region = "eu-central-1"

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.gate: threading.Event | None = None
        self.error: AwsError | None = None

    def identity(self) -> Identity:
        return Identity("123456789012", "arn:aws:iam::123456789012:user/ana")

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.made.append((f"{service}.{operation}", dict(params)))
        if self.gate is not None:
            self.gate.wait(20)
        if self.error:
            raise self.error
        return {"answer": len(self.made), "at": datetime(2026, 11, 23, tzinfo=UTC), "blob": b"x"}


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def reads(session: FakeSession) -> Reads:
    return Reads(session)  # type: ignore[arg-type]


def test_the_same_read_of_one_pass_is_made_once(session: FakeSession, reads: Reads) -> None:
    first = reads.read("ec2", "DescribeSubnets", Filters=[{"Name": "a", "Values": ["b"]}], MaxResults=5)
    again = reads.read("ec2", "DescribeSubnets", MaxResults=5, Filters=[{"Values": ("b",), "Name": "a"}])
    other = reads.read("ec2", "DescribeSubnets", Filters=[])
    assert first is again
    assert first["answer"] != other["answer"]
    assert reads.made == {"ec2.DescribeSubnets": 2}
    assert len(session.made) == 2


def test_looks_at_the_same_time_share_one_read(session: FakeSession, reads: Reads) -> None:
    session.gate = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(reads.read, "ec2", "DescribeVpcs") for _ in range(8)]
        session.gate.set()
        answers = {id(one.result()) for one in asked}
    assert len(answers) == 1
    assert len(session.made) == 1


def test_an_error_is_shared_as_well_and_a_new_pass_asks_again(session: FakeSession, reads: Reads) -> None:
    session.error = AwsError("no", service="s3", operation="HeadBucket", code="404", status=404)
    for _ in range(2):
        with pytest.raises(AwsError):
            reads.read("s3", "HeadBucket", Bucket="b")
    assert len(session.made) == 1
    session.error = None
    assert Reads(session).read("s3", "HeadBucket", Bucket="b")["answer"] == 2  # type: ignore[arg-type]


def test_find_gives_none_for_the_codes_that_mean_absent_and_raises_all_others(
    session: FakeSession, reads: Reads
) -> None:
    session.error = AwsError("no", service="s3", operation="HeadBucket", code="404", status=404)
    assert reads.find("s3", "HeadBucket", ("404", "NoSuchBucket"), Bucket="b") is None
    with pytest.raises(AwsError):
        reads.find("s3", "HeadBucket", ("NoSuchBucket",), Bucket="b")


@pytest.mark.parametrize("params", [{"Id": UNKNOWN}, {"Ids": ["a", UNKNOWN]}, {"Doc": Json({"a": UNKNOWN})}])
def test_a_read_with_an_unknown_value_is_not_made(session: FakeSession, reads: Reads, params: dict[str, Any]) -> None:
    with pytest.raises(UnknownError, match="known only after apply"):
        reads.read("ec2", "DescribeVpcs", **params)
    assert session.made == []


def test_a_pass_knows_where_it_looks(reads: Reads) -> None:
    assert (reads.account, reads.region, reads.partition) == ("123456789012", "eu-central-1", "aws")


def test_what_a_check_reads_is_its_evidence_also_when_aws_says_no(session: FakeSession, reads: Reads) -> None:
    recorded = Recorded(reads)
    recorded.read("s3", "GetBucketVersioning", Bucket="b")
    session.error = AwsError("no", service="s3", operation="HeadBucket", code="404", status=404)
    assert recorded.find("s3", "HeadBucket", ("404",), Bucket="b") is None
    calls = [one.call for one in recorded.evidence]
    assert calls == ['s3.GetBucketVersioning {"Bucket":"b"}', 's3.HeadBucket {"Bucket":"b"}']
    assert '"at":"2026-11-23T00:00:00+00:00"' in recorded.evidence[0].answer
    assert "<bytes>" in recorded.evidence[0].answer
    assert recorded.evidence[1].answer == "404"


def test_evidence_is_cut_to_a_bounded_length(session: FakeSession, reads: Reads) -> None:
    session.read = lambda *_: {"long": "x" * 100_000}  # type: ignore[method-assign]
    recorded = Recorded(reads)
    recorded.read("s3", "ListBuckets")
    assert len(recorded.evidence[0].answer) < 2100
    assert "characters" in recorded.evidence[0].answer
