"""What is verified of the network: ways in and out, zones, who may reach whom, and doors that somebody else opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from runbook.kinds.ec2_tagged import tags_of
from runbook.kinds.kind import STACK
from runbook.kinds.security_group import group_rules, in_words, is_default_egress, peer_of
from runbook.model import Check, Finding, Known, ReadOnlyAws, Unknown, ref
from runbook.sections import network_ids
from runbook.sections.network_ids import NetworkIds
from runbook.settings import Deployment

_ANYWHERE = "0.0.0.0/0"


def checks(deployment: Deployment) -> Sequence[Check]:
    """Routes and endpoints as a task would use them, and the groups as a table."""
    return (
        Check("network.zones", "The subnets stand in zones of their own", partial(_zones, deployment)),
        Check("network.way-in", "Each public subnet leads to the internet", partial(_way_in, deployment)),
        Check("network.way-out", "Each private subnet has a way out", partial(_way_out, deployment)),
        Check("network.groups", "The groups let in who has to reach them", partial(_matrix, deployment)),
        Check("network.foreign-rules", "Nobody else opened the groups further", partial(_foreign_rules, deployment)),
    )


def _found(known: Known, ids: Iterable[str], output: str = "id") -> dict[str, str]:
    """Per id its output, for those that exist."""
    values = {id_: known(ref(id_, output)) for id_ in ids}
    return {id_: value for id_, value in values.items() if not isinstance(value, Unknown)}


def _missing(ids: Iterable[str], found: Mapping[str, str]) -> Finding | None:
    lacking = [id_ for id_ in ids if id_ not in found]
    if not lacking:
        return None
    return Finding("failed", f"{', '.join(lacking)} does not exist", "Run `karet apply 5`.")


def _zones(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    del aws
    ids = network_ids.ids(deployment)
    every = (*ids.public, *ids.private)
    zones = _found(known, every, "zone")
    if missing := _missing(every, zones):
        return missing
    pairs = [(zones[public], zones[private]) for public, private in zip(ids.public, ids.private, strict=True)]
    apart = len({zone for zone, _ in pairs}) == len(pairs) == len({zone for _, zone in pairs})
    text = "; ".join(f"{public}: public, {private}: private" for public, private in pairs)
    if apart:
        return Finding("passed", f"{len(pairs)} zones: {', '.join(zones[id_] for id_ in ids.private)}")
    return Finding("failed", f"two subnets of one role share a zone ({text})", "Name subnets in different zones.")


def _tables(aws: ReadOnlyAws, vpc: str) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    found: list[dict[str, Any]] = aws.read("ec2", "DescribeRouteTables", Filters=filters)["RouteTables"]
    return found


def _routes_of(tables: Sequence[Mapping[str, Any]], subnet: str) -> list[dict[str, Any]]:
    """The active routes that a subnet uses: those of its own table, or of the VPC's main one."""
    own = [one for one in tables if any(a.get("SubnetId") == subnet for a in one.get("Associations", []))]
    main = [one for one in tables if any(a.get("Main") for a in one.get("Associations", []))]
    chosen = (own or main)[:1]
    return [route for one in chosen for route in one.get("Routes", []) if route.get("State", "active") == "active"]


