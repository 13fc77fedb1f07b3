"""AWS Systems Manager parameters: their names, their depth and how much fits into one."""

from __future__ import annotations

import re

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

MAX_DEPTH = 15
MAX_NAME = 2048
MAX_STANDARD = 4096
MAX_ADVANCED = 8192
"""Bytes of a value by tier. Source: AWS docs: managing parameter tiers."""

_ALPHABET = re.compile(r"[a-zA-Z0-9_.\-/]+")


def _bad_name(call: WireCall, _: World) -> str | None:
    name = str(call.params.get("Name", ""))
    if not _ALPHABET.fullmatch(name) or "//" in name or len(name) > MAX_NAME or ("/" in name and name[0] != "/"):
        return (
            "Parameter name must be a fully qualified name: letters, digits and the symbols . - _ in each part, "
            f"parts divided by one slash, at most {MAX_NAME} characters; found {name[:100]!r}"
        )
    return None


def _too_deep(call: WireCall, _: World) -> str | None:
    depth = str(call.params.get("Name", "")).strip("/").count("/") + 1
    return f"A hierarchy can have a maximum of {MAX_DEPTH} levels, found {depth}." if depth > MAX_DEPTH else None


def _bad_size(call: WireCall, _: World) -> str | None:
    size = len(str(call.params.get("Value", "")).encode())
    if size == 0:
        return "Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"
    tier = call.params.get("Tier", "Standard")
    if size > MAX_STANDARD and tier == "Standard":
        return (
            f"Standard tier parameters support a maximum parameter value of {MAX_STANDARD} characters. To create a "
            "larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
    if size > MAX_ADVANCED:
        return f"Advanced tier parameters support a maximum parameter value of {MAX_ADVANCED} characters."
    return None


SSM_RULES: tuple[Rule, ...] = (
    Rule(
        service="ssm",
        operations=("PutParameter",),
        code="ValidationException",
        gap="names with spaces, other symbols or empty parts are accepted",
        source="AWS docs: Systems Manager API reference, PutParameter (Name)",
        refuse=_bad_name,
    ),
    Rule(
        service="ssm",
        operations=("PutParameter",),
        code="HierarchyLevelLimitExceededException",
        gap="a hierarchy of any depth is accepted",
        source="botocore 1.44 service model: ssm PutParameter, error HierarchyLevelLimitExceededException (15 levels)",
        refuse=_too_deep,
    ),
    Rule(
        service="ssm",
        operations=("PutParameter",),
        code="ValidationException",
        gap="a value of any size is accepted in the standard tier",
        source="AWS docs: Systems Manager user guide, managing parameter tiers (4 KB standard, 8 KB advanced)",
        refuse=_bad_size,
    ),
)
