"""Section 7 brings HTTPS up in the order that AWS accepts, changes its mind, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from runbook import document
from runbook.model import Check, Resource, Section
from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.endpoint import ACCOUNT_ID
from runbook.runs.runs import Runs
from runbook.sections import s07_checks, s07_load_balancer
from runbook.settings import Deployment

OpenRuns = Callable[..., Runs]
DOMAIN = "karet.example.com"
ZONE = "example.com"
HTTPS = (f"domain={DOMAIN}",)
PLAIN = (f"domain={DOMAIN}", "tls=none")


def _without_services(deployment: Deployment) -> Sequence[Resource]:
    found = s07_load_balancer.resources(deployment)
    return [replace(one, after=tuple(set(one.after) - {"services.web"})) for one in found]  # type: ignore[type-var]


def _without_targets(deployment: Deployment) -> Sequence[Check]:
    return [one for one in s07_checks.checks(deployment) if one.id != "balancer.targets"]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Section 7 with its network, and without the services that its last step waits for."""

    def kept(section: Section) -> Section:
        if section.number == 7:
            return replace(section, resources=_without_services, checks=_without_targets, built=True)
        return section if section.number == 5 else replace(section, resources=lambda _: (), checks=lambda _: ())

    sections = tuple(kept(section) for section in document.sections())
    monkeypatch.setattr(document, "sections", lambda: sections)


@pytest.fixture
def route53(embedded: Embedded) -> Any:
    return embedded._rehearsal._inside.client("route53", "us-east-1")


def apply(runs: Runs, *sections: str, adopt: Sequence[str] = ()) -> dict[str, str]:
    """Apply, and what became of every step that is not done."""
    result = runs.apply(runs.plan(sections or ("5", "7"), adopt=adopt), command="test")
    return {one.change.id: f"{one.became}: {one.error}" for one in result.report.steps if one.became != "done"}


def destroy(runs: Runs) -> dict[str, str]:
    result = runs.apply(runs.plan_destroy(delete_data=True), command="test")
    return {one.change.id: f"{one.became}: {one.error}" for one in result.report.steps if one.became != "done"}


def acting(runs: Runs) -> dict[str, str]:
    return {one.step: one.action for one in runs.plan(["5", "7"]).plan.acting}


def outcomes(runs: Runs) -> Mapping[str, str]:
    return {one.id: one.outcome for one in runs.verify(["7"])}


def records(route53: Any, zone: str = ZONE) -> dict[str, str]:
    """Name to type of the zone's records, without the zone's own."""
    found = {one["Name"].rstrip("."): one["Id"] for one in route53.list_hosted_zones()["HostedZones"]}
    listed = route53.list_resource_record_sets(HostedZoneId=found[zone])["ResourceRecordSets"]
    return {one["Name"]: one["Type"] for one in listed if one["Type"] not in ("NS", "SOA")}


def set_record(route53: Any, record: Mapping[str, Any], zone: str = ZONE) -> None:
    found = {one["Name"].rstrip("."): one["Id"] for one in route53.list_hosted_zones()["HostedZones"]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": dict(record)}]}
    route53.change_resource_record_sets(HostedZoneId=found[zone], ChangeBatch=batch)


def test_https_comes_up_stays_as_it_is_and_leaves_nothing(
    open_runs: OpenRuns, embedded: Embedded, route53: Any
) -> None:
    before = embedded.inventory()
    assert apply(open_runs(*HTTPS)) == {}
    assert acting(open_runs(*HTTPS)) == {}
    assert set(outcomes(open_runs(*HTTPS)).values()) == {"passed"}
    assert sorted(records(route53).values()) == ["A", "CNAME"]
    assert destroy(open_runs(*HTTPS)) == {}
    assert records(route53) == {}
    assert embedded.inventory() == before


@pytest.mark.prove
def test_tls_can_be_switched_off_and_on_again(open_runs: OpenRuns, embedded: Embedded, route53: Any) -> None:
    assert apply(open_runs(*PLAIN)) == {}
    plain = embedded.inventory()
    found = outcomes(open_runs(*PLAIN))
    assert {id_ for id_, outcome in found.items() if outcome == "failed"} == {"balancer.https-certificate"}
    assert apply(open_runs(*HTTPS)) == {}
    assert acting(open_runs(*HTTPS)) == {}
    assert set(outcomes(open_runs(*HTTPS)).values()) == {"passed"}
    assert apply(open_runs(*PLAIN), "7") == {}
    assert acting(open_runs(*PLAIN)) == {}
    assert embedded.inventory() == plain
    assert list(records(route53).values()) == ["A"]


@pytest.mark.prove
def test_another_domain_gets_another_certificate_and_the_old_names_go(open_runs: OpenRuns, route53: Any) -> None:
    assert apply(open_runs(*HTTPS)) == {}
    other = ("domain=data.example.com",)
    assert apply(open_runs(*other), "7") == {}
    assert acting(open_runs(*other)) == {}
    names = sorted(records(route53))
    assert len(names) == 2
    assert all(name.endswith("data.example.com.") for name in names)


def test_a_record_of_somebody_else_stops_the_plan_until_it_is_taken_over(open_runs: OpenRuns, route53: Any) -> None:
    live = {"Name": DOMAIN, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "old.example.net"}]}
    set_record(route53, live)
    stops = {one.id: one.stop for one in open_runs(*PLAIN).plan(["5", "7"]).plan.changes if one.stop}
    assert set(stops) == {"balancer.alias"}
    assert "CNAME old.example.net" in stops["balancer.alias"]
    assert "--adopt balancer.alias" in stops["balancer.alias"]
    assert records(route53) == {f"{DOMAIN}.": "CNAME"}
    assert apply(open_runs(*PLAIN), adopt=["balancer.alias"]) == {}
    assert records(route53) == {f"{DOMAIN}.": "A"}
    assert acting(open_runs(*PLAIN)) == {}


