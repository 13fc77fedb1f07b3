"""Two equal accounts give equal inventories, and anything that exists once more shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rehearsal_clients import ClientFor

from runbook.rehearsal.embedded import Embedded
from runbook.rehearsal.inventory_table import LISTINGS
from runbook.rehearsal.wire import service_model

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)


def name(kind: str, value: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": value}]}]


def build(client: ClientFor) -> None:
    s3, iam, ec2, ssm = client("s3"), client("iam"), client("ec2"), client("ssm")
    s3.create_bucket(Bucket="karet", CreateBucketConfiguration={"Tags": [{"Key": "karet:id", "Value": "s3.bucket"}]})
    s3.put_bucket_versioning(Bucket="karet", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="karet", Key="config/pipeline.json", Body=b"{}")
    s3.put_bucket_metrics_configuration(Bucket="karet", Id="all", MetricsConfiguration={"Id": "all"})
    iam.create_role(RoleName="karet-task-role", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])
    iam.put_role_policy(
        RoleName="karet-task-role",
        PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    )
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    ssm.put_parameter(Name="/karet/settings", Value="{}", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=name("vpc", "karet"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a", TagSpecifications=name("subnet", "a")
    )["Subnet"]
    group = ec2.create_security_group(GroupName="karet-alb", Description="alb", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]}],
    )
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=name("elastic-ip", "nat-a"))["AllocationId"]
    ec2.create_nat_gateway(
        SubnetId=subnet["SubnetId"], AllocationId=address, TagSpecifications=name("natgateway", "nat-a")
    )


def test_two_runs_give_one_inventory(aws: Embedded, client: ClientFor) -> None:
    build(client)
    first = aws.inventory()
    aws.reset()
    build(client)
    assert aws.inventory() == first
    assert json.loads(json.dumps(first)) == first
    assert set(first) >= {
        "global s3.buckets",
        "global iam.roles",
        "us-east-1 ssm.parameters",
        "us-east-1 ec2.vpcs",
        "us-east-1 ec2.subnets",
        "us-east-1 ec2.nat_gateways",
        "us-east-1 ec2.security_groups",
    }
    bucket = first["global s3.buckets"][0]
    assert bucket["versioning"] == "Enabled"
    assert [item["key"] for item in bucket["objects"]] == ["config/pipeline.json"]
    assert bucket["tags"] == [{"Key": "karet:id", "Value": "s3.bucket"}]
    assert first["us-east-1 ec2.subnets"][0]["VpcId"] == "<vpcs:karet>"
    assert {role["RoleName"] for role in first["global iam.roles"]} == {"karet-task-role", "AWSServiceRoleForECS"}


DUPLICATES: list[Callable[[ClientFor], object]] = [
    lambda client: client("s3").create_bucket(Bucket="karet-2"),
    lambda client: client("s3").put_object(Bucket="karet", Key="config/pipeline.json", Body=b"{}"),
    lambda client: client("s3").delete_object(Bucket="karet", Key="config/pipeline.json"),
    lambda client: client("s3").create_multipart_upload(Bucket="karet", Key="k"),
    lambda client: client("iam").create_role(RoleName="karet-2", AssumeRolePolicyDocument=TRUST),
    lambda client: client("iam").tag_role(RoleName="karet-task-role", Tags=[{"Key": "c", "Value": "d"}]),
    lambda client: client("ssm").put_parameter(Name="/karet/2", Value="{}", Type="String"),
    lambda client: client("ssm").put_parameter(Name="/karet/settings", Value="{1}", Type="String", Overwrite=True),
    lambda client: client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=name("vpc", "karet")),
    lambda client: client("ec2").allocate_address(Domain="vpc", TagSpecifications=name("elastic-ip", "nat-a")),
    lambda client: client("ec2", "eu-west-1").create_vpc(CidrBlock="10.0.0.0/16"),
]


def test_anything_that_exists_once_more_or_otherwise_shows(aws: Embedded, client: ClientFor) -> None:
    build(client)
    seen, hidden = aws.inventory(), []
    for number, once_more in enumerate(DUPLICATES):
        once_more(client)
        before, seen = seen, aws.inventory()
        if seen == before:
            hidden.append(number)
    assert hidden == []


def test_what_aws_made_by_itself_is_left_out(aws: Embedded, client: ClientFor) -> None:
    assert client("ec2").describe_vpcs()["Vpcs"][0]["IsDefault"] is True
    assert client("ec2").describe_security_groups()["SecurityGroups"]
    assert aws.inventory() == {}


def test_a_secret_parameter_keeps_its_value_out_of_the_inventory(aws: Embedded, client: ClientFor) -> None:
    client("ssm").put_parameter(Name="/karet/key", Value="canary-7f3a", Type="SecureString")
    assert "canary-7f3a" not in json.dumps(aws.inventory())


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: f"{listing.service}.{listing.name}")
def test_every_listing_names_operations_that_exist(listing: Any) -> None:
    known = {operation.replace("_", "") for operation in _methods(listing.service)}
    for operation in (listing.operation, *(detail.operation for detail in listing.details)):
        assert operation.replace("_", "") in known, operation


def _methods(service: str) -> set[str]:
    return {operation.lower() for operation in service_model(service).operation_names}


def test_services_that_were_never_used_are_not_loaded(aws: Embedded) -> None:
    aws.inventory()
    assert not any(call["service"] for call in aws.calls())
