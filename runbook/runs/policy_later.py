"""The calls of what is done to a stack that stands: a signature, another value of a secret, a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from runbook.export.policy_calls import Outputs, as_made
from runbook.kinds.ecs_service import Service
from runbook.kinds.secretsmanager import StoredSecret
from runbook.kinds.task_definition import TaskDefinition
from runbook.model import Call, Known, Resource, State
from runbook.runs.sign_off import SECTION, signed_statement
from runbook.settings import Deployment


def later(deployment: Deployment, resources: Iterable[Resource], outputs: Outputs) -> Iterator[Call]:
    """What `karet sign`, `karet rotate` and `karet release` send for these resources, beside what makes them.

    Which point is signed is not known before, so the signature is one under any point.
    """
    known = Known(outputs)
    sections = set()
    for one in resources:
        sections.add(str(one.section))
        if not one.wanted:
            continue
        state = as_made(one, known, outputs)
        if isinstance(one, StoredSecret):
            yield from replace(one, stale_version="*").update(frozenset({"rotated"}), state)
        elif isinstance(one, TaskDefinition):
            # The revision before is taken away once the new one runs.
            yield from TaskDefinition.undo(state)
        elif isinstance(one, Service):
            yield from one.update(frozenset({"task_definition"}), state)
    if SECTION in sections:
        signature = signed_statement(deployment, "*", {})
        yield from signature.create(State.ABSENT)
        yield from signature.update(frozenset({"document"}), State.ABSENT)
