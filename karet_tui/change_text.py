"""One change in full: what was found, what differs, what is kept, what it needs, and the exact calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from karet_tui.call_form import FORMS, Form, call_lines
from karet_tui.in_app import in_app
from karet_tui.marks import ACTIONS, BECAME, signed
from karet_tui.outcome_text import became
from karet_tui.plain import counted, lines_of, one_line
from karet_tui.readable import short

if TYPE_CHECKING:
    from runbook.engine.executor import StepReport
    from runbook.model import Change

_STATUS = {
    "pending": "exists, not ready yet",
    "ready": "exists",
    "failed": "exists, but failed",
    "deleting": "is being deleted",
}
_OBSTACLES = {
    "blocks": "! In the way: AWS refuses the removal while it is there",
    "goes along": "! Goes along",
    "unknown": "! Unknown",
}


def change_text(change: Change, step: StepReport | None = None, price: str = "", form: Form = "aws") -> Content:
    """Everything that a person may want to know before saying yes, or after something went wrong."""
    return Content("\n").join(_parts(change, step, price, form))


def _parts(change: Change, step: StepReport | None, price: str, form: Form) -> Iterator[Content]:
    yield Content.assemble((one_line(change.id), "bold"), (f"  {one_line(change.kind)}", "$secondary"))
    if step is not None and change.action != "none":
        yield from _became(step)
    yield Content.assemble("Planned: " if step else "", signed(ACTIONS, change.action), ": ", one_line(change.reason))
    found = change.found
    name = f" as {one_line(found.name)}" if found.name else ""
    why = f" ({one_line(found.reason)})" if found.reason else ""
    if found.exists:
        yield Content(f"Found: {_STATUS.get(found.status, found.status)}{name}{why}")
    if price:
        yield Content(one_line(price))
    if change.needs:
        yield Content(f"Comes after: {', '.join(map(one_line, change.needs))}")
    if change.stop:
        yield Content("")
        yield Content.styled("! Keeps the plan from being applied", "bold $text-warning")
        yield Content(f"  {lines_of(in_app(change.stop))}")
    if change.differences:
        yield _heading("Differences")
        for one in change.differences:
            yield Content.styled(f"  {one_line(one.setting)}", "$text-secondary")
            yield Content(f"    found     {one_line(short(one.found))}")
            yield Content(f"    declared  {one_line(short(one.declared))}")
    for effect, heading in _OBSTACLES.items():
        if met := [one.what for one in change.obstacles if one.effect == effect]:
            yield _heading(heading)
            yield from (Content(f"  {one_line(one)}") for one in met)
    if found.foreign and change.action != "delete":
        yield _heading("Kept, because it is not ours")
        yield from (Content(f"  {one_line(one)}") for one in found.foreign)
    yield from _calls(change, form)


def _became(step: StepReport) -> Iterator[Content]:
    yield Content.assemble(signed(BECAME, step.became), ": ", became(step))
    if step.error is not None:
        yield Content.styled("  " + lines_of(step.error).replace("\n", "\n  "), "$text-error")


def _calls(change: Change, form: Form) -> Iterator[Content]:
    if not change.calls:
        return
    seconds = f", usually {change.expected_s:.0f} s" if change.expected_s >= 1 else ""
    yield _heading(f"{counted(len(change.calls), 'call')} to AWS, {FORMS[form]}{seconds}")
    for number, call in enumerate(change.calls, 1):
        if number > 1:
            yield Content("")
        yield call_lines(call, number, form)


def _heading(text: str) -> Content:
    return Content.assemble("\n", (text, "bold $text-accent"))
