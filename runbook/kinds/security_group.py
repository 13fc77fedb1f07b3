"""Security groups and their rules; a rule is a thing of its own with tags of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of, things_of_stack
from runbook.kinds.interfaces import in_vpc, interfaces_of_others
from runbook.kinds.kind import STACK, choose
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State, ref
from runbook.obstacle import Obstacle, blocks

_GROUPS = ("DescribeSecurityGroups", "SecurityGroups")
_NO_GROUP = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
_ALL_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
"""The rule that AWS puts into every new group (AWS docs: Security group rules, default; seen 2026-11-23)."""


def group_rules(aws: ReadOnlyAws, stack: str) -> list[dict[str, Any]]:
    """Every rule in every group of the stack, whoever made it: one read for all."""
    groups = sorted(one["GroupId"] for one in things_of_stack(aws, *_GROUPS, stack))
    if not groups:
        return []
    filters = [{"Name": "group-id", "Values": groups}]
    rules: list[dict[str, Any]] = aws.read("ec2", "DescribeSecurityGroupRules", Filters=filters)["SecurityGroupRules"]
    return rules


def peer_of(rule: Mapping[str, Any]) -> str:
    """The other side of a rule: addresses, a group or a prefix list."""
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
    return str(rule.get("CidrIpv4") or rule.get("CidrIpv6") or group or rule.get("PrefixListId") or "")


def in_words(rule: Mapping[str, Any]) -> str:
    """What a rule lets through, for a person: `lets tcp 22 in from anybody (0.0.0.0/0)`."""
    protocol, first, last = rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1)
    ports = "every port" if protocol == "-1" or first == -1 else f"{first}" if first == last else f"{first} to {last}"
    what = ports if protocol == "-1" else f"{protocol} {ports}"
    peer = peer_of(rule)
    whom = f"anybody ({peer})" if peer in ("0.0.0.0/0", "::/0") else peer
    return f"lets {what} {'out to' if rule.get('IsEgress') else 'in from'} {whom}"


def is_default_egress(rule: Mapping[str, Any]) -> bool:
    """Whether this is the rule that AWS puts into every new group."""
    plain = not rule.get("Description") and not tags_of(rule)
    return bool(rule.get("IsEgress") and rule["IpProtocol"] == "-1" and peer_of(rule) == "0.0.0.0/0" and plain)


@dataclass(frozen=True, kw_only=True)
class SecurityGroup(TaggedInEc2):
    """A security group without its rules; rules of somebody else in it are shown with what they expose.

    Parameters
    ----------
    name: the group's name, which AWS refuses when it begins with `sg-`.
    description: given when it is made; AWS cannot change it.
    vpc: id of the VPC.
    all_out: whether the rule stays that AWS puts into every new group: everything may go out.
    """

    name: str
    description: str
    vpc: str
    all_out: bool = True

    resource_type: ClassVar[str] = "security-group"
    described_by: ClassVar[tuple[str, str]] = _GROUPS
    immutable: ClassVar[frozenset[str]] = frozenset({"vpc", "name"})

    def settings(self) -> Mapping[str, Any]:
        """Name, VPC, and whether everything may go out."""
        return {"name": self.name, "vpc": self.vpc, "all_out": self.all_out}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The group, with the rules in it that are not ours."""
        tags = tags_of(thing)
        inside = [one for one in group_rules(aws, tags.get(STACK, "")) if one["GroupId"] == thing["GroupId"]]
        theirs = [one for one in inside if not is_default_egress(one) and tags_of(one).get(STACK) != tags.get(STACK)]
        return State(
            "ready",
            settings={
                "name": thing["GroupName"],
                "vpc": thing.get("VpcId", ""),
                "all_out": any(map(is_default_egress, inside)),
            },
            outputs={"id": thing["GroupId"], "name": thing["GroupName"]},
            name=thing["GroupId"],
            tags=tags,
            foreign=tuple(sorted(f"{one['SecurityGroupRuleId']} {in_words(one)}" for one in theirs)),
        )

    def create(self, state: State) -> list[Call]:
        """The group with its tags, and AWS's own rule out of it where that is wanted."""
        params = {
            "GroupName": self.name,
            "Description": self.description,
            "VpcId": self.vpc,
            "TagSpecifications": self.specification,
        }
        made = Call(
            "ec2",
            "CreateSecurityGroup",
            params,
            keep={"id": "GroupId"},
            permissions=may_create("CreateSecurityGroup", self.owner.stack, "security-group", "vpc"),
        )
        return [made] if self.all_out else [made, self._all_out("RevokeSecurityGroupEgress", ref(self.id, "id"))]

    def _all_out(self, operation: str, group: str) -> Call:
        done = ("InvalidPermission.NotFound",) if operation.startswith("Revoke") else ("InvalidPermission.Duplicate",)
        params = {"GroupId": group, "IpPermissions": [_ALL_OUT]}
        return Call("ec2", operation, params, permissions=may_change(operation, self.owner.stack), done=done)

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """AWS's own rule in or out."""
        operation = "AuthorizeSecurityGroupEgress" if self.all_out else "RevokeSecurityGroupEgress"
        return [self._all_out(operation, state.name)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it, which AWS refuses while an interface or a rule of another group uses it."""
        permissions = may_change("DeleteSecurityGroup", state.stack)
        return [Call("ec2", "DeleteSecurityGroup", {"GroupId": state.name}, permissions=permissions, done=_NO_GROUP)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Interfaces of others in the group, rules of other groups that name it; rules of others in it go along."""
        vpc = state.settings["vpc"]
        yield from interfaces_of_others(
            aws, vpc, going, lambda one: any(group["GroupId"] == state.name for group in one.get("Groups", []))
        )
        for other in in_vpc(aws, *_GROUPS, vpc):
            rules = [*other.get("IpPermissions", []), *other.get("IpPermissionsEgress", [])]
            named = {pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs", [])}
            if state.name in named and not going(other["GroupId"]):
                yield blocks(f"a rule of the group {other['GroupId']} ({other['GroupName']}) names {state.name}")
        yield from super().in_the_way(aws, state, going)

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::SecurityGroup; CloudFormation leaves AWS's own rule out only when another one is given."""
        made: dict[str, Any] = {
            "GroupName": self.name,
            "GroupDescription": self.description,
            "VpcId": self.vpc,
            "Tags": self.tag_list(),
        }
        if not self.all_out:
            made["SecurityGroupEgress"] = [
                {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "127.0.0.1/32"}
            ]
        return CfnPart("AWS::EC2::SecurityGroup", made)


@dataclass(frozen=True, kw_only=True)
class SecurityGroupRule(TaggedInEc2):
    """One rule of a group; every part of it is what it is, so another value is another rule.

    Parameters
    ----------
    group: id of the group that it is in.
    direction: `in` or `out`.
    port: the TCP port.
    peer: IPv4 addresses (`203.0.113.0/24`) or the id of a group.
    peer_is_group: which of the two.
    description: for the reader of the console; given when it is made.
    """

    group: str
    direction: Literal["in", "out"]
    port: int
    peer: str
    peer_is_group: bool = False
    description: str = ""

    resource_type: ClassVar[str] = "security-group-rule"
    described_by: ClassVar[tuple[str, str]] = ("DescribeSecurityGroupRules", "SecurityGroupRules")
    immutable: ClassVar[frozenset[str]] = frozenset({"group", "direction", "protocol", "ports", "peer"})

    def settings(self) -> Mapping[str, Any]:
        """All of it but the description."""
        return {
            "group": self.group,
            "direction": self.direction,
            "protocol": "tcp",
            "ports": [self.port, self.port],
            "peer": self.peer,
        }

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The rule."""
        return State(
            "ready",
            settings={
                "group": thing["GroupId"],
                "direction": "out" if thing.get("IsEgress") else "in",
                "protocol": thing["IpProtocol"],
                "ports": [thing.get("FromPort", -1), thing.get("ToPort", -1)],
                "peer": peer_of(thing),
            },
            outputs={"id": thing["SecurityGroupRuleId"]},
            name=thing["SecurityGroupRuleId"],
            tags=tags_of(thing),
        )

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The rule with our tags; one of the same content that somebody else made can be taken over."""
        inside = group_rules(aws, self.owner.stack)
        ours = [one for one in inside if tags_of(one).get(STACK) == self.owner.stack]
        mine = [self.found(one, aws) for one in ours if tags_of(one).get("karet:id") == self.id]
        if mine:
            return choose(self, mine, known)
        declared = known.value(dict(self.settings()))
        theirs = [self.found(one, aws) for one in inside if one not in ours]
        return next((one for one in theirs if one.settings == declared), State.ABSENT)

    def create(self, state: State) -> list[Call]:
        """One call with the tags."""
        described = {"Description": self.description} if self.description else {}
        peer = (
            {"UserIdGroupPairs": [{"GroupId": self.peer, **described}]}
            if self.peer_is_group
            else {"IpRanges": [{"CidrIp": self.peer, **described}]}
        )
        operation = f"AuthorizeSecurityGroup{'Ingress' if self.direction == 'in' else 'Egress'}"
        permission = {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port, **peer}
        params = {"GroupId": self.group, "IpPermissions": [permission], "TagSpecifications": self.specification}
        tagging = Permission(
            "ec2:CreateTags",
            "arn:aws:ec2:*:*:security-group-rule/*",
            {"StringEquals": {"ec2:CreateAction": operation}},
        )
        return [
            Call(
                "ec2",
                operation,
                params,
                keep={"id": "SecurityGroupRules[0].SecurityGroupRuleId"},
                permissions=may_change(operation, self.owner.stack, tagging),
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Take it out of its group."""
        operation = f"RevokeSecurityGroup{'Ingress' if state.settings['direction'] == 'in' else 'Egress'}"
        return [
            Call(
                "ec2",
                operation,
                {"GroupId": state.settings["group"], "SecurityGroupRuleIds": [state.name]},
                permissions=may_change(operation, state.stack),
                done=("InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", *_NO_GROUP),
            )
        ]

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::SecurityGroupIngress or Egress."""
        made: dict[str, Any] = {
            "GroupId": self.group,
            "IpProtocol": "tcp",
            "FromPort": self.port,
            "ToPort": self.port,
            "Description": self.description,
        }
        side = "Ingress" if self.direction == "in" else "Egress"
        if self.peer_is_group:
            made["SourceSecurityGroupId" if self.direction == "in" else "DestinationSecurityGroupId"] = self.peer
        else:
            made["CidrIp"] = self.peer
        return CfnPart(f"AWS::EC2::SecurityGroup{side}", made)

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """The rules with our tags in groups of ours."""
        for one in group_rules(aws, stack):
            if tags_of(one).get(STACK) == stack:
                yield cls.found(one, aws)
