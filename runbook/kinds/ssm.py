"""Systems Manager: a parameter that holds plain data of the stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, Json, Known, Permission, ReadOnlyAws, State, canonical

_NO_SUCH = ("ParameterNotFound",)

SIGNED, PROVEN = "signed", "proven"
"""Parts of a parameter's path below which other kinds keep theirs: people's signatures, and what a probe has seen."""


@dataclass(frozen=True, kw_only=True)
class Parameter(Kind):
    """A parameter whose value is a JSON document; never a secret.

    Parameters
    ----------
    document: the value, kept and compared as data.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    description: str
    document: Mapping[str, Any]

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:ssm:{self.region}:{self.account}:parameter/{self.name.lstrip('/')}"

    def settings(self) -> Mapping[str, Any]:
        """The document."""
        return {"document": dict(self.document)}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The parameter with its value, or absent."""
        return found_parameter(aws, self.name)

    def create(self, state: State) -> list[Call]:
        """One call with the tags; a parameter that exists is refused, so nothing is overwritten unseen."""
        params = {**self._params, "Tags": self.tag_list()}
        return [Call("ssm", "PutParameter", params, on=self._arn, permissions=may_put(self._arn))]

    @property
    def _params(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "Description": self.description,
            "Type": "String",
            # Many tags and variables pass the 4 KB of the standard tier; the price is then that of one parameter.
            "Tier": "Intelligent-Tiering",
            "Value": Json(self.document),
        }

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """A new version; AWS refuses tags in this form of the call."""
        return [Call("ssm", "PutParameter", {**self._params, "Overwrite": True}, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        params = {"ResourceType": "Parameter", "ResourceId": self.name, "Tags": self.tag_list()}
        return [Call("ssm", "AddTagsToResource", params, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it, with its history."""
        return [Call("ssm", "DeleteParameter", {"Name": state.name}, on=state.outputs["arn"], done=_NO_SUCH)]

    def cloudformation(self) -> CfnPart | None:
        """AWS::SSM::Parameter, whose tags are a map."""
        return CfnPart(
            "AWS::SSM::Parameter",
            {
                "Name": self.name,
                "Type": "String",
                "Tier": "Intelligent-Tiering",
                "Description": self.description,
                "Value": canonical(self.document),
                "Tags": self.tags,
            },
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Parameters with our tag, but for those of other kinds."""
        others = tuple(f"/{stack}/{part}/" for part in (SIGNED, PROVEN))
        return parameters_of(aws, stack, lambda name: not name.startswith(others))


def may_put(arn: str) -> tuple[Permission, ...]:
    """The permissions to make a parameter with tags (AWS docs: Systems Manager, tagging parameters)."""
    return (Permission("ssm:PutParameter", arn), Permission("ssm:AddTagsToResource", arn))


def parameters_of(aws: ReadOnlyAws, stack: str, chosen: Callable[[str], bool]) -> Iterable[State]:
    """The parameters with a stack's tag whose names are chosen."""
    tagged = [{"Key": f"tag:{STACK}", "Values": [stack]}]
    for one in aws.read("ssm", "DescribeParameters", ParameterFilters=tagged)["Parameters"]:
        if chosen(one["Name"]):
            yield found_parameter(aws, one["Name"])


def found_parameter(aws: ReadOnlyAws, name: str) -> State:
    """A parameter with its value and tags, or absent."""
    answer = aws.find("ssm", "GetParameter", _NO_SUCH, Name=name)
    if answer is None:
        return State.ABSENT
    parameter = answer["Parameter"]
    tags = aws.read("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=name)["TagList"]
    return State(
        "ready",
        settings={"document": _document(parameter["Value"])},
        outputs={"name": name, "arn": parameter["ARN"]},
        name=name,
        tags={tag["Key"]: tag["Value"] for tag in tags},
    )


def _document(value: str) -> Any:
    """The value as data; a text that is no JSON is data of its own, different from any document."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
