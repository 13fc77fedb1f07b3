"""Certificates: found by tag, replaced when they have failed, used only when issued and fitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jmespath
import pytest

from runbook.engine.performers import AwsPerformer
from runbook.kinds.acm import Certificate, CertificateIssued, ExistingCertificate, covers, validation_of
from runbook.kinds.kind import Owner
from runbook.model import Known, State, ref

ME = Owner("karet", 7)
ARN = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
RECORD = {"Name": "_x.karet.example.com.", "Type": "CNAME", "Value": "_y.acm-validations.aws."}
REQUEST = Certificate(
    id="tls.certificate", owner=ME, domain="karet.example.com", region="eu-west-1", account="111122223333"
)
NOTHING = Known({})


class Answers:
    """AWS that answers from a table; what is not in it does not exist."""

    account, region, partition = "111122223333", "eu-west-1", "aws"

    def __init__(self, *certificates: dict[str, Any], tags: dict[str, str] | None = None) -> None:
        self.certificates = {one["CertificateArn"]: one for one in certificates}
        self.tags = REQUEST.tags if tags is None else tags

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        found = self.find(service, operation, (), **params)
        assert found is not None
        return found

    def find(self, service: str, operation: str, absent: Sequence[str], **params: Any) -> dict[str, Any] | None:
        del service, absent
        if operation == "ListCertificates":
            return {"CertificateSummaryList": list(self.certificates.values())}
        if operation == "GetResources":
            return {"ResourceTagMappingList": []}
        if operation == "ListTagsForCertificate":
            return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}
        one = self.certificates.get(params["CertificateArn"])
        return None if one is None else {"Certificate": one}


def certificate(status: str, arn: str = ARN, *, record: bool = True, **more: Any) -> dict[str, Any]:
    option = {"DomainName": "karet.example.com", **({"ResourceRecord": RECORD} if record else {})}
    return {
        "CertificateArn": arn,
        "DomainName": "karet.example.com",
        "KeyAlgorithm": "RSA-2048",
        "Status": status,
        "DomainValidationOptions": [option],
        **more,
    }


@pytest.mark.parametrize(
    ("status", "record", "found", "action"),
    [
        ("PENDING_VALIDATION", False, "pending", "none"),
        ("PENDING_VALIDATION", True, "ready", "none"),
        ("ISSUED", True, "ready", "none"),
        ("FAILED", True, "failed", "replace"),
        ("VALIDATION_TIMED_OUT", True, "failed", "replace"),
        ("EXPIRED", True, "failed", "replace"),
    ],
)
def test_a_request_is_ready_once_aws_says_which_record_proves_it(
    status: str, record: bool, found: str, action: str
) -> None:
    state = REQUEST.look(Answers(certificate(status, record=record)), NOTHING)
    assert (state.status, REQUEST.plan(state, NOTHING).action) == (found, action)


def test_a_certificate_of_the_same_name_without_our_tag_is_not_ours() -> None:
    assert not REQUEST.look(Answers(certificate("ISSUED"), tags={}), NOTHING).exists


def test_a_failed_request_beside_a_good_one_is_not_chosen() -> None:
    aws = Answers(certificate("FAILED", f"{ARN}0"), certificate("ISSUED"))
    assert REQUEST.look(aws, NOTHING).name == ARN


def test_the_outputs_name_the_record() -> None:
    outputs = REQUEST.look(Answers(certificate("ISSUED")), NOTHING).outputs
    assert (outputs["record_name"], outputs["record_value"]) == (RECORD["Name"], RECORD["Value"])
    assert validation_of(certificate("ISSUED", record=False)) == {}


def test_a_request_carries_a_token_and_fits_the_service_model() -> None:
    (call,) = REQUEST.create(State.ABSENT)
    assert call.token == "IdempotencyToken"
    assert AwsPerformer().problems(call) == []


@pytest.mark.parametrize(
    ("one", "ready", "why"),
    [
        (certificate("PENDING_VALIDATION"), False, None),
        (certificate("ISSUED"), True, None),
        (certificate("FAILED", FailureReason="CAA_ERROR"), False, "CAA_ERROR"),
        (certificate("VALIDATION_TIMED_OUT"), False, "VALIDATION_TIMED_OUT"),
    ],
)
def test_waiting_ends_with_the_issue_or_with_the_reason(one: dict[str, Any], ready: bool, why: str | None) -> None:
    wait = CertificateIssued(id="tls.issued", owner=ME, certificate=ARN).ready()
    assert bool(jmespath.search(wait.until, {"Certificate": one})) is ready
    assert (jmespath.search(wait.fails, {"Certificate": one}) or None) == why


def test_issued_follows_the_request_and_goes_with_it() -> None:
    issued = CertificateIssued(id="tls.issued", owner=ME, certificate=ref("tls.certificate", "arn"))
    known = Known({"tls.certificate": {"arn": ARN}})
    pending = issued.look(Answers(certificate("PENDING_VALIDATION")), known)
    assert (pending.status, issued.plan(pending, known).calls) == ("pending", ())
    found = issued.look(Answers(certificate("ISSUED")), known)
    assert (found.status, found.outputs["arn"]) == ("ready", ARN)
    assert [call.name for call in CertificateIssued.undo(found)] == ["acm.DeleteCertificate"]
    assert not issued.look(Answers(), known).exists


@pytest.mark.parametrize(
    ("names", "domain", "fits"),
    [
        (["karet.example.com"], "karet.example.com", True),
        (["KARET.example.com."], "karet.example.com", True),
        (["*.example.com"], "karet.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "a.karet.example.com", False),
        (["example.com"], "karet.example.com", False),
        ([], "karet.example.com", False),
    ],
)
def test_a_wildcard_stands_for_one_label(names: list[str], domain: str, fits: bool) -> None:
    assert covers(names, domain) is fits


@pytest.mark.parametrize(
    ("certificates", "words"),
    [
        ([], "does not exist"),
        ([certificate("EXPIRED")], "is EXPIRED"),
        ([certificate("ISSUED", DomainName="other.org")], "is for other.org"),
        ([certificate("ISSUED")], ""),
    ],
)
def test_an_existing_certificate_is_only_looked_at(certificates: list[dict[str, Any]], words: str) -> None:
    given = ExistingCertificate(id="tls.issued", owner=ME, arn=ARN, domain="karet.example.com")
    state = given.look(Answers(*certificates), NOTHING)
    change = given.plan(state, NOTHING)
    assert words in change.stop
    assert bool(change.stop) is bool(words)
    assert change.calls == ()
    assert (given.create(state), ExistingCertificate.undo(state)) == ([], [])
