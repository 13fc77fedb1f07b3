"""Amazon CloudWatch Logs: the retentions that it offers."""

from __future__ import annotations

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World
from runbook.settings.limits import RETENTION_DAYS


def _no_such_retention(call: WireCall, _: World) -> str | None:
    days = call.params.get("retentionInDays")
    if days in RETENTION_DAYS:
        return None
    return f"Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must be one of {RETENTION_DAYS}"


LOGS_RULES: tuple[Rule, ...] = (
    Rule(
        service="logs",
        operations=("PutRetentionPolicy",),
        code="InvalidParameterException",
        gap="any number of days is accepted as a retention",
        source="botocore 1.44 service model: logs PutRetentionPolicy, retentionInDays",
        refuse=_no_such_retention,
    ),
)