def _way_in(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    ids = network_ids.ids(deployment)
    wanted = (ids.vpc, *ids.public)
    found = _found(known, wanted)
    if missing := _missing(wanted, found):
        return missing
    tables = _tables(aws, found[ids.vpc])
    closed = [
        id_
        for id_ in ids.public
        if not any(
            route.get("DestinationCidrBlock") == _ANYWHERE and str(route.get("GatewayId", "")).startswith("igw-")
            for route in _routes_of(tables, found[id_])
        )
    ]
    if closed:
        return Finding("failed", f"no internet gateway: {', '.join(closed)}", _own_or_theirs(deployment))
    return Finding("passed", f"{_ANYWHERE} leads to an internet gateway from {', '.join(ids.public)}")


def _own_or_theirs(deployment: Deployment) -> str:
    if deployment.vpc.id:
        return f"The routes of {deployment.vpc.id} belong to somebody else; ask them, or deploy into a VPC of your own."
    return "Run `karet apply 5`."


def _way_out(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    ids = network_ids.ids(deployment)
    wanted = (ids.vpc, *ids.private)
    found = _found(known, wanted)
    if missing := _missing(wanted, found):
        return missing
    tables = _tables(aws, found[ids.vpc])
    doors = _doors(aws, found[ids.vpc]) if deployment.network == "endpoints" else {}
    lines, stuck = [], []
    for id_ in ids.private:
        routes = _routes_of(tables, found[id_])
        to_s3 = any(str(route.get("GatewayId", "")).startswith("vpce-") for route in routes)
        out = next((_leads_to(route) for route in routes if route.get("DestinationCidrBlock") == _ANYWHERE), "")
        lacking = _lacking(deployment, ids, doors, found[id_]) if deployment.network == "endpoints" else []
        if deployment.network == "endpoints" and not to_s3 and not out:
            lacking.append("s3")
        if (deployment.network != "endpoints" and not out) or lacking:
            stuck.append(f"{id_} ({'no way to ' + ', '.join(lacking) if lacking else 'no route to ' + _ANYWHERE})")
        way = out if deployment.network != "endpoints" else f"{len(doors)} endpoints"
        lines.append(f"{id_} by {way or 'nothing'}{', S3 by its gateway endpoint' if to_s3 else ''}")
    if stuck:
        return Finding("failed", f"without a way out: {'; '.join(stuck)}", _own_or_theirs(deployment))
    return Finding("passed", "; ".join(lines))


def _leads_to(route: Mapping[str, Any]) -> str:
    keys = ("NatGatewayId", "TransitGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId", "GatewayId")
    return next((str(route[key]) for key in keys if route.get(key)), "")


def _doors(aws: ReadOnlyAws, vpc: str) -> dict[str, set[str]]:
    """Per service the subnets in which an available interface endpoint has an address."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    doors: dict[str, set[str]] = {}
    for one in aws.read("ec2", "DescribeVpcEndpoints", Filters=filters)["VpcEndpoints"]:
        if one.get("VpcEndpointType") == "Interface" and one["State"].lower() == "available":
            doors.setdefault(one["ServiceName"], set()).update(one.get("SubnetIds", []))
    return doors


def _lacking(deployment: Deployment, ids: NetworkIds, doors: Mapping[str, set[str]], subnet: str) -> list[str]:
    del ids
    return [
        short
        for short in network_ids.endpoint_services(deployment)
        if subnet not in doors.get(f"com.amazonaws.{deployment.region}.{short}", set())
    ]


def _matrix(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    ids = network_ids.ids(deployment)
    groups = _found(known, ids.groups.values())
    if missing := _missing(ids.groups.values(), groups):
        return missing
    names = {groups[id_]: name for name, id_ in ids.groups.items()}
    web, worker = deployment.app.web.port, deployment.app.worker.port
    expected = {
        *(("alb", "in", port, cidr) for port in (443, 80) for cidr in deployment.open_to),
        ("alb", "out", web, "web"),
        ("web", "in", web, "alb"),
        ("worker", "in", worker, "web"),
        ("endpoints", "in", 443, "web"),
        ("endpoints", "in", 443, "worker"),
    }
    seen: set[tuple[str, str, int, str]] = set()
    for rule in group_rules(aws, deployment.stack):
        if rule["GroupId"] in names and rule["IpProtocol"] == "tcp" and rule["FromPort"] == rule["ToPort"]:
            peer = peer_of(rule)
            side = "out" if rule.get("IsEgress") else "in"
            seen.add((names[rule["GroupId"]], side, rule["FromPort"], names.get(peer, peer)))
    table = _table(sorted(expected))
    if lacking := sorted(expected - seen):
        return Finding("failed", f"rules that are not there:\n{_table(lacking)}", "Run `karet apply 5`.")
    return Finding("passed", table)


def _table(rows: Sequence[tuple[str, str, int, str]]) -> str:
    """Rows with aligned columns: group, side, port, from or to."""
    cells = [("group", "side", "port", "from or to"), *((one, side, str(port), peer) for one, side, port, peer in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def _foreign_rules(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    ids = network_ids.ids(deployment)
    groups = _found(known, ids.groups.values())
    if missing := _missing(ids.groups.values(), groups):
        return missing
    names = {groups[id_]: name for name, id_ in ids.groups.items()}
    theirs = [
        f"group {names[rule['GroupId']]} {in_words(rule)} ({rule['SecurityGroupRuleId']})"
        for rule in group_rules(aws, deployment.stack)
        if rule["GroupId"] in names
        and tags_of(rule).get(STACK) != deployment.stack
        and not is_default_egress(rule)
        and not rule.get("IsEgress")
    ]
    if not theirs:
        return Finding("passed", "every rule that lets something in is the runbook's own")
    return Finding(
        "failed",
        "; ".join(sorted(theirs)),
        "The runbook never removes rules of others. Ask who made them; if nobody needs them, delete them by hand.",
    )
