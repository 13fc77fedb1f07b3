"""Elastic Load Balancing: a target group, which knows the targets and asks for their health."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runbook.kinds.elbv2 import LONGEST_NAME, add_tags, attributes, free_name, pairs, tags_of
from runbook.kinds.kind import ID, STACK, Kind, choose
from runbook.model import Call, CfnPart, Known, Permission, ReadOnlyAws, State, ref
from runbook.obstacle import Obstacle, blocks, goes_along

_GONE = ("TargetGroupNotFound",)


@dataclass(frozen=True)
class HealthCheck:
    """How the load balancer asks a target whether it is well.

    Parameters
    ----------
    path, codes: what is asked, and which HTTP codes count as well (`200`, `200,307`, `200-299`).
    interval_s, timeout_s: seconds between two questions, and until one counts as failed.
    healthy, unhealthy: answers in a row until the verdict changes.
    """

    path: str = "/"
    codes: str = "200"
    interval_s: int = 15
    timeout_s: int = 5
    healthy: int = 2
    unhealthy: int = 3

    @property
    def params(self) -> dict[str, Any]:
        """As elbv2 takes it, to make and to change a target group."""
        return {
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPath": self.path,
            "HealthCheckIntervalSeconds": self.interval_s,
            "HealthCheckTimeoutSeconds": self.timeout_s,
            "HealthyThresholdCount": self.healthy,
            "UnhealthyThresholdCount": self.unhealthy,
            "Matcher": {"HttpCode": self.codes},
        }


@dataclass(frozen=True, kw_only=True)
class TargetGroup(Kind):
    """Targets of one protocol, port and VPC, which AWS cannot change later.

    Parameters
    ----------
    base: how the name begins; six digits of what cannot be changed follow.
    vpc: id of the VPC, usually a reference.
    target_type: `ip` for tasks with addresses of their own.
    attributes: those that are not left at AWS's defaults.
    """

    base: str
    vpc: str
    port: int
    protocol: str = "HTTP"
    target_type: str = "ip"
    health: HealthCheck = field(default_factory=HealthCheck)
    attributes: Mapping[str, str] = field(default_factory=dict)
    region: str
    account: str
    partition: str = "aws"

    immutable: ClassVar[frozenset[str]] = frozenset({"protocol", "port", "vpc", "target_type"})

    @property
    def name(self) -> str:
        """The base with six digits of port, protocol and type, so that a replacement has a name of its own."""
        digits = hashlib.sha256(json.dumps([self.protocol, self.port, self.target_type]).encode()).hexdigest()[:6]
        return f"{self.base[: LONGEST_NAME - 7].rstrip('-')}-{digits}"

    def _arn(self, name: str) -> str:
        return f"arn:{self.partition}:elasticloadbalancing:{self.region}:{self.account}:targetgroup/{name}/*"

    def settings(self) -> Mapping[str, Any]:
        """What cannot change, the health check, and the attributes that are declared."""
        return {
            "protocol": self.protocol,
            "port": self.port,
            "vpc": self.vpc,
            "target_type": self.target_type,
            "health": self.health.params,
            "attributes": dict(self.attributes),
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The target group with our id, or a stranger that holds the name."""
        groups = _listed(aws)
        mine = [
            _found(aws, group, tags, self.attributes)
            for group, tags in groups
            if (tags.get(STACK), tags.get(ID)) == (self.owner.stack, self.id)
        ]
        if mine:
            return choose(self, mine, known)
        named = [
            _found(aws, group, tags, self.attributes) for group, tags in groups if group["TargetGroupName"] == self.name
        ]
        return named[0] if named else State.ABSENT

    def create(self, state: State) -> list[Call]:
        """The group with its tags, then its attributes, which have a call of their own."""
        name = free_name(self.name, state)
        arn = self._arn(name)
        made = Call(
            "elbv2",
            "CreateTargetGroup",
            {
                "Name": name,
                "Protocol": self.protocol,
                "Port": self.port,
                "VpcId": self.vpc,
                "TargetType": self.target_type,
                **self.health.params,
                "Tags": self.tag_list(),
            },
            keep={"arn": "TargetGroups[0].TargetGroupArn"},
            permissions=(
                Permission("elasticloadbalancing:CreateTargetGroup", arn),
                Permission("elasticloadbalancing:AddTags", arn),
            ),
        )
        if not self.attributes:
            return [made]
        then = {"TargetGroupArn": ref(self.id, "arn"), "Attributes": pairs(self.attributes)}
        allowed = (Permission("elasticloadbalancing:ModifyTargetGroupAttributes", arn),)
        return [made, Call("elbv2", "ModifyTargetGroupAttributes", then, permissions=allowed)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Another health check, other attributes."""
        arn = state.outputs["arn"]
        calls = []
        if "health" in changed:
            calls.append(Call("elbv2", "ModifyTargetGroup", {"TargetGroupArn": arn, **self.health.params}, on=arn))
        if "attributes" in changed:
            params = {"TargetGroupArn": arn, "Attributes": pairs(self.attributes)}
            calls.append(Call("elbv2", "ModifyTargetGroupAttributes", params, on=arn))
        return calls

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [add_tags(state.outputs["arn"], self.tag_list())]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; AWS refuses as long as a listener forwards to it."""
        arn = state.outputs["arn"]
        return [Call("elbv2", "DeleteTargetGroup", {"TargetGroupArn": arn}, on=arn, done=_GONE)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Load balancers of others that forward to it; targets of others go along."""
        for group in aws.read("elbv2", "DescribeTargetGroups")["TargetGroups"]:
            if group["TargetGroupArn"] == state.outputs["arn"]:
                for balancer in group.get("LoadBalancerArns", []):
                    if not going(balancer):
                        yield blocks(f"{balancer} forwards to it")
        answer = aws.find("elbv2", "DescribeTargetHealth", _GONE, TargetGroupArn=state.outputs["arn"]) or {}
        for one in answer.get("TargetHealthDescriptions", []):
            if not going(one["Target"]["Id"]):
                yield goes_along(f"target {one['Target']['Id']}:{one['Target'].get('Port', '')} of somebody else")

    def cloudformation(self) -> CfnPart:
        """AWS::ElasticLoadBalancingV2::TargetGroup, named by CloudFormation so that it can replace it."""
        return CfnPart(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {
                "Protocol": self.protocol,
                "Port": self.port,
                "VpcId": self.vpc,
                "TargetType": self.target_type,
                **self.health.params,
                "TargetGroupAttributes": pairs(self.attributes),
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Target groups with our tag."""
        for group, tags in _listed(aws):
            if tags.get(STACK) == stack:
                yield _found(aws, group, tags, {})


def _listed(aws: ReadOnlyAws) -> list[tuple[dict[str, Any], dict[str, str]]]:
    groups = aws.read("elbv2", "DescribeTargetGroups")["TargetGroups"]
    tags = tags_of(aws, [group["TargetGroupArn"] for group in groups])
    return [(group, tags.get(group["TargetGroupArn"], {})) for group in groups]


def _found(aws: ReadOnlyAws, group: Mapping[str, Any], tags: Mapping[str, str], declared: Mapping[str, str]) -> State:
    arn = group["TargetGroupArn"]
    answer = aws.find("elbv2", "DescribeTargetGroupAttributes", _GONE, TargetGroupArn=arn) if declared else None
    health = {name: group.get(name) for name in HealthCheck().params}
    health["Matcher"] = {"HttpCode": group.get("Matcher", {}).get("HttpCode", "")}
    return State(
        "ready",
        settings={
            "protocol": group.get("Protocol", ""),
            "port": group.get("Port", 0),
            "vpc": group.get("VpcId", ""),
            "target_type": group.get("TargetType", ""),
            "health": health,
            "attributes": attributes(answer or {}, declared),
        },
        outputs={"id": arn, "arn": arn, "name": group["TargetGroupName"], "suffix": arn.rpartition(":")[2]},
        name=group["TargetGroupName"],
        tags=tags,
    )
