"""Subnets: one block of addresses in one zone, which is chosen once and then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of
from runbook.kinds.interfaces import interfaces_of_others
from runbook.kinds.zones import missing_services
from runbook.model import Call, CfnPart, Change, Known, ReadOnlyAws, State, Wait, ref
from runbook.obstacle import Obstacle

_NO_SUCH = ("InvalidSubnetID.NotFound",)


@dataclass(frozen=True, kw_only=True)
class Subnet(TaggedInEc2):
    """A subnet whose zone is chosen when it is made: the subnets of a row share a zone, rows have zones of their own.

    Parameters
    ----------
    vpc: id of the VPC.
    cidr: its addresses.
    rows: ids of subnets that stand in one zone, row by row; this one is among them.
    services: endpoint services that the zone should offer; zones with all of them are taken first.
    must_offer: no other zone will do.
    """

    vpc: str
    cidr: str
    rows: Sequence[Sequence[str]]
    services: Sequence[str] = ()
    must_offer: bool = False

    resource_type: ClassVar[str] = "subnet"
    described_by: ClassVar[tuple[str, str]] = ("DescribeSubnets", "Subnets")
    typical_s: ClassVar[float] = 2.0
    immutable: ClassVar[frozenset[str]] = frozenset({"vpc", "cidr"})
    one_at_a_time: ClassVar[bool] = True

    def settings(self) -> Mapping[str, Any]:
        """VPC and addresses; the zone of a subnet that exists is right, whichever it is."""
        return {"vpc": self.vpc, "cidr": self.cidr}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The subnet with its zone."""
        return State(
            "pending" if thing.get("State") == "pending" else "ready",
            settings={"vpc": thing["VpcId"], "cidr": thing["CidrBlock"], "zone": thing["AvailabilityZoneId"]},
            outputs={"id": thing["SubnetId"], "zone": thing["AvailabilityZoneId"]},
            name=thing["SubnetId"],
            tags=tags_of(thing),
        )

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The subnet; an absent one comes with the zone that it will be made in, or with why there is none."""
        state = super().look(aws, known)
        return state if state.exists else self._choose_zone(aws)

    def _choose_zone(self, aws: ReadOnlyAws) -> State:
        taken = {tags_of(one).get("karet:id", ""): one["AvailabilityZoneId"] for one in self.listed(aws)}
        kept = [next((taken[id_] for id_ in row if id_ in taken), "") for row in self.rows]
        missing = missing_services(aws, self.services)
        free = sorted((zone for zone in missing if zone not in kept), key=lambda zone: (len(missing[zone]), zone))
        mine = next(number for number, row in enumerate(self.rows) if self.id in row)
        zone = kept[mine]
        if not zone:
            before = sum(1 for one in kept[:mine] if not one)
            if before >= len(free):
                return State(
                    "absent",
                    reason=f"{aws.region} has {len(missing)} zones for {len(self.rows)} rows of subnets; "
                    "set fewer zones, or choose another region",
                )
            zone = free[before]
        if self.must_offer and missing.get(zone):
            return State(
                "absent",
                reason=f"zone {zone} does not offer {', '.join(missing[zone])}, and no zone that is free offers more; "
                "choose another way out than endpoints, fewer zones, or another region",
            )
        return State("absent", settings={"zone": zone})

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; stopped when there is no zone for it."""
        if state.exists or not state.reason:
            return super().plan(state, known)
        return Change(id=self.id, action="create", reason="does not exist", stop=state.reason, found=state)

    def create(self, state: State) -> list[Call]:
        """The subnet in the zone that was chosen."""
        params: dict[str, Any] = {"VpcId": self.vpc, "CidrBlock": self.cidr}
        if "zone" in state.settings:
            params["AvailabilityZoneId"] = state.settings["zone"]
        return [
            Call(
                "ec2",
                "CreateSubnet",
                {**params, "TagSpecifications": self.specification},
                keep={"id": "Subnet.SubnetId"},
                permissions=may_create("CreateSubnet", self.owner.stack, "subnet", "vpc"),
            )
        ]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it."""
        permissions = may_change("DeleteSubnet", state.stack)
        return [Call("ec2", "DeleteSubnet", {"SubnetId": state.name}, permissions=permissions, done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Network interfaces of others in the subnet."""
        return interfaces_of_others(
            aws, state.settings.get("vpc", ""), going, lambda one: one["SubnetId"] == state.name
        )

    def ready(self) -> Wait:
        """Available after a moment."""
        call = Call("ec2", "DescribeSubnets", {"SubnetIds": [ref(self.id, "id")]})
        return Wait(call, "Subnets[0].State == 'available'", "the subnet", every_s=1.0, at_most_s=120.0, typical_s=2.0)

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::Subnet; CloudFormation takes the zone by the number of its row."""
        mine = next(number for number, row in enumerate(self.rows) if self.id in row)
        zone = {"Fn::Select": [mine, {"Fn::GetAZs": ""}]}
        return CfnPart(
            "AWS::EC2::Subnet",
            {"VpcId": self.vpc, "CidrBlock": self.cidr, "AvailabilityZone": zone, "Tags": self.tag_list()},
        )
