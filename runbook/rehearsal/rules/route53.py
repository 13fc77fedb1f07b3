"""Amazon Route 53: nothing is overwritten unseen, a change takes a while, and the name servers can be asked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.states import current_pacer
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

_SOURCE = "botocore 1.44 service model: route53"

INSYNC_S = 45.0
"""Seconds until all name servers have a change; 30 to 60 from memory. Source: AWS docs: Route 53, GetChange."""

_ADDRESSES = ("203.0.113.10", "203.0.113.11")
"""What an alias answers with here. Source: RFC 5737, addresses for documentation."""


def _same_reference(call: WireCall, world: World) -> str | None:
    reference = call.params.get("CallerReference")
    zones = world.backend("route53", call.region).zones.values()
    if any(zone.caller_reference == reference for zone in zones):
        return f"A hosted zone has already been created with the specified caller reference: {reference}"
    return None


def _dotted(name: object) -> str:
    return str(name).lower().rstrip(".") + "."


def _zone(call: WireCall, world: World) -> Any | None:
    zone_id = str(call.params.get("HostedZoneId", "")).rpartition("/")[2]
    return world.backend("route53", call.region).zones.get(zone_id)


def _changes(call: WireCall) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call.params.get("ChangeBatch", {}).get("Changes", [])
    return found


def _values(record: Mapping[str, Any]) -> Any:
    """What a DELETE has to repeat: values and time to live, or where an alias points."""
    alias = record.get("AliasTarget")
    if alias:
        return (str(alias.get("HostedZoneId")), _dotted(alias.get("DNSName")))
    records = record.get("ResourceRecords") or []
    texts = sorted(str(one.get("Value") if isinstance(one, Mapping) else one) for one in records)
    return (str(record.get("TTL", "")), *texts)


def _as_record(rrset: Any) -> dict[str, Any]:
    return {"TTL": rrset.ttl, "ResourceRecords": rrset.records, "AliasTarget": rrset.alias_target}


def _bad_batch(call: WireCall, world: World) -> str | None:
    """The changes one after the other, as AWS applies them: all or none."""
    zone = _zone(call, world)
    if zone is None:
        return None
    there = {(_dotted(one.name), one.type, one.set_identifier): _values(_as_record(one)) for one in zone.rrsets}
    for change in _changes(call):
        wanted = change.get("ResourceRecordSet", {})
        name, kind = _dotted(wanted.get("Name")), wanted.get("Type")
        key = (name, kind, wanted.get("SetIdentifier"))
        what = f"resource record set [name='{name}', type='{kind}']"
        if change.get("Action") == "DELETE":
            if key not in there:
                return f"[Tried to delete {what} but it was not found]"
            if there.pop(key) != _values(wanted):
                return f"[Tried to delete {what} but the values provided do not match the current values]"
            continue
        if change.get("Action") == "CREATE" and key in there:
            return f"[Tried to create {what} but it already exists]"
        others = {other for at, other, _ in there if at == name and other != kind}
        if (kind == "CNAME" and others) or "CNAME" in others:
            return f"[RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records]"
        there[key] = _values(wanted)
    return None


_numbers = itertools.count(1)


def _change(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Do what was asked for, and say PENDING: the answer of moto says INSYNC, always with the same id."""
    zone = _zone(call, world)
    if zone is None:
        return None
    _forget_what_is_gone(zone)
    changes = [
        {"Action": one["Action"], "ResourceRecordSet": _plain(one["ResourceRecordSet"])} for one in _changes(call)
    ]
    try:
        world.backend("route53", call.region).change_resource_record_sets(zone.id.rpartition("/")[2], changes)
    except ServiceException:
        return None
    pacer = current_pacer()
    due = pacer.later(INSYNC_S) if pacer else 0.0
    change_id = f"/change/C{next(_numbers):013d}"
    world.kept["route53", "change", change_id] = due
    for one in _changes(call):
        record = one["ResourceRecordSet"]
        world.kept["route53", "due", zone.id, _dotted(record["Name"]), str(record["Type"])] = due
    return {"ChangeInfo": _info(change_id, pending=pacer is not None and not pacer.over(due))}


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: dict(value) if isinstance(value, Mapping) else value for key, value in record.items()}
    if "ResourceRecords" in made:
        made["ResourceRecords"] = [dict(one) for one in made["ResourceRecords"]]
    return made


