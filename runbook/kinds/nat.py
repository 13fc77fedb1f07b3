"""NAT gateways and the public addresses they stand behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.billing import BOTH_SIDES, HOURS, times
from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of
from runbook.model import Call, CfnPart, CostLine, ReadOnlyAws, State, Status, Usage, Wait, ref


@dataclass(frozen=True, kw_only=True)
class ElasticIp(TaggedInEc2):
    """A public IPv4 address of the account."""

    resource_type: ClassVar[str] = "elastic-ip"
    described_by: ClassVar[tuple[str, str]] = ("DescribeAddresses", "Addresses")

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The address."""
        return State(
            "ready",
            outputs={"id": thing["AllocationId"], "address": thing["PublicIp"]},
            name=thing["AllocationId"],
            tags=tags_of(thing),
        )

    def create(self, state: State) -> list[Call]:
        """Take one of the addresses that the account may have."""
        return [
            Call(
                "ec2",
                "AllocateAddress",
                {"Domain": "vpc", "TagSpecifications": self.specification},
                keep={"id": "AllocationId"},
                permissions=may_create("AllocateAddress", self.owner.stack, "elastic-ip"),
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Give it back."""
        permissions = may_change("ReleaseAddress", state.stack)
        params = {"AllocationId": state.name}
        return [
            Call("ec2", "ReleaseAddress", params, permissions=permissions, done=("InvalidAllocationID.NotFound",)),
        ]

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """Every public IPv4 address is billed by the hour, in use or not."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every address, whoever declares it."""
        yield CostLine(id_, "public IPv4 address", "ipv4.hour", HOURS, f"{HOURS} hours a month")

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::EIP."""
        return CfnPart("AWS::EC2::EIP", {"Domain": "vpc", "Tags": self.tag_list()})


_STATUS: dict[str, Status] = {
    "pending": "pending",
    "available": "ready",
    "deleting": "deleting",
    "deleted": "absent",
    "failed": "failed",
}


@dataclass(frozen=True, kw_only=True)
class NatGateway(TaggedInEc2):
    """A public NAT gateway in one subnet, behind one address; a second one cannot stand behind the same address.

    Parameters
    ----------
    subnet: id of the public subnet.
    address: allocation id of its address.
    """

    subnet: str
    address: str

    resource_type: ClassVar[str] = "natgateway"
    described_by: ClassVar[tuple[str, str]] = ("DescribeNatGateways", "NatGateways")
    # 1m35 to 2m05 in public terraform logs (review Table F).
    typical_s: ClassVar[float] = 110.0
    removal_s: ClassVar[float] = 50.0
    """42 s to 1m01 in public terraform logs of 2022 to 2026."""
    immutable: ClassVar[frozenset[str]] = frozenset({"subnet", "address"})
    one_at_a_time: ClassVar[bool] = True

    def settings(self) -> Mapping[str, Any]:
        """Where it stands and behind which address."""
        return {"subnet": self.subnet, "address": self.address}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The gateway; AWS shows a deleted one for an hour, which is a tombstone."""
        allocations = [one["AllocationId"] for one in thing.get("NatGatewayAddresses", []) if one.get("AllocationId")]
        return State(
            _STATUS.get(thing["State"], "pending"),
            settings={
                "subnet": thing["SubnetId"],
                "address": allocations[0] if allocations else "",
                "vpc": thing.get("VpcId", ""),
            },
            outputs={"id": thing["NatGatewayId"]},
            name=thing["NatGatewayId"],
            tags=tags_of(thing),
            reason=thing.get("FailureMessage", "") or thing.get("FailureCode", ""),
        )

    def create(self, state: State) -> list[Call]:
        """One call, whose token makes a repeat harmless."""
        params = {
            "SubnetId": self.subnet,
            "AllocationId": self.address,
            "ConnectivityType": "public",
            "TagSpecifications": self.specification,
        }
        permissions = may_create("CreateNatGateway", self.owner.stack, "natgateway", "subnet", "elastic-ip")
        return [
            Call(
                "ec2",
                "CreateNatGateway",
                params,
                keep={"id": "NatGateway.NatGatewayId"},
                permissions=permissions,
                token="ClientToken",
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; its address is free only when it is gone."""
        permissions = may_change("DeleteNatGateway", state.stack)
        params = {"NatGatewayId": state.name}
        return [Call("ec2", "DeleteNatGateway", params, permissions=permissions, done=("NatGatewayNotFound",))]

    def ready(self) -> Wait:
        """Available after about two minutes."""
        call = Call("ec2", "DescribeNatGateways", {"NatGatewayIds": [ref(self.id, "id")]})
        return Wait(
            call,
            "NatGateways[0].State == 'available'",
            "the NAT gateway",
            fails="NatGateways[?State == 'failed'] | [0] | FailureMessage || FailureCode || State",
            every_s=5.0,
            at_most_s=600.0,
            typical_s=self.typical_s,
        )

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """The hours, every GiB in either direction, and where those GiB come from and go to."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every gateway, whoever declares it."""
        zones = times(usage.nat_cross_zone_gib, BOTH_SIDES)
        yield CostLine(id_, "NAT gateway", "nat.hour", HOURS, f"{HOURS} hours a month")
        yield CostLine(id_, "data through the NAT gateway", "nat.gib", usage.nat_gib, "both directions")
        yield CostLine(id_, "data from other zones", "transfer.cross_zone_gib", zones, "billed on both sides")
        yield CostLine(id_, "data out to the internet", "transfer.out_gib", usage.nat_out_gib, "what tasks send")

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::NatGateway."""
        return CfnPart(
            "AWS::EC2::NatGateway",
            {"SubnetId": self.subnet, "AllocationId": self.address, "Tags": self.tag_list()},
        )
