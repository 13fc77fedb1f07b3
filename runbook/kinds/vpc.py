"""Amazon VPC: a network of our own, and networks of somebody else that are looked at and never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.ec2_tagged import TaggedInEc2, may_change, may_create, tags_of
from runbook.kinds.interfaces import in_vpc
from runbook.kinds.kind import Kind
from runbook.model import Call, CfnPart, Change, Known, ReadOnlyAws, State, Wait, ref
from runbook.obstacle import Obstacle, blocks

_NO_SUCH = ("InvalidVpcID.NotFound",)
_DNS = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}
"""Setting -> attribute; one call changes one attribute (botocore 1.44 service model, ModifyVpcAttribute)."""

_INSIDE = (
    ("subnet", "DescribeSubnets", "Subnets", "SubnetId", "vpc-id"),
    ("security group", "DescribeSecurityGroups", "SecurityGroups", "GroupId", "vpc-id"),
    ("route table", "DescribeRouteTables", "RouteTables", "RouteTableId", "vpc-id"),
    ("network ACL", "DescribeNetworkAcls", "NetworkAcls", "NetworkAclId", "vpc-id"),
    ("endpoint", "DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId", "vpc-id"),
    ("NAT gateway", "DescribeNatGateways", "NatGateways", "NatGatewayId", "vpc-id"),
    ("internet gateway", "DescribeInternetGateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id"),
    ("VPN gateway", "DescribeVpnGateways", "VpnGateways", "VpnGatewayId", "attachment.vpc-id"),
)
"""What AWS wants gone before a VPC: in words, operation, key, key of the id, filter (botocore 1.44, DeleteVpc)."""


def _made_with_the_vpc(one: Mapping[str, Any]) -> bool:
    """Whether it came with the VPC and goes with it: default group and ACL, main route table; or is gone already."""
    main = any(association.get("Main") for association in one.get("Associations", []))
    gone = str(one.get("State", "")).lower() in ("deleted", "deleting")
    return bool(one.get("IsDefault")) or one.get("GroupName") == "default" or main or gone


def dns_attributes(aws: ReadOnlyAws, vpc: str) -> dict[str, bool]:
    """Whether the VPC's resolver answers, and whether private names are made in it: `dns_support`, `dns_hostnames`."""
    found = {}
    for setting, attribute in _DNS.items():
        name = attribute[0].lower() + attribute[1:]
        answer = aws.read("ec2", "DescribeVpcAttribute", VpcId=vpc, Attribute=name)
        found[setting] = bool(answer[attribute]["Value"])
    return found


@dataclass(frozen=True, kw_only=True)
class Vpc(TaggedInEc2):
    """A VPC with both DNS attributes on, which private names of endpoints and of Cloud Map need.

    Parameters
    ----------
    cidr: its addresses.
    """

    cidr: str

    resource_type: ClassVar[str] = "vpc"
    described_by: ClassVar[tuple[str, str]] = ("DescribeVpcs", "Vpcs")
    typical_s: ClassVar[float] = 3.0
    fixed: ClassVar[Mapping[str, str]] = {
        "cidr": "everything inside has addresses from it. Keep the block, or deploy another stack."
    }

    def settings(self) -> Mapping[str, Any]:
        """The addresses and the DNS attributes."""
        return {"cidr": self.cidr, "dns_support": True, "dns_hostnames": True}

    @classmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """The VPC with its DNS attributes."""
        return State(
            "pending" if thing["State"] == "pending" else "ready",
            settings={"cidr": thing["CidrBlock"], **dns_attributes(aws, thing["VpcId"])},
            outputs={"id": thing["VpcId"], "cidr": thing["CidrBlock"]},
            name=thing["VpcId"],
            tags=tags_of(thing),
        )

    def create(self, state: State) -> list[Call]:
        """The VPC with its tags; host names are off in a new one."""
        made = Call(
            "ec2",
            "CreateVpc",
            {"CidrBlock": self.cidr, "TagSpecifications": self.specification},
            keep={"id": "Vpc.VpcId"},
            permissions=may_create("CreateVpc", self.owner.stack, "vpc"),
        )
        return [made, *(self._switch_on(name, ref(self.id, "id")) for name in _DNS)]

    def _switch_on(self, setting: str, vpc: str) -> Call:
        params = {"VpcId": vpc, _DNS[setting]: {"Value": True}}
        return Call("ec2", "ModifyVpcAttribute", params, permissions=may_change("ModifyVpcAttribute", self.owner.stack))

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """The attributes that differ, support first: host names need it."""
        return [self._switch_on(setting, state.name) for setting in _DNS if setting in changed]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it; its main route table, default group and default network ACL go along."""
        permissions = may_change("DeleteVpc", state.stack)
        return [Call("ec2", "DeleteVpc", {"VpcId": state.name}, permissions=permissions, done=_NO_SUCH)]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """What others have in the VPC; their network interfaces are told with the subnets."""
        for what, operation, key, id_, by in _INSIDE:
            for one in in_vpc(aws, operation, key, state.name, by):
                if not _made_with_the_vpc(one) and not going(one[id_]):
                    name = one.get("GroupName") or tags_of(one).get("Name", "")
                    yield blocks(f"{what} {one[id_]}{f' ({name})' if name else ''} in {state.name}")

    def ready(self) -> Wait:
        """Available after a moment."""
        call = Call("ec2", "DescribeVpcs", {"VpcIds": [ref(self.id, "id")]})
        return Wait(call, "Vpcs[0].State == 'available'", "the VPC", every_s=1.0, at_most_s=120.0, typical_s=3.0)

    def cloudformation(self) -> CfnPart:
        """AWS::EC2::VPC."""
        return CfnPart(
            "AWS::EC2::VPC",
            {
                "CidrBlock": self.cidr,
                "EnableDnsSupport": True,
                "EnableDnsHostnames": True,
                "Tags": self.tag_list(),
            },
        )


class _LookedAt(Kind):
    """A thing that somebody else owns: a plan for it changes nothing, or stops and says what is wrong with it."""

    def create(self, state: State) -> list[Call]:
        """Nothing: it has to be there."""
        return []

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Nothing: it is not ours."""
        return []

    def plan(self, state: State, known: Known) -> Change:
        """No change; a stop when it is not there, or not fit."""
        if state.reason:
            return Change(id=self.id, action="update", reason=state.reason, stop=state.reason, found=state)
        return Change(id=self.id, action="none", reason="is somebody else's and stays as it is", found=state)


