"""Section 13, parity: the points of the checklist, each with evidence, and a file of our own that goes all the way."""

from __future__ import annotations

from collections.abc import Sequence

from runbook.kinds.kind import Owner
from runbook.kinds.s3_probe import UploadProbe
from runbook.model import Resource, Section, escape, ref
from runbook.sections.s13_checks import checks
from runbook.sections.s13_corrections import CORRECTIONS
from runbook.sections.s13_probe import probe_key, wiring
from runbook.sections.text import read_text
from runbook.settings import Deployment

PROBE = "parity.upload"


def resources(deployment: Deployment) -> Sequence[Resource]:
    """The probe of the upload's way; without events, or with no worker running, no file arrives, so none is sent."""
    reported = deployment.events == "sqs" and deployment.worker.count > 0
    return (
        UploadProbe(
            id=PROBE,
            owner=Owner(deployment.stack, 13, tags=deployment.tags),
            wanted=reported,
            name=deployment.proven_parameter("upload"),
            region=deployment.region,
            account=deployment.account or "",
            bucket=ref("s3.bucket", "name"),
            key=escape(probe_key(deployment)),
            queue=ref("events.queue", "url") if reported else "",
            dead_letters=ref("events.dead-letter-queue", "url") if reported else "",
            dead_letters_arn=deployment.queue_arn(deployment.dead_letter_queue, deployment.account or ""),
            log_group=ref("logs.worker", "name") if reported else "",
            wiring=wiring(deployment) if reported else {},
            after=_proven_things(deployment),
        ),
    )


def _proven_things(deployment: Deployment) -> tuple[str, ...]:
    """What the checklist is about, so that this section brings everything along; its file needs most of it as well."""
    alarms = ("alarms.web-5xx", "alarms.worker-cpu", "alarms.bucket-4xx")
    return (
        "services.web",
        "services.worker",
        "balancer.http",
        *(("events.notification",) if deployment.events == "sqs" else ()),
        *(("balancer.alias",) if deployment.domain else ()),
        *(alarms if deployment.alarms.enabled == "yes" else ()),
    )


SECTION = Section(
    number=13,
    name="parity",
    title="Parity checklist",
    text=read_text("s13_parity"),
    resources=resources,
    checks=checks,
    corrections=CORRECTIONS,
    lines=(187, 196),
)
