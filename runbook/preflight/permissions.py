"""The IAM permissions of exactly one plan's calls, and what AWS's policy simulator says about them.

The simulator is a hint, not proof: it knows identity policies, boundaries and organisation policies, but no resource
policies and not every condition (AWS docs: IAM API reference, SimulatePrincipalPolicy; read 2026-11-23).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from runbook.engine.performers import Performers
from runbook.engine.plan import Plan
from runbook.errors import AwsError
from runbook.model import Known, ReadOnlyAws
from runbook.preflight.finding import Item
from runbook.preflight.permission_places import Places

_AT_ONCE = 6
_BATCH = 20
"""Actions, and resources, of one question; the simulator answers every pair."""
_PAIRS = 100
"""Pairs of one question: its answer then fits into one page (AWS docs: SimulatePrincipalPolicy, MaxItems)."""
_NOT_TOGETHER = ("InvalidInput", "InvalidInputException")
"""Codes of the refusal to judge the actions of one question together."""
_SHOWN = 8
_STATEMENT = "The calls of section {} are allowed"
_READS = ("permissions.reads", "What plan, verify and status ask is allowed")
_REFUSED = "If the simulator is right, the calls are refused when their turn comes; ask for these permissions first."
_ADVISORY = "advisory: asked of AWS's policy simulator, which knows no resource policies and not every condition"

Context = tuple[tuple[str, str], ...]
"""Key and value of the conditions under which a permission is needed."""


@dataclass(frozen=True)
class Need:
    """One action on one resource, as the simulator is asked."""

    action: str
    resource: str
    context: Context = ()


def needs_of(
    plan: Plan, performers: Performers, places: Places, outputs: Mapping[str, Mapping[str, str] | None]
) -> dict[Need, frozenset[int]]:
    """What the calls of a plan need, each with the sections that need it.

    Parameters
    ----------
    outputs: what can be foreseen of the outputs that the calls refer to.
    """
    known = Known(outputs)
    found: dict[Need, set[int]] = defaultdict(set)
    for change in plan.acting:
        for call in change.calls:
            for one in performers.of(call).permissions(call):
                context = _context(known.fill(one.condition))
                for resource in places.needed(one.action, one.resource, known):
                    found[Need(one.action, concrete(resource), context)].add(change.section)
    return {need: frozenset(sections) for need, sections in sorted(found.items(), key=lambda pair: str(pair[0]))}


def concrete(resource: str) -> str:
    """An ARN that the simulator can match: stars, which AWS fills in later, stand for something."""
    return resource if resource == "*" else re.sub(r"[*?]", "x", resource)


def _context(condition: Mapping[str, Mapping[str, Any]]) -> Context:
    pairs = ((key, value) for values in condition.values() for key, value in values.items())
    return tuple(sorted((key, value) for key, value in pairs if isinstance(value, str) and "${" not in value))


def policy_source(aws: ReadOnlyAws, arn: str) -> str:
    """The ARN whose policies are simulated: a user, or the role behind a session; empty where there is none.

    Raises
    ------
    AwsError: the role may not be read.
    """
    if ":assumed-role/" in arn:
        # The session's ARN lacks the role's path, which only IAM knows.
        name = arn.partition(":assumed-role/")[2].split("/")[0]
        return str(aws.read("iam", "GetRole", RoleName=name)["Role"]["Arn"])
    return arn if ":user/" in arn else ""


def simulated(aws: ReadOnlyAws, source: str, needs: Iterable[Need]) -> dict[Need, str]:
    """The simulator's decision on each need: `allowed`, `implicitDeny` or `explicitDeny`.

    Raises
    ------
    AwsError: the simulator may not be asked.
    """
    batches = list(_batches(needs))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="simulate") as pool:
        answers = list(pool.map(lambda batch: _told_apart(aws, source, batch), batches))
    return {need: decision for answer in answers for need, decision in answer.items()}


def _batches(needs: Iterable[Need]) -> Iterator[list[Need]]:
    """The needs in few questions: of one context and one service each, those about the same things together."""
    alike: dict[tuple[Context, str], list[Need]] = defaultdict(list)
    for need in needs:
        alike[need.context, need.action.partition(":")[0]].append(need)
    for some in alike.values():
        batch: list[Need] = []
        for need in sorted(some, key=lambda one: (one.resource, one.action)):
            actions = len({one.action for one in (*batch, need)})
            resources = len({one.resource for one in (*batch, need)})
            if batch and (max(actions, resources) > _BATCH or actions * resources > _PAIRS):
                yield batch
                batch = []
            batch.append(need)
        yield batch


def _told_apart(aws: ReadOnlyAws, source: str, batch: Sequence[Need]) -> dict[Need, str]:
    """The decisions on a batch; halves are asked when IAM does not take its actions in one question.

    IAM refuses actions that "require different authorization information" together, such as `iam:PassRole` and
    `sts:AssumeRole`, or some of S3, and documents no list of them (error text in the public sources of two callers that
    ask about such actions one by one; seen 2026-11-23).
    """
    try:
        return _ask(aws, source, batch)
    except AwsError as error:
        if error.code not in _NOT_TOGETHER:
            raise
    actions = sorted({need.action for need in batch})
    if len(actions) == 1:
        return dict.fromkeys(batch, "unknown")
    first = set(actions[: len(actions) // 2])
    halves = [[need for need in batch if (need.action in first) is one] for one in (True, False)]
    return {need: decision for half in halves for need, decision in _told_apart(aws, source, half).items()}


def _ask(aws: ReadOnlyAws, source: str, batch: Sequence[Need]) -> dict[Need, str]:
    context = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in (*batch[0].context, ("aws:RequestedRegion", aws.region))
    ]
    answer = aws.read(
        "iam",
        "SimulatePrincipalPolicy",
        PolicySourceArn=source,
        ActionNames=sorted({need.action for need in batch}),
        ResourceArns=sorted({need.resource for need in batch}),
        ContextEntries=context,
    )
    decisions: dict[tuple[str, str], str] = {}
    for one in answer["EvaluationResults"]:
        decisions[one["EvalActionName"], one.get("EvalResourceName", "*")] = one["EvalDecision"]
        for inner in one.get("ResourceSpecificResults", []):
            decisions[one["EvalActionName"], inner["EvalResourceName"]] = inner["EvalResourceDecision"]
    return {need: decisions.get((need.action, need.resource), "unknown") for need in batch}


def permission_items(
    needs: Mapping[Need, frozenset[int]],
    aws: ReadOnlyAws,
    principal: str,
    *,
    rehearsal: bool,
    reads: Iterable[Need] = (),
) -> list[Item]:
    """One item for each section, and one for the reads: what is missing, named; a warning at most, as it is a hint.

    Parameters
    ----------
    reads: what is asked of AWS whichever section is chosen.
    """
    sections = sorted({section for some in needs.values() for section in some})
    none = (
        [] if sections else [Item("permissions.none", "ok", "The plan's calls are allowed", "the plan makes no calls")]
    )
    parts = {
        (f"permissions.section-{one}", _STATEMENT.format(one)): [need for need, of in needs.items() if one in of]
        for one in sections
    }
    if asked := list(reads):
        parts[_READS] = asked
    return [*none, *_told(parts, aws, principal, rehearsal=rehearsal)] if parts else none


def _told(
    parts: Mapping[tuple[str, str], Sequence[Need]], aws: ReadOnlyAws, principal: str, *, rehearsal: bool
) -> list[Item]:
    if rehearsal:
        why = "the embedded AWS allows every action"
        return [_untold(what, mine, "not_rehearsed", why) for what, mine in parts.items()]
    try:
        source = policy_source(aws, principal)
        if not source:
            why = f"{principal} has no policies that can be simulated"
            return [_untold(what, mine, "unknown", why) for what, mine in parts.items()]
        decisions = simulated(aws, source, {need for mine in parts.values() for need in mine})
    except AwsError as error:
        why = f"{error.service}.{error.operation} answered {error.code}, so nobody can be asked"
        return [_untold(what, mine, "unknown", why) for what, mine in parts.items()]
    return [_judged(what, mine, decisions) for what, mine in parts.items()]


def _untold(what: tuple[str, str], mine: Sequence[Need], outcome: Any, why: str) -> Item:
    actions = sorted({need.action for need in mine})
    return Item(what[0], outcome, what[1], f"{why}; it needs {len(actions)} actions: {_list(actions)}")


def _judged(what: tuple[str, str], mine: Sequence[Need], decisions: Mapping[Need, str]) -> Item:
    missing = [need for need in mine if decisions.get(need) in ("implicitDeny", "explicitDeny")]
    unknown = [need for need in mine if decisions.get(need, "unknown") == "unknown"]
    if missing:
        named = [f"{one.action} on {one.resource} ({decisions[one]})" for one in missing]
        return Item(what[0], "warning", what[1], f"missing: {_list(named)}; {_ADVISORY}", fix=_REFUSED)
    if unknown:
        return Item(what[0], "unknown", what[1], f"no answer about {_list([one.action for one in unknown])}")
    return Item(what[0], "ok", what[1], f"{len(mine)} permissions; {_ADVISORY}")


def _list(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
