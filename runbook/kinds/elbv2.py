"""Elastic Load Balancing: what its kinds share: tags twenty at a time, attributes as pairs, names that stay free."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from runbook.kinds.kind import STACK
from runbook.model import Call, ReadOnlyAws, State

LONGEST_NAME = 32
"""Characters of a load balancer's or target group's name. Source: botocore 1.44 service model, elbv2."""

_TAGS_AT_ONCE = 20
"""Resources that one DescribeTags takes. Source: AWS docs: Elastic Load Balancing API reference, DescribeTags."""

_GONE = ("LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound")


def tags_of(aws: ReadOnlyAws, arns: Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags of load balancers, target groups or listeners by ARN; what has just gone is left out."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), _TAGS_AT_ONCE):
        some = sorted(arns)[start : start + _TAGS_AT_ONCE]
        answer = aws.find("elbv2", "DescribeTags", _GONE, ResourceArns=some)
        if answer is None:
            # One of them was deleted since it was listed, and AWS then refuses to speak of the others.
            answers = [aws.find("elbv2", "DescribeTags", _GONE, ResourceArns=[one]) or {} for one in some]
        else:
            answers = [answer]
        for one in answers:
            for described in one.get("TagDescriptions", []):
                found[described["ResourceArn"]] = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
    return found


def attributes(answer: Mapping[str, Any], declared: Mapping[str, str]) -> dict[str, str]:
    """The attributes that are declared, as they were found; the many others keep AWS's defaults."""
    found = {one["Key"]: str(one["Value"]) for one in answer.get("Attributes", [])}
    return {key: found[key] for key in declared if key in found}


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Attributes as the list that AWS takes."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]


def free_name(name: str, state: State) -> str:
    """The declared name, or another one while the thing that is to be replaced still holds it."""
    if state.name != name:
        return name
    ending = hashlib.sha256(state.outputs["id"].encode()).hexdigest()[:6]
    return f"{name[: LONGEST_NAME - 7].rstrip('-')}-{ending}"


def load_balancers_of(aws: ReadOnlyAws, stack: str) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """The load balancers that carry a stack's tag, each with its tags."""
    listed = aws.read("elbv2", "DescribeLoadBalancers")["LoadBalancers"]
    tags = tags_of(aws, [one["LoadBalancerArn"] for one in listed])
    mine = [(one, tags.get(one["LoadBalancerArn"], {})) for one in listed]
    return [(one, its) for one, its in mine if its.get(STACK) == stack]


def in_order(found: Sequence[str], declared: Any) -> list[str]:
    """A list in the order of the declaration when it holds the same things, because AWS keeps no order."""
    wanted = list(declared) if isinstance(declared, list | tuple) else []
    if all(isinstance(one, str) for one in wanted) and sorted(wanted) == sorted(found):
        return wanted
    return sorted(found)


def add_tags(arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
    """The call that adds our tags; other tags stay."""
    params = {"ResourceArns": [arn], "Tags": [dict(tag) for tag in tags]}
    return Call("elbv2", "AddTags", params, on=arn)
