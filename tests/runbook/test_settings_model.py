"""The Deployment: its names, its rules, and what a change of it means."""

from __future__ import annotations

import json
import pickle

import pytest
from pydantic import ValidationError

from runbook.errors import SettingsError
from runbook.settings import (
    SERVICES,
    Deployment,
    applied_settings,
    applied_text,
    changed_fixed,
    differences,
    fixed_settings,
    revised,
)
from runbook.settings.limits import COMMERCIAL_REGIONS, FARGATE_MEMORY_MIB, RETENTION_DAYS

ACCOUNT = "123456789012"
ARN = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0a1b"


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return Deployment(region="us-east-1", domain="karet.example.com", open_to=["203.0.113.7/32"])


def problems_of(deployment: Deployment, **changes) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        revised(deployment, {key.replace("__", "."): value for key, value in changes.items()})
    return list(caught.value.problems)


def test_the_default_stack_gives_the_names_of_the_source_document(deployment):
    assert deployment.bucket(ACCOUNT) == "karet-data-123456789012"
    assert (deployment.task_role, deployment.worker_task_role, deployment.exec_role) == (
        "karet-task-role",
        "karet-worker-task-role",
        "karet-exec-role",
    )
    assert [deployment.repository(part) for part in ("web", "worker", "poller")] == [
        "karet",
        "karet-worker",
        "karet-poller",
    ]
    assert [deployment.ecs_service(service) for service in SERVICES] == ["karet-svc", "karet-worker-svc"]
    assert [deployment.log_group(service) for service in SERVICES] == ["/karet/web", "/karet/worker"]
    assert (deployment.cluster, deployment.namespace) == ("karet", "karet.local")
    assert deployment.worker_url == "http://karet-worker.karet.local:8080"
    assert deployment.secrets("web") == {"KARET_API_KEY": "/karet/prod/api-key"}
    assert deployment.settings_parameter == "/karet/settings"
    assert deployment.signed_parameter("13.1") == "/karet/signed/13.1"
    assert deployment.registry(ACCOUNT) == "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def test_another_stack_puts_its_name_in_place_everywhere(deployment):
    blue = revised(deployment, {"stack": "blue"})
    names = [
        *(blue.bucket(ACCOUNT), blue.task_role, blue.exec_role, blue.cluster, blue.namespace, blue.worker_url),
        *(blue.repository("worker"), blue.ecs_service("web"), blue.log_group("web"), blue.settings_parameter),
        *blue.secrets("web").values(),
    ]
    assert all("blue" in name and "karet" not in name for name in names)


def test_the_containers_get_the_variables_of_the_source_document(deployment):
    assert deployment.environment("worker", ACCOUNT) == {
        "AWS_REGION": "us-east-1",
        "PIPELINE_CONFIG_KEY": "config/pipeline.json",
        "POLARS_MAX_THREADS": "2",
        "PORT": "8080",
        "S3_BUCKET": "karet-data-123456789012",
    }
    web = deployment.environment("web", ACCOUNT)
    assert (web["PORT"], web["WORKER_URL"]) == ("3000", "http://karet-worker.karet.local:8080")


def test_a_deployment_is_frozen_and_can_be_pickled(deployment):
    with pytest.raises(ValidationError):
        deployment.stack = "other"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(deployment)) == deployment  # noqa: S301


def test_a_pinned_account_refuses_another_one(deployment):
    pinned = deployment.for_account(ACCOUNT)
    assert pinned.for_account(ACCOUNT).account == ACCOUNT
    with pytest.raises(SettingsError, match="999999999999"):
        pinned.for_account("999999999999")


def test_every_commercial_region_and_every_retention_is_accepted(deployment):
    for region in COMMERCIAL_REGIONS:
        assert revised(deployment, {"region": region}).region == region
    for days in RETENTION_DAYS:
        assert revised(deployment, {"retention_days": days}).retention_days == days


