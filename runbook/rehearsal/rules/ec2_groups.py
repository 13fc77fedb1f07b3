"""Security groups: which names are legal, and which groups may go."""

from __future__ import annotations

import re
from typing import Any

from runbook.rehearsal.rules.ec2_users import in_group
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

_NAME = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
"""botocore 1.44 service model: ec2 CreateSecurityGroup, GroupName of a VPC's group, seen 2026-11-23."""


def _bad_name(call: WireCall, _: World) -> str | None:
    name = str(call.params.get("GroupName", ""))
    if name.lower().startswith("sg-"):
        return f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
    if not _NAME.fullmatch(name):
        return f"Value ({name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported."
    return None


def _group(call: WireCall, world: World) -> Any:
    wanted = call.params.get("GroupId")
    groups = world.backend("ec2", call.region).groups.values()
    return next((one for each in groups for one in each.values() if one.id == wanted), None)


def _default_group(call: WireCall, world: World) -> str | None:
    group = _group(call, world)
    if group is not None and group.name == "default":
        return f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
    return None


def _group_in_use(call: WireCall, world: World) -> str | None:
    group = _group(call, world)
    users = in_group(call, world, group.id) if group is not None else ""
    return f"resource {group.id} has a dependent object ({users})" if users else None


EC2_GROUP_RULES: tuple[Rule, ...] = (
    Rule(
        service="ec2",
        operations=("CreateSecurityGroup",),
        code="InvalidParameterValue",
        gap="a group name that begins with sg-, is too long or has other characters is accepted",
        source="botocore 1.44 service model: ec2 CreateSecurityGroup, GroupName (can't start with sg-)",
        refuse=_bad_name,
    ),
    Rule(
        service="ec2",
        operations=("DeleteSecurityGroup",),
        code="CannotDelete",
        gap="the default group of a VPC is deleted",
        source="AWS docs: Amazon EC2 API error codes (CannotDelete)",
        refuse=_default_group,
    ),
    Rule(
        service="ec2",
        operations=("DeleteSecurityGroup",),
        code="DependencyViolation",
        gap="a group is deleted that interfaces, endpoints, load balancers or rules of other groups use",
        source="botocore 1.44 service model: ec2 DeleteSecurityGroup (fails with DependencyViolation)",
        refuse=_group_in_use,
    ),
)
