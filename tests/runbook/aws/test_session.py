"""The session: loopback only in rehearsal, one attempt for changes, an identity that may not change during a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import SSOTokenLoadError

from runbook.aws.session import Identity, Session
from runbook.errors import GuardError, RehearsalError, SettingsError, WaitingError

LOCAL = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def no_aws_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://s3.amazonaws.com", "http://10.0.0.1:5000", "http://127.0.0.1.evil.example", "http://0.0.0.0:5000"],
)
def test_a_rehearsal_that_would_leave_this_machine_is_refused(endpoint: str) -> None:
    with pytest.raises(RehearsalError, match="not loopback"):
        Session(region="eu-central-1", endpoint_url=endpoint, rehearsal=True)


@pytest.mark.parametrize("endpoint", [LOCAL, "http://localhost:5000", "http://[::1]:5000"])
def test_a_rehearsal_on_this_machine_starts(endpoint: str) -> None:
    session = Session(region="eu-central-1", endpoint_url=endpoint, rehearsal=True)
    assert session.client("s3", changes=False).meta.endpoint_url == endpoint


def test_a_rehearsal_reads_neither_the_operators_credentials_nor_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-canary")
    monkeypatch.setenv("HTTP_PROXY", "http://10.0.0.1:3128")
    session = Session(region="eu-central-1", endpoint_url=LOCAL, rehearsal=True)
    for changes in (False, True):
        client = session.client("s3", changes=changes)
        assert client._request_signer._credentials.access_key == "testing"
        assert client.meta.config.proxies == {}


def test_a_client_that_changes_makes_one_attempt_and_one_that_reads_makes_more() -> None:
    session = Session(region="eu-central-1", endpoint_url=LOCAL, rehearsal=True)
    assert session.client("sqs", changes=True).meta.config.retries["total_max_attempts"] == 1
    assert session.client("sqs", changes=False).meta.config.retries["total_max_attempts"] > 1
    assert session.client("sqs", changes=True) is session.client("sqs", changes=True)
    assert session.client("sqs", changes=True) is not session.client("sqs", changes=False)


def test_the_same_session_asks_a_service_in_another_region() -> None:
    session = Session(region="eu-west-1", endpoint_url=LOCAL, rehearsal=True)
    other = session.at("eu-central-1", connect_s=3)
    client = other.client("pricing", changes=False)
    assert (client.meta.region_name, client.meta.config.connect_timeout) == ("eu-central-1", 3)
    assert (other.endpoint_url, other.rehearsal) == (LOCAL, True)
    own = session.client("pricing", changes=False)
    assert (own.meta.region_name, own.meta.config.connect_timeout) == ("eu-west-1", 10)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(SettingsError, match="'nobody' does not exist"):
        Session(region="eu-central-1", profile="nobody")


def test_the_principal_is_the_same_for_every_session_of_a_role() -> None:
    first = Identity("1", "arn:aws:sts::1:assumed-role/admin/ana-1")
    second = Identity("1", "arn:aws:sts::1:assumed-role/admin/ana-2")
    assert first.principal == second.principal == "arn:aws:sts::1:assumed-role/admin"
    assert Identity("1", "arn:aws-cn:iam::1:user/ana").partition == "aws-cn"
    assert Identity("1", "arn:aws:iam::1:user/ana").principal == "arn:aws:iam::1:user/ana"


class FakeAws:
    """Answers of STS and SQS without a network, and credentials that can be exchanged."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = session
        self.account, self.arn = "1", "arn:aws:sts::1:assumed-role/admin/ana"
        self.sent: list[str] = []
        self.asked = 0
        for service in ("sts", "sqs"):
            for changes in (False, True):
                client = session.client(service, changes=changes)
                monkeypatch.setattr(client, "_make_api_call", self.answer)
        self.log_in("AKIA1")

    def log_in(self, key: str) -> None:
        self.session._boto._credentials = Credentials(key, "secret")

    def answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetCallerIdentity":
            self.asked += 1
            return {"Account": self.account, "Arn": self.arn, "ResponseMetadata": {}}
        self.sent.append(operation)
        return {"QueueUrl": "u", "ResponseMetadata": {"RequestId": "req-9"}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    return FakeAws(Session(region="eu-central-1", endpoint_url=LOCAL, rehearsal=True), monkeypatch)


def send(aws: FakeAws) -> tuple[dict[str, Any], str]:
    return aws.session.send("sqs", "CreateQueue", {"QueueName": "q"})


def test_the_answer_and_the_request_id_come_back(aws: FakeAws) -> None:
    assert send(aws) == ({"QueueUrl": "u"}, "req-9")


def test_the_identity_is_asked_once_for_one_set_of_credentials(aws: FakeAws) -> None:
    for _ in range(3):
        send(aws)
    assert aws.asked == 1


def test_refreshed_credentials_of_the_same_principal_go_on(aws: FakeAws) -> None:
    send(aws)
    aws.log_in("AKIA2")
    aws.arn = "arn:aws:sts::1:assumed-role/admin/ana-later"
    send(aws)
    assert aws.asked == 2
    assert aws.sent == ["CreateQueue"] * 2


@pytest.mark.parametrize(
    ("account", "arn"),
    [("2", "arn:aws:sts::2:assumed-role/admin/ana"), ("1", "arn:aws:sts::1:assumed-role/other/ana")],
)
def test_another_identity_in_the_middle_of_a_run_stops_before_the_next_change(
    aws: FakeAws, account: str, arn: str
) -> None:
    send(aws)
    aws.log_in("AKIA2")
    aws.account, aws.arn = account, arn
    with pytest.raises(GuardError, match=f"the credentials changed during the run: .* to {arn}"):
        send(aws)
    assert aws.sent == ["CreateQueue"]


def test_credentials_that_cannot_be_fetched_are_a_wait_for_a_person(aws: FakeAws) -> None:
    class Expired:
        def get_frozen_credentials(self) -> Credentials:
            raise SSOTokenLoadError(error_msg="expired")

    aws.session._boto._credentials = Expired()
    with pytest.raises(WaitingError, match="no valid AWS credentials"):
        send(aws)
    assert aws.sent == []
