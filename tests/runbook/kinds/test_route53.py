"""Records: the right zone, nothing overwritten unseen, exactly what was found is removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.engine.performers import AwsPerformer, PersonPerformer
from runbook.errors import PlanError
from runbook.kinds.dns_alias import AliasRecord
from runbook.kinds.dns_validation import ValidationRecord
from runbook.kinds.kind import Owner
from runbook.kinds.route53 import dotted, shown_record, zone_of
from runbook.model import Known, State

ME = Owner("karet", 7)
NOTHING = Known({})
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/karet-alb/1"
DNS = "karet-alb-1.eu-west-1.elb.amazonaws.com"
ALIAS = AliasRecord(
    id="dns.alias", owner=ME, domain="karet.example.com", name="karet.example.com", dns_name=DNS, zone_id="Z9"
)
PROOF = ValidationRecord(
    id="dns.proof",
    owner=ME,
    domain="karet.example.com",
    certificate="arn:aws:acm:eu-west-1:111122223333:certificate/1",
    name="_x.karet.example.com.",
    value="_y.acm-validations.aws.",
)
MINE = {
    "Name": "karet.example.com.",
    "Type": "A",
    "AliasTarget": {"HostedZoneId": "Z9", "DNSName": f"dualstack.{DNS}.", "EvaluateTargetHealth": True},
}
THEIRS = {"Name": "karet.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}


class Zones:
    """Route 53 with some zones and records, one load balancer of ours, and no certificate."""

    account, region, partition = "111122223333", "eu-west-1", "aws"

    def __init__(self, *names: str, private: Sequence[str] = (), records: Sequence[dict[str, Any]] = ()) -> None:
        self.zones = [(name, False) for name in names] + [(name, True) for name in private]
        self.records = list(records)
        self.answers = True

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        found = self.find(service, operation, (), **params)
        assert found is not None
        return found

    def find(self, service: str, operation: str, absent: Sequence[str], **params: Any) -> dict[str, Any] | None:
        del service, absent
        zones = [
            {"Id": f"/hostedzone/Z{number}", "Name": f"{name}.", "Config": {"PrivateZone": private}}
            for number, (name, private) in enumerate(self.zones)
        ]
        tags = [{"Key": key, "Value": value} for key, value in {"karet:stack": "karet", "karet:section": "7"}.items()]
        answers: dict[str, dict[str, Any] | None] = {
            "ListHostedZones": {"HostedZones": zones},
            "ListResourceRecordSets": {"ResourceRecordSets": self.records},
            "TestDNSAnswer": {"RecordData": ["192.0.2.1"] if self.answers else []},
            "DescribeLoadBalancers": {"LoadBalancers": [{"LoadBalancerArn": BALANCER, "DNSName": DNS}]},
            "DescribeTags": {"TagDescriptions": [{"ResourceArn": BALANCER, "Tags": tags}]},
            "ListCertificates": {"CertificateSummaryList": []},
            "GetResources": {"ResourceTagMappingList": []},
            "DescribeCertificate": None,
        }
        assert operation in answers, params
        return answers[operation]


@pytest.mark.parametrize(
    ("aws", "hosted_zone", "zone"),
    [
        (Zones("example.com"), "", "Z0"),
        (Zones("com", "example.com"), "", "Z1"),
        (Zones("example.com", "karet.example.com"), "", "Z1"),
        (Zones("example.com", "karet.example.com"), "example.com", "Z0"),
        (Zones("ample.com", "t.example.com"), "", ""),
        (Zones("example.com"), "other.com", ""),
        (Zones(private=["karet.example.com"]), "", ""),
        (Zones("example.com", private=["karet.example.com"]), "", "Z0"),
    ],
)
def test_the_longest_public_zone_that_fits_holds_the_name(aws: Zones, hosted_zone: str, zone: str) -> None:
    assert zone_of(aws, "karet.example.com", hosted_zone) == zone


def test_two_zones_of_one_name_stop_because_only_one_is_asked_by_the_world() -> None:
    with pytest.raises(PlanError, match="Z0, Z1"):
        zone_of(Zones("example.com", "example.com"), "karet.example.com")


@given(st.lists(st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,5}){0,3}", fullmatch=True), unique=True, max_size=6))
def test_the_zone_found_fits_and_no_longer_one_does(names: list[str]) -> None:
    found = zone_of(Zones(*names), "a.b.c.d")
    fitting = [name for name in names if name == "a.b.c.d" or "a.b.c.d".endswith(f".{name}")]
    assert found == (f"Z{names.index(max(fitting, key=len))}" if fitting else "")


def test_our_alias_is_as_declared_and_is_removed_exactly_as_found() -> None:
    state = ALIAS.look(Zones("example.com", records=[MINE]), NOTHING)
    assert (state.status, ALIAS.plan(state, NOTHING).action) == ("ready", "none")
    assert state.settings["load_balancer"] == BALANCER
    (call,) = AliasRecord.undo(state)
    assert call.params["ChangeBatch"] == {"Changes": [{"Action": "DELETE", "ResourceRecordSet": MINE}]}


def test_an_alias_that_route_53_does_not_answer_with_is_pending() -> None:
    aws = Zones("example.com", records=[MINE])
    aws.answers = False
    assert ALIAS.look(aws, NOTHING).status == "pending"


def test_a_new_record_is_created_and_never_put_over_another() -> None:
    state = ALIAS.look(Zones("example.com"), NOTHING)
    change = ALIAS.plan(state, NOTHING)
    (call,) = change.calls
    assert change.action == "create"
    assert [one["Action"] for one in call.params["ChangeBatch"]["Changes"]] == ["CREATE"]
    assert AwsPerformer().problems(call) == []
    assert call.permissions[0].resource == "arn:aws:route53:::hostedzone/Z0"


@pytest.mark.parametrize(
    "records",
    [
        [THEIRS],
        [{**MINE, "AliasTarget": {**MINE["AliasTarget"], "DNSName": "other.elb.amazonaws.com."}}],
        [{**MINE, "SetIdentifier": "blue", "Weight": 1}],
        [MINE, {**THEIRS, "Type": "AAAA", "ResourceRecords": [{"Value": "2001:db8::1"}]}],
        [{**THEIRS, "Type": "CNAME", "ResourceRecords": [{"Value": "old.example.net"}]}],
    ],
)
def test_records_of_somebody_else_are_named_and_offered_to_be_taken_over(records: list[dict[str, Any]]) -> None:
    change = ALIAS.plan(ALIAS.look(Zones("example.com", records=records), NOTHING), NOTHING)
    assert change.action == "adopt"
    assert all(shown_record(one) in change.reason for one in records)
    (call,) = change.calls
    batch = call.params["ChangeBatch"]["Changes"]
    assert [one["Action"] for one in batch] == ["DELETE"] * len(records) + ["CREATE"]
    assert [one["ResourceRecordSet"] for one in batch[:-1]] == records
    assert not change.found.exists, "what is not ours may never be removed"


def test_without_a_zone_a_person_is_told_name_and_value() -> None:
    state = PROOF.look(Zones(), NOTHING)
    (call,) = PROOF.plan(state, NOTHING).calls
    assert (call.service, PersonPerformer().problems(call)) == ("person", [])
    assert "_x.karet.example.com. CNAME _y.acm-validations.aws." in call.params["how"]


def test_an_alias_without_a_zone_changes_nothing_and_says_that_it_is_not_checked() -> None:
    change = ALIAS.plan(ALIAS.look(Zones(), NOTHING), NOTHING)
    assert (change.action, change.calls) == ("none", ())
    assert "not checked" in change.reason
    assert DNS in change.reason


def test_a_proof_with_another_value_is_not_ours() -> None:
    other = {"Name": PROOF.name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "_z.other."}]}
    assert PROOF.plan(PROOF.look(Zones("example.com", records=[other]), NOTHING), NOTHING).action == "adopt"


def test_aliases_to_our_load_balancers_are_found_without_a_declaration() -> None:
    aws = Zones("example.com", records=[MINE, {**THEIRS, "Name": "www.example.com."}])
    (stray,) = AliasRecord.strays(aws, "karet")
    assert (stray.name, stray.stack, stray.section) == ("karet.example.com.", "karet", "7")
    assert stray.settings["load_balancer"] == BALANCER


@given(st.from_regex(r"[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9-]{1,9}){1,3}\.?", fullmatch=True))
def test_a_dotted_name_is_written_in_one_way(name: str) -> None:
    assert dotted(name) == dotted(dotted(name).upper()).rstrip(".") + "."


def test_an_absent_state_without_a_zone_is_a_persons() -> None:
    assert [call.service for call in ALIAS.create(State.ABSENT)] == ["person"]
