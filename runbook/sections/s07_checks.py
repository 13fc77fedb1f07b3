"""What section 7 proves: HTTPS with a fitting certificate, the redirect, the name, and targets that are well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from runbook.kinds.acm import covers, names_of
from runbook.kinds.route53 import zone_of
from runbook.model import Check, Finding, Known, ReadOnlyAws, ref
from runbook.settings import Deployment

_BALANCER = ref("balancer.load-balancer", "arn")
_TARGETS = ref("balancer.target-group", "arn")


def _listener(aws: ReadOnlyAws, known: Known, port: int) -> dict[str, Any] | None:
    found = aws.read("elbv2", "DescribeListeners", LoadBalancerArn=known.value(_BALANCER))["Listeners"]
    return next((one for one in found if one.get("Port") == port), None)


def _https(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    if deployment.tls == "none":
        return Finding(
            "failed",
            'NOT MET by choice: tls = "none" means plain HTTP, so passwords travel unencrypted',
            'Set a domain and tls = "acm" before anybody uses this for real.',
        )
    listener = _listener(aws, known, 443)
    certificates = (listener or {}).get("Certificates", [])
    if listener is None or not certificates:
        return Finding("failed", "nothing listens on port 443 with a certificate", "Run `karet apply 7`.")
    arn = certificates[0]["CertificateArn"]
    one = aws.read("acm", "DescribeCertificate", CertificateArn=arn)["Certificate"]
    names = names_of(one)
    about = f"{arn} for {', '.join(names)} is {one.get('Status')} until {one.get('NotAfter', 'an unknown date')}"
    if one.get("Status") != "ISSUED" or not covers(names, deployment.domain or ""):
        return Finding("failed", f"{about}, and has to cover {deployment.domain}", "Run `karet apply 7`.")
    return Finding("passed", f"{about}; TLS policy {listener.get('SslPolicy')}")


def _redirect(aws: ReadOnlyAws, known: Known) -> Finding:
    listener = _listener(aws, known, 80)
    actions = (listener or {}).get("DefaultActions", [])
    to = actions[0].get("RedirectConfig", {}) if actions else {}
    if (to.get("Protocol"), to.get("Port"), to.get("StatusCode")) == ("HTTPS", "443", "HTTP_301"):
        return Finding("passed", "port 80 answers with 301 to HTTPS on port 443")
    kind = actions[0].get("Type") if actions else "nothing"
    return Finding("failed", f"port 80 does {kind}", "Run `karet apply 7`.")


def _forwards(aws: ReadOnlyAws, known: Known) -> Finding:
    listener = _listener(aws, known, 80)
    kinds = [one.get("Type") for one in (listener or {}).get("DefaultActions", [])]
    if kinds == ["forward"]:
        return Finding("passed", "port 80 forwards to the web tasks")
    return Finding("failed", f"port 80 does {', '.join(map(str, kinds)) or 'nothing'}", "Run `karet apply 7`.")


def _name(deployment: Deployment, domain: str, aws: ReadOnlyAws, known: Known) -> Finding:
    target = known.value(ref("balancer.load-balancer", "dns_name"))
    zone = zone_of(aws, domain, deployment.hosted_zone or "")
    if not zone:
        return Finding(
            "waiting",
            f"no zone of this account holds {domain}, so the runbook cannot see whether it points here",
            f"At your DNS provider set: {domain} CNAME {target}",
        )
    answer = aws.read("route53", "TestDNSAnswer", HostedZoneId=zone, RecordName=f"{domain}.", RecordType="A")
    data = answer.get("RecordData", [])
    if data:
        return Finding("passed", f"Route 53 answers {domain} with {', '.join(data)}")
    return Finding("failed", f"Route 53 answers {domain} with {answer.get('ResponseCode')} and no address")


def _targets(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    found = aws.read("elbv2", "DescribeTargetHealth", TargetGroupArn=known.value(_TARGETS))
    all_states = [one["TargetHealth"] for one in found["TargetHealthDescriptions"]]
    # A task that leaves after a deployment drains; it says nothing about those that stay.
    states = [one for one in all_states if one.get("State") != "draining"]
    well = sum(1 for one in states if one.get("State") == "healthy")
    detail = f"{well} of {deployment.web.count} wanted targets are healthy"
    if well >= deployment.web.count and well == len(states):
        return Finding("passed", detail)
    why = sorted({f"{one.get('State')} ({one.get('Reason', 'no reason')})" for one in states} - {"healthy (no reason)"})
    return Finding(
        "failed",
        f"{detail}; others: {', '.join(why) or 'not registered'}",
        "Compare app.web.port, app.web.health_path and app.web.health_codes with what the image answers.",
    )


def checks(deployment: Deployment) -> Sequence[Check]:
    """Item 6 of the checklist, the name that visitors use, and the health of what stands behind it."""
    found = [
        Check(
            "balancer.https-certificate", "Visitors use HTTPS with a fitting certificate", partial(_https, deployment)
        ),
        Check("balancer.port-80", "Port 80 serves visitors over plain HTTP", _forwards)
        if deployment.tls == "none"
        else Check("balancer.port-80", "Port 80 sends visitors to HTTPS", _redirect),
        Check("balancer.targets", "Every target is healthy", partial(_targets, deployment)),
    ]
    if deployment.domain:
        found.append(
            Check(
                "balancer.name",
                "The domain points at the load balancer",
                partial(_name, deployment, deployment.domain),
            )
        )
    return found
