"""The IAM policy that lets a stack be planned, made and removed: of exactly the calls that do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from runbook import document
from runbook.engine.performers import Performers
from runbook.export.policy import PARTS, Condition, Grant, Part, Statement, statements
from runbook.export.policy_calls import making, removing
from runbook.export.policy_reads import read_actions
from runbook.kinds.kind import STACK
from runbook.model import Call, Known, Resource
from runbook.preflight.permission_places import Places, foreseen
from runbook.runs.policy_later import later
from runbook.runs.preflight import performers
from runbook.runs.runs import Runs


def policy(runs: Runs, words: Sequence[str] = (), parts: Iterable[Part] = PARTS) -> list[Statement]:
    """The statements for the chosen sections and all that they need, whatever of it exists already.

    Parameters
    ----------
    words: section numbers or names; none for all.
    parts: read (plan, verify, status), change (make it, sign, rotate, release, and what the present plan changes),
        undo (remove it).

    Raises
    ------
    SettingsError: a word names no section. AwsError: the present plan cannot be made.
    """
    grants = [one for part in parts for one in _grants(runs, words, part)]
    return statements(grants, runs.place.deployment.region)


def _grants(runs: Runs, words: Sequence[str], part: Part) -> Iterator[Grant]:
    place = runs.place
    where = Places(place.deployment, place.identity.account, place.identity.partition)
    if part == "read":
        for action, what in read_actions():
            yield Grant("read", action, where.arns(what), {})
        return
    outputs = foreseen(runs.graph.resources.values(), where)
    wanted = _with_needs(runs, words)
    if part == "change":
        calls = [call for _, call in making(wanted, outputs)]
        calls += later(place.deployment, wanted, outputs)
        calls += [call for change in runs.plan(words).plan.acting for call in change.calls]
    else:
        calls = [call for _, call in removing(wanted, outputs)]
        whole = runs.plan_destroy(words, delete_data=True).plan
        calls += [call for change in whole.acting for call in change.calls]
    who, known = performers(runs), Known(outputs)
    for call in calls:
        yield from _of_call(part, call, who, where, known)


def _with_needs(runs: Runs, words: Sequence[str]) -> list[Resource]:
    """The resources of the chosen sections and all that they need, in the order of the graph."""
    numbers = {section.number for section in document.choose(words)}
    chosen = [id_ for id_, one in runs.graph.resources.items() if one.section in numbers]
    return [runs.graph.resources[id_] for id_ in runs.graph.closure(chosen)]


def _of_call(part: Part, call: Call, who: Performers, where: Places, known: Known) -> Iterator[Grant]:
    for one in who.of(call).permissions(call):
        # What a service does for the operator, such as Cloud Map with Route 53, may be asked of another region.
        own = one.action.partition(":")[0] == who.of(call).permissions(call)[0].action.partition(":")[0]
        condition = _sure(known.fill(one.condition), where.deployment.stack)
        yield Grant(part, one.action, where.needed(one.action, one.resource, known), condition, own)


def _sure(condition: Mapping[str, Mapping[str, Any]], stack: str) -> Condition:
    """A condition without what is not known yet, which would be a star or an open reference; the stack is known."""
    kept: dict[str, dict[str, Any]] = {}
    for operator, pairs in condition.items():
        for key, value in pairs.items():
            values = value if isinstance(value, list | tuple) else [value]
            if not any("${" in str(one) or str(one) == "*" for one in values):
                kept.setdefault(operator, {})[key] = value
            elif key.endswith(f"/{STACK}"):
                kept.setdefault(operator, {})[key] = stack
    return kept
