"""Network interfaces of others: what keeps subnets, groups and gateways from being removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runbook.kinds.ec2_tagged import tags_of
from runbook.model import ReadOnlyAws
from runbook.obstacle import Obstacle, blocks


def in_vpc(aws: ReadOnlyAws, operation: str, key: str, vpc: str, by: str = "vpc-id") -> list[dict[str, Any]]:
    """Everything of one type in a VPC, whoever made it: every kind asks in these same words."""
    found: list[dict[str, Any]] = aws.read("ec2", operation, Filters=[{"Name": by, "Values": [vpc]}])[key]
    return found


def interfaces_of_others(
    aws: ReadOnlyAws, vpc: str, going: Callable[[str], bool], uses: Callable[[Mapping[str, Any]], bool]
) -> Iterator[Obstacle]:
    """The network interfaces in a VPC that use something and go with nothing of the plan.

    AWS makes interfaces for its services; it names the thing that they belong to in their description.
    """
    if not vpc:
        return
    for one in in_vpc(aws, "DescribeNetworkInterfaces", "NetworkInterfaces", vpc):
        named = f"{one['NetworkInterfaceId']} {one.get('Description', '')}"
        if uses(one) and not going(named):
            yield blocks(_in_words(one))


def _in_words(one: Mapping[str, Any]) -> str:
    """An interface as a person finds it again: id, what it is for, who has it, where it stands."""
    tags = tags_of({"Tags": one.get("TagSet", [])})
    instance = one.get("Attachment", {}).get("InstanceId", "")
    parts = (
        f'"{what}"' if (what := one.get("Description") or tags.get("Name", "")) else "",
        f"of {instance}" if instance else "",
        f"made by {one['RequesterId']}" if one.get("RequesterManaged") and one.get("RequesterId") else "",
    )
    words = "".join(f" {part}" for part in parts if part)
    where = f"{one['SubnetId']} ({one.get('PrivateIpAddress', '')})"
    return f"network interface {one['NetworkInterfaceId']}{words} in {where}"
