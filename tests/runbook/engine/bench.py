"""The bench: survey, plan and execution of declarations on the account in memory, as a run of the tool does it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory import ACCOUNT, Account, MemoryPerformer, Moods
from memory_kinds import KINDS, STACK, Thing

from runbook.engine.adviser import Adviser
from runbook.engine.clock import FakeClock
from runbook.engine.events import Event
from runbook.engine.executor import Executor, Report
from runbook.engine.graph import Graph
from runbook.engine.journal import Journal, JournalReader, Run
from runbook.engine.patience import unfinished, waited_for
from runbook.engine.performers import BulkPerformer, Performer, Performers, PersonPerformer
from runbook.engine.plan import Plan
from runbook.engine.planner import Scope, find_ours, plan_apply, plan_destroy
from runbook.engine.survey import Survey, Surveyed, known_from
from runbook.engine.tasks import Stop


@dataclass
class Bench:
    """One account, one journal, one clock; every call of `apply` or `destroy` is a process of its own."""

    directory: Path
    moods: Moods = field(default_factory=Moods)
    limit: int = 8

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.account = Account(self.clock, self.moods)
        self.events: list[Event] = []
        self.stop = Stop()
        self.special: dict[str, Performer] = {"bulk": BulkPerformer({}), "person": PersonPerformer()}
        self.journal_type = Journal
        self.last: Plan | None = None
        self.adviser: Adviser | None = None

    @property
    def journal_path(self) -> Path:
        return self.directory / "journal.sqlite"

    def survey(self, things: Sequence[Thing], sections: Sequence[int] = ()) -> dict[str, Surveyed]:
        graph = Graph(things)
        with self._journal() as journal:
            patience = waited_for(unfinished(journal, self.clock.now()))
        return Survey(graph, self.account.look, clock=self.clock, patience=patience).run(
            [one.id for one in things if not sections or one.section in sections]
        )

    def plan(self, things: Sequence[Thing], sections: Sequence[int] = (), adopt: Collection[str] = ()) -> Plan:
        return self._plan(things, self.survey(things, sections), sections, adopt)

    def _plan(
        self, things: Sequence[Thing], found: dict[str, Surveyed], sections: Sequence[int], adopt: Collection[str]
    ) -> Plan:
        return plan_apply(
            graph=Graph(things),
            found=found,
            ours=find_ours(KINDS, self.account.look(), STACK),
            kinds=KINDS,
            scope=self._scope(sections),
            adopt=adopt,
        )

    def apply(self, things: Sequence[Thing], sections: Sequence[int] = (), adopt: Collection[str] = ()) -> Report:
        found = self.survey(things, sections)
        return self.execute(things, self._plan(things, found, sections, adopt), found)

    def plan_destroy(
        self,
        things: Sequence[Thing],
        sections: Sequence[int] = (),
        *,
        delete_data: bool = False,
        with_dependents: bool = False,
    ) -> Plan:
        return plan_destroy(
            graph=Graph(things),
            found=self.survey(things),
            ours=find_ours(KINDS, self.account.look(), STACK),
            kinds=KINDS,
            scope=self._scope(sections),
            delete_data=delete_data,
            with_dependents=with_dependents,
        )

    def destroy(self, things: Sequence[Thing], sections: Sequence[int] = (), **how: bool) -> Report:
        plan = self.plan_destroy(things, sections, **how)
        return self.execute(things, plan, self.survey(things))

    def execute(self, things: Sequence[Thing], plan: Plan, found: dict[str, Surveyed]) -> Report:
        self.last = plan
        with self._journal() as journal:
            executor = Executor(
                graph=Graph(things),
                aws=self.account,
                performers=Performers(self.special, MemoryPerformer()),
                journal=journal,
                run=self._run(journal, plan),
                clock=self.clock,
                outputs=known_from(found),
                strays=lambda kind, aws: KINDS[kind].strays(aws, STACK),
                undo=lambda kind, state: KINDS[kind].undo(state),
                on_event=self.events.append,
                stop=self.stop,
                open_intents={(one.resource, one.digest): one.id for one in journal.open_intents()},
                limit=self.limit,
                adviser=self.adviser,
            )
            return executor.run(plan)

    def _scope(self, sections: Sequence[int]) -> Scope:
        return Scope(ACCOUNT, self.account.region, STACK, tuple(sections), whole=not sections)

    def _run(self, journal: Journal, plan: Plan) -> Run:
        return journal.begin_run(
            user="ana",
            host="laptop",
            principal="arn:aws:iam::123456789012:user/ana",
            tool_version="0.1.0",
            command="karet apply",
            account=plan.account,
            region=plan.region,
            stack=plan.stack,
            plan_hash=plan.hash,
        )

    @contextmanager
    def _journal(self) -> Iterator[Journal]:
        with self.journal_type.open(self.journal_path, clock=self.clock) as journal:
            yield journal

    # -- what was recorded -------------------------------------------------------------------------------------------

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        with JournalReader.read(self.journal_path) as journal:
            return [one.as_json() for one in journal.entries() if kind in ("", one.kind)]

    def open_intents(self) -> list[str]:
        with JournalReader.read(self.journal_path) as journal:
            return [f"{one.operation} {one.resource}" for one in journal.open_intents()]

    def all_text(self, report: Report | None = None) -> str:
        """Everything that was recorded or told, as one text."""
        told = [json.dumps(event.as_json(), default=str) + event.line() for event in self.events]
        return "\n".join([json.dumps(self.entries()), *told, repr(report), repr(self.last)])


def became(report: Report) -> dict[str, str]:
    return {one.change.step: one.became for one in report.steps}


def actions(plan: Plan) -> dict[str, str]:
    return {change.step: change.action for change in plan.changes}
