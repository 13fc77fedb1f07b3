"""The guard: what counts as a read, and that nothing else ever leaves the machine from a client that looks."""

from __future__ import annotations

import pytest

from runbook.aws.guard import is_read
from runbook.aws.session import Session
from runbook.errors import AwsError, GuardError


@pytest.fixture(scope="module")
def session() -> Session:
    # Nothing listens on port 1, so whatever is sent there ends as a connection error.
    return Session(region="eu-central-1", endpoint_url="http://127.0.0.1:1", rehearsal=True)


@pytest.mark.parametrize(
    ("service", "operation", "read"),
    [
        ("s3", "GetBucketTagging", True),
        ("s3", "ListBuckets", True),
        ("s3", "HeadBucket", True),
        ("ec2", "DescribeVpcs", True),
        ("ecr", "BatchGetImage", True),
        ("cloudtrail", "LookupEvents", True),
        ("logs", "FilterLogEvents", True),
        ("iam", "SimulatePrincipalPolicy", True),
        ("servicediscovery", "DiscoverInstances", True),
        ("s3", "FilterLogEvents", False),
        ("s3", "CreateBucket", False),
        ("s3", "PutObject", False),
        ("s3", "DeleteObjects", False),
        ("iam", "TagRole", False),
        ("ecs", "RunTask", False),
        ("ecs", "UpdateService", False),
        ("ecs", "RegisterTaskDefinition", False),
        ("ec2", "AssociateRouteTable", False),
        ("secretsmanager", "RotateSecret", False),
        ("sqs", "ReceiveMessage", False),
    ],
)
def test_only_operations_of_the_table_count_as_reads(service: str, operation: str, read: bool) -> None:
    assert is_read(service, operation) is read


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("s3", "CreateBucket", {"Bucket": "karet-data"}),
        ("s3", "PutObject", {"Bucket": "karet-data", "Key": "k", "Body": b""}),
        ("iam", "DeleteRole", {"RoleName": "r"}),
        ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}),
        ("secretsmanager", "RotateSecret", {"SecretId": "s"}),
    ],
)
def test_a_changing_call_on_a_client_that_reads_is_refused_before_the_network(
    session: Session, service: str, operation: str, params: dict[str, object]
) -> None:
    client = session.client(service, changes=False)
    with pytest.raises(GuardError, match=f"{service}.*may only look"):
        client._make_api_call(operation, params)


def test_a_read_passes_the_guard_and_reaches_the_network(session: Session) -> None:
    client = session.client("s3", changes=False)
    client.meta.events.register_first("before-send", _no_network)
    with pytest.raises(_ReachedError):
        client._make_api_call("ListBuckets", {})


def test_a_client_that_changes_passes_the_guard(session: Session) -> None:
    client = session.client("sqs", changes=True)
    client.meta.events.register_first("before-send", _no_network)
    with pytest.raises(_ReachedError):
        client._make_api_call("CreateQueue", {"QueueName": "q"})


def test_reading_through_the_session_cannot_be_used_to_change(session: Session) -> None:
    with pytest.raises(GuardError, match=r"ecs\.CreateCluster"):
        session.look().read("ecs", "CreateCluster", clusterName="karet")


def test_nobody_listening_is_an_error_of_the_network_with_the_call(session: Session) -> None:
    with pytest.raises(AwsError) as caught:
        session.send("ecs", "CreateCluster", {})
    error = caught.value
    assert error.code == "NotReachable"
    assert (error.service, error.operation) == ("sts", "GetCallerIdentity"), "who acts is asked before anything is sent"


class _ReachedError(Exception):
    """The call came as far as the network."""


def _no_network(**_: object) -> None:
    raise _ReachedError
