"""AWS Secrets Manager: a secret that is scheduled for deletion keeps its name."""

from __future__ import annotations

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World


def _name_is_scheduled(call: WireCall, world: World) -> str | None:
    secrets = world.backend("secretsmanager", call.region).secrets
    name = str(call.params.get("Name", ""))
    if name in secrets and secrets[name].is_deleted():
        return "You can't create this secret because a secret with this name is already scheduled for deletion."
    return None


SECRETSMANAGER_RULES: tuple[Rule, ...] = (
    Rule(
        service="secretsmanager",
        operations=("CreateSecret",),
        code="InvalidRequestException",
        gap="a name that is scheduled for deletion is refused as ResourceExistsException",
        source="AWS docs: Secrets Manager API reference, DeleteSecret and CreateSecret; moto 5.2.5, probed",
        refuse=_name_is_scheduled,
    ),
)