@pytest.mark.prove
def test_a_record_of_somebody_else_is_left_by_a_destroy(open_runs: OpenRuns, route53: Any) -> None:
    assert apply(open_runs("tls=none", "domain=")) == {}
    set_record(route53, {"Name": DOMAIN, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]})
    assert destroy(open_runs(*PLAIN)) == {}
    assert records(route53) == {f"{DOMAIN}.": "A"}


def test_a_zone_elsewhere_waits_for_a_person_and_goes_on_when_aws_has_seen_the_record(
    open_runs: OpenRuns, embedded: Embedded
) -> None:
    settings = ("domain=karet.example.org",)
    runs = open_runs(*settings)
    result = runs.apply(runs.plan(["5", "7"]), command="test")
    became = {one.change.id: one for one in result.report.steps if one.became != "done"}
    waiting = became.pop("balancer.certificate-records")
    assert (waiting.became, result.report.outcome, result.report.exit_code) == ("waiting", "waiting", 4)
    assert "_d930b28be6c5927595552b219965053e.karet.example.org. CNAME" in str(waiting.error)
    assert set(became) == {"balancer.certificate-issued", "balancer.https"}
    assert {one.became for one in became.values()} == {"not_started"}
    for certificate in embedded._rehearsal.world.backend("acm", "us-east-1")._certificates.values():
        certificate.status = "ISSUED"
    assert apply(open_runs(*settings)) == {}
    assert acting(open_runs(*settings)) == {}
    found = outcomes(open_runs(*settings))
    assert found.pop("balancer.name") == "waiting"
    assert set(found.values()) == {"passed"}
    alias = next(one for one in open_runs(*settings).plan(["7"]).plan.changes if one.id == "balancer.alias")
    assert "is not checked" in alias.reason
    assert "karet.example.org CNAME karet-alb" in alias.reason


@pytest.mark.prove
def test_an_existing_certificate_is_used_and_never_removed(
    open_runs: OpenRuns, embedded: Embedded, route53: Any
) -> None:
    acm = embedded._rehearsal._inside.client("acm", "us-east-1")
    arn = acm.request_certificate(DomainName="*.example.com", ValidationMethod="DNS")["CertificateArn"]
    settings = (f"domain={DOMAIN}", "tls=arn", f"certificate_arn={arn}")

    def stop() -> str:
        return next(one.stop for one in open_runs(*settings).plan(["7"]).plan.changes if one.id.endswith("issued"))

    assert "is PENDING_VALIDATION" in stop()
    record = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    value = [{"Value": record.pop("Value")}]
    set_record(route53, {**record, "TTL": 60, "ResourceRecords": value})
    assert stop() == ""
    assert apply(open_runs(*settings)) == {}
    assert acting(open_runs(*settings)) == {}
    assert set(outcomes(open_runs(*settings)).values()) == {"passed"}
    assert destroy(open_runs(*settings)) == {}
    assert [one["CertificateArn"] for one in acm.list_certificates()["CertificateSummaryList"]] == [arn]
    assert list(records(route53).values()) == ["CNAME"]


@pytest.mark.parametrize(
    ("arn", "domain", "words"),
    [
        (f"arn:aws:acm:us-east-1:{ACCOUNT_ID}:certificate/11111111-1111-4111-8111-111111111111", DOMAIN, "not exist"),
        ("", "karet.other.org", "is for example.com, not for karet.other.org"),
    ],
)
def test_a_certificate_that_does_not_fit_stops_the_plan(
    open_runs: OpenRuns, embedded: Embedded, arn: str, domain: str, words: str
) -> None:
    backend = embedded._rehearsal.world.backend("acm", "us-east-1")
    made = backend.request_certificate("example.com", "t", None, None)
    backend._certificates[made].status = "ISSUED"
    runs = open_runs(f"domain={domain}", "tls=arn", f"certificate_arn={arn or made}")
    stops = [one.stop for one in runs.plan(["7"]).plan.changes if one.stop]
    assert len(stops) == 1
    assert words in stops[0]
