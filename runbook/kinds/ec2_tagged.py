"""What the tagged things of Amazon EC2 share: found by tag in one read for all of a kind, tagged as they are made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from runbook.kinds.kind import STACK, Kind, choose
from runbook.model import Call, Known, Permission, ReadOnlyAws, State


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """The tags on one thing of a describe answer."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


def things_of_stack(aws: ReadOnlyAws, operation: str, key: str, stack: str) -> list[dict[str, Any]]:
    """Everything of one type that carries the stack's tag; every kind and every stray asks in these same words.

    The tags are looked at once more on this side, because what a filter lets through is about to be changed or removed.

    Raises
    ------
    AwsError: the read was refused.
    """
    filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
    found: list[dict[str, Any]] = aws.read("ec2", operation, Filters=filters)[key]
    return [one for one in found if tags_of(one).get(STACK) == stack]


def may_create(operation: str, stack: str, made: str, *inside: str) -> tuple[Permission, ...]:
    """The permissions to make one tagged thing inside others of the stack.

    Parameters
    ----------
    made: type of the thing in its ARN, such as `subnet`.
    inside: types of the things that the call points at.
    """
    asked = {"StringEquals": {f"aws:RequestTag/{STACK}": stack}}
    return (
        Permission(f"ec2:{operation}", f"arn:aws:ec2:*:*:{made}/*", asked),
        *(Permission(f"ec2:{operation}", f"arn:aws:ec2:*:*:{one}/*") for one in inside),
        Permission("ec2:CreateTags", f"arn:aws:ec2:*:*:{made}/*", {"StringEquals": {"ec2:CreateAction": operation}}),
    )


def may_change(operation: str, stack: str, *also: Permission) -> tuple[Permission, ...]:
    """The permission to change or remove what carries the stack's tag."""
    return (Permission(f"ec2:{operation}", "*", {"StringEquals": {f"aws:ResourceTag/{STACK}": stack}}), *also)


@dataclass(frozen=True, kw_only=True)
class TaggedInEc2(Kind):
    """A kind whose things carry tags from their creation on and are found by them.

    Parameters
    ----------
    label: the Name tag, which is what the console shows.
    """

    label: str = ""

    resource_type: ClassVar[str]
    """The type as TagSpecifications take it; in ARNs it is the same."""
    described_by: ClassVar[tuple[str, str]]
    """The describe operation and the key of its answer that holds the things."""

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every kind, and the Name tag."""
        tags = super().tags
        return {**tags, "Name": self.label} if self.label else tags

    @classmethod
    @abstractmethod
    def found(cls, thing: Mapping[str, Any], aws: ReadOnlyAws) -> State:
        """One thing of the describe answer as a state; its name is the id that AWS gave it."""

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The thing that carries this resource's karet:id, or absent."""
        states = [self.found(one, aws) for one in self.listed(aws) if tags_of(one).get("karet:id") == self.id]
        return choose(self, [state for state in states if state.exists], known)

    def listed(self, aws: ReadOnlyAws) -> list[dict[str, Any]]:
        """All things of this type in the stack."""
        operation, key = self.described_by
        return things_of_stack(aws, operation, key, self.owner.stack)

    @property
    def specification(self) -> list[dict[str, Any]]:
        """The TagSpecifications of the creating call."""
        return [{"ResourceType": self.resource_type, "Tags": self.tag_list()}]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        params = {"Resources": [state.name], "Tags": self.tag_list()}
        allowed = Permission(
            "ec2:CreateTags",
            f"arn:aws:ec2:*:*:{self.resource_type}/*",
            {"StringEquals": {f"aws:RequestTag/{STACK}": self.owner.stack}},
        )
        return [Call("ec2", "CreateTags", params, permissions=(allowed,))]

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Everything of this type that carries the stack's tag."""
        operation, key = cls.described_by
        for one in things_of_stack(aws, operation, key, stack):
            yield cls.found(one, aws)
