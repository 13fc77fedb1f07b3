"""Secrets Manager: a secret whose value is made in memory and never seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from runbook.kinds.kind import STACK, Kind
from runbook.model import (
    Call,
    CfnPart,
    Change,
    CostLine,
    Keep,
    Known,
    Permission,
    ReadOnlyAws,
    Secret,
    State,
    Usage,
)

_NO_SUCH = ("ResourceNotFoundException",)
_RECOVERY_DAYS = 7
"""Days until a deleted secret is gone; the least that AWS offers (botocore 1.44 service model, DeleteSecret)."""


@dataclass(frozen=True, kw_only=True)
class StoredSecret(Kind):
    """A secret that has a value; which value, nobody needs to know.

    A secret that is scheduled for deletion, and one without a value, count as absent: nothing can use them, and
    nothing has to be removed. What of them is there tells `create` which calls are still needed.

    Parameters
    ----------
    name: path of the secret.
    length: characters of the value that is made; a value that is there already is kept as it is.
    description: for people who find it in the console.
    stale_version: id of a version that must not stay the current one; only a rotation names one.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    length: int = 48
    description: str
    stale_version: str = ""
    keep: Keep = "data"

    consistent_s: ClassVar[float] = 60.0

    @property
    def _arn(self) -> str:
        """The ARN as far as it is known: AWS ends it with six characters of its own."""
        return f"arn:{self.partition}:secretsmanager:{self.region}:{self.account}:secret:{self.name}-??????"

    def settings(self) -> Mapping[str, Any]:
        """The description, and in a rotation that the version is another one; the value is never compared."""
        return {"description": self.description, **({"rotated": True} if self.stale_version else {})}

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The secret and the id of its current version; its value is not read."""
        answer = aws.find("secretsmanager", "DescribeSecret", _NO_SUCH, SecretId=self.name)
        if answer is None:
            return State.ABSENT
        state = _found(answer)
        if not self.stale_version or not state.exists:
            return state
        return replace(state, settings={**state.settings, "rotated": state.outputs["version"] != self.stale_version})

    def plan(self, state: State, known: Known) -> Change:
        """As every kind; but what only counts as absent may be somebody else's too."""
        if self.wanted and not state.exists and state.settings and self._foreign(state):
            why = f"{state.name} {state.reason} and does not carry our tags; choose another path, or give it a value"
            return self._stopped(state, (), why)
        return super().plan(state, known)

    def create(self, state: State) -> list[Call]:
        """A new secret with its value; or only what is missing of one that is there."""
        there = state.settings
        if not there:
            return [
                Call(
                    "secretsmanager",
                    "CreateSecret",
                    {
                        "Name": self.name,
                        "Description": self.description,
                        "SecretString": Secret(self.length),
                        "Tags": self.tag_list(),
                    },
                    token="ClientRequestToken",
                    permissions=(
                        Permission("secretsmanager:CreateSecret", self._arn),
                        Permission("secretsmanager:TagResource", self._arn),
                    ),
                )
            ]
        calls = []
        if there["deletion"] == "scheduled":
            calls.append(Call("secretsmanager", "RestoreSecret", {"SecretId": there["arn"]}, on=self._arn))
        if not there["has_value"]:
            calls.append(_new_value(there["arn"], self.length))
        if self._wrong_tags(state):
            calls += self.tagging(state)
        if there["description"] != self.description:
            calls += self.update(frozenset({"description"}), state)
        return calls

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """Another description, or a new value; UpdateSecret without a value makes no version."""
        calls = []
        if "description" in changed:
            params = {"SecretId": self.name, "Description": self.description}
            calls.append(Call("secretsmanager", "UpdateSecret", params, on=self._arn))
        if "rotated" in changed:
            calls.append(_new_value(state.outputs["arn"], self.length))
        return calls

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        params = {"SecretId": self.name, "Tags": self.tag_list()}
        return [Call("secretsmanager", "TagResource", params, on=self._arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Schedule its deletion; until then it can be restored, and its name is taken."""
        arn = state.outputs["arn"]
        params = {"SecretId": arn, "RecoveryWindowInDays": _RECOVERY_DAYS}
        return [Call("secretsmanager", "DeleteSecret", params, on=arn, done=_NO_SUCH)]

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """A price for each secret and month, and next to nothing for reading it."""
        return self.cost_found(self.id, State.ABSENT, usage)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every secret, whoever declares it."""
        yield CostLine(id_, "secret", "secrets.month", Decimal(1), "one secret for a month")
        yield CostLine(id_, "reads", "secrets.api_requests", usage.secret_reads, "one for each start of a task")

    def cloudformation(self) -> CfnPart:
        """AWS::SecretsManager::Secret, which makes a value by itself; data outlives the template."""
        return CfnPart(
            "AWS::SecretsManager::Secret",
            {
                "Name": self.name,
                "Description": self.description,
                "GenerateSecretString": {"PasswordLength": self.length, "ExcludePunctuation": True},
                "Tags": self.tag_list(),
            },
            deletion_policy="Retain",
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Secrets with our tag that are not scheduled for deletion, with or without a value."""
        filters = [{"Key": "tag-key", "Values": [STACK]}, {"Key": "tag-value", "Values": [stack]}]
        for listed in aws.read("secretsmanager", "ListSecrets", Filters=filters)["SecretList"]:
            tags = {tag["Key"]: tag["Value"] for tag in listed.get("Tags", [])}
            if tags.get(STACK) == stack and "DeletedDate" not in listed:
                yield _existing(listed, listed.get("SecretVersionsToStages", {}))


def _new_value(arn: str, length: int) -> Call:
    """The call that gives a secret a new value; a refusal because the token was used before means that it has it."""
    return Call(
        "secretsmanager",
        "PutSecretValue",
        {"SecretId": arn, "SecretString": Secret(length)},
        keep={"version": "VersionId"},
        on=arn,
        token="ClientRequestToken",
        done=("ResourceExistsException",),
    )


def _found(answer: Mapping[str, Any]) -> State:
    stages = answer.get("VersionIdsToStages", {})
    state = _existing(answer, stages)
    if state.settings["deletion"] == "none" and state.settings["has_value"]:
        return state
    scheduled = state.settings["deletion"] == "scheduled"
    return State(
        "absent",
        settings={**state.settings, "arn": answer["ARN"]},
        name=state.name,
        tags=state.tags,
        reason="is scheduled for deletion" if scheduled else "has no value",
    )


def _existing(answer: Mapping[str, Any], stages: Mapping[str, Any]) -> State:
    version = next((id_ for id_, names in stages.items() if "AWSCURRENT" in names), "")
    return State(
        "ready",
        settings={
            "description": answer.get("Description", ""),
            "deletion": "scheduled" if "DeletedDate" in answer else "none",
            "has_value": bool(version),
        },
        outputs={"arn": answer["ARN"], "name": answer["Name"], "version": version},
        name=answer["Name"],
        tags={tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])},
    )
