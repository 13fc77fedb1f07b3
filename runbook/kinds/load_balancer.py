"""Elastic Load Balancing: an application load balancer in subnets of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from runbook.kinds.billing import HOURS, times
from runbook.kinds.elbv2 import (
    add_tags,
    attributes,
    free_name,
    in_order,
    load_balancers_of,
    pairs,
    tags_of,
)
from runbook.kinds.kind import ID, STACK, Kind, choose
from runbook.model import Call, CfnPart, CostLine, Known, Permission, ReadOnlyAws, State, Usage, Wait, ref
from runbook.obstacle import Obstacle, goes_along

_GONE = ("LoadBalancerNotFound",)
_PROTECTION = "deletion_protection.enabled"
_STATUS: Mapping[str, Any] = {
    "provisioning": "pending",
    "active": "ready",
    # AWS docs: Application Load Balancers, load balancer state: it routes, but cannot grow.
    "active_impaired": "ready",
    "failed": "failed",
}


@dataclass(frozen=True, kw_only=True)
class LoadBalancer(Kind):
    """An application load balancer; its listeners are things of their own.

    Parameters
    ----------
    name: at most 32 characters; it may not begin with `internal-`.
    subnets: ids, one a zone and in at least two zones; usually references.
    groups: ids of its security groups.
    attributes: those that are not left at AWS's defaults.
    """

    name: str
    subnets: Sequence[str]
    groups: Sequence[str]
    scheme: Literal["internet-facing", "internal"] = "internet-facing"
    attributes: Mapping[str, str] = field(default_factory=dict)
    region: str
    account: str
    partition: str = "aws"

    typical_s: ClassVar[float] = 165.0
    removal_s: ClassVar[float] = 120.0
    """Up to 2m33 in public terraform logs of 2022 to 2026; its network interfaces may stay some minutes longer."""
    immutable: ClassVar[frozenset[str]] = frozenset({"scheme"})

    def _arn(self, name: str) -> str:
        return f"arn:{self.partition}:elasticloadbalancing:{self.region}:{self.account}:loadbalancer/app/{name}/*"

    def settings(self) -> Mapping[str, Any]:
        """Where it stands, who may reach it, and the attributes that are declared."""
        return {
            "scheme": self.scheme,
            "subnets": list(self.subnets),
            "groups": list(self.groups),
            "ip_address_type": "ipv4",
            "attributes": dict(self.attributes),
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The load balancer with our id, a stranger that holds the name, or the addresses that one still holds."""
        listed = aws.read("elbv2", "DescribeLoadBalancers")["LoadBalancers"]
        tags = tags_of(aws, [one["LoadBalancerArn"] for one in listed])
        mine, named = [], []
        for one in listed:
            its = tags.get(one["LoadBalancerArn"], {})
            if (its.get(STACK), its.get(ID)) == (self.owner.stack, self.id):
                mine.append(self._found(aws, one, its, known))
            elif one["LoadBalancerName"] == self.name:
                named.append(self._found(aws, one, its, known))
        if mine:
            return choose(self, mine, known)
        return named[0] if named else self._leaving(aws)

    def _found(self, aws: ReadOnlyAws, one: Mapping[str, Any], tags: Mapping[str, str], known: Known) -> State:
        arn = one["LoadBalancerArn"]
        answer = aws.find("elbv2", "DescribeLoadBalancerAttributes", _GONE, LoadBalancerArn=arn)
        return _state(
            one,
            tags,
            attributes(answer or {}, {_PROTECTION: "", **self.attributes}),
            known.value(list(self.subnets)),
            known.value(list(self.groups)),
            declared=frozenset(self.attributes),
        )

    def _leaving(self, aws: ReadOnlyAws) -> State:
        """Gone as a load balancer; its network interfaces hold subnets and groups for some minutes more."""
        filters = [{"Name": "description", "Values": [f"ELB app/{self.name}*"]}]
        holds = re.compile(rf"ELB app/({re.escape(self.name)}(?:-[0-9a-f]{{6}})?)/.*")
        found = aws.read("ec2", "DescribeNetworkInterfaces", Filters=filters)["NetworkInterfaces"]
        names = {match[1] for one in found if (match := holds.fullmatch(one.get("Description", "")))}
        if not names:
            return State.ABSENT
        groups = sorted({group["GroupId"] for one in found for group in one.get("Groups", [])})
        return State(
            "deleting",
            settings={"subnets": sorted({one["SubnetId"] for one in found}), "groups": groups},
            name=min(names),
            tags=self.tags,
            reason="AWS has not given its addresses back yet",
        )

    def create(self, state: State) -> list[Call]:
        """The load balancer with its tags, then its attributes, which have a call of their own."""
        name = free_name(self.name, state) if state.status != "deleting" else self.name
        arn = self._arn(name)
        made = Call(
            "elbv2",
            "CreateLoadBalancer",
            {
                "Name": name,
                "Type": "application",
                "Scheme": self.scheme,
                "IpAddressType": "ipv4",
                "Subnets": list(self.subnets),
                "SecurityGroups": list(self.groups),
                "Tags": self.tag_list(),
            },
            keep={"arn": "LoadBalancers[0].LoadBalancerArn", "dns_name": "LoadBalancers[0].DNSName"},
            permissions=(
                Permission("elasticloadbalancing:CreateLoadBalancer", arn),
                Permission("elasticloadbalancing:AddTags", arn),
            ),
        )
        if not self.attributes:
            return [made]
        then = {"LoadBalancerArn": ref(self.id, "arn"), "Attributes": pairs(self.attributes)}
        allowed = (Permission("elasticloadbalancing:ModifyLoadBalancerAttributes", arn),)
        return [made, Call("elbv2", "ModifyLoadBalancerAttributes", then, permissions=allowed)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Subnets, groups, kind of addresses and attributes can each be changed in place."""
        arn = state.outputs["arn"]
        at = {"LoadBalancerArn": arn}
        calls = {
            "subnets": Call("elbv2", "SetSubnets", {**at, "Subnets": list(self.subnets)}, on=arn),
            "groups": Call("elbv2", "SetSecurityGroups", {**at, "SecurityGroups": list(self.groups)}, on=arn),
            "ip_address_type": Call("elbv2", "SetIpAddressType", {**at, "IpAddressType": "ipv4"}, on=arn),
            "attributes": Call(
                "elbv2", "ModifyLoadBalancerAttributes", {**at, "Attributes": pairs(self.attributes)}, on=arn
            ),
        }
        return [call for setting, call in calls.items() if setting in changed]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [add_tags(state.outputs["arn"], self.tag_list())]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it, after its protection was switched off where it is on."""
        arn = state.outputs["arn"]
        off = Call(
            "elbv2",
            "ModifyLoadBalancerAttributes",
            {"LoadBalancerArn": arn, "Attributes": pairs({_PROTECTION: "false"})},
            on=arn,
            done=_GONE,
        )
        gone = Call("elbv2", "DeleteLoadBalancer", {"LoadBalancerArn": arn}, on=arn, done=_GONE)
        return [off, gone] if state.settings.get("protected") == "true" else [gone]

    @classmethod
    def goes_with(cls, aws: ReadOnlyAws, state: State) -> Iterable[str]:
        """Also its network interfaces, which outlive it for some minutes."""
        return [*super().goes_with(aws, state), f"app/{state.name}"]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Listeners of others, which go along."""
        if "arn" not in state.outputs:
            return
        found = aws.find("elbv2", "DescribeListeners", _GONE, LoadBalancerArn=state.outputs["arn"]) or {}
        listeners = {one["ListenerArn"]: one for one in found.get("Listeners", [])}
        for arn, tags in sorted(tags_of(aws, list(listeners)).items()):
            if tags.get(STACK) != state.stack:
                one = listeners[arn]
                yield goes_along(f"listener {one['Protocol']} {one['Port']} of somebody else ({arn})")

    def ready(self) -> Wait:
        """Until it routes: two to three minutes in public logs of 2022 to 2026; AWS's own waiter stops after ten."""
        return Wait(
            Call("elbv2", "DescribeLoadBalancers", {"LoadBalancerArns": [ref(self.id, "arn")]}),
            until="LoadBalancers[0].State.Code == 'active'",
            fails="LoadBalancers[?State.Code=='failed'] | [0].State | Reason || Code",
            what="the load balancer to be active",
            every_s=5.0,
            at_most_s=600.0,
            typical_s=self.typical_s,
        )

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """By the hour, by use, and for one public address a subnet."""
        if found is not None and found.status != "deleting":
            return self.cost_found(self.id, found, usage)
        return _lines(self.id, self.scheme, len(self.subnets), usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same, for the subnets that it really stands in."""
        if state.status == "deleting":
            return ()
        return _lines(id_, state.settings["scheme"], len(state.settings["subnets"]), usage)

    def cloudformation(self) -> CfnPart:
        """AWS::ElasticLoadBalancingV2::LoadBalancer."""
        return CfnPart(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {
                "Name": self.name,
                "Type": "application",
                "Scheme": self.scheme,
                "IpAddressType": "ipv4",
                "Subnets": list(self.subnets),
                "SecurityGroups": list(self.groups),
                "LoadBalancerAttributes": pairs(self.attributes),
                "Tags": self.tag_list(),
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Load balancers with our tag."""
        for one, tags in load_balancers_of(aws, stack):
            arn = one["LoadBalancerArn"]
            answer = aws.find("elbv2", "DescribeLoadBalancerAttributes", _GONE, LoadBalancerArn=arn)
            yield _state(one, tags, attributes(answer or {}, {_PROTECTION: ""}), [], [], declared=frozenset())


def _state(
    one: Mapping[str, Any],
    tags: Mapping[str, str],
    its: Mapping[str, str],
    subnets: Any,
    groups: Any,
    *,
    declared: frozenset[str],
) -> State:
    arn = one["LoadBalancerArn"]
    about = one.get("State", {})
    return State(
        _STATUS.get(about.get("Code", ""), "pending"),
        settings={
            "scheme": one.get("Scheme", ""),
            "subnets": in_order([zone["SubnetId"] for zone in one.get("AvailabilityZones", [])], subnets),
            "groups": in_order(list(one.get("SecurityGroups", [])), groups),
            "ip_address_type": one.get("IpAddressType", ""),
            "attributes": {key: value for key, value in its.items() if key in declared},
            "protected": its.get(_PROTECTION, "false"),
            "vpc": one.get("VpcId", ""),
        },
        outputs={
            "id": arn,
            "arn": arn,
            "name": one["LoadBalancerName"],
            "dns_name": str(one.get("DNSName", "")).lower(),
            "zone_id": one.get("CanonicalHostedZoneId", ""),
            # What CloudWatch calls the dimension LoadBalancer: app/<name>/<id>.
            "suffix": arn.rpartition("loadbalancer/")[2],
        },
        name=one["LoadBalancerName"],
        tags=tags,
        reason=about.get("Reason", ""),
    )


def _lines(id_: str, scheme: str, subnets: int, usage: Usage) -> Iterable[CostLine]:
    """Traffic between the load balancer and its targets is free in every zone (AWS docs: Elastic Load Balancing)."""
    units = times(usage.alb_lcus, HOURS)
    yield CostLine(id_, "load balancer", "alb.hour", HOURS, f"{HOURS} hours a month")
    yield CostLine(id_, "capacity units", "alb.lcu_hour", units, f"average capacity units x {HOURS} hours")
    if scheme == "internet-facing":
        basis = f"{subnets} subnets x {HOURS} hours"
        yield CostLine(id_, "public addresses", "ipv4.hour", HOURS * subnets, basis)
        yield CostLine(id_, "data out to users", "transfer.out_gib", usage.users_out_gib, "what users fetch")
