"""VPC endpoints: private doors from a VPC to AWS services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Literal

from runbook.kinds.billing import HOURS
from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of
from runbook.kinds.zones import offered_in
from runbook.model import (
    Call,
    CfnPart,
    Change,
    CostLine,
    Known,
    Permission,
    ReadOnlyAws,
    State,
    Status,
    Unknown,
    Usage,
    Wait,
    ref,
)

_STATUS: dict[str, Status] = {
    "pending": "pending",
    "pendingacceptance": "pending",
    "available": "ready",
    "partial": "ready",
    "deleting": "deleting",
    "deleted": "absent",
    "rejected": "failed",
    "failed": "failed",
    "expired": "failed",
}
_PRIVATE_DNS = Permission("route53:AssociateVPCWithHostedZone")
"""Private DNS is a private zone that the call puts the VPC into (AWS docs: Service Authorization Reference, 2026)."""


@dataclass(frozen=True, kw_only=True)
class VpcEndpoint(TaggedInEc2):
    """An endpoint; an interface one has an address in each subnet, a gateway one a route in each route table.

    Two interface endpoints for one service cannot both have its private name in a VPC, so a new one comes after the
    old one is gone.

    Parameters
    ----------
    vpc: id of the VPC.
    service: the service's whole name, such as `com.amazonaws.us-east-1.ecr.api`.
    subnets: ids of the subnets of an interface endpoint, one a zone.
    zones: ids of the zones that these subnets are in.
    groups: ids of its security groups; without one AWS would take the default group of the VPC.
    tables: ids of the route tables of a gateway endpoint.
    """

    vpc: str
    service: str
    type: Literal["Interface", "Gateway"] = "Interface"
    subnets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    resource_type: ClassVar[str] = "vpc-endpoint"
    described_by: ClassVar[tuple[str, str]] = ("DescribeVpcEndpoints", "VpcEndpoints")
    # One to three minutes (review Table F).
    typical_s: ClassVar[float] = 90.0
    removal_s: ClassVar[float] = 60.0
    """About a minute, from memory, not measured."""
    immutable: ClassVar[frozenset[str]] = frozenset({"vpc", "service", "type"})
    one_at_a_time: ClassVar[bool] = True

    def settings(self) -> Mapping[str, Any]:
        """Service, place and, for an interface, groups and its private name."""
        common = {"vpc": self.vpc, "service": self.service, "type": self.type}
        if self.type == "Gateway":
            return {**common, "tables": sorted(self.tables)}
        return {**common, "subnets": sorted(self.subnets), "groups": sorted(self.groups), "private_dns": True}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The endpoint; AWS writes its state with and without capitals."""
        error = thing.get("LastError", {})
        return State(
            _STATUS.get(thing["State"].lower(), "pending"),
            settings={
                "vpc": thing["VpcId"],
                "service": thing["ServiceName"],
                "type": thing.get("VpcEndpointType") or "Gateway",
                "tables": sorted(thing.get("RouteTableIds", [])),
                "subnets": sorted(thing.get("SubnetIds", [])),
                "groups": sorted(one["GroupId"] for one in thing.get("Groups", [])),
                "private_dns": bool(thing.get("PrivateDnsEnabled", False)),
            },
            outputs={"id": thing["VpcEndpointId"]},
            name=thing["VpcEndpointId"],
            tags=tags_of(thing),
            reason=error.get("Message", ""),
        )

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The endpoint; an absent one that its zones do not offer comes with that as its reason."""
        state = super().look(aws, known)
        if state.exists or not self.wanted or self.type == "Gateway":
            return state
        zones = [zone for zone in known.value(list(self.zones)) if not isinstance(zone, Unknown)]
        if not zones:
            return state
        offered = offered_in(aws, self.service)
        lacking = sorted(zone for zone in zones if zone not in offered)
        if not lacking:
            return state
        reason = f"{self.service} is not offered in {', '.join(lacking)}, where there are subnets for it; "
        return replace(state, reason=f"{reason}choose another way out than endpoints, or a stack in other zones")

    def plan(self, state: State, known: Known) -> Change:
        """As every kind, with what it points at by ids; stopped where the service is not offered."""
        if not state.exists and state.reason and self.wanted:
            return Change(id=self.id, action="create", reason="does not exist", stop=state.reason, found=state)
        subnets, groups, tables = (tuple(known.fill(list(one))) for one in (self.subnets, self.groups, self.tables))
        return replace(self, subnets=subnets, groups=groups, tables=tables)._decide(state, known)

    def _decide(self, state: State, known: Known) -> Change:
        return super().plan(state, known)

    def create(self, state: State) -> list[Call]:
        """One call, whose token makes a repeat harmless."""
        params: dict[str, Any] = {"VpcId": self.vpc, "ServiceName": self.service, "VpcEndpointType": self.type}
        inside = ["vpc", "route-table"]
        if self.type == "Gateway":
            params["RouteTableIds"] = list(self.tables)
        else:
            inside = ["vpc", "subnet", "security-group"]
            params |= {
                "SubnetIds": list(self.subnets),
                "SecurityGroupIds": list(self.groups),
                "PrivateDnsEnabled": True,
            }
        permissions = may_create("CreateVpcEndpoint", self.owner.stack, "vpc-endpoint", *inside)
        return [
            Call(
                "ec2",
                "CreateVpcEndpoint",
                {**params, "TagSpecifications": self.specification},
                keep={"id": "VpcEndpoint.VpcEndpointId"},
                permissions=permissions if self.type == "Gateway" else (*permissions, _PRIVATE_DNS),
                token="ClientToken",
            )
        ]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """One call that adds what misses and takes away what is no longer declared."""
        names = {"subnets": "SubnetIds", "groups": "SecurityGroupIds", "tables": "RouteTableIds"}
        params: dict[str, Any] = {"VpcEndpointId": state.name}
        for setting in sorted(changed & names.keys()):
            declared, found = getattr(self, setting), state.settings[setting]
            if add := [one for one in declared if one not in found]:
                params[f"Add{names[setting]}"] = add
            if remove := [one for one in found if one not in declared]:
                params[f"Remove{names[setting]}"] = remove
        if "private_dns" in changed:
            params["PrivateDnsEnabled"] = True
        permissions = may_change("ModifyVpcEndpoint", self.owner.stack, _PRIVATE_DNS)
        return [Call("ec2", "ModifyVpcEndpoint", params, permissions=permissions)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; its addresses go with it, after a while."""
        permissions = may_change("DeleteVpcEndpoints", state.stack)
        params = {"VpcEndpointIds": [state.name]}
        return [
            Call("ec2", "DeleteVpcEndpoints", params, permissions=permissions, done=("InvalidVpcEndpointId.NotFound",))
        ]

    def ready(self) -> Wait:
        """Available after a minute or three; botocore has no waiter for it."""
        call = Call("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds": [ref(self.id, "id")]})
        return Wait(
            call,
            "VpcEndpoints[0].State == 'available' || VpcEndpoints[0].State == 'Available'",
            "the endpoint",
            fails="VpcEndpoints[?State == 'failed' || State == 'rejected'] | [0] | LastError.Message || State",
            every_s=5.0,
            at_most_s=600.0,
            typical_s=self.typical_s if self.type == "Interface" else 5.0,
        )

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """An interface endpoint costs by the hour in every zone; a gateway endpoint is free."""
        if found is not None:
            return self.cost_found(self.id, found, usage)
        if self.type == "Gateway" or not self.wanted:
            return ()
        return _lines(self.id, self.service, len(self.subnets), usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """By the zones that it has an address in."""
        if state.settings["type"] == "Gateway":
            return ()
        return _lines(id_, state.settings["service"], len(state.settings["subnets"]), usage)

    def cloudformation(self) -> CfnPart | None:
        """AWS::EC2::VPCEndpoint; None for one that is not wanted."""
        if not self.wanted:
            return None
        made: dict[str, Any] = {"VpcId": self.vpc, "ServiceName": self.service, "VpcEndpointType": self.type}
        if self.type == "Gateway":
            made["RouteTableIds"] = list(self.tables)
        else:
            made |= {
                "SubnetIds": list(self.subnets),
                "SecurityGroupIds": list(self.groups),
                "PrivateDnsEnabled": True,
            }
        return CfnPart("AWS::EC2::VPCEndpoint", {**made, "Tags": self.tag_list()})


def short_name(service: str) -> str:
    """`ecr.api` of `com.amazonaws.eu-west-1.ecr.api`."""
    return service.split(".", 3)[-1]


def _lines(id_: str, service: str, zones: int, usage: Usage) -> Iterable[CostLine]:
    short = short_name(service)
    data = None if usage.endpoint_gib is None else usage.endpoint_gib.get(short, Decimal(0))
    yield CostLine(id_, "interface endpoint", "vpce.hour", HOURS * zones, f"{HOURS} hours a month in {zones} zones")
    yield CostLine(id_, "data through the endpoint", "vpce.gib", data, "both directions")
