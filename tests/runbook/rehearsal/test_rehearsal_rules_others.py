"""The rules of Systems Manager, EC2 and Service Quotas bite real clients."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal_bites import bites
from rehearsal_clients import ClientFor, code_of

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.rules.service_quotas import QUOTAS


@bites("ssm", "names with spaces, other symbols or empty parts are accepted")
@pytest.mark.parametrize("name", ["/a b", "/a//b", "a/b", "/a$b", "/" + "a" * 2048])
def test_a_bad_parameter_name_is_refused(client: ClientFor, name: str) -> None:
    put = {"Name": name, "Value": "1", "Type": "String"}
    assert code_of(lambda: client("ssm").put_parameter(**put)) == "ValidationException"


@pytest.mark.parametrize(("name", "code"), [("/aws/x", "AccessDeniedException"), ("ssm-x", "ValidationException")])
def test_a_reserved_parameter_name_is_refused(client: ClientFor, name: str, code: str) -> None:
    assert code_of(lambda: client("ssm").put_parameter(Name=name, Value="1", Type="String")) == code


@bites("ssm", "a hierarchy of any depth is accepted")
def test_a_parameter_has_at_most_fifteen_levels(client: ClientFor) -> None:
    put = {"Value": "1", "Type": "String"}
    client("ssm").put_parameter(Name="/a" * 15, **put)
    deep = code_of(lambda: client("ssm").put_parameter(Name="/a" * 16, **put))
    assert deep == "HierarchyLevelLimitExceededException"


@bites("ssm", "a value of any size is accepted in the standard tier")
def test_a_parameter_has_room_for_4_kb_or_8_in_the_advanced_tier(client: ClientFor) -> None:
    def put(size: int, tier: str) -> Any:
        return client("ssm").put_parameter(Name="/karet/x", Value="x" * size, Type="String", Tier=tier, Overwrite=True)

    put(4096, "Standard")
    assert code_of(lambda: put(4097, "Standard")) == "ValidationException"
    put(8192, "Advanced")
    assert code_of(lambda: put(8193, "Advanced")) == "ValidationException"
    assert code_of(lambda: put(0, "Standard")) == "ValidationException"


@bites(
    "ec2",
    "DryRun is executed by CreateVpc, CreateSubnet, CreateRouteTable, CreateRoute, AssociateRouteTable, "
    "CreateNatGateway, CreateVpcEndpoint and DeleteSubnet",
)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("create_vpc", {"CidrBlock": "10.0.0.0/16"}),
        ("create_subnet", {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}),
        ("create_route_table", {"VpcId": "vpc-1"}),
        ("create_route", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"}),
        ("associate_route_table", {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"}),
        ("create_nat_gateway", {"SubnetId": "subnet-1"}),
        ("create_vpc_endpoint", {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.us-east-1.s3"}),
        ("delete_subnet", {"SubnetId": "subnet-1"}),
        ("describe_vpcs", {}),
    ],
)
def test_a_dry_run_does_nothing(aws: Embedded, client: ClientFor, method: str, params: dict[str, Any]) -> None:
    assert code_of(lambda: getattr(client("ec2"), method)(**params, DryRun=True)) == "DryRunOperation"
    assert aws.inventory() == {}


@bites(
    "service-quotas",
    "no quotas of ec2, elasticloadbalancing and fargate; the rehearsal answers AWS's default values",
)
@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.code)
def test_every_quota_of_the_table_is_answered(client: ClientFor, quota: Any) -> None:
    quotas = client("service-quotas", "eu-west-1")
    for ask in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        found = ask(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]
        assert (found["Value"], found["QuotaName"]) == (quota.value, quota.name)
        assert ":eu-west-1:" in found["QuotaArn"]


@bites("service-quotas", "only the quotas of Amazon VPC exist; the rehearsal knows those that the runbook asks for")
def test_an_unknown_quota_is_refused(client: ClientFor) -> None:
    ask = {"ServiceCode": "vpc", "QuotaCode": "L-00000000"}
    assert code_of(lambda: client("service-quotas").get_service_quota(**ask)) == "NoSuchResourceException"


@bites("service-quotas", "ListServiceQuotas is missing")
def test_quotas_are_listed_by_service(client: ClientFor) -> None:
    quotas = client("service-quotas")
    codes = [quota["QuotaCode"] for quota in quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]]
    assert sorted(codes) == sorted(quota.code for quota in QUOTAS if quota.service == "vpc")
    assert quotas.list_service_quotas(ServiceCode="lambda")["Quotas"] == []
