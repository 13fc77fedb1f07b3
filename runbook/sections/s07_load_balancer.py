"""Section 7, load balancer: HTTPS from the internet to the web tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook.kinds.acm import Certificate, CertificateIssued, ExistingCertificate
from runbook.kinds.dns_alias import AliasRecord
from runbook.kinds.dns_validation import ValidationRecord
from runbook.kinds.kind import Owner
from runbook.kinds.listener import Listener
from runbook.kinds.load_balancer import LoadBalancer
from runbook.kinds.target_group import HealthCheck, TargetGroup
from runbook.model import Resource, Section, escape, ref
from runbook.sections import network_ids
from runbook.sections.s07_checks import checks
from runbook.sections.s07_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import Deployment

CERTIFICATE = "balancer.certificate"
RECORDS = "balancer.certificate-records"
ISSUED = "balancer.certificate-issued"
TARGETS = "balancer.target-group"
BALANCER = "balancer.load-balancer"

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2, without the old ciphers; recommended by AWS for new listeners.

Source: AWS docs: Security policies for your Application Load Balancer, seen 2026-11-23.
"""

_DRAIN_S = 30
"""Seconds that a task which leaves may finish its requests; AWS's default of 300 holds up every deployment.

Source: AWS docs: Target group attributes, deregistration delay.
"""

_IDLE_S = 60
"""Seconds without a byte until a connection is closed: AWS's own default, said so that a change is a choice."""


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The certificate as far as one is wanted, the load balancer with its listeners, and the name that points at it."""
    return (*_certificate(deployment), *_balancer(deployment), *_listeners(deployment), *_alias(deployment))


def _owner(deployment: Deployment) -> Owner:
    return Owner(deployment.stack, 7, tags=deployment.tags)


def _certificate(deployment: Deployment) -> Iterator[Resource]:
    owner, domain = _owner(deployment), deployment.domain or ""
    if deployment.tls == "arn":
        yield ExistingCertificate(id=ISSUED, owner=owner, arn=deployment.certificate_arn or "", domain=domain)
    if deployment.tls != "acm":
        return
    arn = ref(CERTIFICATE, "arn")
    yield Certificate(
        id=CERTIFICATE, owner=owner, domain=domain, region=deployment.region, account=deployment.account or ""
    )
    yield ValidationRecord(
        id=RECORDS,
        owner=owner,
        domain=domain,
        hosted_zone=deployment.hosted_zone or "",
        certificate=arn,
        name=ref(CERTIFICATE, "record_name"),
        value=ref(CERTIFICATE, "record_value"),
    )
    yield CertificateIssued(id=ISSUED, owner=owner, certificate=arn, after=(RECORDS,))


def _balancer(deployment: Deployment) -> Iterator[Resource]:
    network, contract = network_ids.ids(deployment), deployment.app.web
    owner, region, account = _owner(deployment), deployment.region, deployment.account or ""
    yield TargetGroup(
        id=TARGETS,
        owner=owner,
        base=deployment.name("web"),
        vpc=ref(network.vpc, "id"),
        port=contract.port,
        health=HealthCheck(path=escape(contract.health_path), codes=contract.health_codes),
        attributes={"deregistration_delay.timeout_seconds": str(_DRAIN_S)},
        region=region,
        account=account,
    )
    yield LoadBalancer(
        id=BALANCER,
        owner=owner,
        name=deployment.name("alb"),
        subnets=tuple(ref(one, "id") for one in network.public),
        groups=(ref(network.groups["alb"], "id"),),
        attributes={
            "deletion_protection.enabled": "false",
            "idle_timeout.timeout_seconds": str(_IDLE_S),
            "routing.http.drop_invalid_header_fields.enabled": "true",
        },
        after=network.before_balancer,
        region=region,
        account=account,
    )


def _listeners(deployment: Deployment) -> Iterator[Resource]:
    owner, balancer, targets = _owner(deployment), ref(BALANCER, "arn"), ref(TARGETS, "arn")
    if deployment.tls == "none":
        yield Listener(
            id="balancer.http", owner=owner, load_balancer=balancer, port=80, protocol="HTTP", forward_to=targets
        )
        return
    yield Listener(
        id="balancer.https",
        owner=owner,
        load_balancer=balancer,
        port=443,
        protocol="HTTPS",
        certificate=ref(ISSUED, "arn"),
        ssl_policy=TLS_POLICY,
        forward_to=targets,
    )
    yield Listener(id="balancer.http", owner=owner, load_balancer=balancer, port=80, protocol="HTTP", redirect_to="443")


def _alias(deployment: Deployment) -> Iterator[Resource]:
    if deployment.domain:
        yield AliasRecord(
            id="balancer.alias",
            owner=_owner(deployment),
            domain=deployment.domain,
            hosted_zone=deployment.hosted_zone or "",
            name=deployment.domain,
            dns_name=ref(BALANCER, "dns_name"),
            zone_id=ref(BALANCER, "zone_id"),
            # Visitors come when there is somebody to answer: the service is ready when its tasks are well.
            after=("services.web",),
        )


SECTION = Section(
    number=7,
    name="load-balancer",
    title="Load balancer, certificate and domain",
    text=read_text("s07_load_balancer"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(136, 142),
)
