"""Route tables and the single routes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of, things_of_stack
from runbook.kinds.kind import SECTION, STACK, Kind
from runbook.model import Call, CfnPart, Change, Known, ReadOnlyAws, State, ref
from runbook.obstacle import Obstacle, blocks

_TABLES = ("DescribeRouteTables", "RouteTables")
_NO_TABLE = ("InvalidRouteTableID.NotFound",)
_GATEWAYS = ("nat-", "igw-")
"""How the ids of the targets begin that the stack makes itself."""
_TARGET_KEYS = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId",
)


@dataclass(frozen=True, kw_only=True)
class RouteTable(TaggedInEc2):
    """A route table and the subnets that use it; of other subnets those of the stack are taken off it.

    Parameters
    ----------
    vpc: id of the VPC.
    subnets: ids of the subnets.
    """

    vpc: str
    subnets: tuple[str, ...]

    resource_type: ClassVar[str] = "route-table"
    described_by: ClassVar[tuple[str, str]] = _TABLES
    immutable: ClassVar[frozenset[str]] = frozenset({"vpc"})

    def settings(self) -> Mapping[str, Any]:
        """VPC and subnets."""
        return {"vpc": self.vpc, "subnets": sorted(self.subnets)}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The table with the subnets that use it."""
        used = {
            one["SubnetId"]: one["RouteTableAssociationId"]
            for one in thing.get("Associations", [])
            if one.get("SubnetId") and one.get("AssociationState", {}).get("State", "associated") == "associated"
        }
        return State(
            "ready",
            settings={"vpc": thing["VpcId"], "subnets": sorted(used), "associations": dict(sorted(used.items()))},
            outputs={"id": thing["RouteTableId"]},
            name=thing["RouteTableId"],
            tags=tags_of(thing),
        )

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The table; subnets of somebody else that use it are shown, and no difference."""
        return _of_ours(super().look(aws, known), aws, self.owner.stack, known.value(list(self.subnets)))

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """The tables with our tag."""
        for state in super().strays(aws, stack):
            yield _of_ours(state, aws, stack, ())

    def plan(self, state: State, known: Known) -> Change:
        """As every kind, with the subnets by their ids."""
        return replace(self, subnets=tuple(known.fill(list(self.subnets))))._decide(state, known)

    def _decide(self, state: State, known: Known) -> Change:
        return super().plan(state, known)

    def create(self, state: State) -> list[Call]:
        """The table with its tags, then its subnets."""
        made = Call(
            "ec2",
            "CreateRouteTable",
            {"VpcId": self.vpc, "TagSpecifications": self.specification},
            keep={"id": "RouteTable.RouteTableId"},
            permissions=may_create("CreateRouteTable", self.owner.stack, "route-table", "vpc"),
            token="ClientToken",
        )
        return [made, *(self._associate(ref(self.id, "id"), subnet) for subnet in self.subnets)]

    def _associate(self, table: str, subnet: str) -> Call:
        return Call(
            "ec2",
            "AssociateRouteTable",
            {"RouteTableId": table, "SubnetId": subnet},
            permissions=may_change("AssociateRouteTable", self.owner.stack),
        )

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Subnets that miss are put on, those that are no longer declared are taken off."""
        found = state.settings["subnets"]
        gone = [one for one in found if one not in self.subnets]
        return [
            *(self._associate(state.name, subnet) for subnet in self.subnets if subnet not in found),
            *(_disassociate(state, subnet) for subnet in gone),
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Our subnets off the table, then the table, which AWS refuses while somebody else's subnet uses it."""
        permissions = may_change("DeleteRouteTable", state.stack)
        return [
            *(_disassociate(state, subnet) for subnet in state.settings["subnets"]),
            Call("ec2", "DeleteRouteTable", {"RouteTableId": state.name}, permissions=permissions, done=_NO_TABLE),
        ]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Subnets of others."""
        return [blocks(f"{state.name} is {entry}, a subnet of somebody else") for entry in state.foreign]

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::RouteTable; associations are a type of their own there."""
        also = {
            f"For{number}": CfnPart(
                "AWS::EC2::SubnetRouteTableAssociation", {"SubnetId": subnet, "RouteTableId": ref(self.id, "id")}
            )
            for number, subnet in enumerate(self.subnets, 1)
        }
        return CfnPart("AWS::EC2::RouteTable", {"VpcId": self.vpc, "Tags": self.tag_list()}, also=also)


def _of_ours(state: State, aws: ReadOnlyAws, stack: str, declared: Any) -> State:
    """The table with the subnets that are the stack's or declared; all others are somebody else's."""
    if not state.exists:
        return state
    ours = {one["SubnetId"] for one in things_of_stack(aws, "DescribeSubnets", "Subnets", stack)}
    foreign = [one for one in state.settings["subnets"] if one not in ours and one not in declared]
    settings = {**state.settings, "subnets": [one for one in state.settings["subnets"] if one not in foreign]}
    return replace(state, settings=settings, foreign=tuple(f"used by {one}" for one in foreign))


def _disassociate(state: State, subnet: str) -> Call:
    return Call(
        "ec2",
        "DisassociateRouteTable",
        {"AssociationId": state.settings["associations"][subnet]},
        permissions=may_change("DisassociateRouteTable", state.stack),
        done=("InvalidAssociationID.NotFound",),
    )


@dataclass(frozen=True, kw_only=True)
class Route(Kind):
    """One route of a table; another target is another setting, so that traffic is switched by one call.

    Routes carry no tags: one is ours when its table and its target are. A route to somebody else's target is shown,
    and neither changed nor removed.

    Parameters
    ----------
    table: id of the route table.
    target: id of the gateway; empty when the route is not wanted.
    by: the parameter of CreateRoute and ReplaceRoute that takes this target.
    destination: the addresses that it is for.
    """

    table: str
    target: str
    by: Literal["NatGatewayId", "GatewayId"]
    destination: str = "0.0.0.0/0"

    def settings(self) -> Mapping[str, Any]:
        """Where it leads."""
        return {"target": self.target}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The route of this destination in the table."""
        table = known.value(self.table)
        for one in things_of_stack(aws, *_TABLES, self.owner.stack):
            if one["RouteTableId"] == table:
                for route in one.get("Routes", []):
                    if route.get("DestinationCidrBlock") == self.destination:
                        return _found(aws, one, route, self.owner.stack)
        return State.ABSENT

    def create(self, state: State) -> list[Call]:
        """The route."""
        return [self._call("CreateRoute", self.table)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Replace it in place, so that there is no moment without a route."""
        return [self._call("ReplaceRoute", state.settings["table"])]

    def _call(self, operation: str, table: str) -> Call:
        params = {"RouteTableId": table, "DestinationCidrBlock": self.destination, self.by: self.target}
        return Call("ec2", operation, params, permissions=may_change(operation, self.owner.stack))

    def tagging(self, state: State) -> list[Call]:
        """Nothing: routes carry no tags."""
        return []

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it."""
        return [
            Call(
                "ec2",
                "DeleteRoute",
                {"RouteTableId": state.settings["table"], "DestinationCidrBlock": state.settings["destination"]},
                permissions=may_change("DeleteRoute", state.settings["stack"]),
                done=("InvalidRoute.NotFound", *_NO_TABLE),
            )
        ]

    def cloudformation(self) -> CfnPart | None:
        """AWS::EC2::Route; None for one that is not wanted."""
        if not self.wanted:
            return None
        return CfnPart(
            "AWS::EC2::Route",
            {"RouteTableId": self.table, "DestinationCidrBlock": self.destination, self.by: self.target},
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """The routes of our tables that lead to gateways of ours; they stand in the section of their table."""
        for table in things_of_stack(aws, *_TABLES, stack):
            for route in table.get("Routes", []):
                if "DestinationCidrBlock" not in route or not _target(route).startswith(_GATEWAYS):
                    continue
                state = _found(aws, table, route, stack)
                if state.tags is None:
                    section = tags_of(table).get(SECTION, "")
                    yield replace(state, tags={STACK: stack, SECTION: section})


def _target(route: Mapping[str, Any]) -> str:
    return next((route[key] for key in _TARGET_KEYS if route.get(key)), "")


def _found(aws: ReadOnlyAws, table: Mapping[str, Any], route: Mapping[str, Any], stack: str) -> State:
    """A route as a state; without tags when it is ours, with no tags of ours when it is somebody else's."""
    target, destination = _target(route), route["DestinationCidrBlock"]
    ours = {
        *(one["NatGatewayId"] for one in things_of_stack(aws, "DescribeNatGateways", "NatGateways", stack)),
        *(
            one["InternetGatewayId"]
            for one in things_of_stack(aws, "DescribeInternetGateways", "InternetGateways", stack)
        ),
    }
    # A route whose target is gone leads nowhere, and nobody misses it.
    mine = target in ours or route.get("State") == "blackhole"
    return State(
        "ready",
        settings={"table": table["RouteTableId"], "destination": destination, "target": target, "stack": stack},
        outputs={"target": target},
        name=f"{table['RouteTableId']} {destination}",
        tags=None if mine else {},
    )
