"""Judges requests by a policy as IAM does: only with what the policies of the runbook use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any


def allows(statements: Iterable[Mapping[str, Any]], action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Whether one of the statements allows an action on a resource under these context keys."""
    return any(fits(one, action, resource, context) for one in statements)


def fits(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Whether a statement is about exactly this."""
    return (
        any(_like(one, action, ignore_case=True) for one in statement["Action"])
        and any(_like(one, resource) for one in statement["Resource"])
        and all(
            _holds(operator, key, wanted, context)
            for operator, pairs in statement.get("Condition", {}).items()
            for key, wanted in pairs.items()
        )
    )


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, Any]) -> bool:
    values = wanted if isinstance(wanted, list) else [wanted]
    every = operator.startswith("ForAllValues:")
    kind = operator.removeprefix("ForAllValues:")
    if key not in context:
        return every
    given = context[key] if isinstance(context[key], list) else [context[key]]
    if kind not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"):
        raise AssertionError(f"this judge does not know {operator}")
    return all(any(one == value if kind == "StringEquals" else _like(value, one) for value in values) for one in given)


def _like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == text or (ignore_case and pattern.lower() == text.lower())
    return _regex(pattern, ignore_case).fullmatch(text) is not None


@cache
def _regex(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(regex, re.IGNORECASE if ignore_case else 0)


class SimulatorOf:
    """IAM's policy simulator over these statements, for the preflight."""

    account, region, partition = "123456789012", "us-east-1", "aws"

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        self.statements = list(statements)

    def allows(self, action: str, resource: str, context: Mapping[str, Any]) -> bool:
        return allows(self.statements, action, resource, context)

    def read(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        assert (service, operation) == ("iam", "SimulatePrincipalPolicy")
        context = {one["ContextKeyName"]: one["ContextKeyValues"] for one in params["ContextEntries"]}
        decisions = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed" if self.allows(action, resource, context) else "implicitDeny",
            }
            for action in params["ActionNames"]
            for resource in params["ResourceArns"]
        ]
        return {"EvaluationResults": decisions}


class WithoutOne(SimulatorOf):
    """The simulator while one statement lacks; what fits a request is looked up once for all of them."""

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        super().__init__(statements)
        self.removed = ""
        self._fitting: dict[str, set[str]] = {}

    def allows(self, action: str, resource: str, context: Mapping[str, Any]) -> bool:
        key = repr((action, resource, sorted(context.items())))
        if key not in self._fitting:
            fitting = (one for one in self.statements if fits(one, action, resource, context))
            self._fitting[key] = {one["Sid"] for one in fitting}
        return bool(self._fitting[key] - {self.removed})
