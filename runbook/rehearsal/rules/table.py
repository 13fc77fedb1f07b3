"""All rules in one tuple; a new service's file is added here, a new rule only in its service's file."""

from __future__ import annotations

from runbook.rehearsal.rules.rule import Rule

RULES: tuple[Rule, ...] = ()


def rules_for(service: str, operation: str) -> tuple[Rule, ...]:
    """The rules about one operation, in the order in which AWS would notice."""
    return tuple(rule for rule in RULES if rule.applies(service, operation))
