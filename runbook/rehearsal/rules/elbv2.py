"""Elastic Load Balancing: names, subnets, ports and certificates as AWS wants them, and the same thing made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook.rehearsal.rules.acm import certificates, users
from runbook.rehearsal.rules.elbv2_interfaces import ELBV2_INTERFACE_RULES
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

_MODEL = "botocore 1.44 service model: elbv2"

DEFAULT_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
}
"""Source: botocore 1.44 service model: elbv2 LoadBalancerAttribute, read 2026-11-23."""


def _balancers(call: WireCall, world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.backend("elbv2", call.region).load_balancers
    return found


def _subnets(call: WireCall, world: World) -> list[Any]:
    mapped = [one.get("SubnetId") for one in call.params.get("SubnetMappings") or []]
    wanted = set(call.params.get("Subnets") or []) | set(mapped)
    zones = world.backend("ec2", call.region).subnets
    return [subnet for by_id in zones.values() for name, subnet in by_id.items() if name in wanted]


def _bad_name(call: WireCall, _: World) -> str | None:
    name = str(call.params.get("Name", ""))
    if name.lower().startswith("internal-"):
        return f"Load balancer name '{name}' cannot begin with 'internal-'"
    return None


def _one_zone(call: WireCall, world: World) -> str | None:
    if call.params.get("Type", "application") != "application":
        return None
    found = _subnets(call, world)
    zones = {subnet.availability_zone for subnet in found}
    asked = len(call.params.get("Subnets") or []) + len(call.params.get("SubnetMappings") or [])
    if asked and len(found) == asked and len(zones) < 2:
        return "At least two subnets in two different Availability Zones must be specified"
    if len(zones) < len(found):
        return "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
    return None


def _no_way_in(call: WireCall, world: World) -> str | None:
    if call.params.get("Scheme", "internet-facing") != "internet-facing":
        return None
    vpcs = {subnet.vpc_id for subnet in _subnets(call, world)}
    gateways = world.backend("ec2", call.region).internet_gateways.values()
    attached = {gateway.vpc.id for gateway in gateways if gateway.vpc is not None}
    missing = sorted(vpcs - attached)
    return f"VPC {missing[0]} has no internet gateway" if missing else None


def _same_balancer(call: WireCall, world: World) -> Any | None:
    name = call.params.get("Name")
    return next((one for one in _balancers(call, world).values() if one.name == name), None)


def _as_made(call: WireCall, balancer: Any) -> bool:
    return bool(
        {subnet.id for subnet in balancer.subnets} == set(call.params.get("Subnets") or [])
        and set(balancer.security_groups) == set(call.params.get("SecurityGroups") or [])
        and (balancer.scheme or "internet-facing") == call.params.get("Scheme", "internet-facing")
    )


def _other_balancer(call: WireCall, world: World) -> str | None:
    found = _same_balancer(call, world)
    if found is None or _as_made(call, found):
        return None
    return f"A load balancer with the same name '{found.name}' exists, but with different settings"


def _made_before(call: WireCall, world: World) -> Mapping[str, Any] | None:
    found = _same_balancer(call, world)
    if found is None:
        return None
    zones = [{"ZoneName": one.availability_zone, "SubnetId": one.id} for one in found.subnets]
    return {
        "LoadBalancers": [
            {
                "LoadBalancerArn": found.arn,
                "DNSName": found.dns_name,
                "CanonicalHostedZoneId": found.canonical_hosted_zone_id,
                "LoadBalancerName": found.name,
                "Scheme": found.scheme or "internet-facing",
                "VpcId": found.vpc_id,
                "State": {"Code": found.state},
                "Type": found.type,
                "AvailabilityZones": zones,
                "SecurityGroups": list(found.security_groups),
                "IpAddressType": found.ip_address_type,
            }
        ]
    }


def _fill_in(call: WireCall, world: World) -> None:
    """Attributes that AWS answers for a new load balancer and moto does not."""
    found = _same_balancer(call, world)
    if found is not None:
        for key, value in DEFAULT_ATTRIBUTES.items():
            found.attrs.setdefault(key, value)


def _protected(call: WireCall, world: World) -> str | None:
    arn = str(call.params.get("LoadBalancerArn", ""))
    found = _balancers(call, world).get(arn)
    if found is None or found.attrs.get("deletion_protection.enabled") != "true":
        return None
    return f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"


def _port_taken(call: WireCall, world: World) -> str | None:
    found = _on_port(call, world)
    if found is None or _same_listener(call, found):
        return None
    return f"A listener already exists on this port for this load balancer '{found.load_balancer_arn}'"


def _on_port(call: WireCall, world: World) -> Any | None:
    balancer = _balancers(call, world).get(str(call.params.get("LoadBalancerArn", "")))
    port = str(call.params.get("Port", ""))
    listeners = balancer.listeners.values() if balancer is not None else ()
    return next((one for one in listeners if str(one.port) == port), None)


def _same_listener(call: WireCall, found: Any) -> bool:
    asked = [one.get("CertificateArn") for one in call.params.get("Certificates") or []]
    actions = [dict(one.data) for one in found.default_actions]
    wanted = [dict(one) for one in call.params.get("DefaultActions") or []]
    return bool(
        found.protocol == call.params.get("Protocol")
        and (found.certificate or None) == (asked[0] if asked else None)
        and [_target(one) for one in actions] == [_target(one) for one in wanted]
    )


def _target(action: Mapping[str, Any]) -> tuple[str, str]:
    return str(action.get("Type", "")), str(action.get("TargetGroupArn") or action.get("RedirectConfig") or "")


def _listened_before(call: WireCall, world: World) -> Mapping[str, Any] | None:
    found = _on_port(call, world)
    if found is None:
        return None
    made: dict[str, Any] = {
        "ListenerArn": found.arn,
        "LoadBalancerArn": found.load_balancer_arn,
        "Port": int(found.port),
        "Protocol": found.protocol,
        "DefaultActions": [dict(one) for one in call.params.get("DefaultActions") or []],
    }
    if found.certificate:
        made |= {"Certificates": [{"CertificateArn": found.certificate}], "SslPolicy": found.ssl_policy}
    return {"Listeners": [made]}


def _not_issued(call: WireCall, world: World) -> str | None:
    known = certificates(world, call.region)
    for one in call.params.get("Certificates") or []:
        arn = str(one.get("CertificateArn", ""))
        if arn in known and known[arn].status != "ISSUED":
            return (
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
                "and a supported key size."
            )
    return None


def _no_certificate(call: WireCall, _: World) -> str | None:
    if call.params.get("Protocol") == "HTTPS" and not call.params.get("Certificates"):
        return "A certificate must be specified for HTTPS listeners"
    return None


def _group_made_before(call: WireCall, world: World) -> Mapping[str, Any] | None:
    groups = world.backend("elbv2", call.region).target_groups.values()
    found = next((one for one in groups if one.name == call.params.get("Name")), None)
    same = found is not None and (found.protocol, str(found.port), found.vpc_id, found.target_type) == (
        call.params.get("Protocol"),
        str(call.params.get("Port")),
        call.params.get("VpcId"),
        call.params.get("TargetType", "instance"),
    )
    if found is None or not same or found.health_check_path != call.params.get("HealthCheckPath"):
        return None
    return {
        "TargetGroups": [
            {
                "TargetGroupArn": found.arn,
                "TargetGroupName": found.name,
                "Protocol": found.protocol,
                "Port": int(found.port),
                "VpcId": found.vpc_id,
                "TargetType": found.target_type,
            }
        ]
    }


def _relate(call: WireCall, world: World) -> None:
    """Who uses which certificate and which target group, as it is after the call."""
    backend = world.backend("elbv2", call.region)
    for arn, certificate in certificates(world, call.region).items():
        certificate.in_use_by = users(world, call.region, arn)
    used: dict[str, list[str]] = {}
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    for arn in backend._get_target_group_arns_from(action_data=action.data):
                        used.setdefault(arn, [])
                        if balancer.arn not in used[arn]:
                            used[arn].append(balancer.arn)
    for arn, group in backend.target_groups.items():
        group.load_balancer_arns = used.get(arn, [])


ELBV2_RULES: tuple[Rule, ...] = (
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        code="ValidationError",
        gap="a load balancer name may begin with internal-",
        source=f"{_MODEL} CreateLoadBalancer, Name",
        refuse=_bad_name,
    ),
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        code="InvalidConfigurationRequest",
        gap="a load balancer with one subnet, or with two subnets in one zone, is accepted",
        source=f"{_MODEL} CreateLoadBalancer, Subnets (two Availability Zones, one subnet for each)",
        refuse=_one_zone,
    ),
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        code="InvalidSubnet",
        gap="an internet-facing load balancer is accepted in a VPC without an internet gateway",
        source="AWS docs: Troubleshoot your Application Load Balancers; CreateLoadBalancer, error InvalidSubnet",
        refuse=_no_way_in,
    ),
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        code="DuplicateLoadBalancerName",
        gap="a name that is taken by a load balancer with other settings makes a second one",
        source=f"{_MODEL} CreateLoadBalancer, error DuplicateLoadBalancerNameException",
        refuse=_other_balancer,
    ),
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        gap="the same name with the same settings makes a second load balancer",
        source=f"{_MODEL} CreateLoadBalancer (idempotent)",
        reply=_made_before,
    ),
    Rule(
        service="elbv2",
        operations=("CreateLoadBalancer",),
        gap="a new load balancer lacks most of the attributes that AWS answers",
        source=f"{_MODEL} LoadBalancerAttribute, defaults",
        complete=_fill_in,
    ),
    Rule(
        service="elbv2",
        operations=("DeleteLoadBalancer",),
        code="OperationNotPermitted",
        gap="deletion protection protects nothing",
        source=f"{_MODEL} DeleteLoadBalancer, error OperationNotPermittedException",
        refuse=_protected,
    ),
    Rule(
        service="elbv2",
        operations=("CreateTargetGroup",),
        gap="the same target group with the same settings is refused as a duplicate",
        source=f"{_MODEL} CreateTargetGroup (idempotent)",
        reply=_group_made_before,
    ),
    Rule(
        service="elbv2",
        operations=("CreateListener",),
        code="DuplicateListener",
        gap="two listeners of one load balancer may have the same port",
        source=f"{_MODEL} CreateListener, error DuplicateListenerException",
        refuse=_port_taken,
    ),
    Rule(
        service="elbv2",
        operations=("CreateListener",),
        code="ValidationError",
        gap="an HTTPS listener without a certificate is accepted",
        source=f"{_MODEL} CreateListener, Certificates",
        refuse=_no_certificate,
    ),
    Rule(
        service="elbv2",
        operations=("CreateListener", "ModifyListener"),
        code="UnsupportedCertificate",
        gap="a listener takes a certificate that is still pending",
        source="terraform-provider-aws issue 41789; botocore 1.44 service model: error UnsupportedCertificateException",
        refuse=_not_issued,
    ),
    Rule(
        service="elbv2",
        operations=("CreateListener",),
        gap="the same listener with the same settings makes a second one",
        source=f"{_MODEL} CreateListener (idempotent)",
        reply=_listened_before,
    ),
    Rule(
        service="elbv2",
        operations=("CreateListener", "DeleteListener", "DeleteLoadBalancer", "ModifyListener"),
        gap="certificates and target groups stay in use after the listener that used them is gone",
        source="botocore 1.44 service model: acm CertificateDetail, InUseBy; elbv2 TargetGroup, LoadBalancerArns",
        complete=_relate,
    ),
    *ELBV2_INTERFACE_RULES,
)