@dataclass(frozen=True, kw_only=True)
class ExistingVpc(_LookedAt):
    """A VPC of somebody else to deploy into; it is looked at, never changed.

    Parameters
    ----------
    vpc: its id.
    """

    vpc: str

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The VPC, and whether private names work in it."""
        answer = aws.find("ec2", "DescribeVpcs", _NO_SUCH, VpcIds=[self.vpc])
        if answer is None or not answer["Vpcs"]:
            return State("absent", reason=f"{self.vpc} does not exist in {aws.region}; correct vpc.id, or the region")
        dns = dns_attributes(aws, self.vpc)
        off = [_DNS[name] for name, on in dns.items() if not on]
        cidr = answer["Vpcs"][0]["CidrBlock"]
        return State(
            "ready",
            settings={"cidr": cidr, **dns},
            outputs={"id": self.vpc, "cidr": cidr},
            name=self.vpc,
            tags={},
            reason=f"{self.vpc} has {' and '.join(off)} off, so private names do not work in it; switch it on"
            if off
            else "",
        )


@dataclass(frozen=True, kw_only=True)
class ExistingSubnet(_LookedAt):
    """A subnet of somebody else; it is looked at, never changed.

    Parameters
    ----------
    subnet: its id.
    vpc: id of the VPC that it has to be in.
    beside: the subnets of the same role, this one among them: each has to be in a zone of its own.
    """

    subnet: str
    vpc: str
    beside: Sequence[str] = ()

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The subnet, and whether it is in the right VPC and alone in its zone."""
        found = {}
        for one in dict.fromkeys((*self.beside, self.subnet)):
            answer = aws.find("ec2", "DescribeSubnets", ("InvalidSubnetID.NotFound",), SubnetIds=[one])
            if answer and answer["Subnets"]:
                found[one] = answer["Subnets"][0]
        mine = found.get(self.subnet)
        if mine is None:
            return State(
                "absent", reason=f"{self.subnet} does not exist in {aws.region}; correct its id, or the region"
            )
        zone = mine["AvailabilityZoneId"]
        shared = [id_ for id_, one in found.items() if id_ != self.subnet and one["AvailabilityZoneId"] == zone]
        reason = ""
        if mine["VpcId"] != self.vpc:
            reason = f"{self.subnet} is in {mine['VpcId']}, not in {self.vpc}; name a subnet of {self.vpc}"
        elif shared:
            reason = f"{self.subnet} is in the same zone ({zone}) as {', '.join(shared)}; name one subnet a zone"
        return State(
            "ready",
            settings={"vpc": mine["VpcId"], "zone": zone, "cidr": mine["CidrBlock"]},
            outputs={"id": self.subnet, "zone": zone},
            name=self.subnet,
            tags={},
            reason=reason,
        )
