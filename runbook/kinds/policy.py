"""IAM policy documents as data: one form for what AWS accepts in several, and whose each statement is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def document(statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy document with these statements."""
    return {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}


def normalised(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy in one form: a single text becomes a list of one, lists are sorted."""
    statements = policy.get("Statement", [])
    if isinstance(statements, Mapping):
        statements = [statements]
    return {"Version": policy.get("Version", "2008-10-17"), "Statement": [_statement(one) for one in statements]}


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(statement)
    for part in _LISTS:
        if part in made:
            made[part] = _listed(made[part])
    for part in ("Principal", "NotPrincipal"):
        if isinstance(made.get(part), Mapping):
            made[part] = {kind: _listed(who) for kind, who in made[part].items()}
    if "Condition" in made:
        made["Condition"] = {
            operator: {key: _listed(values) for key, values in keys.items()}
            for operator, keys in made["Condition"].items()
        }
    return made


def _listed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(value, key=str)
    return [value]
