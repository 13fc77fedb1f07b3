"""Cloud Map: the private DNS namespace of a VPC, which AWS makes in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from runbook.kinds.kind import Kind
from runbook.model import Call, CfnPart, CostLine, Known, Permission, ReadOnlyAws, State, Usage, Wait, ref
from runbook.obstacle import Obstacle, blocks

NO_SUCH_NAMESPACE = ("NamespaceNotFound",)
_UNDER_WAY = ("SUBMITTED", "PENDING")
_ZONE_ACTIONS = ("route53:CreateHostedZone", "route53:GetHostedZone", "route53:ListHostedZonesByName")


@dataclass(frozen=True, kw_only=True)
class PrivateDnsNamespace(Kind):
    """A private DNS namespace: a hosted zone that only one VPC sees.

    Parameters
    ----------
    name: the domain, such as `shop.internal`.
    vpc: id of the VPC.
    """

    name: str
    vpc: str
    description: str = ""

    typical_s: ClassVar[float] = 60.0
    removal_s: ClassVar[float] = 60.0
    """As long as making one: both are operations that are waited for."""
    consistent_s: ClassVar[float] = 60.0
    immutable: ClassVar[frozenset[str]] = frozenset({"vpc"})
    one_at_a_time: ClassVar[bool] = True

    def settings(self) -> Mapping[str, Any]:
        """The VPC; AWS tells it through the hosted zone only."""
        return {"vpc": self.vpc}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The namespace of this name, ours before others, also while AWS makes or removes it."""
        found = list(_all(aws, self.name))
        ours = [one for one in found if one.stack == self.owner.stack]
        return next(iter(ours or found), State.ABSENT)

    def create(self, state: State) -> list[Call]:
        """One call; AWS goes on in the background."""
        params = {"Name": self.name, "Vpc": self.vpc, "Description": self.description, "Tags": self.tag_list()}
        actions = (
            "servicediscovery:CreatePrivateDnsNamespace",
            "servicediscovery:TagResource",
            *_ZONE_ACTIONS,
            "route53:AssociateVPCWithHostedZone",
            "ec2:DescribeVpcs",
            "ec2:DescribeRegions",
        )
        return [
            Call(
                "servicediscovery",
                "CreatePrivateDnsNamespace",
                params,
                keep={"operation": "OperationId"},
                permissions=tuple(Permission(action) for action in actions),
                token="CreatorRequestId",
                done=("DuplicateRequest",),
            )
        ]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        return [tag_call(state, self.tag_list())]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with its hosted zone; AWS refuses while it has services."""
        arn = state.outputs["arn"]
        return [
            Call(
                "servicediscovery",
                "DeleteNamespace",
                {"Id": state.outputs["id"]},
                permissions=(
                    Permission("servicediscovery:DeleteNamespace", arn),
                    Permission("route53:DeleteHostedZone"),
                    Permission("route53:ListResourceRecordSets"),
                ),
                done=(*NO_SUCH_NAMESPACE, "DuplicateRequest"),
            )
        ]

    @classmethod
    def in_the_way(cls, aws: ReadOnlyAws, state: State, going: Callable[[str], bool]) -> Iterable[Obstacle]:
        """Services of others in the namespace."""
        filters = [{"Name": "NAMESPACE_ID", "Values": [state.outputs["id"]], "Condition": "EQ"}]
        for one in aws.read("servicediscovery", "ListServices", Filters=filters)["Services"]:
            if not going(one["Arn"]):
                yield blocks(f"service {one['Name']} ({one['Id']}) in the namespace")

    def ready(self) -> Wait:
        """The operation in the background has come to its end."""
        return Wait(
            Call("servicediscovery", "GetOperation", {"OperationId": ref(self.id, "operation")}),
            until="Operation.Status == 'SUCCESS'",
            fails="Operation.Status == 'FAIL' && (Operation.ErrorMessage || Operation.ErrorCode || 'no reason given')",
            what=f"the namespace {self.name} to be made",
            every_s=5.0,
            at_most_s=300.0,
            typical_s=self.typical_s,
        )

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """The hosted zone and its lookups; what ECS registers in it is free (AWS docs: ECS service discovery)."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every namespace, whoever declares it."""
        yield CostLine(id_, "hosted zone", "route53.zone_month", Decimal(1), "one zone")
        yield CostLine(id_, "lookups", "route53.queries", usage.dns_queries, "usage per month")

    def cloudformation(self) -> CfnPart:
        """AWS::ServiceDiscovery::PrivateDnsNamespace."""
        return CfnPart(
            "AWS::ServiceDiscovery::PrivateDnsNamespace",
            {"Name": self.name, "Vpc": self.vpc, "Description": self.description, "Tags": self.tag_list()},
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Private DNS namespaces with our tag, and those that are being made with it."""
        return [one for one in _all(aws) if one.stack == stack]


def tag_call(state: State, tags: list[dict[str, str]]) -> Call:
    """The call that puts tags on anything of Cloud Map."""
    arn = state.outputs["arn"]
    return Call("servicediscovery", "TagResource", {"ResourceARN": arn, "Tags": tags}, on=arn)


def tags_of(aws: ReadOnlyAws, arn: str) -> dict[str, str]:
    """The tags of anything of Cloud Map; none when it is gone meanwhile."""
    answer = aws.find("servicediscovery", "ListTagsForResource", ("ResourceNotFoundException",), ResourceARN=arn)
    return {tag["Key"]: tag["Value"] for tag in (answer or {}).get("Tags", [])}


def _all(aws: ReadOnlyAws, name: str = "") -> Iterable[State]:
    """Every private DNS namespace (of a name), with what AWS is doing to it in the background."""
    busy = _operations(aws)
    listed = aws.read(
        "servicediscovery",
        "ListNamespaces",
        Filters=[{"Name": "TYPE", "Values": ["DNS_PRIVATE"], "Condition": "EQ"}],
    )["Namespaces"]
    for one in listed:
        under_way = busy.pop(one["Id"], ("", ""))
        if name in ("", one["Name"]):
            yield _found(aws, one, *under_way)
    for namespace_id, (kind, operation) in busy.items():
        # AWS lists a namespace only when it has been made; its id and tags are known before.
        answer = aws.find("servicediscovery", "GetNamespace", NO_SUCH_NAMESPACE, Id=namespace_id)
        namespace = {} if answer is None else answer["Namespace"]
        if namespace.get("Type") == "DNS_PRIVATE" and name in ("", namespace["Name"]):
            yield _found(aws, namespace, kind, operation)


def _operations(aws: ReadOnlyAws) -> dict[str, tuple[str, str]]:
    """Namespace id -> kind and id of the operation that is under way for it."""
    listed = aws.read(
        "servicediscovery",
        "ListOperations",
        Filters=[
            {"Name": "TYPE", "Values": ["CREATE_NAMESPACE", "DELETE_NAMESPACE"], "Condition": "IN"},
            {"Name": "STATUS", "Values": list(_UNDER_WAY), "Condition": "IN"},
        ],
    )["Operations"]
    found = {}
    for one in listed:
        if one["Status"] in _UNDER_WAY:
            operation = aws.read("servicediscovery", "GetOperation", OperationId=one["Id"])["Operation"]
            namespace_id = operation.get("Targets", {}).get("NAMESPACE")
            if namespace_id:
                found[namespace_id] = (operation["Type"], one["Id"])
    return found


def _found(aws: ReadOnlyAws, namespace: Mapping[str, Any], kind: str, operation: str) -> State:
    status: Any = {"CREATE_NAMESPACE": "pending", "DELETE_NAMESPACE": "deleting"}.get(kind, "ready")
    dns = namespace.get("Properties", {}).get("DnsProperties", {})
    zone = dns.get("HostedZoneId", "")
    outputs = {"id": namespace["Id"], "arn": namespace["Arn"], "zone_id": zone}
    if operation:
        outputs["operation"] = operation
    return State(
        status,
        settings={"vpc": _vpc(aws, zone)},
        outputs=outputs,
        name=namespace["Name"],
        tags=tags_of(aws, namespace["Arn"]),
        reason=f"AWS is at {kind}" if kind else "",
    )


def _vpc(aws: ReadOnlyAws, zone: str) -> str:
    """The VPC that sees the zone of a namespace."""
    answer = aws.find("route53", "GetHostedZone", ("NoSuchHostedZone",), Id=zone) if zone else None
    return next((one["VPCId"] for one in (answer or {}).get("VPCs", [])), "")
