from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from fake_runs import BUCKET, CHANGES, POLICY, check, done

from karet_tui.standing import Standing
from karet_tui.walk import Walk
from runbook.engine.executor import Report, StepReport
from runbook.engine.plan import Plan
from runbook.errors import RunbookError


def planned(*changes: Any, destroys: bool = False) -> Any:
    return SimpleNamespace(
        plan=Plan("1", "eu-central-1", "karet", (2,), changes, destroys=destroys), applied=None, prices=None
    )


def ran(*steps: StepReport, stopped_by: RunbookError | None = None) -> Any:
    return SimpleNamespace(report=Report(steps, stopped_by), checks=())


def then(standing: Standing) -> str:
    """What "continue" would do in a section whose text was read, when another one follows."""
    sections = [SimpleNamespace(number=number, title="") for number in (1, 2)]
    walk = Walk(runs=SimpleNamespace(), sections=sections, standings={1: standing}, read={1})  # type: ignore[arg-type]
    return walk.next_step.action


def said(standing: Standing) -> str:
    return f"{standing.mark.symbol} {standing.mark.words}"


def test_a_section_nobody_looked_at_wants_to_be_planned() -> None:
    assert said(Standing()) == "○ not looked at"
    assert then(Standing()) == "plan"


def test_a_section_that_is_not_built_leads_on() -> None:
    assert said(Standing(built=False)) == "· text only"
    assert then(Standing(built=False)) == "next"


def test_a_plan_with_changes_leads_to_apply() -> None:
    standing = Standing().with_plan(planned(*CHANGES[2]))
    assert (said(standing), then(standing)) == ("▲ 2 changes", "apply")


def test_what_a_look_found_must_still_be_planned() -> None:
    standing = Standing().looked(CHANGES[2])
    assert (said(standing), then(standing)) == ("▲ 2 changes", "plan")


def test_a_look_never_takes_a_plan_away() -> None:
    standing = Standing().with_plan(planned(BUCKET))
    assert standing.looked((done(BUCKET),)) == standing


def test_a_plan_without_changes_leads_to_verify_and_then_on() -> None:
    standing = Standing().with_plan(planned(done(BUCKET)))
    assert (said(standing), then(standing)) == ("● as declared", "verify")
    verified = standing.checked([check(BUCKET)])
    assert (said(verified), then(verified)) == ("● verified", "next")


def test_what_was_not_rehearsed_is_never_passed_over() -> None:
    standing = Standing().with_plan(planned(done(BUCKET))).checked([check(BUCKET), check(POLICY, "not_rehearsed")])
    assert standing.mark.more == "1 not rehearsed"


def test_a_failed_check_is_said_and_leads_back_to_the_plan_until_that_has_nothing_to_put_right() -> None:
    standing = Standing().looked((done(BUCKET),)).checked([check(BUCKET, "failed")])
    assert (said(standing), then(standing)) == ("✗ 1 check failed", "plan")
    assert then(standing.with_plan(planned(done(BUCKET)))) == "open_failed"


def test_a_plan_that_cannot_be_applied_leads_to_the_reason() -> None:
    standing = Standing().with_plan(planned(replace(BUCKET, action="adopt", stop="is somebody else's")))
    assert (said(standing), then(standing)) == ("! cannot be applied yet", "apply")


def test_after_a_run_the_end_of_it_is_what_counts() -> None:
    before = Standing().with_plan(planned(BUCKET))
    good = before.after(planned(BUCKET), ran(StepReport(BUCKET, "done")))
    assert (said(good), then(good)) == ("● as declared", "verify")
    bad = before.after(planned(BUCKET), ran(StepReport(BUCKET, "failed", error=RunbookError("no"))))
    assert (said(bad), then(bad)) == ("✗ failed", "plan")
    waits = before.after(planned(BUCKET), ran(StepReport(BUCKET, "waiting")))
    assert said(waits) == "‖ waits for you"
    assert good.planned is None


def test_after_an_undo_the_section_is_undone() -> None:
    plan = planned(replace(BUCKET, action="delete"), destroys=True)
    standing = Standing().after(plan, ran(StepReport(BUCKET, "done")))
    assert (said(standing), then(standing)) == ("○ undone", "plan")
