"""Amazon Route 53: a zone is created once for a caller reference, and CREATE never overwrites a record."""

from __future__ import annotations

from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


def _same_reference(call: WireCall, world: World) -> str | None:
    reference = call.params.get("CallerReference")
    zones = world.backend("route53", call.region).zones.values()
    if any(zone.caller_reference == reference for zone in zones):
        return f"A hosted zone has already been created with the specified caller reference: {reference}"
    return None


def _dotted(name: object) -> str:
    return str(name).lower().rstrip(".") + "."


def _record_exists(call: WireCall, world: World) -> str | None:
    zone_id = str(call.params.get("HostedZoneId", "")).rpartition("/")[2]
    zone = world.backend("route53", call.region).zones.get(zone_id)
    if zone is None:
        return None
    found = {(_dotted(record.name), record.type, record.set_identifier) for record in zone.rrsets}
    changes: list[dict[str, Any]] = call.params.get("ChangeBatch", {}).get("Changes", [])
    for change in changes:
        wanted = change.get("ResourceRecordSet", {})
        key = (_dotted(wanted.get("Name")), wanted.get("Type"), wanted.get("SetIdentifier"))
        if change.get("Action") == "CREATE" and key in found:
            return f"[Tried to create resource record set [name='{key[0]}', type='{key[1]}'] but it already exists]"
    return None


ROUTE53_RULES: tuple[Rule, ...] = (
    Rule(
        service="route53",
        operations=("CreateHostedZone",),
        code="HostedZoneAlreadyExists",
        status=409,
        gap="the same caller reference makes a second zone",
        source="botocore 1.44 service model: route53 CreateHostedZone, error HostedZoneAlreadyExists",
        refuse=_same_reference,
    ),
    Rule(
        service="route53",
        operations=("ChangeResourceRecordSets",),
        code="InvalidChangeBatch",
        gap="CREATE of a record that exists is accepted",
        source="botocore 1.44 service model: route53 ChangeResourceRecordSets (CREATE), error InvalidChangeBatch",
        refuse=_record_exists,
    ),
)
