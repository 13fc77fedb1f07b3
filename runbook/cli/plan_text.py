"""A plan for people: what will be done, why, and with which calls."""

from __future__ import annotations

from typing import Any

import click

from runbook.cli import terminal
from runbook.cost import price_text
from runbook.model import Change, Section, canonical, shown
from runbook.readable import readable
from runbook.runs.runs import Planned, Runs

_SIGNS = {"create": "+", "update": "~", "replace": "!", "delete": "-", "adopt": ">", "none": " "}
_COLOURS = {"create": "green", "update": "yellow", "replace": "yellow", "delete": "red", "adopt": "cyan"}
_OBSTACLES = {
    "blocks": "IN THE WAY: {}; AWS refuses the removal until somebody has removed it",
    "goes along": "goes along: {}",
    "unknown": "UNKNOWN: {}",
}
_LONGEST = 160
_LINES = 200
"""Lines of one call; a document that is longer is in the plan file of --out."""


def where(runs: Runs) -> None:
    """Who acts where, before anything else is said."""
    place = runs.place
    kind = "REHEARSAL on the embedded AWS" if place.rehearsal else "REAL ACCOUNT"
    terminal.say(f"{kind}: account {place.identity.account}, region {place.deployment.region} ({place.region_source})")
    terminal.say(f"stack {place.deployment.stack}, as {place.identity.arn}")
    for note in place.notes:
        terminal.say(f"note: {note}")


def show(runs: Runs, planned: Planned, *, calls: bool) -> None:
    """The whole plan.

    Parameters
    ----------
    calls: with the parameters of every call; without it their names only.
    """
    plan = planned.plan
    if planned.applied:
        for line in planned.applied.lines():
            terminal.say(line, colour="yellow")
    titles = {section.number: section for section in runs.sections}
    for number in sorted({change.section for change in plan.acting}):
        terminal.say()
        terminal.say(_title(titles.get(number), number), bold=True)
        for change in plan.acting:
            if change.section == number:
                _change(change, calls=calls, cost=price_text.of_change(planned.prices, change))
    for number in plan.sections:
        if not titles[number].built and not plan.destroys:
            terminal.say(f"{_title(titles[number], number)}: not built yet, there is only its text")
    terminal.say()
    for one in plan.left:
        terminal.say(f"stays: {one.id or one.name} ({one.kind} {one.name}): {one.why}{price_text.of_left(one)}")
    staying = [change for change in plan.changes if change.action != "delete"]
    foreign = [f"{change.id}: {entry}" for change in staying for entry in change.found.foreign]
    for entry in foreign:
        terminal.say(f"not ours, stays: {entry}")
    _summary(planned)


def _title(section: Section | None, number: int) -> str:
    return f"{section.number} {section.title}" if section else f"section {number}"


def _change(change: Change, *, calls: bool, cost: str) -> None:
    sign = _SIGNS[change.action]
    name = f" ({change.found.name})" if change.found.name else ""
    terminal.say(f"  {sign} {change.action} {change.id}{name}: {change.reason}", colour=_COLOURS.get(change.action))
    if cost:
        terminal.say(f"      {cost}", colour="magenta")
    for one in change.differences:
        terminal.say(f"      {one.setting}: {_short(one.found)} -> {_short(one.declared)}")
    if change.stop:
        terminal.say(f"      STOP: {change.stop}", colour="red")
    for obstacle in change.obstacles:
        said = _OBSTACLES[obstacle.effect].format(obstacle.what)
        terminal.say(f"      {said}", colour="yellow" if obstacle.effect == "goes along" else "red")
    for call in change.calls:
        terminal.say(f"      {call.name}")
        if calls:
            for line in readable(call.params)[:_LINES]:
                terminal.say(f"          {line}")


def _short(value: Any) -> str:
    text = canonical(shown(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def _summary(planned: Planned) -> None:
    _changes(planned)
    for line in price_text.totals(planned.prices, destroys=planned.plan.destroys):
        terminal.say(line, colour="magenta")


def _changes(planned: Planned) -> None:
    counts = planned.plan.counts
    parts = [f"{counts[action]} to {action}" for action in _SIGNS if action != "none" and counts.get(action)]
    seconds = sum(change.expected_s for change in planned.plan.acting)
    if not parts:
        terminal.say(f"No changes. {counts.get('none', 0)} resources are as declared.")
        return
    usual = f"; about {seconds:.0f} s of waiting if done one after the other" if seconds >= 1 else ""
    terminal.say(f"{', '.join(parts)}, {counts.get('none', 0)} as declared{usual}. Plan {planned.plan.hash[:12]}.")


def reads(planned: Planned) -> None:
    """The reads that the plan made, by operation."""
    terminal.say(f"{sum(planned.reads.values())} reads:")
    terminal.table([name, str(count)] for name, count in sorted(planned.reads.items()))


def confirmed(runs: Runs, *, yes: bool, what: str) -> bool:
    """Whether the operator wants it; on a real account the stack's name is typed, so that no reflex confirms.

    Raises
    ------
    SettingsError: nobody can be asked and --yes was not given.
    """
    from runbook.errors import SettingsError

    if yes:
        return True
    if not terminal.can_ask():
        raise SettingsError(f"nobody can be asked whether to {what}", hint="Add --yes when you mean it.")
    stack = runs.place.deployment.stack
    if runs.place.rehearsal:
        return click.confirm(f"{what.capitalize()} in the rehearsal?", err=True)
    return str(click.prompt(f"Type the stack's name ({stack}) to {what}", err=True)).strip() == stack
