"""The sequence of a run: look, plan, lock, apply, check; and the way back: destroy and sweep."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property, partial
from typing import Any

from runbook import __version__, document
from runbook.aws.reads import Reads
from runbook.cost.plan_prices import PlanPrices, price
from runbook.cost.usage import USAGE
from runbook.engine.events import CheckFinished, Message, OnEvent, PlanMade, ResourceLooked, RunEnded, RunStarted
from runbook.engine.executor import CALLS_IN_FLIGHT, Executor, Report
from runbook.engine.graph import Graph
from runbook.engine.journal import Journal, Run
from runbook.engine.journal_read import JournalReader
from runbook.engine.lock import Holder, apply_lock, who_holds
from runbook.engine.obstacles import with_obstacles
from runbook.engine.patience import unfinished, waited_for
from runbook.engine.performers import Performers
from runbook.engine.plan import Plan, check_still_true
from runbook.engine.planner import Ours, Scope, find_ours, plan_apply, plan_destroy
from runbook.engine.probing import beside_aws
from runbook.engine.survey import Survey, Surveyed, known_from
from runbook.engine.tasks import Stop
from runbook.images.performer import ImagePerformer
from runbook.model import CheckResult, ReadOnlyAws, Section, State
from runbook.pricing.rate import Rates
from runbook.pricing.snapshot import snapshot
from runbook.runs.applied import look_at_applied
from runbook.runs.checking import check_resources, check_sections
from runbook.runs.options import Options
from runbook.runs.outcome import Planned, RunResult, Status
from runbook.runs.place import Place, open_place
from runbook.runs.price_source import rates_for
from runbook.runs.recording import record_prices, record_steps
from runbook.runs.rollout_advice import RolloutAdvice
from runbook.settings import applied_settings

__all__ = ["Planned", "RunResult", "Runs", "Status"]


def _deaf(event: Any) -> None:
    """Nobody listens."""
    del event


@dataclass(frozen=True)
class Runs:
    """Everything a front end does to one stack."""

    place: Place
    performers: Callable[[Performers], Performers] = field(default=lambda usual: usual)
    """Lets a test stand between the executor and AWS."""
    calls_in_flight: int = CALLS_IN_FLIGHT
    rates: Callable[[], Rates] = snapshot
    """Where prices come from; asked when the first plan is made."""
    budget: Decimal | None = None
    """Most that everything may cost in a month; None for the setting `budget_usd`."""

    @classmethod
    def open(cls, options: Options, *, ask_mfa: Callable[[str], str] | None = None) -> Runs:
        """Settle where the runs take place; see `open_place` for what it raises."""
        place = open_place(options, ask_mfa=ask_mfa)
        session = place.session if options.live_prices else None
        rates = cache(partial(rates_for, options, session=session, offline=not options.live_prices))
        return cls(place, rates=rates, budget=options.budget)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections in reading order."""
        return document.sections()

    @cached_property
    def graph(self) -> Graph:
        """Everything that the sections declare for this deployment."""
        return Graph([one for section in self.sections for one in section.resources(self.place.deployment)])

    # -- plan --------------------------------------------------------------------------------------------------------

    def plan(self, words: Sequence[str] = (), *, adopt: Collection[str] = (), on_event: OnEvent = _deaf) -> Planned:
        """Look at the chosen sections and all that they need, and plan; changes nothing.

        Parameters
        ----------
        words: section numbers or names; none for all.
        adopt: ids whose foreign namesakes are taken over.

        Raises
        ------
        SettingsError: a word names no section. FixedError, DuplicateError, ForeignError: see their texts.
        AwsError: a read was refused; resource and call are named.
        """
        chosen = document.choose(words)
        scope = self._scope(chosen)
        reads = self.place.session.look()
        applied = look_at_applied(reads, self.place.deployment)
        found, ours = self._overview(self._ids(chosen), reads, on_event)
        plan = plan_apply(
            graph=self.graph,
            found=found,
            ours=ours,
            kinds=document.kinds(),
            scope=scope,
            adopt=adopt,
        )
        plan = with_obstacles(plan, document.kinds(), reads)
        plan, prices = self._priced(plan, found, ours)
        on_event(PlanMade(self.place.clock.now(), plan.hash, plan.counts))
        return Planned(plan, found, dict(reads.made), prices, applied)

    def plan_destroy(
        self,
        words: Sequence[str] = (),
        *,
        delete_data: bool = False,
        with_dependents: bool = False,
        on_event: OnEvent = _deaf,
    ) -> Planned:
        """Plan the removal of the chosen sections; changes nothing. It works without the settings of the stack."""
        scope = self._scope(document.choose(words))
        reads = self.place.session.look()
        found, ours = self._overview(self.graph.order, reads, on_event)
        plan = plan_destroy(
            graph=self.graph,
            found=found,
            ours=ours,
            kinds=document.kinds(),
            scope=scope,
            delete_data=delete_data,
            with_dependents=with_dependents,
        )
        plan = with_obstacles(plan, document.kinds(), reads)
        plan, prices = self._priced(plan, found, ours)
        on_event(PlanMade(self.place.clock.now(), plan.hash, plan.counts))
        return Planned(plan, found, dict(reads.made), prices)

    def confirm_saved(self, saved: Plan, *, adopt: Collection[str] = (), on_event: OnEvent = _deaf) -> Planned:
        """Plan again what a saved plan is about, and refuse when anything it rests on has changed.

        Raises
        ------
        StaleError: naming what changed.
        """
        words = [str(number) for number in saved.sections]
        fresh = self.plan(words, adopt=adopt, on_event=on_event)
        check_still_true(saved, fresh.plan)
        return fresh

    def _priced(self, plan: Plan, found: Mapping[str, Surveyed], ours: Sequence[Ours]) -> tuple[Plan, PlanPrices]:
        band = self.place.deployment.usage
        return price(
            plan,
            declared=self.graph.resources.values(),
            found=found,
            ours=ours,
            kinds=document.kinds(),
            usage=USAGE[band],
            band=band,
            rates=self.rates,
        )

    def refuse_over_budget(self, planned: Planned) -> None:
        """Refuse a plan after which everything costs more than the budget; a removal is never refused.

        Raises
        ------
        PlanError: it does; message and hint say by how much, and what to do.
        """
        if not planned.plan.destroys:
            planned.prices.refuse_above(self.budget or self.place.deployment.budget_usd)

    def _scope(self, chosen: Sequence[Section]) -> Scope:
        deployment = self.place.deployment
        return Scope(
            account=self.place.identity.account,
            region=deployment.region,
            stack=deployment.stack,
            sections=tuple(section.number for section in chosen),
            whole=len(chosen) == len(self.sections),
        )

    def _ids(self, chosen: Iterable[Section]) -> list[str]:
        numbers = {section.number for section in chosen}
        return [id_ for id_, one in self.graph.resources.items() if one.section in numbers]

    def _overview(self, ids: Iterable[str], reads: Reads, on_event: OnEvent) -> tuple[dict[str, Surveyed], list[Ours]]:
        """What is declared, and what is ours: looked for side by side, because each waits for AWS most of its time."""
        with ThreadPoolExecutor(1, thread_name_prefix="ours") as aside:
            ours = aside.submit(find_ours, document.kinds(), reads, self.place.deployment.stack)
            return self._survey(ids, reads, on_event), ours.result()

    def _survey(self, ids: Iterable[str], reads: Reads, on_event: OnEvent) -> dict[str, Surveyed]:
        clock = self.place.clock
        return Survey(
            self.graph,
            self.place.session.look,
            clock=clock,
            patience=waited_for(self._unfinished()),
            on_look=lambda id_, status: on_event(ResourceLooked(clock.now(), id_, status)),
        ).run(ids, reads)

    def _unfinished(self) -> dict[str, bool]:
        """What a run that no longer lives has left unseen; see `unfinished`."""
        if not self.place.journal.exists() or who_holds(self.place.lock) is not None:
            return {}
        with JournalReader.read(self.place.journal) as journal:
            return unfinished(journal, self.place.clock.now())

    def has_work(self, planned: Planned) -> bool:
        """Whether there is anything to do, to wait for, or to clear up after a run that died."""
        pending = any(change.found.status == "pending" for change in planned.plan.changes)
        return bool(planned.plan.acting) or pending or bool(self._unfinished())

    # -- apply and destroy -------------------------------------------------------------------------------------------

    def apply(
        self, planned: Planned, *, command: str, on_event: OnEvent = _deaf, stop: Stop | None = None
    ) -> RunResult:
        """Carry out a plan that somebody has seen, then check what was made with fresh reads.

        Parameters
        ----------
        command: what the operator did, for the journal and for whoever finds the lock taken.

        Raises
        ------
        LockError: another apply of this stack runs.
        JournalError: the journal cannot be written, so nothing was begun.
        PlanError: the plan says itself that it cannot be applied, or it costs more than the budget.
        """
        self.refuse_over_budget(planned)
        place, plan = self.place, planned.plan
        place.journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = Holder.of_this_process(command, place.clock)
        with apply_lock(place.lock, holder=holder), Journal.open(place.journal, clock=place.clock) as journal:
            run = self._begin(journal, plan, holder, on_event)
            record_prices(journal, run, planned.prices)
            report = self._execute(journal, run, planned, on_event, stop or Stop())
            record_steps(journal, run, report)
            checks = () if plan.destroys else tuple(self._check_after(plan, journal, run, on_event))
            left = tuple(self._sweep()) if plan.destroys and report.outcome == "done" else ()
            counts = {**report.counts, "checks_failed": sum(check.outcome == "failed" for check in checks)}
            outcome = "failed" if report.outcome == "done" and counts["checks_failed"] else report.outcome
            journal.end_run(run, outcome=outcome, counts=counts)
            on_event(RunEnded(place.clock.now(), outcome, counts))
            warnings = tuple(text for text in (journal.message, journal.warning) if text)
        return RunResult(run.id, report, checks, warnings, left)

    def _begin(self, journal: Journal, plan: Plan, holder: Holder, on_event: OnEvent) -> Run:
        place = self.place
        run = journal.begin_run(
            user=holder.user,
            host=holder.host,
            principal=place.identity.arn,
            tool_version=__version__,
            command=holder.command,
            account=plan.account,
            region=plan.region,
            stack=plan.stack,
            plan_hash=plan.hash,
            more={
                "rehearsal": place.rehearsal,
                "python": sys.version.split()[0],
                "document": document.version(),
                "sections": list(plan.sections),
                "settings": applied_settings(place.deployment),
                "plan": plan.as_json(),
            },
        )
        on_event(RunStarted(place.clock.now(), run.id, holder.command, plan.account, plan.region, plan.stack))
        return run

    def _execute(self, journal: Journal, run: Run, planned: Planned, on_event: OnEvent, stop: Stop) -> Report:
        place, kinds = self.place, document.kinds()
        loops = {name: loop for kind in kinds.values() for name, loop in kind.loops.items()}
        images = ImagePerformer(
            rehearsal=place.rehearsal,
            registry=place.deployment.images.registry or "",
            logs=place.journal.parent / "runs" / run.id,
            tell=lambda text: on_event(Message(place.clock.now(), "info", text)),
        )
        usual = Performers({**beside_aws(loops, place.clock), "image": images})
        intents = {(one.resource, one.digest): one.id for one in journal.open_intents()}

        def strays(kind: str, aws: ReadOnlyAws) -> Iterable[State]:
            return kinds[kind].strays(aws, place.deployment.stack)

        return Executor(
            graph=self.graph,
            aws=place.session,
            performers=self.performers(usual),
            journal=journal,
            run=run,
            clock=place.clock,
            outputs=known_from(planned.found),
            strays=strays,
            undo=lambda kind, state: kinds[kind].undo(state),
            on_event=on_event,
            stop=stop,
            open_intents=intents,
            limit=self.calls_in_flight,
            adviser=self._advice(on_event),
        ).run(planned.plan)

    def _advice(self, on_event: OnEvent) -> RolloutAdvice:
        place = self.place
        return RolloutAdvice(self.graph, place.deployment.cluster, place.session.look, place.clock, on_event)

    def _check_after(self, plan: Plan, journal: Journal, run: Run, on_event: OnEvent) -> list[CheckResult]:
        """Check every resource that the run acted on, and the sections that were chosen, when something was done."""
        if not plan.acting:
            return []
        touched = {change.id for change in plan.acting if change.action != "delete"}
        reads = self.place.session.look()
        found = self._survey(touched, reads, _deaf)
        results = check_resources(
            [found[id_] for id_ in found if id_ in touched], reads, known_from(found), self.place.clock
        )
        for result in results:
            self._record(result, journal, run, on_event)
        return results

    def _record(self, result: CheckResult, journal: Journal, run: Run, on_event: OnEvent) -> None:
        journal.check(
            run,
            check_id=result.id,
            statement=result.statement,
            outcome=result.outcome,
            evidence=result.as_json()["evidence"],
            resource=result.id if result.id in self.graph.resources else "",
            more={"section": result.section, "detail": result.detail, "hint": result.hint},
        )
        self._tell(result, on_event)

    def _tell(self, result: CheckResult, on_event: OnEvent) -> None:
        on_event(CheckFinished(self.place.clock.now(), result.id, result.statement, result.outcome, result.detail))

    def _sweep(self) -> list[Ours]:
        """What still belongs to the stack, of every kind, found by its tags."""
        return find_ours(document.kinds(), self.place.session.look(), self.place.deployment.stack)

    # -- verify and look ---------------------------------------------------------------------------------------------

    def verify(self, words: Sequence[str] = (), *, command: str = "", on_event: OnEvent = _deaf) -> list[CheckResult]:
        """Check the chosen sections with fresh reads; changes nothing in AWS.

        Parameters
        ----------
        command: when given, the results are recorded in the journal as a run of their own, if nobody else writes.
        """
        chosen, place = document.choose(words), self.place
        reads = place.session.look()
        ids = self._ids(chosen)
        found = self._survey(ids, reads, _deaf)
        outputs = known_from(found)
        results = check_resources([found[id_] for id_ in ids], reads, outputs, place.clock)
        results += check_sections(
            chosen, place.deployment, place.session.look, outputs, place.clock, rehearsal=place.rehearsal
        )
        results.sort(key=lambda result: result.section)
        for result in results:
            self._tell(result, on_event)
        if command:
            self._keep_evidence(results, chosen, command)
        return results

    def _keep_evidence(self, results: Sequence[CheckResult], chosen: Sequence[Section], command: str) -> None:
        place = self.place
        place.journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = Holder.of_this_process(command, place.clock)
        with apply_lock(place.lock, holder=holder), Journal.open(place.journal, clock=place.clock) as journal:
            numbers = tuple(section.number for section in chosen)
            nothing = Plan(place.identity.account, place.deployment.region, place.deployment.stack, numbers, ())
            run = self._begin(journal, nothing, holder, _deaf)
            for result in results:
                self._record(result, journal, run, _deaf)
            counts = Counter(result.outcome for result in results)
            journal.end_run(
                run,
                outcome="failed" if counts["failed"] else "done",
                counts={str(outcome): n for outcome, n in counts.items()},
            )

    def status(self) -> Status:
        """Every declared resource as it is now, who applies, the last run, and the verdict on what is not steady."""
        reads = self.place.session.look()
        found = self._survey(self.graph.order, reads, _deaf)
        runs = []
        if self.place.journal.exists():
            with JournalReader.read(self.place.journal) as journal:
                runs = journal.runs(limit=1)
        last = (runs[0].id, runs[0].outcome) if runs else ("", "")
        return Status(found, who_holds(self.place.lock), *last, self._advice(_deaf).on_unsteady(found))
