"""A Deployment from plain values, or everything that is wrong with them, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runbook.errors import SettingsError
from runbook.settings.deployment import Deployment
from runbook.settings.problems import Path, dotted, explain, sentences

Found = tuple[Path, str]
ANY_REGION = "us-east-1"
"""Stands in for a wrong region while the other settings are checked."""


def check(values: Mapping[str, Any]) -> tuple[Deployment | None, list[Found]]:
    """A Deployment, or each wrong place with the sentence about it.

    Wrong values are taken out and the rest is checked again, so that rules between settings are heard at once as well;
    a rule that needs a value which was taken out stays silent.
    """
    found: list[Found] = []
    removed: list[Path] = []
    left: Any = _copy(values)
    while True:
        try:
            deployment = Deployment.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            return (None, found) if found else (deployment, [])
        conflicts = _conflicts(details, [dotted(path) for path in removed])
        if conflicts is not None:
            return None, [*found, *conflicts]
        fresh = False
        for detail in details:
            path = tuple(part for part in detail["loc"] if part != "[key]")
            found.append((path, explain(detail)))
            # One wrong element makes the whole list suspect.
            path = path[: next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))]
            if path not in removed:
                removed.append(path)
                fresh = _remove(left, path) or fresh
        if ("region",) in removed and "region" not in left:
            left["region"] = ANY_REGION
            fresh = True
        if not fresh:
            return None, found


def revised(deployment: Deployment, changes: Mapping[str, Any]) -> Deployment:
    """The deployment with other values, checked as a whole; keys are dotted, such as `web.count`.

    Raises
    ------
    SettingsError: the new values are wrong, alone or together with the rest.
    """
    values = deployment.model_dump()
    for key, value in changes.items():
        *path, last = key.split(".")
        inner = values
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    result, found = check(values)
    if result is None:
        raise SettingsError("these settings do not go together", problems=sentences(found, dotted))
    return result


def _conflicts(details: list[ErrorDetails], gone: list[str]) -> list[Found] | None:
    """The conflicts that need none of the values that are gone; None when the errors are of another kind."""
    all_of_them = [one for detail in details for one in detail.get("ctx", {}).get("conflicts", ())]
    if not all_of_them:
        return None
    return [
        (tuple(conflict.keys[0].split(".")), conflict.problem)
        for conflict in all_of_them
        if not any(_touches(key, path) for key in conflict.keys for path in gone)
    ]


def _touches(key: str, gone: str) -> bool:
    return key == gone or key.startswith(f"{gone}.") or gone.startswith(f"{key}.")


def _remove(values: Any, path: Path) -> bool:
    for part in path[:-1]:
        values = values.get(part) if isinstance(values, dict) else None
    if isinstance(values, dict) and path and path[-1] in values:
        del values[path[-1]]
        return True
    return False


def _copy(value: Any) -> Any:
    return {key: _copy(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
