"""What the journal keeps of a run beside its calls: the price of its plan, and every step that did not end well."""

from __future__ import annotations

from runbook.cost.plan_prices import PlanPrices
from runbook.engine.executor import Report
from runbook.engine.journal import Journal, Run
from runbook.runs.rollout_advice import verdict_of

PRICES = "prices"
STEP_ENDED = "step_ended"


def record_prices(journal: Journal, run: Run, prices: PlanPrices) -> None:
    """Record what everything costs before and after the plan; the price of each step is in the plan."""
    told = prices.as_json()
    del told["steps"]
    journal.event(run, PRICES, {**told, "problem": prices.problem})


def record_steps(journal: Journal, run: Run, report: Report) -> None:
    """Record each step that failed, waits or was not started, with its reason and the verdict on it."""
    for step in report.steps:
        if step.became == "done":
            continue
        verdict = verdict_of(step.error)
        detail = {
            "step": step.change.step,
            "action": step.change.action,
            "became": step.became,
            "error": step.error.message if step.error else "",
            "hint": step.error.hint if step.error else "",
            "because": list(step.because),
            "verdict": verdict.as_json() if verdict else None,
        }
        journal.event(run, STEP_ENDED, detail, step.change.id)
    if report.stopped_by is not None:
        stopped = {"error": report.stopped_by.message, "hint": report.stopped_by.hint}
        journal.event(run, "run_stopped", stopped)
