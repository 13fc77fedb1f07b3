"""What the operator got wrong is named with the value, the rule and the way out, before anything is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook.aws.guard import is_read
from runbook.errors import ForeignError, SettingsError
from runbook.rehearsal.embedded import Embedded
from runbook.runs.runs import Runs
from runbook.settings import load, revised

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-4111-8111-111111111111"

WRONG = {
    "a VPC too large": (
        ["vpc.cidr=10.0.0.0/15"],
        ["vpc.cidr", '"10.0.0.0/15" is a /15', "AWS allows /16 to /28"],
    ),
    "a VPC too small": (
        ["vpc.cidr=10.0.0.0/26"],
        ["vpc.cidr", "/26 is too small to be cut into eight subnets", "use /24 or larger"],
    ),
    "subnets that overlap": (
        ['vpc.public_subnets=["10.60.0.0/24", "10.60.0.128/25"]'],
        ["vpc.public_subnets", "10.60.0.128/25 overlaps 10.60.0.0/24"],
    ),
    "a subnet too small": (
        ["web.count=6", 'vpc.private_subnets=["10.60.128.0/28", "10.60.160.0/20"]'],
        ["vpc.private_subnets", "10.60.128.0/28 has 11 addresses", "needs 15"],
    ),
    "a region that does not exist": (
        ["region=us-est-1"],
        ["region", '"us-est-1" is not a region', 'did you mean "us-'],
    ),
    "too many zones": (["zones=4"], ["zones", "4 is not one of 2, 3"]),
    "a domain outside its zone": (
        ["domain=karet.example.org", "hosted_zone=example.com"],
        ["domain", '"karet.example.org" is not inside the hosted zone "example.com"'],
    ),
    "a certificate of another region": (
        ["tls=arn", f"certificate_arn={ARN}"],
        ["certificate_arn", "is a certificate of eu-west-1", "us-east-1 takes certificates of that region only"],
    ),
    "a pair that Fargate does not offer": (
        ["web.cpu=256", "web.memory_mib=4096"],
        ["web.memory_mib", "4096 MiB with 256 CPU units", "it offers 512, 1024, 2048", "nearest is 2048"],
    ),
    "a bucket name that cannot be": (
        ["storage.name=my.bucket"],
        ["storage.name", '"my.bucket" has a dot'],
    ),
}


def _only_reads(embedded: Embedded) -> bool:
    return all(is_read(call["service"], call["operation"]) for call in embedded.calls() if call["service"])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_value_rule_and_way_out(name: str) -> None:
    settings, words = WRONG[name]
    with pytest.raises(SettingsError) as refused:
        load(None, ("region=us-east-1", *settings), environ={}, profile_region=lambda: None, rehearsal=True)
    said = str(refused.value)
    assert [word for word in words if word not in said] == []
    assert refused.value.exit_code == 64


def _stops(runs: Runs, *words: str) -> dict[str, str]:
    return {one.id: one.stop for one in runs.plan(words).plan.changes if one.stop}


def test_a_source_without_a_dockerfile_is_named(open_runs: Any, embedded: Embedded, tmp_path: Any) -> None:
    runs = open_runs()
    nothing = Runs(replace(runs.place, deployment=revised(runs.place.deployment, {"source.web": str(tmp_path)})))
    stop = _stops(nothing, "4")["images.web"]
    assert str(tmp_path) in stop
    assert "has no Dockerfile" in stop
    assert "set source.web, or images.web" in stop
    assert _only_reads(embedded)


def test_a_repository_of_somebody_else_is_named(open_runs: Any, embedded: Embedded) -> None:
    ecr = embedded._rehearsal._inside.client("ecr", "us-east-1")
    ecr.create_repository(repositoryName="karet")
    ecr.create_repository(repositoryName="karet-worker", tags=[{"Key": "karet:stack", "Value": "green"}])
    embedded.clear_calls()
    stops = _stops(open_runs(), "4")
    assert "karet exists and does not carry our tags" in stops["images.web-repository"]
    assert "belongs to the stack green" in stops["images.worker-repository"]
    assert all(f"--adopt {id_}, or choose another name" in stop for id_, stop in stops.items())
    assert _only_reads(embedded)


def test_a_bucket_of_another_account_is_named(open_runs: Any, embedded: Embedded) -> None:
    embedded.foreign_buckets(["taken-by-others"])
    with pytest.raises(ForeignError) as refused:
        open_runs("storage.name=taken-by-others").plan()
    assert "taken-by-others belongs to another account than 123456789012" in str(refused.value)
    assert "storage.name" in refused.value.hint
    assert _only_reads(embedded)


def test_a_certificate_and_subnets_that_do_not_exist_are_named(open_runs: Any, embedded: Embedded) -> None:
    arn = ARN.replace("eu-west-1", "us-east-1")
    stop = _stops(open_runs("tls=arn", f"certificate_arn={arn}"), "7")["balancer.certificate-issued"]
    assert arn in stop
    assert "does not exist" in stop
    subnets = [f"subnet-0000000{number}" for number in range(4)]
    existing = f"vpc={{id='vpc-01234567', public_subnet_ids={subnets[:2]}, private_subnet_ids={subnets[2:]}}}"
    stops = _stops(open_runs(existing), "5")
    assert {"network.vpc", "network.public-a", "network.private-b"} <= stops.keys()
    assert "vpc-01234567" in stops["network.vpc"]
    assert _only_reads(embedded)
