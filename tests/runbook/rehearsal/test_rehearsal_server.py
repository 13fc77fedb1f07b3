"""The server knows when it is no longer wanted, keeps its log small, and asks for its token."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from rehearsal_clients import ClientFor

from runbook.rehearsal.bounded_log import BoundedLog
from runbook.rehearsal.call_log import CallLog
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.endpoint import CONTROL_PATH, TOKEN_HEADER
from runbook.rehearsal.reads import is_read
from runbook.rehearsal.server import Wanted


def ask(aws: Embedded, method: str, door: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{aws.url}{CONTROL_PATH}/{door}",
        data=body if method == "POST" else None,
        method=method,
        headers={TOKEN_HEADER: aws.token, **headers},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_the_server_is_wanted_until_it_was_idle_too_long() -> None:
    now = [0.0]
    wanted = Wanted(idle_s=1800, owns_endpoint=lambda: True, clock=lambda: now[0])
    now[0] = 1799.0
    assert wanted.still()
    wanted.touch()
    now[0] = 3598.0
    assert wanted.still()
    now[0] = 3599.0
    assert not wanted.still()


def test_a_server_whose_file_was_taken_away_is_not_wanted() -> None:
    owned = [True]
    wanted = Wanted(idle_s=1800, owns_endpoint=lambda: owned[0], clock=lambda: 0.0)
    assert wanted.still()
    owned[0] = False
    assert not wanted.still()


def test_the_log_never_grows_beyond_two_files_of_its_limit(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "server.log", limit=1000)
    for number in range(500):
        log.write(f"line {number}\n")
    log.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"server.log", "server.old.log"}
    assert all(size <= 1000 for size in sizes.values())
    assert "line 499" in (tmp_path / "server.log").read_text()


def test_the_call_log_forgets_the_oldest() -> None:
    log = CallLog(limit=3)
    for number in range(5):
        log.add(service="s3", operation=f"Op{number}", region="r", status=200, code="", fault="")
    assert [(entry["number"], entry["operation"]) for entry in log.entries()] == [(3, "Op2"), (4, "Op3"), (5, "Op4")]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_door_without_the_token_stays_closed(aws: Embedded, client: ClientFor, token: str) -> None:
    client("s3").create_bucket(Bucket="karet")
    status, said = ask(aws, "POST", "reset", **{TOKEN_HEADER: token})
    assert (status, "error" in said) == (403, True)
    assert client("s3").list_buckets()["Buckets"]


def test_a_request_for_another_host_is_refused_even_with_the_token(aws: Embedded) -> None:
    assert ask(aws, "GET", "health", Host="rebound.example.com")[0] == 403


def test_the_doors_steer_the_rehearsal(aws: Embedded, client: ClientFor) -> None:
    client("s3").create_bucket(Bucket="karet")
    assert ask(aws, "GET", "inventory")[1]["inventory"] == aws.inventory()
    assert [call["operation"] for call in ask(aws, "GET", "calls")[1]["calls"]] == ["CreateBucket"]
    assert ask(aws, "POST", "calls/clear")[0] == 200
    assert ask(aws, "POST", "faults", b'{"faults": ["s3.*:503:2"]}')[0] == 200
    assert ask(aws, "POST", "pace", b'{"pace": 0.5}')[0] == 200
    health = ask(aws, "GET", "health")[1]
    assert (health["faults"], health["pace"], health["calls"]) == (["s3.*:503:2:0"], 0.5, 0)
    assert ask(aws, "POST", "faults/clear")[0] == 200
    assert aws.remaining_faults() == []
    assert ask(aws, "POST", "reset")[0] == 200
    assert aws.inventory() == {}


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("faults", b"{"),
        ("faults", b"{}"),
        ("faults", b'{"faults": ["nonsense"]}'),
        ("faults", b'{"faults": ["s3.NoSuchThing:503"]}'),
        ("pace", b'{"pace": "fast"}'),
        ("pace", b'{"pace": -1}'),
        ("refuse-writes", b"[]"),
    ],
)
def test_a_wrong_body_is_refused_with_the_reason(aws: Embedded, door: str, body: bytes) -> None:
    status, said = ask(aws, "POST", door, body)
    assert status == 400
    assert said["error"]


def test_a_door_that_does_not_exist_is_named(aws: Embedded) -> None:
    status, said = ask(aws, "POST", "sesame")
    assert (status, "sesame" in said["error"]) == (404, True)


@pytest.mark.parametrize(
    ("service", "operation", "reads"),
    [
        ("s3", "GetObject", True),
        ("s3", "HeadBucket", True),
        ("s3", "ListObjectsV2", True),
        ("s3", "PutObject", False),
        ("s3", "DeleteObjects", False),
        ("iam", "SimulatePrincipalPolicy", True),
        ("iam", "CreateServiceLinkedRole", False),
        ("ecr", "BatchGetImage", True),
        ("ecr", "BatchDeleteImage", False),
        ("logs", "FilterLogEvents", True),
        ("sqs", "ReceiveMessage", False),
        ("sts", "AssumeRole", True),
        ("ec2", "RunInstances", False),
        ("servicediscovery", "DiscoverInstances", True),
    ],
)
def test_reads_and_writes_are_told_apart(service: str, operation: str, reads: bool) -> None:
    assert is_read(service, operation) is reads
