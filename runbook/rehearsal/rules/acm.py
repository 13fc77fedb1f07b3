"""AWS Certificate Manager: a certificate is issued when its record is really there, and stays while it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.states import current_pacer
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

ISSUED_S = 60.0
"""Seconds from the record to the certificate. Source: one public terraform log (1m01); AWS docs allow 30 minutes."""

_LOOKS = ("DescribeCertificate", "GetCertificate", "ListCertificates")


def certificates(world: World, region: str) -> dict[str, Any]:
    """moto's certificates of a region by ARN, issued as far as their time has come."""
    found: dict[str, Any] = getattr(world.backend("acm", region), "_certificates")  # noqa: B009 - moto has no other door
    for arn, one in found.items():
        if one.status == "PENDING_VALIDATION":
            _issue_when_due(world, arn, one)
    return found


def _issue_when_due(world: World, arn: str, one: Any) -> None:
    key = ("acm", "due", arn)
    pacer = current_pacer()
    if not all(_is_published(world, record) for record in _records(one)):
        world.kept.pop(key, None)
        return
    due = world.kept.setdefault(key, pacer.later(ISSUED_S) if pacer else 0.0)
    if pacer is None or pacer.over(due):
        one.status = "ISSUED"


def _records(one: Any) -> Iterator[Mapping[str, Any]]:
    for option in one.describe()["Certificate"].get("DomainValidationOptions", []):
        yield option["ResourceRecord"]


def _is_published(world: World, record: Mapping[str, Any]) -> bool:
    """Whether a public zone of the account holds the record; other DNS providers are out of the rehearsal's sight."""
    name, value = (str(record[key]).lower().rstrip(".") for key in ("Name", "Value"))
    for zone in world.backend("route53", "aws").zones.values():
        for one in () if zone.private_zone else zone.rrsets:
            if one.type == "CNAME" and one.name.lower().rstrip(".") == name:
                return [str(text).lower().rstrip(".") for text in one.records] == [value]
    return False


def _same_token(call: WireCall, world: World) -> Mapping[str, Any] | None:
    token = call.params.get("IdempotencyToken")
    if not token:
        return None
    backend = world.backend("acm", call.region)
    tokens: dict[str, Any] = getattr(backend, "_idempotency_tokens")  # noqa: B009 - moto has no other door
    entry = tokens.get(str(token))
    if entry is None:
        return None
    one = certificates(world, call.region).get(entry["arn"])
    if one is None or entry["expires"].replace(tzinfo=UTC) < datetime.now(UTC):
        # moto would look the deleted certificate up.
        del tokens[str(token)]
        return None
    return {"CertificateArn": one.arn}


def users(world: World, region: str, arn: str) -> list[str]:
    """ARNs of the load balancers whose listeners use a certificate."""
    balancers = world.backend("elbv2", region).load_balancers.values()
    return [
        balancer.arn
        for balancer in balancers
        if any(listener.certificate == arn for listener in balancer.listeners.values())
    ]


def _in_use(call: WireCall, world: World) -> str | None:
    arn = str(call.params.get("CertificateArn", ""))
    using = users(world, call.region, arn)
    if not using:
        return None
    return f"Certificate {arn} in account {world.account_id} is in use: {', '.join(using)}"


def _issue_first(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Before moto is asked for certificates: those whose record is there become issued, the others wait."""
    certificates(world, call.region)
    return None


ACM_RULES: tuple[Rule, ...] = (
    Rule(
        service="acm",
        operations=_LOOKS,
        gap="a certificate is issued after a time, whether its validation record exists or not",
        source="AWS docs: ACM, DNS validation; moto's own timer is set to for ever",
        reply=_issue_first,
    ),
    Rule(
        service="acm",
        operations=("RequestCertificate",),
        gap="the same IdempotencyToken makes a second certificate",
        source="botocore 1.44 service model: acm RequestCertificate, IdempotencyToken (one hour)",
        reply=_same_token,
    ),
    Rule(
        service="acm",
        operations=("DeleteCertificate",),
        code="ResourceInUseException",
        gap="a certificate that a listener uses can be deleted",
        source="botocore 1.44 service model: acm DeleteCertificate, error ResourceInUseException",
        refuse=_in_use,
    ),
)
