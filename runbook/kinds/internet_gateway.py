"""Internet gateways: the door of a VPC to the internet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of
from runbook.kinds.interfaces import interfaces_of_others
from runbook.model import Call, CfnPart, ReadOnlyAws, State, ref
from runbook.obstacle import Obstacle

_NO_SUCH = ("InvalidInternetGatewayID.NotFound",)


@dataclass(frozen=True, kw_only=True)
class InternetGateway(TaggedInEc2):
    """An internet gateway, attached to one VPC.

    Parameters
    ----------
    vpc: id of the VPC.
    """

    vpc: str

    resource_type: ClassVar[str] = "internet-gateway"
    described_by: ClassVar[tuple[str, str]] = ("DescribeInternetGateways", "InternetGateways")

    def settings(self) -> Mapping[str, Any]:
        """The VPC that it is attached to."""
        return {"vpc": self.vpc}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The gateway; detached means that its VPC is an empty text."""
        attached = [one["VpcId"] for one in thing.get("Attachments", []) if one.get("State") != "detached"]
        return State(
            "ready",
            settings={"vpc": attached[0] if attached else ""},
            outputs={"id": thing["InternetGatewayId"]},
            name=thing["InternetGatewayId"],
            tags=tags_of(thing),
        )

    def create(self, state: State) -> list[Call]:
        """The gateway with its tags, then its place in the VPC."""
        made = Call(
            "ec2",
            "CreateInternetGateway",
            {"TagSpecifications": self.specification},
            keep={"id": "InternetGateway.InternetGatewayId"},
            permissions=may_create("CreateInternetGateway", self.owner.stack, "internet-gateway"),
        )
        return [made, self._attach(ref(self.id, "id"))]

    def _attach(self, gateway: str) -> Call:
        return Call(
            "ec2",
            "AttachInternetGateway",
            {"InternetGatewayId": gateway, "VpcId": self.vpc},
            permissions=may_change("AttachInternetGateway", self.owner.stack),
        )

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Out of the other VPC, if it is in one, and into this one."""
        return [*_detach(state), self._attach(state.name)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Detach it, which AWS refuses while public addresses are mapped through it, then delete it."""
        permissions = may_change("DeleteInternetGateway", state.stack)
        params = {"InternetGatewayId": state.name}
        return [*_detach(state), Call("ec2", "DeleteInternetGateway", params, permissions=permissions, done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Interfaces of others with a public address, which is mapped through the gateway."""
        return interfaces_of_others(
            aws, state.settings["vpc"], going, lambda one: bool(one.get("Association", {}).get("PublicIp"))
        )

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::InternetGateway; the attachment is a type of its own there."""
        attached = {"VpcId": self.vpc, "InternetGatewayId": ref(self.id, "id")}
        also = {"Attachment": CfnPart("AWS::EC2::VPCGatewayAttachment", attached)}
        return CfnPart("AWS::EC2::InternetGateway", {"Tags": self.tag_list()}, also=also)


def _detach(state: State) -> list[Call]:
    vpc = state.settings["vpc"]
    if not vpc:
        return []
    return [
        Call(
            "ec2",
            "DetachInternetGateway",
            {"InternetGatewayId": state.name, "VpcId": vpc},
            permissions=may_change("DetachInternetGateway", state.stack),
            done=("Gateway.NotAttached", *_NO_SUCH),
        )
    ]
