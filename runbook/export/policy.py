"""A least-privilege IAM policy: the permissions of calls as few statements, in documents that IAM takes."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from runbook.calls import canonical

Part = Literal["read", "change", "undo"]
PARTS: tuple[Part, ...] = get_args(Part)

MOST_CHARACTERS = 6_144
"""Of one managed policy, white space not counted (AWS docs: IAM and AWS STS quotas; read 2026-11-23)."""

_WITHOUT_REGION = frozenset({"iam", "pricing", "route53", "s3"})
"""Services that answer from one place for all regions, or whose requests to list everything do (AWS docs: AWS global
condition context keys, aws:RequestedRegion)."""

Condition = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Grant:
    """One action that a part of the work needs.

    Parameters
    ----------
    resources: ARNs with stars, or `*` alone.
    own: the operator calls the action; else a service calls it for the operator.
    """

    part: Part
    action: str
    resources: tuple[str, ...]
    condition: Condition
    own: bool = True


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    sid: str
    part: Part
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition

    def as_json(self) -> dict[str, Any]:
        """As it stands in a policy."""
        body: dict[str, Any] = {"Sid": self.sid, "Effect": "Allow", "Action": list(self.actions)}
        body["Resource"] = list(self.resources)
        if self.condition:
            body["Condition"] = {key: dict(value) for key, value in self.condition.items()}
        return body


def statements(grants: Iterable[Grant], region: str) -> list[Statement]:
    """The grants with as few statements as allow no more than they do, apart by part and by service."""
    shared: dict[tuple[Part, str, str], set[str]] = defaultdict(set)
    part_of: dict[tuple[str, str, str], Part] = {}
    for grant in sorted(grants, key=lambda one: PARTS.index(one.part)):
        condition = canonical(_bounded(grant, region))
        for resource in grant.resources:
            # What an earlier part allows anyway is not said again.
            if part_of.setdefault((grant.action, resource, condition), grant.part) == grant.part:
                shared[grant.part, grant.action, condition].add(resource)
    alike: dict[tuple[Part, str, tuple[str, ...], str], set[str]] = defaultdict(set)
    for (part, action, condition), resources in shared.items():
        service = action.partition(":")[0]
        alike[part, service, _widest(resources), condition].add(action)
    return list(_named(alike))


def _widest(resources: set[str]) -> tuple[str, ...]:
    """The resources without those that a star among them covers."""
    patterns = {one: re.compile(re.escape(one).replace(r"\*", ".*").replace(r"\?", ".")) for one in resources}
    return tuple(
        sorted(
            one for one in resources if not any(other != one and patterns[other].fullmatch(one) for other in resources)
        )
    )


def _bounded(grant: Grant, region: str) -> dict[str, dict[str, Any]]:
    """The condition of a grant; where no ARN names the region, the condition does."""
    found = {key: dict(value) for key, value in grant.condition.items()}
    service = grant.action.partition(":")[0]
    if grant.resources == ("*",) and grant.own and service not in _WITHOUT_REGION:
        found.setdefault("StringEquals", {})["aws:RequestedRegion"] = region
    return found


def _named(alike: Mapping[tuple[Part, str, tuple[str, ...], str], set[str]]) -> Iterator[Statement]:
    counted: dict[str, int] = defaultdict(int)
    order = sorted(alike, key=lambda key: (PARTS.index(key[0]), *key[1:]))
    for part, service, resources, condition in order:
        name = f"{part.capitalize()}{re.sub('[^a-zA-Z0-9]', '', service.title())}"
        counted[name] += 1
        actions = tuple(sorted(alike[part, service, resources, condition]))
        yield Statement(f"{name}{counted[name]}", part, actions, resources, json.loads(condition))


def documents(found: Sequence[Statement]) -> list[dict[str, Any]]:
    """The statements as policies, each short enough for a managed policy."""
    made: list[list[dict[str, Any]]] = [[]]
    for one in found:
        for body in _pieces(one.as_json()):
            if made[-1] and len(canonical(_document([*made[-1], body]))) > MOST_CHARACTERS:
                made.append([])
            made[-1].append(body)
    return [_document(some) for some in made if some]


def _pieces(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A statement, halved by its actions as often as it is too long for a policy of its own."""
    if len(canonical(_document([body]))) <= MOST_CHARACTERS or len(body["Action"]) == 1:
        yield body
        return
    middle = len(body["Action"]) // 2
    yield from _pieces({**body, "Sid": f"{body['Sid']}A", "Action": body["Action"][:middle]})
    yield from _pieces({**body, "Sid": f"{body['Sid']}B", "Action": body["Action"][middle:]})


def _document(some: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(some)}
