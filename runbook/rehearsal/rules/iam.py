"""AWS IAM: what a trust policy may say, service-linked roles as AWS guards them, and permission simulation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runbook.rehearsal.rules.policy_documents import (
    caller_exists,
    invalid_principal,
    parsed,
    shape_problem,
    statements_of,
    texts_of,
)
from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

SERVICE_LINKED_ROLES = {
    "apidestinations.events.amazonaws.com": "AWSServiceRoleForAmazonEventBridgeApiDestinations",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "vpc-lattice.amazonaws.com": "AWSServiceRoleForVpcLattice",
}
"""Service -> role name. Source: AWS docs: using service-linked roles, in each service's guide, seen 2026-11-23."""

MAX_INLINE_CHARACTERS = 10_240
"""All inline policies of one role, without white space. Source: AWS docs: IAM and AWS STS quotas."""

MAX_ATTACHED = 10
"""Managed policies on one role by default. Source: AWS docs: IAM and AWS STS quotas."""

STS_ACTIONS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
)


def _trust_text(call: WireCall) -> object:
    return call.params.get("AssumeRolePolicyDocument", call.params.get("PolicyDocument", ""))


def _trust_problem(call: WireCall, world: World) -> str | None:
    document = parsed(_trust_text(call))
    problem = shape_problem(document, required=("Principal", "Action"), prohibited=("Resource", "NotResource"))
    if problem is not None:
        return problem
    statements = statements_of(document) or []
    for statement in statements:
        for action in texts_of(statement.get("Action")):
            if action not in {*STS_ACTIONS, "sts:*"}:
                return "AssumeRole policy may only specify STS AssumeRole actions."
    stranger = invalid_principal(statements, caller_exists(world.backend("iam", call.region), world.account_id))
    return f"Invalid principal in policy: {stranger}" if stranger else None


def _same_name(call: WireCall, world: World) -> str | None:
    name = str(call.params.get("RoleName", ""))
    roles = world.backend("iam", call.region).get_roles()
    if any(role.name.lower() == name.lower() for role in roles):
        return f"Role with name {name} already exists."
    return None


def _role(call: WireCall, world: World) -> Any | None:
    name = call.params.get("RoleName")
    return next((role for role in world.backend("iam", call.region).get_roles() if role.name == name), None)


def _inline_too_long(call: WireCall, world: World) -> str | None:
    role = _role(call, world)
    if role is None:
        return None
    policies = {**role.policies, str(call.params["PolicyName"]): str(call.params["PolicyDocument"])}
    if sum(len("".join(text.split())) for text in policies.values()) <= MAX_INLINE_CHARACTERS:
        return None
    return f"Maximum policy size of {MAX_INLINE_CHARACTERS} bytes exceeded for role {role.name}"


def _too_many_attached(call: WireCall, world: World) -> str | None:
    role = _role(call, world)
    if role is None or call.params.get("PolicyArn") in role.managed_policies:
        return None
    return (
        f"Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"
        if len(role.managed_policies) >= MAX_ATTACHED
        else None
    )


def _linked_name(call: WireCall) -> str | None:
    name = SERVICE_LINKED_ROLES.get(str(call.params.get("AWSServiceName", "")))
    suffix = call.params.get("CustomSuffix")
    return f"{name}_{suffix}" if name and suffix else name


def _linked_exists(call: WireCall, world: World) -> str | None:
    name = _linked_name(call)
    if name is None or not any(role.name == name for role in world.backend("iam", call.region).get_roles()):
        return None
    return f"Service role name {name} has been taken in this account, please try a different suffix."


def _create_linked(call: WireCall, world: World) -> Mapping[str, Any] | None:
    name = _linked_name(call)
    if name is None:
        return None
    service = str(call.params["AWSServiceName"])
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    role = world.backend("iam", call.region).create_role(
        name,
        json.dumps(trust),
        f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description=str(call.params.get("Description", "")),
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )
    return {
        "Role": {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": role.create_date,
            "AssumeRolePolicyDocument": json.dumps(trust),
            "Description": role.description,
        }
    }


def _protected(call: WireCall, world: World) -> str | None:
    role = _role(call, world)
    if role is None or not role.path.startswith("/aws-service-role/"):
        return None
    return f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"


def _bad_issuer(call: WireCall, _: World) -> str | None:
    url = str(call.params.get("Url", ""))
    host = url.removeprefix("https://").partition("/")[0]
    return None if url.startswith("https://") and ":" not in host and "?" not in url else "Invalid Open ID Connect URL"


def _simulate(call: WireCall, _: World) -> Mapping[str, Any]:
    resources = call.params.get("ResourceArns") or ["*"]
    return {
        "IsTruncated": False,
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed",
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in call.params.get("ActionNames") or []
            for resource in resources
        ],
    }


IAM_RULES: tuple[Rule, ...] = (
    Rule(
        service="iam",
        operations=("CreateRole", "UpdateAssumeRolePolicy"),
        code="MalformedPolicyDocument",
        gap="any text is accepted as a trust policy, also with principals that do not exist",
        source="AWS docs: IAM API reference, CreateRole (MalformedPolicyDocument); IAM JSON policy elements",
        refuse=_trust_problem,
    ),
    Rule(
        service="iam",
        operations=("CreateRole",),
        code="EntityAlreadyExists",
        status=409,
        gap="two role names that differ only in case are both accepted",
        source="botocore 1.44 service model: iam CreateRole, RoleName (not distinguished by case)",
        refuse=_same_name,
    ),
    Rule(
        service="iam",
        operations=("PutRolePolicy",),
        code="LimitExceeded",
        status=409,
        gap="the inline policies of a role may grow without end",
        source="AWS docs: IAM and AWS STS quotas (10,240 characters without white space)",
        refuse=_inline_too_long,
    ),
    Rule(
        service="iam",
        operations=("AttachRolePolicy",),
        code="LimitExceeded",
        status=409,
        gap="any number of managed policies can be attached to a role",
        source="AWS docs: IAM and AWS STS quotas (10 managed policies on a role by default)",
        refuse=_too_many_attached,
    ),
    Rule(
        service="iam",
        operations=("CreateServiceLinkedRole",),
        code="InvalidInput",
        gap="a service-linked role that exists is refused with EntityAlreadyExists",
        source="AWS docs: IAM API reference, CreateServiceLinkedRole (InvalidInput); public issue reports of the text",
        refuse=_linked_exists,
    ),
    Rule(
        service="iam",
        operations=("CreateServiceLinkedRole",),
        gap="service-linked roles get made-up names, such as AWSServiceRoleForecs",
        source="AWS docs: using service-linked roles, in each service's guide",
        reply=_create_linked,
    ),
    Rule(
        service="iam",
        operations=(
            "AttachRolePolicy",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
        ),
        code="UnmodifiableEntity",
        gap="a service-linked role can be changed and deleted like any other",
        source="botocore 1.44 service model: iam DeleteRole, error UnmodifiableEntityException",
        refuse=_protected,
    ),
    Rule(
        service="iam",
        operations=("CreateOpenIDConnectProvider",),
        code="InvalidInput",
        gap="an identity provider may have an address without TLS, with a port or with a query",
        source="botocore 1.44 service model: iam CreateOpenIDConnectProvider, Url",
        refuse=_bad_issuer,
    ),
    Rule(
        service="iam",
        operations=("SimulatePrincipalPolicy", "SimulateCustomPolicy"),
        gap="permission simulation is missing; the rehearsal answers `allowed` to everything and proves nothing",
        source="botocore 1.44 service model: iam SimulatePrincipalPolicy",
        reply=_simulate,
    ),
)