def test_exactly_the_pairs_that_fargate_offers_are_accepted(deployment):
    assert sum(len(offered) for offered in FARGATE_MEMORY_MIB.values()) == 3 + 4 + 7 + 13 + 23 + 12 + 12
    for cpu, offered in FARGATE_MEMORY_MIB.items():
        assert revised(deployment, {"web.cpu": cpu, "web.memory_mib": offered[-1]}).web.memory_mib == offered[-1]
        (line,) = problems_of(deployment, web__cpu=cpu, web__memory_mib=offered[-1] + 512)
        assert line.endswith(f"nearest is {offered[-1]}")
    assert "256, 512, 1024" in problems_of(deployment, web__cpu=300)[0]


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ("k", "2 to 15"),
        ("Karet", "2 to 15"),
        ("karet-", "ends with a hyphen"),
        ("sg", "security group"),
        ("sg-1", "security group"),
        ("internal", "load balancer"),
        ("awsome", "SSM parameter"),
        ("xn--a", "S3 bucket"),
        ("sthree", "S3 bucket"),
    ],
)
def test_a_stack_whose_names_aws_refuses_is_refused(deployment, stack, said):
    assert said in problems_of(deployment, stack=stack)[0]


@pytest.mark.parametrize(
    ("changes", "at", "said"),
    [
        ({"domain": None}, "tls", "needs a domain"),
        ({"domain": "karet.example.com", "hosted_zone": "example.org"}, "domain", "not inside the hosted zone"),
        ({"domain": "notexample.com", "hosted_zone": "example.com"}, "domain", "not inside the hosted zone"),
        ({"domain": None, "tls": "none", "hosted_zone": "example.com"}, "hosted_zone", "without a domain"),
        ({"domain": f"{'a' * 60}.example.com"}, "domain", "allows 64"),
        ({"tls": "arn"}, "certificate_arn", "is missing"),
        ({"certificate_arn": ARN}, "certificate_arn", "not used"),
        ({"tls": "arn", "certificate_arn": ARN, "region": "eu-west-1"}, "certificate_arn", "certificate of us-east-1"),
        ({"tls": "arn", "certificate_arn": ARN, "account": "9" * 12}, "certificate_arn", "not of 999999999999"),
        ({"tls": "arn", "certificate_arn": "arn:aws:iam::1"}, "certificate_arn", "is not the ARN"),
        ({"domain": "Karet.example.com"}, "domain", 'write "karet.example.com"'),
        ({"domain": "karet"}, "domain", "is not a domain name"),
        ({"open_to": ["10.0.0.1/8"]}, "open_to[0]", 'write "10.0.0.0/8"'),
        ({"open_to": ["::1/128"]}, "open_to[0]", "IPv6"),
        ({"open_to": ["10.0.0.0/8", "10.0.0.0/8"]}, "open_to", "more than once"),
        ({"account": "123"}, "account", "12 digits"),
        ({"storage.name": "my.bucket"}, "storage.name", "has a dot"),
        ({"storage.name": "My_Bucket"}, "storage.name", "lower-case"),
        ({"storage.name": "a--x-s3"}, "storage.name", "reserves"),
        ({"tags": {"aws:team": "x"}}, 'tags."aws:team"', "keeps for itself"),
        ({"tags": {"Karet:id": "x"}}, 'tags."Karet:id"', "keeps for itself"),
        ({"tags": {"team": "a#b"}}, "tags.team", "has a character"),
        ({"tags": {"team": "x" * 257}}, "tags.team", "allows 256"),
        ({"tags": {f"t{n}": "x" for n in range(45)}}, "tags", "allows 50"),
        ({"tags": {"Name": "x"}}, "tags.Name", "set by the runbook"),
        ({"alarms.email": "nobody"}, "alarms.email", "e-mail"),
        ({"images.web": "karet:latest"}, "images.web", "by digest"),
        ({"app.web.port": 0}, "app.web.port", "at least 1"),
        ({"app.web.health_path": "login"}, "app.web.health_path", "begins with a slash"),
        ({"app.web.health_codes": "abc"}, "app.web.health_codes", "HTTP codes"),
        ({"app.worker.health_command": ["wget"]}, "app.worker.health_command", "CMD-SHELL"),
        ({"app.worker.environment": {"AWS_ACCESS_KEY_ID": "x"}}, "app.worker.environment", "task role"),
        ({"app.worker.environment": {"S3_ENDPOINT": "x"}}, "app.worker.environment", "finds the real S3"),
        ({"app.web.environment": {"SESSION_SECRET": "x"}}, "app.web.environment.SESSION_SECRET", "app.web.secrets"),
        ({"app.web.environment": {"PORT": "1"}}, "app.web.environment", "app.web.port_variable"),
        ({"app.web.secrets": {"KEY": "api-key-abc123"}}, "app.web.secrets.KEY", "six characters"),
        ({"app.web.s3.read_keys": ["/all"]}, "app.web.s3.read_keys[0]", "pattern of S3 keys"),
        ({"budget_usd": 0}, "budget_usd", "more than 0"),
        ({"pipeline.key": "/config"}, "pipeline.key", "not a slash first"),
    ],
)
def test_values_that_aws_or_the_stack_cannot_take_are_refused_where_they_stand(deployment, changes, at, said):
    with pytest.raises(SettingsError) as caught:
        revised(deployment, changes)
    assert any(line.startswith(f"{at}: ") and said in line for line in caught.value.problems), caught.value.problems


