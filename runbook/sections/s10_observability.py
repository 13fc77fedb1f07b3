"""Section 10, observability: log groups; alarms and somebody who is told come later."""

from __future__ import annotations

from collections.abc import Sequence

from runbook.kinds.kind import Owner
from runbook.kinds.logs import LogGroup
from runbook.model import Resource, Section
from runbook.sections.s10_corrections import CORRECTIONS
from runbook.sections.text import read_text
from runbook.settings import SERVICES, Deployment


def resources(deployment: Deployment) -> Sequence[Resource]:
    """A log group for each service, made before its first task."""
    owner = Owner(deployment.stack, 10, tags=deployment.tags)
    return tuple(
        LogGroup(
            id=f"logs.{service}",
            owner=owner,
            name=deployment.log_group(service),
            region=deployment.region,
            account=deployment.account or "",
            retention_days=deployment.retention_days,
        )
        for service in SERVICES
    )


SECTION = Section(
    number=10,
    name="observability",
    title="Observability",
    text=read_text("s10_observability"),
    resources=resources,
    corrections=CORRECTIONS,
    lines=(157, 165),
)
