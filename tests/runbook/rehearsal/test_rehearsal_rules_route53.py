"""The rules of Route 53 bite real clients: nothing is overwritten, a change takes a while, the servers can be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_hand_clock import HandClock

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rules.route53 import INSYNC_S

BATCH = "CREATE of a record that exists, DELETE with other values and a CNAME beside other records are accepted"


Change = Callable[..., Any]


@pytest.fixture
def zone(client: ClientFor) -> str:
    made = client("route53").create_hosted_zone(Name="example.com", CallerReference="r")["HostedZone"]["Id"]
    return str(made).rpartition("/")[2]


@pytest.fixture
def change(client: ClientFor, zone: str) -> Change:
    def one(action: str, name: str = "a.example.com", kind: str = "CNAME", value: str = "b.example.com") -> Any:
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        return client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]

    return one


def records(client: ClientFor, zone: str) -> list[tuple[str, str]]:
    found = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return sorted((one["Name"], one["Type"]) for one in found if one["Type"] not in ("NS", "SOA"))


@bites("route53", "the same caller reference makes a second zone")
def test_a_caller_reference_makes_one_zone(client: ClientFor) -> None:
    create = {"Name": "example.com", "CallerReference": "once"}
    client("route53").create_hosted_zone(**create)
    assert code_of(lambda: client("route53").create_hosted_zone(**create)) == "HostedZoneAlreadyExists"
    assert len(client("route53").list_hosted_zones()["HostedZones"]) == 1


@bites("route53", BATCH)
def test_creating_a_record_again_is_refused_and_upserting_it_is_not(client: ClientFor, change: Change) -> None:
    change("CREATE")
    assert code_of(lambda: change("CREATE")) == "InvalidChangeBatch"
    assert code_of(lambda: change("CREATE", "A.example.com.")) == "InvalidChangeBatch"
    change("UPSERT", value="c.example.com")


def test_a_record_is_deleted_with_its_exact_values_only(client: ClientFor, zone: str, change: Change) -> None:
    assert code_of(lambda: change("DELETE")) == "InvalidChangeBatch"
    change("CREATE")
    assert code_of(lambda: change("DELETE", value="other.example.com")) == "InvalidChangeBatch"
    change("DELETE")
    assert records(client, zone) == []


def test_a_cname_stands_alone(client: ClientFor, change: Change) -> None:
    change("CREATE")
    assert code_of(lambda: change("CREATE", kind="A", value="192.0.2.1")) == "InvalidChangeBatch"


def test_a_record_can_be_made_again_after_it_was_deleted(client: ClientFor, zone: str, change: Change) -> None:
    change("CREATE", "z.a.example.com")
    for _ in range(2):
        change("CREATE")
        change("DELETE")
    change("CREATE")
    assert records(client, zone) == [("a.example.com.", "CNAME"), ("z.a.example.com.", "CNAME")]


def test_one_batch_replaces_a_record_or_does_nothing(client: ClientFor, zone: str, change: Change) -> None:
    change("CREATE")

    def batch(old: str) -> None:
        both = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": "a.example.com",
                    "Type": kind,
                    "TTL": 60,
                    "ResourceRecords": [{"Value": value}],
                },
            }
            for action, kind, value in (("DELETE", "CNAME", old), ("CREATE", "A", "192.0.2.1"))
        ]
        client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": both})

    assert code_of(lambda: batch("wrong.example.com")) == "InvalidChangeBatch"
    assert records(client, zone) == [("a.example.com.", "CNAME")]
    batch("b.example.com")
    assert records(client, zone) == [("a.example.com.", "A")]


@bites(
    "route53",
    "a change is INSYNC at once, and all changes have one id",
    "every change is INSYNC, also one that was never made",
    "TestDNSAnswer is missing; the rehearsal answers from the zone, and for an alias with addresses of its own",
)
def test_a_change_is_pending_until_the_servers_have_it(
    client: ClientFor, zone: str, change: Change, hand_clock: HandClock
) -> None:
    first, second = change("CREATE"), change("CREATE", "c.example.com")
    assert first["Status"] == "PENDING"
    assert first["Id"] != second["Id"]

    def seen() -> tuple[str, list[str]]:
        route53 = client("route53")
        answer = route53.test_dns_answer(HostedZoneId=zone, RecordName="a.example.com", RecordType="CNAME")
        return route53.get_change(Id=first["Id"])["ChangeInfo"]["Status"], answer["RecordData"]

    assert seen() == ("PENDING", [])
    hand_clock.now += INSYNC_S
    assert seen() == ("INSYNC", ["b.example.com"])


def test_a_name_without_records_is_answered_with_nxdomain(client: ClientFor, zone: str) -> None:
    answer = client("route53").test_dns_answer(HostedZoneId=zone, RecordName="no.example.com", RecordType="A")
    assert (answer["ResponseCode"], answer["RecordData"]) == ("NXDOMAIN", [])


def test_the_zone_of_the_domain_is_there_once_and_comes_back_after_a_reset(aws: Embedded, client: ClientFor) -> None:
    def zones() -> list[str]:
        return [one["Name"] for one in client("route53").list_hosted_zones()["HostedZones"]]

    try:
        aws.seed_zone("example.com")
        aws.seed_zone("example.com")
        assert zones() == ["example.com."]
        aws.reset()
        assert zones() == ["example.com."]
    finally:
        aws.forget_zone()
    aws.reset()
    assert zones() == []