def test_the_s3_endpoint_of_the_own_region_may_stand_in_the_environment(deployment):
    key = "app.worker.environment"
    right = {"AWS_ENDPOINT_URL": "https://s3.us-east-1.amazonaws.com"}
    assert revised(deployment, {key: right}).app.worker.environment == right
    (line,) = problems_of(deployment, app__worker__environment={"AWS_ENDPOINT_URL": "http://rustfs:9000"})
    assert "can only be https://s3.us-east-1.amazonaws.com" in line


def test_a_third_zone_adds_subnets_and_moves_none(deployment):
    three = revised(deployment, {"zones": 3})
    assert three.public_subnets[:2] == deployment.public_subnets
    assert three.private_subnets[:2] == deployment.private_subnets
    assert len({*three.public_subnets, *three.private_subnets}) == 6


@pytest.mark.parametrize(
    ("changes", "at", "said"),
    [
        ({"cidr": "10.0.0.0/15"}, "vpc.cidr", "/16 to /28"),
        ({"cidr": "8.8.0.0/16"}, "vpc.cidr", "outside the private ranges"),
        ({"cidr": "10.0.0.0/26"}, "vpc.cidr", "too small to be cut"),
        ({"cidr": "10.0.0.0/25"}, "vpc.cidr", "a load balancer needs /27"),
        ({"public_subnets": ["10.60.0.0/24"]}, "vpc.public_subnets", "zones = 2 needs 2"),
        ({"public_subnets": ["10.61.0.0/24", "10.60.1.0/24"]}, "vpc.public_subnets", "not inside the VPC"),
        ({"public_subnets": ["10.60.0.0/24", "10.60.0.128/25"]}, "vpc.public_subnets", "overlaps"),
        ({"public_subnets": ["10.60.0.0/28", "10.60.1.0/24"]}, "vpc.public_subnets", "/27 or larger"),
        ({"id": "vpc-0123456789abcdef0"}, "vpc.public_subnet_ids", "zones = 2 needs 2"),
        ({"public_subnet_ids": ["subnet-0123456789abcdef0"]}, "vpc.public_subnet_ids", "without vpc.id"),
        ({"id": "10.0.0.0"}, "vpc.id", "is not the id of a VPC"),
    ],
)
def test_an_address_plan_that_cannot_be_built_is_refused(deployment, changes, at, said):
    with pytest.raises(SettingsError) as caught:
        revised(deployment, {f"vpc.{key}": value for key, value in changes.items()})
    assert any(line.startswith(f"{at}: ") and said in line for line in caught.value.problems), caught.value.problems


def test_a_private_subnet_has_to_hold_a_whole_rollout(deployment):
    blocks = {"vpc.private_subnets": ["10.60.128.0/28", "10.60.129.0/24"]}
    assert revised(deployment, blocks).private_subnets[0] == "10.60.128.0/28"
    with pytest.raises(SettingsError, match="has 11 addresses; a rollout of 4 tasks over 2 zones needs 12"):
        revised(deployment, {**blocks, "web.count": 3})


