"""IAM: roles with their policies, and the service-linked roles that AWS services bring along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runbook.kinds.kind import STACK, Kind
from runbook.kinds.policy import normalised
from runbook.model import Call, CfnPart, Json, Keep, Known, Permission, ReadOnlyAws, State
from runbook.obstacle import Obstacle, blocks

_NO_SUCH = ("NoSuchEntity",)


def role_arn(partition: str, account: str, name: str) -> str:
    """The ARN of a role without a path."""
    return f"arn:{partition}:iam::{account}:role/{name}"


@dataclass(frozen=True, kw_only=True)
class Role(Kind):
    """A role: who may assume it, our inline policies, and the managed policies that we attach.

    Parameters
    ----------
    trust: the trust policy.
    policies: our inline policies by name; inline policies of other names are somebody else's.
    managed: ARNs of managed policies; other attached ones are somebody else's.
    """

    name: str
    account: str
    partition: str = "aws"
    description: str
    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    managed: tuple[str, ...] = ()

    consistent_s: ClassVar[float] = 120.0

    @property
    def arn(self) -> str:
        """The role's ARN, which AWS makes from account and name."""
        return role_arn(self.partition, self.account, self.name)

    def settings(self) -> Mapping[str, Any]:
        """Trust, description, our inline policies and the managed policies we attach."""
        return {
            "trust": normalised(self.trust),
            "description": self.description,
            "policies": {name: normalised(policy) for name, policy in self.policies.items()},
            "managed": sorted(self.managed),
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The role with all its policies, or absent."""
        return _found(aws, self.name, ours=set(self.policies), attached=set(self.managed))

    def create(self, state: State) -> list[Call]:
        """The role with its tags in one call, then its policies."""
        made = Call(
            "iam",
            "CreateRole",
            {
                "RoleName": self.name,
                "AssumeRolePolicyDocument": Json(self.trust),
                "Description": self.description,
                "Tags": self.tag_list(),
            },
            keep={"id": "Role.RoleId"},
            permissions=(Permission("iam:CreateRole", self.arn), Permission("iam:TagRole", self.arn)),
        )
        return [made, *(self._put(name) for name in self.policies), *(self._attach(arn) for arn in self.managed)]

    def _put(self, name: str) -> Call:
        params = {"RoleName": self.name, "PolicyName": name, "PolicyDocument": Json(self.policies[name])}
        return Call("iam", "PutRolePolicy", params, on=self.arn)

    def _attach(self, arn: str) -> Call:
        condition = {"ArnEquals": {"iam:PolicyARN": arn}}
        return Call(
            "iam",
            "AttachRolePolicy",
            {"RoleName": self.name, "PolicyArn": arn},
            permissions=(Permission("iam:AttachRolePolicy", self.arn, condition),),
        )

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Only what differs; what is somebody else's stays."""
        calls: list[Call] = []
        if "trust" in changed:
            params = {"RoleName": self.name, "PolicyDocument": Json(self.trust)}
            calls.append(Call("iam", "UpdateAssumeRolePolicy", params, on=self.arn))
        if "description" in changed:
            params = {"RoleName": self.name, "Description": self.description}
            calls.append(Call("iam", "UpdateRole", params, on=self.arn))
        if "policies" in changed:
            found = state.settings["policies"]
            calls += [self._put(name) for name in self.policies if self.settings()["policies"][name] != found.get(name)]
        if "managed" in changed:
            calls += [self._attach(arn) for arn in self.managed if arn not in state.settings["managed"]]
        return calls

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [Call("iam", "TagRole", {"RoleName": self.name, "Tags": self.tag_list()}, on=self.arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Everything off the role first, because IAM refuses to delete a role that has policies."""
        arn, name = state.outputs["arn"], state.name
        calls = [
            Call("iam", "DetachRolePolicy", {"RoleName": name, "PolicyArn": one}, on=arn, done=_NO_SUCH)
            for one in state.settings["all_managed"]
        ]
        calls += [
            Call("iam", "DeleteRolePolicy", {"RoleName": name, "PolicyName": one}, on=arn, done=_NO_SUCH)
            for one in state.settings["all_policies"]
        ]
        return [*calls, Call("iam", "DeleteRole", {"RoleName": name}, on=arn, done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Instance profiles that hold the role; policies of others on it go along."""
        answer = aws.find("iam", "ListInstanceProfilesForRole", _NO_SUCH, RoleName=state.name) or {}
        for one in answer.get("InstanceProfiles", []):
            yield blocks(f"instance profile {one['InstanceProfileName']} holds it")
        yield from super().in_the_way(aws, state, going)

    def cloudformation(self) -> CfnPart:
        """AWS::IAM::Role."""
        return CfnPart(
            "AWS::IAM::Role",
            {
                "RoleName": self.name,
                "Description": self.description,
                "AssumeRolePolicyDocument": dict(self.trust),
                "Policies": [{"PolicyName": name, "PolicyDocument": dict(one)} for name, one in self.policies.items()],
                "ManagedPolicyArns": list(self.managed),
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Roles with our tag; ListRoles gives no tags, so those whose name begins with the stack are asked."""
        for role in aws.read("iam", "ListRoles")["Roles"]:
            if role["RoleName"].startswith(f"{stack}-"):
                state = _found(aws, role["RoleName"], ours=None, attached=None)
                if state.tags and state.tags.get(STACK) == stack:
                    yield state


def _found(aws: ReadOnlyAws, name: str, *, ours: set[str] | None, attached: set[str] | None) -> State:
    """A role as it is; `ours` and `attached` are the policies that a declaration speaks of, None for all."""
    answer = aws.find("iam", "GetRole", _NO_SUCH, RoleName=name)
    if answer is None:
        return State.ABSENT
    role = answer["Role"]
    names = aws.read("iam", "ListRolePolicies", RoleName=name)["PolicyNames"]
    arns = [one["PolicyArn"] for one in aws.read("iam", "ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]]
    mine = [one for one in names if ours is None or one in ours]
    policies = {
        one: normalised(aws.read("iam", "GetRolePolicy", RoleName=name, PolicyName=one)["PolicyDocument"])
        for one in mine
    }
    managed = sorted(arn for arn in arns if attached is None or arn in attached)
    return State(
        "ready",
        settings={
            "trust": normalised(role["AssumeRolePolicyDocument"]),
            "description": role.get("Description", ""),
            "policies": policies,
            "managed": managed,
            "all_policies": sorted(names),
            "all_managed": sorted(arns),
        },
        outputs={"arn": role["Arn"], "name": name},
        name=name,
        tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        foreign=tuple(f"inline policy {one}" for one in names if one not in mine)
        + tuple(f"managed policy {one}" for one in arns if one not in managed),
    )


@dataclass(frozen=True, kw_only=True)
class ServiceLinkedRole(Kind):
    """The role through which an AWS service acts in the account; one for the whole account, never removed.

    Parameters
    ----------
    service: such as `ecs.amazonaws.com`.
    name: the name that AWS gives the role.
    """

    service: str
    name: str
    keep: Keep = "shared"

    consistent_s: ClassVar[float] = 120.0

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """Whether the account has it."""
        answer = aws.find("iam", "GetRole", _NO_SUCH, RoleName=self.name)
        if answer is None:
            return State.ABSENT
        return State("ready", outputs={"arn": answer["Role"]["Arn"], "name": self.name}, name=self.name)

    def create(self, state: State) -> list[Call]:
        """AWS answers InvalidInput when the account has it already."""
        return [
            Call(
                "iam",
                "CreateServiceLinkedRole",
                {"AWSServiceName": self.service},
                permissions=(
                    Permission(
                        "iam:CreateServiceLinkedRole", "*", {"StringEquals": {"iam:AWSServiceName": self.service}}
                    ),
                ),
                done=("InvalidInput",),
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Nothing: other stacks of the account use it too."""
        return []

    def cloudformation(self) -> CfnPart:
        """AWS::IAM::ServiceLinkedRole; it stays when the template goes."""
        return CfnPart("AWS::IAM::ServiceLinkedRole", {"AWSServiceName": self.service}, deletion_policy="Retain")
