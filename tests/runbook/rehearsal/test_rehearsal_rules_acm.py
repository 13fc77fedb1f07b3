"""The rules of ACM bite real clients: a certificate waits for its record, is requested once, and stays while used."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of
from rehearsal_hand_clock import HandClock
from rehearsal_network import make_balancer, make_network, make_targets

from runbook.rehearsal.rules.acm import ISSUED_S

DOMAIN = "karet.example.com"


def request(client: ClientFor, repeat: str = "once") -> str:
    params = {"DomainName": DOMAIN, "ValidationMethod": "DNS", "IdempotencyToken": repeat}
    return str(client("acm").request_certificate(**params, Tags=[{"Key": "k", "Value": "v"}])["CertificateArn"])


def described(client: ClientFor, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    return found


def prove(client: ClientFor, arn: str, *, value: str = "", private: bool = False) -> None:
    """Set the record that the certificate asks for, in a zone of the domain."""
    record = described(client, arn)["DomainValidationOptions"][0]["ResourceRecord"]
    more = {"VPC": {"VPCRegion": "us-east-1", "VPCId": make_network(client).vpc}} if private else {}
    config = {"PrivateZone": private}
    zone = client("route53").create_hosted_zone(
        Name="example.com", CallerReference=f"{private}{value}", HostedZoneConfig=config, **more
    )["HostedZone"]["Id"]
    wanted = {**record, "TTL": 300, "ResourceRecords": [{"Value": value or record["Value"]}]}
    del wanted["Value"]
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": wanted}]}
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


@bites("acm", "a certificate is issued after a time, whether its validation record exists or not")
def test_a_certificate_is_issued_some_time_after_its_record_is_there(client: ClientFor, hand_clock: HandClock) -> None:
    arn = request(client)
    hand_clock.now += 10 * ISSUED_S
    assert described(client, arn)["Status"] == "PENDING_VALIDATION"
    prove(client, arn)
    assert described(client, arn)["Status"] == "PENDING_VALIDATION"
    hand_clock.now += ISSUED_S
    found = described(client, arn)
    assert (found["Status"], found["DomainValidationOptions"][0]["ValidationStatus"]) == ("ISSUED", "SUCCESS")


@pytest.mark.parametrize("how", [{"value": "_other.acm-validations.aws."}, {"private": True}])
def test_another_value_and_a_private_zone_prove_nothing(client: ClientFor, how: dict[str, Any]) -> None:
    arn = request(client)
    prove(client, arn, **how)
    assert described(client, arn)["Status"] == "PENDING_VALIDATION"


@bites("acm", "the same IdempotencyToken makes a second certificate")
def test_a_token_makes_one_certificate(client: ClientFor) -> None:
    first = request(client)
    assert request(client) == first
    assert request(client, "twice") != first


def test_the_token_of_a_deleted_certificate_makes_a_new_one(client: ClientFor) -> None:
    first = request(client)
    client("acm").delete_certificate(CertificateArn=first)
    second = request(client)
    assert second != first
    assert described(client, second)["DomainName"] == DOMAIN


@bites("acm", "a certificate that a listener uses can be deleted")
@bites("elbv2", "certificates and target groups stay in use after the listener that used them is gone")
def test_a_certificate_in_use_stays_until_the_listener_is_gone(client: ClientFor) -> None:
    arn = request(client)
    prove(client, arn)
    network = make_network(client)
    balancer, targets = make_balancer(client, network), make_targets(client, network)
    listener = client("elbv2").create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
    )["Listeners"][0]["ListenerArn"]
    assert described(client, arn)["InUseBy"] == [balancer["LoadBalancerArn"]]
    assert code_of(lambda: client("acm").delete_certificate(CertificateArn=arn)) == "ResourceInUseException"
    client("elbv2").delete_listener(ListenerArn=listener)
    assert described(client, arn)["InUseBy"] == []
    group = client("elbv2").describe_target_groups(TargetGroupArns=[targets])["TargetGroups"][0]
    assert group["LoadBalancerArns"] == []
    client("acm").delete_certificate(CertificateArn=arn)
