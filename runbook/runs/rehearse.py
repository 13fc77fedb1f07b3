"""The whole document on an embedded AWS of its own: apply, plan again, verify, destroy, sweep; and a report."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runbook.cost.plan_prices import PlanPrices
from runbook.engine.events import CallFinished, Event, OnEvent
from runbook.engine.tasks import Stop
from runbook.errors import RunbookError
from runbook.model import CheckResult
from runbook.rehearsal import join
from runbook.rehearsal.not_rehearsed import NOT_REHEARSED
from runbook.runs.export import export_all
from runbook.runs.history import list_runs
from runbook.runs.options import Options
from runbook.runs.runs import Planned, RunResult, Runs
from runbook.runs.sign_off import ChecklistItem, checklist_of, sign, signed


@dataclass
class RehearseReport:
    """What came of a rehearsal.

    Parameters
    ----------
    sections, not_built: names of the sections that were rehearsed, and of those that have only a text so far.
    calls: changing calls that the embedded AWS answered, apply and destroy together.
    reads: reads of the second plan, by operation.
    prices: what the whole stack costs, asked from the embedded AWS's price list.
    health_answers: status code -> health checks that the fake tasks answered with it over HTTP.
    uploads: what the real poller brought over SQS to the fake worker, each with the seconds that it took.
    checklist: the points of section 13 as they were before the destroy, signed where they want a person.
    leftovers: what still belonged to the stack after the destroy.
    problems: why the rehearsal is not green, one line each.
    """

    sections: list[str] = field(default_factory=list)
    not_built: list[str] = field(default_factory=list)
    resources: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    second_plan_changes: int = 0
    reads: Mapping[str, int] = field(default_factory=dict)
    checks: list[CheckResult] = field(default_factory=list)
    prices: PlanPrices | None = None
    health_answers: Mapping[str, int] = field(default_factory=dict)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    checklist: list[ChecklistItem] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    exported: list[Path] = field(default_factory=list)
    """The files of the apply's log, when they were wanted."""

    @property
    def ok(self) -> bool:
        """Whether everything that can be rehearsed went well."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The report by the contract of the command line."""
        outcomes = Counter(check.outcome for check in self.checks)
        return {
            "sections": len(self.sections),
            "resources": self.resources,
            "calls": sum(self.calls.values()),
            "second_plan_changes": self.second_plan_changes,
            "checks": {name: outcomes[name] for name in ("passed", "failed", "not_rehearsed")},
            "health_answers": dict(self.health_answers),
            "uploads": {
                "reached_worker": len(self.uploads),
                "seconds": min((one["seconds"] for one in self.uploads), default=None),
            },
            "checklist": [one.as_json() for one in self.checklist],
            "prices": self.prices.as_json() if self.prices else None,
            "leftovers": len(self.leftovers),
            "seconds": round(self.seconds, 2),
            "not_built": self.not_built,
            "second_plan_reads": dict(self.reads),
            "problems": self.problems,
            "exported": [str(path) for path in self.exported],
            "not_rehearsed": [{"what": one.what, "why": one.why} for one in NOT_REHEARSED],
        }


def rehearse(
    options: Options, *, on_event: OnEvent, stop: Stop | None = None, export_dir: Path | None = None
) -> RehearseReport:
    """Walk all sections on an embedded AWS that nobody else uses, and end it.

    Parameters
    ----------
    options: settings, faults and pace are taken; state directory and endpoint are the rehearsal's own.
    export_dir: gets the log of the apply in every form.

    Raises
    ------
    RunbookError: it could not even begin: settings are wrong, or the embedded AWS did not start.
    """
    began = time.monotonic()
    report = RehearseReport()
    with tempfile.TemporaryDirectory(prefix="karet-rehearse-") as folder:
        own = replace(options, rehearsal=True, state_dir=Path(folder), endpoint_url="", profile="", live_prices=True)
        try:
            runs = Runs.open(own)
            _walk(runs, report, _counting(report.calls, on_event), stop or Stop())
            if export_dir is not None:
                report.exported = export_all(runs.place, list_runs(runs.place)[-1].id, export_dir)
            report.health_answers = join.health_answers(own.state)
            report.uploads = join.uploads(own.state)
            if runs.place.deployment.events == "sqs" and not report.uploads:
                report.problems.append("no upload reached the worker")
        finally:
            join.stop(own.state)
    report.seconds = time.monotonic() - began
    return report


def _counting(calls: Counter[str], on_event: OnEvent) -> OnEvent:
    def tell(event: Event) -> None:
        if isinstance(event, CallFinished):
            calls[f"{event.service}.{event.operation}"] += 1
        on_event(event)

    return tell


def _walk(runs: Runs, report: RehearseReport, on_event: OnEvent, stop: Stop) -> None:
    report.sections = [section.name for section in runs.sections if section.built]
    report.not_built = [section.name for section in runs.sections if not section.built]
    report.resources = len(runs.graph.resources)
    planned = runs.plan()
    report.prices = planned.prices
    if not _apply(runs, planned, "rehearse: apply", report, on_event, stop):
        return
    try:
        again = runs.plan()
        report.second_plan_changes, report.reads = len(again.plan.acting), again.reads
        report.problems += [f"second plan: {one.id} {one.action}: {one.reason}" for one in again.plan.acting]
        report.checks = runs.verify(on_event=on_event)
        report.problems += [f"check {one.id}: {one.detail}" for one in report.checks if one.outcome == "failed"]
        _sign(runs, report)
        destroy = runs.plan_destroy(delete_data=True)
        result = _apply(runs, destroy, "rehearse: destroy", report, on_event, stop)
        if result:
            report.leftovers = [f"{one.kind} {one.state.name}" for one in result.left]
            report.problems += [f"left over: {name}" for name in report.leftovers]
    except RunbookError as error:
        report.problems.append(str(error))


def _sign(runs: Runs, report: RehearseReport) -> None:
    """Sign each point that wants a person, as a person would; the destroy has to remove the signatures, too."""
    me = runs.place.identity.arn
    for point in checklist_of(report.checks, signed(runs)):
        if point.outcome == "needs_person" and point.results:
            sign(runs, point.id, note="rehearsed")
    report.checklist = checklist_of(report.checks, signed(runs), read_by=me)
    outdated = [str(point.number) for point in report.checklist if point.outdated]
    if outdated:
        report.problems.append(f"signatures are outdated as soon as they are made: points {', '.join(outdated)}")


def _apply(
    runs: Runs, planned: Planned, command: str, report: RehearseReport, on_event: OnEvent, stop: Stop
) -> RunResult | None:
    """Carry out a plan; None when it did not go through, with the reasons in the report."""
    try:
        result = runs.apply(planned, command=command, on_event=on_event, stop=stop)
    except RunbookError as error:
        report.problems.append(f"{command}: {error}")
        return None
    for step in result.report.steps:
        if step.became != "done":
            report.problems.append(f"{command}: {step.change.id} {step.became}: {step.error or 'needs what failed'}")
    return result if result.report.outcome == "done" else None
