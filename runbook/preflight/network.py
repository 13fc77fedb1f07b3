"""A network as plain data: what decides whether a task in one of its subnets reaches an AWS service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ANYWHERE = "0.0.0.0/0"
S3_LIST = "prefix-list:s3"
"""Stands for the prefix list of S3 in this region, whose id differs from region to region."""


@dataclass(frozen=True)
class SubnetSeen:
    """A subnet: its zone, its addresses, its route table and its network ACL (by id; empty for none known)."""

    id: str
    zone: str
    cidr: str
    table: str = ""
    acl: str = ""


@dataclass(frozen=True)
class RouteSeen:
    """One route of a table.

    Parameters
    ----------
    to: IPv4 addresses, or a prefix list (`S3_LIST` for that of S3).
    target: id of a gateway or interface; `local` inside the VPC.
    """

    to: str
    target: str
    blackhole: bool = False


@dataclass(frozen=True)
class NatSeen:
    """A NAT gateway."""

    id: str
    subnet: str
    state: str = "available"
    public: bool = True
    reason: str = ""


@dataclass(frozen=True)
class EndpointSeen:
    """A VPC endpoint.

    Parameters
    ----------
    service: short name, such as `ecr.api`.
    policy: its policy as a document; None for the one that allows everything.
    """

    id: str
    service: str
    type: Literal["Interface", "Gateway"] = "Interface"
    state: str = "available"
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    private_dns: bool = True
    policy: Mapping[str, object] | None = None


@dataclass(frozen=True)
class RuleSeen:
    """What one rule of a security group lets through; `peer` is addresses, a group or a prefix list."""

    out: bool
    peer: str
    first: int = 0
    last: int = 65535


@dataclass(frozen=True)
class AclEntry:
    """One numbered entry of a network ACL, for TCP."""

    number: int
    out: bool
    allow: bool
    cidr: str = ANYWHERE
    first: int = 0
    last: int = 65535


@dataclass(frozen=True)
class Network:
    """Everything that decides about a way, keyed by id.

    Parameters
    ----------
    gateways: ids of the internet gateways that are attached.
    acls: None when nobody was allowed to read them; a subnet whose ACL is not in it has AWS's default, all open.
    planned: it is not there yet, or not as shown: this is what apply makes of it.
    """

    subnets: Mapping[str, SubnetSeen]
    tables: Mapping[str, tuple[RouteSeen, ...]]
    gateways: frozenset[str] = frozenset()
    nats: Mapping[str, NatSeen] = field(default_factory=dict)
    endpoints: tuple[EndpointSeen, ...] = ()
    groups: Mapping[str, tuple[RuleSeen, ...]] = field(default_factory=dict)
    acls: Mapping[str, tuple[AclEntry, ...]] | None = field(default_factory=dict)
    dns_support: bool = True
    dns_hostnames: bool = True
    planned: bool = False


@dataclass(frozen=True)
class Tasks:
    """The tasks of one service: where they run, behind which groups, and what they have to reach.

    Parameters
    ----------
    needs: short names of services, such as `ecr.api`, `s3`, `logs`.
    buckets: names of buckets that they open; layers of images come from another one, which is added for `s3`.
    """

    name: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    needs: tuple[str, ...]
    public_ip: bool = False
    bucket: str = ""