def _forget_what_is_gone(zone: Any) -> None:
    """moto keeps every change and takes a record that was deleted for one that is still there."""
    there = {(_dotted(one.name), one.type) for one in zone.rrsets}
    gone = [
        one
        for one in zone.rr_changes
        if (_dotted(one["ResourceRecordSet"]["Name"]), one["ResourceRecordSet"]["Type"]) not in there
    ]
    for one in gone:
        list.remove(zone.rr_changes, one)


def _info(change_id: str, *, pending: bool) -> dict[str, Any]:
    return {"Id": change_id, "Status": "PENDING" if pending else "INSYNC", "SubmittedAt": datetime.now(UTC)}


def _get_change(call: WireCall, world: World) -> Mapping[str, Any] | None:
    change_id = f"/change/{str(call.params.get('Id', '')).rpartition('/')[2]}"
    due = world.kept.get(("route53", "change", change_id))
    pacer = current_pacer()
    if due is None or pacer is None:
        return None
    return {"ChangeInfo": _info(change_id, pending=not pacer.over(due))}


def _answer(call: WireCall, world: World) -> Mapping[str, Any] | None:
    zone = _zone(call, world)
    if zone is None or zone.private_zone:
        return None
    name, kind = _dotted(call.params.get("RecordName")), str(call.params.get("RecordType"))
    pacer = current_pacer()
    due = world.kept.get(("route53", "due", zone.id, name, kind), 0.0)
    found = next((one for one in zone.rrsets if _dotted(one.name) == name and one.type == kind), None)
    if found is None or (pacer is not None and not pacer.over(due)):
        data: list[str] = []
    elif found.alias_target:
        data = list(_ADDRESSES)
    else:
        data = [str(one) for one in found.records]
    named = any(_dotted(one.name) == name for one in zone.rrsets)
    return {
        "Nameserver": "ns-1.awsdns-01.org",
        "RecordName": name,
        "RecordType": kind,
        "RecordData": data,
        "ResponseCode": "NOERROR" if named else "NXDOMAIN",
        "Protocol": "UDP",
    }


ROUTE53_RULES: tuple[Rule, ...] = (
    Rule(
        service="route53",
        operations=("CreateHostedZone",),
        code="HostedZoneAlreadyExists",
        status=409,
        gap="the same caller reference makes a second zone",
        source=f"{_SOURCE} CreateHostedZone, error HostedZoneAlreadyExists",
        refuse=_same_reference,
    ),
    Rule(
        service="route53",
        operations=("ChangeResourceRecordSets",),
        code="InvalidChangeBatch",
        gap="CREATE of a record that exists, DELETE with other values and a CNAME beside other records are accepted",
        source=f"{_SOURCE} ChangeResourceRecordSets, error InvalidChangeBatch; AWS docs: Route 53, CNAME records",
        refuse=_bad_batch,
    ),
    Rule(
        service="route53",
        operations=("ChangeResourceRecordSets",),
        gap="a change is INSYNC at once, and all changes have one id",
        source=f"{_SOURCE} ChangeResourceRecordSets and GetChange (PENDING, INSYNC)",
        reply=_change,
    ),
    Rule(
        service="route53",
        operations=("GetChange",),
        gap="every change is INSYNC, also one that was never made",
        source=f"{_SOURCE} GetChange",
        reply=_get_change,
    ),
    Rule(
        service="route53",
        operations=("TestDNSAnswer",),
        gap="TestDNSAnswer is missing; the rehearsal answers from the zone, and for an alias with addresses of its own",
        source=f"{_SOURCE} TestDNSAnswer",
        reply=_answer,
    ),
)
