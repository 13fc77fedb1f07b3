"""The reader turns AWS's answers into plain data; only network ACLs may be missing."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.errors import AwsError
from runbook.preflight.network import (
    ANYWHERE,
    S3_LIST,
    AclEntry,
    EndpointSeen,
    NatSeen,
    RouteSeen,
    RuleSeen,
    SubnetSeen,
)
from runbook.preflight.network_reader import read_network

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
ANSWERS: dict[str, Any] = {
    "DescribeSubnets": {
        "Subnets": [
            {"SubnetId": "subnet-a", "AvailabilityZoneId": "use1-az1", "CidrBlock": "10.0.0.0/24"},
            {"SubnetId": "subnet-b", "AvailabilityZoneId": "use1-az2", "CidrBlock": "10.0.1.0/24"},
        ]
    },
    "DescribeRouteTables": {
        "RouteTables": [
            {
                "RouteTableId": "rtb-main",
                "Associations": [{"Main": True}],
                "Routes": [LOCAL, {"DestinationCidrBlock": ANYWHERE, "GatewayId": "igw-1", "State": "active"}],
            },
            {
                "RouteTableId": "rtb-a",
                "Associations": [{"SubnetId": "subnet-a"}],
                "Routes": [
                    LOCAL,
                    {"DestinationCidrBlock": ANYWHERE, "NatGatewayId": "nat-1", "State": "blackhole"},
                    {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"},
                    {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
                ],
            },
        ]
    },
    "DescribeNatGateways": {
        "NatGateways": [
            {"NatGatewayId": "nat-1", "SubnetId": "subnet-b", "State": "failed", "FailureMessage": "no gateway"}
        ]
    },
    "DescribeInternetGateways": {"InternetGateways": [{"InternetGatewayId": "igw-1"}]},
    "DescribeVpcEndpoints": {
        "VpcEndpoints": [
            {
                "VpcEndpointId": "vpce-s3",
                "ServiceName": "com.amazonaws.us-east-1.s3",
                "VpcEndpointType": "Gateway",
                "State": "Available",
                "PolicyDocument": '{"Statement": []}',
            },
            {
                "VpcEndpointId": "vpce-1",
                "ServiceName": "com.amazonaws.us-east-1.ecr.api",
                "VpcEndpointType": "Interface",
                "State": "available",
                "SubnetIds": ["subnet-a"],
                "Groups": [{"GroupId": "sg-1"}],
                "PrivateDnsEnabled": True,
            },
        ]
    },
    "DescribeSecurityGroups": {
        "SecurityGroups": [
            {
                "GroupId": "sg-1",
                "IpPermissions": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 443,
                        "ToPort": 443,
                        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
                        "UserIdGroupPairs": [{"GroupId": "sg-2"}],
                    },
                    {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": ANYWHERE}]},
                ],
                "IpPermissionsEgress": [
                    {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]},
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-s3"}]},
                ],
            }
        ]
    },
    "DescribeNetworkAcls": {
        "NetworkAcls": [
            {
                "NetworkAclId": "acl-1",
                "Associations": [{"SubnetId": "subnet-a"}],
                "Entries": [
                    {
                        "RuleNumber": 100,
                        "Egress": True,
                        "RuleAction": "allow",
                        "CidrBlock": ANYWHERE,
                        "Protocol": "6",
                        "PortRange": {"From": 443, "To": 443},
                    },
                    {"RuleNumber": 110, "Egress": True, "RuleAction": "deny", "CidrBlock": ANYWHERE, "Protocol": "17"},
                    {
                        "RuleNumber": 32767,
                        "Egress": False,
                        "RuleAction": "deny",
                        "CidrBlock": ANYWHERE,
                        "Protocol": "-1",
                    },
                ],
            }
        ]
    },
}


class Answers:
    """AWS with these answers; an operation in `refused` is denied."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[dict[str, Any]] = []

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        if operation in self.refused:
            raise AwsError("no", service=service, operation=operation, code="UnauthorizedOperation")
        if operation == "DescribeVpcAttribute":
            name = params["Attribute"]
            return {name[0].upper() + name[1:]: {"Value": name == "enableDnsSupport"}}
        self.asked.append(params)
        return dict(ANSWERS[operation])

    def find(self, service: str, operation: str, absent: Any, **params: Any) -> dict[str, Any] | None:
        return self.read(service, operation, **params)


def test_everything_that_decides_about_a_way_is_read() -> None:
    aws = Answers()
    found = read_network(aws, "vpc-1")
    assert found.subnets == {
        "subnet-a": SubnetSeen("subnet-a", "use1-az1", "10.0.0.0/24", "rtb-a", "acl-1"),
        "subnet-b": SubnetSeen("subnet-b", "use1-az2", "10.0.1.0/24", "rtb-main"),
    }
    assert found.tables["rtb-a"][1:] == (RouteSeen(ANYWHERE, "nat-1", blackhole=True), RouteSeen(S3_LIST, "vpce-s3"))
    assert found.nats == {"nat-1": NatSeen("nat-1", "subnet-b", "failed", True, "no gateway")}
    assert found.gateways == {"igw-1"}
    assert found.endpoints == (
        EndpointSeen("vpce-s3", "s3", "Gateway", private_dns=False, policy={"Statement": []}),
        EndpointSeen("vpce-1", "ecr.api", subnets=("subnet-a",), groups=("sg-1",)),
    )
    assert found.groups["sg-1"] == (
        RuleSeen(False, "10.0.0.0/16", 443, 443),
        RuleSeen(False, "sg-2", 443, 443),
        RuleSeen(True, ANYWHERE),
        RuleSeen(True, S3_LIST, 443, 443),
    )
    assert found.acls == {
        "acl-1": (AclEntry(100, True, True, first=443, last=443), AclEntry(32767, False, False)),
    }
    assert (found.dns_support, found.dns_hostnames, found.planned) == (True, False, False)
    assert all(one["Filters"][0]["Values"] == ["vpc-1"] for one in aws.asked)


def test_network_acls_that_may_not_be_read_are_not_taken_for_open() -> None:
    assert read_network(Answers("DescribeNetworkAcls"), "vpc-1").acls is None


def test_anything_else_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(AwsError, match="DescribeRouteTables"):
        read_network(Answers("DescribeRouteTables"), "vpc-1")
