"""Gives a secret a new value and deploys the services that use it, and nothing else.

A service is deployed because its task definition names the version of the secret. So a rotation that was cut off after
the new value is finished by any later apply, and by rotating once more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from runbook.engine.events import Message, OnEvent
from runbook.engine.graph import Graph
from runbook.engine.journal_read import JournalReader
from runbook.engine.tasks import Stop
from runbook.errors import PlanError, SettingsError
from runbook.kinds.secretsmanager import StoredSecret
from runbook.model import CheckResult
from runbook.runs.runs import Planned, RunResult, Runs


def rotate(
    runs: Runs, name: str, command: str, on_event: OnEvent = lambda _: None, stop: Stop | None = None
) -> RunResult:
    """Make a new value for one secret, then new task definitions and deployments of what uses it.

    Parameters
    ----------
    name: the secret as the settings name it (`api-key`), or its whole path.

    Raises
    ------
    SettingsError: no such secret is declared.
    PlanError: the secret has no value yet, or what uses it cannot be changed.
    """
    secret = _declared(runs, name)
    state = runs.plan([str(secret.section)]).found[secret.id].state
    if not state.exists:
        raise PlanError(
            f"{secret.name} has no value that could be replaced: it {state.reason or 'does not exist'}",
            hint=f"Run `karet apply {secret.section}`; it makes one.",
        )
    version = state.outputs["version"]
    checks: tuple[CheckResult, ...] = ()
    if _is_unanswered(runs, secret.id, version):
        # The version carries the token of a call whose answer nobody saw: it is the new value of a run cut off.
        on_event(Message(runs.place.clock.now(), "info", f"{secret.name} got its new value in an earlier run"))
    else:
        rotating = _Rotating(
            runs.place, runs.performers, runs.calls_in_flight, runs.rates, runs.budget, secret.id, version
        )
        first = rotating.apply(
            _only(rotating.plan([str(secret.section)]), {secret.id}), command=command, on_event=on_event, stop=stop
        )
        if first.exit_code:
            return first
        checks = first.checks
    users = runs.graph.dependents([secret.id])
    sections = sorted({runs.graph.resources[id_].section for id_ in users} or {secret.section})
    planned = runs.plan([str(number) for number in sections], on_event=on_event)
    deployed = {id_ for id_ in users if id_ in planned.found and planned.found[id_].state.exists}
    second = runs.apply(_only(planned, deployed), command=command, on_event=on_event, stop=stop)
    return replace(second, checks=(*checks, *second.checks))


def _declared(runs: Runs, name: str) -> StoredSecret:
    resource = runs.graph.resources.get(runs.place.deployment.secret_resource(name))
    if isinstance(resource, StoredSecret):
        return resource
    declared = sorted(one.name for one in runs.graph.resources.values() if isinstance(one, StoredSecret))
    raise SettingsError(f'the stack has no secret "{name}"', hint=f"Its secrets are: {', '.join(declared) or 'none'}.")


def _is_unanswered(runs: Runs, id_: str, version: str) -> bool:
    """Whether the current version was made by a call whose answer was never recorded."""
    if not runs.place.journal.exists():
        return False
    with JournalReader.read(runs.place.journal) as journal:
        return any(one.resource == id_ and one.id.replace("-", "") == version for one in journal.open_intents())


def _only(planned: Planned, ids: Collection[str]) -> Planned:
    """The same plan, which changes these resources and nothing else; what is left as it is stays for the others."""
    changes = tuple(change for change in planned.plan.changes if change.id in ids or change.action == "none")
    return replace(planned, plan=replace(planned.plan, changes=changes, left=()))


@dataclass(frozen=True)
class _Rotating(Runs):
    """Runs for which the current version of one secret is not good enough any more."""

    secret: str = ""
    stale_version: str = ""

    @cached_property
    def graph(self) -> Graph:
        """What the sections declare, with the one secret declared to have another version."""
        declared = Runs(self.place).graph.resources.values()
        return Graph(
            [
                replace(one, stale_version=self.stale_version)
                if isinstance(one, StoredSecret) and one.id == self.secret
                else one
                for one in declared
            ]
        )
