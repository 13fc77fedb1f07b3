"""Reads a VPC as it is into plain data, in the same words as the kinds ask, so that one pass asks only once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook.errors import AwsError
from runbook.kinds.interfaces import in_vpc
from runbook.kinds.vpc import dns_attributes
from runbook.kinds.vpc_endpoint import short_name
from runbook.model import ReadOnlyAws
from runbook.preflight.network import (
    ANYWHERE,
    S3_LIST,
    AclEntry,
    EndpointSeen,
    NatSeen,
    Network,
    RouteSeen,
    RuleSeen,
    SubnetSeen,
)

_TARGETS = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
)
_UNREADABLE: Mapping[str, object] = {
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": "not readable"}
}
_DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")


def read_network(aws: ReadOnlyAws, vpc: str) -> Network:
    """The network of one VPC; nothing is changed.

    Raises
    ------
    AwsError: a read was refused; only the network ACLs may be missing.
    """
    dns = dns_attributes(aws, vpc)
    doors = tuple(map(_endpoint, in_vpc(aws, "DescribeVpcEndpoints", "VpcEndpoints", vpc)))
    lists = {one.id for one in doors if one.type == "Gateway" and one.service == "s3"}
    tables = in_vpc(aws, "DescribeRouteTables", "RouteTables", vpc)
    entries = _acls(aws, vpc)
    gateways = in_vpc(aws, "DescribeInternetGateways", "InternetGateways", vpc, "attachment.vpc-id")
    groups = in_vpc(aws, "DescribeSecurityGroups", "SecurityGroups", vpc)
    return Network(
        subnets={
            one["SubnetId"]: SubnetSeen(
                id=one["SubnetId"],
                zone=one.get("AvailabilityZoneId", ""),
                cidr=one["CidrBlock"],
                table=_table_of(tables, one["SubnetId"]),
                acl=_acl_of(entries or (), one["SubnetId"]),
            )
            for one in in_vpc(aws, "DescribeSubnets", "Subnets", vpc)
        },
        tables={one["RouteTableId"]: tuple(_routes(one, lists)) for one in tables},
        gateways=frozenset(one["InternetGatewayId"] for one in gateways),
        nats={one["NatGatewayId"]: _nat(one) for one in in_vpc(aws, "DescribeNatGateways", "NatGateways", vpc)},
        endpoints=doors,
        groups={one["GroupId"]: tuple(_rules(one, _s3_lists(tables, lists))) for one in groups},
        acls=None if entries is None else {one["NetworkAclId"]: tuple(_entries(one)) for one in entries},
        dns_support=dns["dns_support"],
        dns_hostnames=dns["dns_hostnames"],
    )


def _acls(aws: ReadOnlyAws, vpc: str) -> list[dict[str, Any]] | None:
    try:
        return in_vpc(aws, "DescribeNetworkAcls", "NetworkAcls", vpc)
    except AwsError as error:
        if error.code in _DENIED:
            return None
        raise


def _table_of(tables: Iterable[Mapping[str, Any]], subnet: str) -> str:
    """The route table that a subnet uses: its own, or the VPC's main one."""
    main = ""
    for table in tables:
        for one in table.get("Associations", []):
            if one.get("SubnetId") == subnet:
                return str(table["RouteTableId"])
            if one.get("Main"):
                main = table["RouteTableId"]
    return main


def _acl_of(acls: Iterable[Mapping[str, Any]], subnet: str) -> str:
    used = (acl for acl in acls for one in acl.get("Associations", []) if one.get("SubnetId") == subnet)
    return next((str(acl["NetworkAclId"]) for acl in used), "")


def _routes(table: Mapping[str, Any], s3_doors: set[str]) -> Iterator[RouteSeen]:
    for one in table.get("Routes", []):
        target = next((str(one[key]) for key in _TARGETS if one.get(key)), "")
        to = one.get("DestinationCidrBlock") or one.get("DestinationPrefixListId") or ""
        if target in s3_doors:
            to = S3_LIST
        if to:
            yield RouteSeen(to, target, blackhole=one.get("State") == "blackhole")


def _s3_lists(tables: Iterable[Mapping[str, Any]], s3_doors: set[str]) -> set[str]:
    """The ids of S3's prefix list, which stands in the routes to its gateway endpoint."""
    routes = (one for table in tables for one in table.get("Routes", []))
    return {
        one["DestinationPrefixListId"]
        for one in routes
        if one.get("DestinationPrefixListId") and one.get("GatewayId") in s3_doors
    }


def _nat(one: Mapping[str, Any]) -> NatSeen:
    reason = one.get("FailureMessage") or one.get("FailureCode") or ""
    public = one.get("ConnectivityType", "public") == "public"
    return NatSeen(one["NatGatewayId"], one.get("SubnetId", ""), one.get("State", "available"), public, reason)


def _endpoint(one: Mapping[str, Any]) -> EndpointSeen:
    return EndpointSeen(
        id=one["VpcEndpointId"],
        service=short_name(one["ServiceName"]),
        type="Interface" if one.get("VpcEndpointType") == "Interface" else "Gateway",
        state=one["State"].lower(),
        subnets=tuple(one.get("SubnetIds", [])),
        groups=tuple(group["GroupId"] for group in one.get("Groups", [])),
        private_dns=bool(one.get("PrivateDnsEnabled", False)),
        policy=_policy(one.get("PolicyDocument")),
    )


def _policy(text: Any) -> Mapping[str, object] | None:
    """The policy as a document; one that cannot be read counts as one whose conditions nobody knows."""
    if not text:
        return None
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError:
        found = None
    return found if isinstance(found, Mapping) else _UNREADABLE


def _rules(group: Mapping[str, Any], s3_lists: set[str]) -> Iterator[RuleSeen]:
    for out, key in ((False, "IpPermissions"), (True, "IpPermissionsEgress")):
        for one in group.get(key, []):
            if one.get("IpProtocol") not in ("-1", "tcp", "6"):
                continue
            every = one["IpProtocol"] == "-1"
            first, last = (0, 65535) if every else (int(one.get("FromPort", 0)), int(one.get("ToPort", 65535)))
            lists = [found["PrefixListId"] for found in one.get("PrefixListIds", [])]
            peers = (
                *(found["CidrIp"] for found in one.get("IpRanges", [])),
                *(found["GroupId"] for found in one.get("UserIdGroupPairs", []) if found.get("GroupId")),
                *(S3_LIST if found in s3_lists else found for found in lists),
            )
            for peer in peers:
                yield RuleSeen(out, peer, first, last)


def _entries(acl: Mapping[str, Any]) -> Iterator[AclEntry]:
    for one in acl.get("Entries", []):
        cidr = one.get("CidrBlock")
        if not cidr or str(one.get("Protocol", "-1")) not in ("-1", "6"):
            continue
        ports = one.get("PortRange") or {}
        yield AclEntry(
            number=int(one["RuleNumber"]),
            out=bool(one["Egress"]),
            allow=one["RuleAction"] == "allow",
            cidr=cidr or ANYWHERE,
            first=int(ports.get("From", 0)),
            last=int(ports.get("To", 65535)),
        )