def test_an_existing_vpc_needs_distinct_subnets_and_takes_no_cidr(deployment):
    ids = {
        "vpc.id": "vpc-0123456789abcdef0",
        "vpc.public_subnet_ids": ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"],
        "vpc.private_subnet_ids": ["subnet-0cccccccccccccccc", "subnet-0dddddddddddddddd"],
    }
    given = revised(deployment, ids)
    assert given.public_subnets == given.private_subnets == ()
    twice = {**ids, "vpc.private_subnet_ids": ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0dddddddddddddddd"]}
    with pytest.raises(SettingsError, match="named more than once"):
        revised(deployment, twice)
    with pytest.raises(SettingsError, match="has its own addresses"):
        revised(deployment, {**ids, "vpc.cidr": "10.1.0.0/16"})


def test_what_is_allowed_and_risky_is_a_warning(deployment):
    def warned(**changes) -> str:
        return " ".join(revised(deployment, {k.replace("__", "."): v for k, v in changes.items()}).warnings())

    assert "fails item 6" in warned(tls="none")
    assert "anybody" in warned(open_to=["0.0.0.0/0"])
    assert "nobody" in warned(open_to=[])
    assert "web.count" in warned()
    assert "web.count" not in warned(web__count=1)
    assert "worker.count" in warned(worker__count=2)


def test_the_documents_prefix_is_warned_about_and_a_prefix_that_fits_is_not(deployment):
    assert any("app.upload_prefix" in line for line in deployment.warnings())
    for prefix, suffix, fits in (
        ("pipelines/", ".csv", True),
        ("pipelines/sales/raw/", "", True),
        ("pipelines/sales/clean/", "", False),
        ("", "/", False),
        ("pipelines/a/raw/x/y", "", False),
    ):
        changes = {"app.upload_prefix": prefix, "app.upload_suffix": suffix}
        assert any("app.upload" in line for line in revised(deployment, changes).warnings()) is not fits
    assert not any("app.upload" in line for line in revised(deployment, {"events": "none"}).warnings())


def test_applied_settings_are_canonical_json_without_what_only_this_machine_knows(deployment):
    values = applied_settings(deployment)
    assert json.loads(applied_text(deployment)) == values
    for local in ("source", "budget_usd", "usage"):
        assert local not in values
    assert "file" not in values["pipeline"]
    assert applied_text(revised(deployment, {"budget_usd": 5, "source.web": "x"})) == applied_text(deployment)


def test_the_applied_settings_fit_into_a_standard_ssm_parameter(deployment):
    # Source: AWS docs: Parameter Store, standard parameters hold 4 KB, read 2026-11-23.
    assert len(applied_text(deployment.for_account(ACCOUNT))) < 3000


def test_differences_name_each_setting_once_with_both_values(deployment):
    now = revised(deployment, {"network": "endpoints", "tags": {"team": "data"}})
    found = differences(applied_settings(deployment), applied_settings(now))
    assert [(one.key, one.before, one.after) for one in found] == [
        ("network", "nat", "endpoints"),
        ("tags.team", None, "data"),
    ]


def test_fixed_settings_carry_a_reason_and_a_way():
    assert set(fixed_settings()) == {
        *("stack", "region", "storage.name"),
        *("vpc.id", "vpc.cidr", "vpc.public_subnets", "vpc.private_subnets"),
    }
    assert all(fixed.reason and fixed.way for fixed in fixed_settings().values())


def test_a_changed_fixed_setting_is_found_and_a_third_zone_is_none(deployment):
    mine = deployment.for_account(ACCOUNT)
    applied = applied_settings(mine)
    assert changed_fixed(applied, mine) == []
    assert changed_fixed(applied, deployment) == []
    assert changed_fixed(applied, revised(mine, {"zones": 3, "network": "endpoints"})) == []
    assert changed_fixed(applied, revised(mine, {"storage.name": f"karet-data-{ACCOUNT}"})) == []
    for changes, key in (
        ({"region": "eu-west-1"}, "region"),
        ({"storage.name": "other-bucket"}, "storage.name"),
        ({"vpc.public_subnets": ["10.60.0.0/24", "10.60.1.0/24"]}, "vpc.public_subnets"),
    ):
        (change,) = changed_fixed(applied, revised(mine, changes))
        assert (change.key, bool(change.reason), bool(change.way)) == (key, True, True)
    moved = changed_fixed(applied, revised(mine, {"vpc.cidr": "10.1.0.0/16"}))
    assert {change.key for change in moved} == {"vpc.cidr", "vpc.public_subnets", "vpc.private_subnets"}


def test_settings_applied_by_another_version_do_not_stop_the_comparison(deployment):
    assert changed_fixed({"stack": "karet", "gone": 1, "vpc": {"other": [1]}}, deployment) == []
    assert changed_fixed({}, deployment) == []
