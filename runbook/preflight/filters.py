"""What security groups and network ACLs let through: yes, no, or only part of it, which nobody can promise."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network
from typing import Literal

from runbook.preflight.network import ANYWHERE, AclEntry, Network, RuleSeen

HTTPS = 443
_EPHEMERAL = (32768, 60999)
"""Ports that a Linux task's own connections come from (AWS docs: Custom network ACLs, ephemeral ports)."""
_NAT_PORTS = (1024, 65535)
"""Ports that a NAT gateway's connections come from (AWS docs: same page)."""

Lets = Literal["yes", "no", "partly"]


def _net(cidr: str) -> IPv4Network | None:
    found = ip_network(cidr, strict=False) if "/" in cidr and ":" not in cidr else None
    return found if isinstance(found, IPv4Network) else None


def group_lets(
    network: Network, groups: Iterable[str], *, out: bool, peers: Iterable[str], cidr: str, port: int = HTTPS
) -> Lets:
    """Whether any rule of any of these groups lets a port through to or from a peer.

    Parameters
    ----------
    peers: groups or prefix lists that name the other side.
    cidr: the other side's addresses, all of which have to be let through.
    """
    named, wanted = frozenset(peers), _net(cidr)
    partly = False
    for rule in (rule for group in groups for rule in network.groups.get(group, ())):
        if rule.out != out or not rule.first <= port <= rule.last:
            continue
        if rule.peer in named:
            return "yes"
        partly = partly or _part(rule, wanted)
        if _covers(rule, wanted):
            return "yes"
    return "partly" if partly else "no"


def _covers(rule: RuleSeen, wanted: IPv4Network | None) -> bool:
    net = _net(rule.peer)
    return net is not None and wanted is not None and wanted.subnet_of(net)


def _part(rule: RuleSeen, wanted: IPv4Network | None) -> bool:
    net = _net(rule.peer)
    return net is not None and wanted is not None and net.overlaps(wanted)


def acl_lets(entries: Iterable[AclEntry], *, out: bool, cidr: str, ports: tuple[int, int]) -> Lets:
    """What a network ACL does with all of these addresses and ports: its entries in order, and then no."""
    wanted = _net(cidr)
    if wanted is None:
        return "partly"
    allowed = refused = False
    for one in sorted((one for one in entries if one.out == out), key=lambda one: one.number):
        net = _net(one.cidr)
        if net is None or not net.overlaps(wanted) or one.last < ports[0] or one.first > ports[1]:
            continue
        whole = wanted.subnet_of(net) and one.first <= ports[0] and ports[1] <= one.last
        allowed, refused = allowed or one.allow, refused or not one.allow
        if whole:
            break
    else:
        refused = True
    return "yes" if not refused else "partly" if allowed else "no"


def acls_between(network: Network, near: str, far: str, far_cidr: str = "") -> tuple[Lets, str]:
    """Whether the ACLs let a task's HTTPS through from one subnet to another, or out, and the answer back.

    Parameters
    ----------
    far: the other subnet; empty when only the near one's ACL is on the way.
    far_cidr: the other side's addresses as the near ACL sees them; without it those of the far subnet.

    Returns
    -------
    The answer, and the ACL that it rests on when it is not yes.
    """
    if network.acls is None:
        return "partly", "the network ACLs could not be read"
    subnet = network.subnets[near]
    other = network.subnets.get(far)
    there = far_cidr or (other.cidr if other else ANYWHERE)
    https = (HTTPS, HTTPS)
    asked = [(subnet.acl, True, there, https), (subnet.acl, False, there, _EPHEMERAL)]
    if other:
        asked += [(other.acl, False, subnet.cidr, https), (other.acl, True, subnet.cidr, _EPHEMERAL)]
    return _all(network, asked)


def acls_of_nat(network: Network, subnet: str) -> tuple[Lets, str]:
    """Whether the ACL of a NAT gateway's subnet lets HTTPS out to the internet and the answer back in."""
    if network.acls is None:
        return "partly", "the network ACLs could not be read"
    acl = network.subnets[subnet].acl
    return _all(network, [(acl, True, ANYWHERE, (HTTPS, HTTPS)), (acl, False, ANYWHERE, _NAT_PORTS)])


def _all(network: Network, asked: Iterable[tuple[str, bool, str, tuple[int, int]]]) -> tuple[Lets, str]:
    worst: tuple[Lets, str] = ("yes", "")
    for acl, out, cidr, ports in asked:
        entries = (network.acls or {}).get(acl)
        if entries is None:
            continue
        lets = acl_lets(entries, out=out, cidr=cidr, ports=ports)
        side = "out to" if out else "in from"
        span = str(ports[0]) if ports[0] == ports[1] else f"{ports[0]} to {ports[1]}"
        if lets == "no":
            return "no", f"the network ACL {acl} refuses tcp {span} {side} {cidr}"
        if lets == "partly":
            worst = "partly", f"the network ACL {acl} lets only a part of tcp {span} {side} {cidr}"
    return worst
