"""Where section 7 does something other than the source document, and why."""

from __future__ import annotations

from runbook.model import Correction

CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        number="7.1",
        document="Uses the certificate right after asking for it.",
        runbook="Treats request, DNS record and issued certificate as three steps, and waits for the last.",
        reason=(
            "A listener refuses a certificate that is still pending, and DNS validation may take from one minute to "
            "many."
        ),
        source="AWS docs: DNS validation in AWS Certificate Manager; terraform-provider-aws issue 41789",
    ),
    Correction(
        number="7.2",
        document="Points the domain at the load balancer, whatever was there.",
        runbook=(
            "Creates the record when targets are well, with the zone id of the load balancer, and asks before it "
            "replaces one."
        ),
        reason="An existing record may be your live site. Overwriting it is one call and silent.",
        source="botocore 1.44 service model, route53 ChangeResourceRecordSets",
    ),
    Correction(
        number="7.3",
        document="Does not say what the target group holds.",
        runbook="Makes a target group of type ip.",
        reason="The default type is instance, and tasks on Fargate are none.",
        source="botocore 1.44 service model, elbv2 CreateTargetGroup TargetType",
    ),
    Correction(
        number="7.4",
        document="Relies on the defaults of the load balancer.",
        runbook="Sets the TLS policy, drops invalid headers, and shortens the time for which an old task is kept.",
        reason="Defaults may allow old versions of TLS, and hold every deployment and removal up for five minutes.",
        source="botocore 1.44 service model, elbv2 CreateListener and ModifyTargetGroupAttributes",
    ),
    Correction(
        number="7.5",
        document="Knows HTTPS only.",
        runbook="Offers plain HTTP as an explicit choice that fails item 6 of the checklist.",
        reason="A first look at the stack must not wait for a domain, and must not pass for finished either.",
        source="our choice",
    ),
    Correction(
        number="7.6",
        document="Checks the root path and expects 200.",
        runbook="Uses path and codes of the application contract for the target group too.",
        reason=(
            "With a path that redirects to a login no target ever becomes healthy, and ECS replaces the tasks for ever."
        ),
        source=(
            "public source of karet, seen 2026-06; AWS docs: Health checks for Application Load Balancer target groups"
        ),
    ),
)
