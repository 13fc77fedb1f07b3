"""Prices for a plan: what each change costs, what everything costs now and afterwards, and what a removal leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from runbook.cost.estimate import BillLine, Estimate, PricedLine, cents, marked, number, priced
from runbook.cost.flow import Way, derive
from runbook.cost.found import joined
from runbook.engine.plan import Left, Plan
from runbook.engine.planner import Ours
from runbook.engine.survey import Surveyed
from runbook.errors import PlanError, RunbookError
from runbook.kinds.billing import HOURS
from runbook.model import CostLine, Resource, State, Usage
from runbook.pricing.rate import Rates

ZERO = Decimal(0)
_STORED = frozenset({"s3_storage_gib", "s3_noncurrent_gib", "logs_storage_gib", "ecr_storage_gib"})
"""Use that goes on when nothing runs any more."""


class KindCost(Protocol):
    """What pricing needs of a kind without a declaration."""

    def cost_found(self, id_: str, state: State, usage: Usage) -> Iterable[CostLine]: ...


@dataclass(frozen=True)
class Price:
    """What one thing costs in a month, now and afterwards.

    Parameters
    ----------
    before, after: known dollars; nothing costs 0, and what is not known is counted in `unknown`.
    running_per_hour: afterwards, in an hour in which nobody uses it.
    unknown: lines without a figure; with one the amounts are lower bounds.
    """

    before: Decimal = ZERO
    after: Decimal = ZERO
    running_per_hour: Decimal = ZERO
    unknown: int = 0

    @property
    def delta(self) -> Decimal:
        """What it costs more afterwards."""
        return self.after - self.before

    def as_json(self) -> dict[str, Any]:
        """The price as plain data."""
        return {
            "before_usd": number(self.before),
            "after_usd": number(self.after),
            "delta_usd": number(self.delta),
            "usd_per_hour_running": number(self.running_per_hour),
            "at_least": bool(self.unknown),
        }


@dataclass(frozen=True)
class PlanPrices:
    """What a plan costs.

    Parameters
    ----------
    before: everything that was looked at, as it exists; after: as it will be.
    steps: step of the plan -> its price.
    usage: the name of the band.
    problem: why nothing is known; empty when prices could be had.
    """

    before: Estimate | None
    after: Estimate | None
    steps: Mapping[str, Price]
    usage: str
    problem: str = ""

    @property
    def total(self) -> Price:
        """All of it."""
        if self.before is None or self.after is None:
            return Price(unknown=1)
        unknown = len(self.before.unknown) + len(self.after.unknown)
        return Price(
            self.before.usd_per_month, self.after.usd_per_month, self.after.usd_per_hour_running, unknown=unknown
        )

    @property
    def at_least(self) -> bool:
        """Whether what it costs afterwards is a lower bound."""
        return self.after is None or self.after.at_least

    @property
    def source(self) -> str:
        """Where prices come from; `unknown` when there are none."""
        return self.after.source if self.after else "unknown"

    @property
    def as_of(self) -> date | None:
        """The date of the newest price."""
        return self.after.as_of if self.after else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What belongs beside every figure."""
        return self.after.notes if self.after else (self.problem,)

    def refuse_above(self, budget: Decimal | None) -> None:
        """Refuse a plan that makes everything dearer and ends above the budget.

        What costs as much as before or less is never refused: above the budget, too, a part can be removed.

        Raises
        ------
        PlanError: it does; or nothing is known about what it costs.
        """
        if budget is None:
            return
        if self.after is None:
            raise PlanError(
                f"nobody knows whether this plan stays within ${cents(budget)} a month: {self.problem}",
                hint="Make prices available (`karet prices diff` shows what is missing), or leave the budget out.",
            )
        usd = self.after.usd_per_month
        if usd > budget and self.total.delta > 0:
            bound = "at least " if self.at_least else ""
            raise PlanError(
                f"after this plan everything in it costs {bound}${cents(usd)} a month with {self.usage} usage, and the "
                f"budget is ${cents(budget)}: ${cents(usd - budget)} too much; nothing was changed",
                hint="`karet cost` shows the largest lines, `karet cost --network all` the ways out. Choose something "
                "smaller, or raise --budget or budget_usd.",
            )

    def as_json(self) -> dict[str, Any]:
        """The prices as plain data."""
        total = self.total
        return {
            "usage": self.usage,
            "source": self.source,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            **(total.as_json() if self.after else dict.fromkeys(total.as_json())),
            "at_least": self.at_least,
            "steps": {step: price.as_json() for step, price in self.steps.items()},
            "notes": list(self.notes),
        }


def price(
    plan: Plan,
    *,
    declared: Iterable[Resource],
    found: Mapping[str, Surveyed],
    ours: Sequence[Ours],
    kinds: Mapping[str, KindCost],
    usage: Usage,
    band: str,
    rates: Callable[[], Rates],
) -> tuple[Plan, PlanPrices]:
    """The plan with a monthly price on each change and on what stays, and the totals.

    Parameters
    ----------
    declared: everything the deployment declares, also beyond the plan: traffic flows through all of it.
    found: what the plan looked at; ours: what belongs to the stack.
    usage: what is used; band: its name.
    rates: asked once for every rate. Whatever goes wrong makes prices unknown: a plan never fails for a price.
    """
    steps = {change.step or change.id: change for change in plan.changes}
    there = _existing(plan, found, ours)
    before_way = _way_found(there, declared)
    if plan.destroys:
        staying = {key: state for key, state in there.items() if key not in _removed(plan)}
        before = _lines_found(there, found, kinds, _use_of(there, found, usage), before_way)
        after = _lines_found(staying, found, kinds, _use_of(staying, found, usage), _way_found(staying, declared))
    else:
        before = _lines_found(there, found, kinds, usage, before_way)
        after = [*_lines_after(plan, declared, found, usage), *_lines_kept(plan, there, found, kinds, usage)]
    try:
        source = rates()
        now, then = (priced([bill for _, bill in lines], source, plan.region) for lines in (before, after))
    except RunbookError as error:
        # Whatever a price source says, it is no reason to show no plan.
        return plan, PlanPrices(None, None, {}, band, problem=f"prices are unknown: {error.message}")
    made = _by_thing(zip((key for key, _ in before), now.lines, strict=True), earlier=True)
    made = _by_thing(zip((key for key, _ in after), then.lines, strict=True), earlier=False, into=made)
    replaced = {change.id for change in steps.values() if change.action == "replace"}
    prices = {
        # The old thing of a replacement is the `before` of the new one.
        step: Price() if step != change.id and change.id in replaced else made.get(_thing_of(change), Price())
        for step, change in steps.items()
    }
    changes = tuple(
        replace(change, monthly_usd=None if prices[step].unknown else round(prices[step].after, 4))
        for step, change in steps.items()
    )
    left = tuple(replace(one, monthly_usd=_left_price(one, made)) for one in plan.left)
    return replace(plan, changes=changes, left=left), PlanPrices(now, then, MappingProxyType(prices), band)


Thing = tuple[str, str]
"""Kind and name in AWS; the name is the resource's id, in angle brackets, while nothing exists."""


def _thing_of(change: Any) -> Thing:
    return (change.kind, change.found.name if change.found.name and change.action == "delete" else f"<{change.id}>")


def _existing(plan: Plan, found: Mapping[str, Surveyed], ours: Sequence[Ours]) -> dict[Thing, State]:
    """What exists and belongs to the plan: declared things as found, and ours that nothing declares any more."""
    strays = {(change.kind, change.found.name) for change in plan.changes if change.action == "delete"}
    strays |= {(one.kind, one.name) for one in plan.left}
    there = {(one.kind, one.state.name): one.state for one in ours if (one.kind, one.state.name) in strays}
    for one in found.values():
        if one.state.exists and (one.resource.wanted or one.change.action == "delete"):
            there[one.change.kind, one.state.name] = one.state
    definitions = [state for (kind, _), state in there.items() if kind == "TaskDefinition"]
    definitions += [one.state for one in ours if one.kind == "TaskDefinition"]
    return {key: joined(key[0], state, definitions) for key, state in there.items()}


def _way_found(there: Mapping[Thing, State], declared: Iterable[Resource]) -> Way:
    states: dict[str, list[State]] = {}
    for (kind, _), state in there.items():
        states.setdefault(kind, []).append(state)
    way, planned = Way.found(states), Way.declared(list(declared))
    # Without a service to look at, the zones and log groups of the declaration say where traffic comes from.
    return (
        way if "Service" in states else replace(way, zones=max(planned.zones, way.gateways), services=planned.services)
    )


def _lines_found(
    there: Mapping[Thing, State], found: Mapping[str, Surveyed], kinds: Mapping[str, KindCost], usage: Usage, way: Way
) -> list[tuple[Thing, BillLine]]:
    derived, unused = derive(usage, way), derive(Usage(), way)
    ids = {(one.change.kind, one.state.name): one for one in found.values() if one.state.exists}
    made: list[tuple[Thing, BillLine]] = []
    for key, state in there.items():
        one, kind = ids.get(key), kinds[key[0]]
        id_ = one.resource.id if one else state.id or state.name
        section = one.resource.section if one else int(state.section or 0)
        bills = marked(
            section,
            one.resource.cost(derived, state) if one else kind.cost_found(id_, state, derived),
            one.resource.cost(unused, state) if one else kind.cost_found(id_, state, unused),
        )
        made += [(key, bill) for bill in bills]
    return made


def _lines_after(
    plan: Plan, declared: Iterable[Resource], found: Mapping[str, Surveyed], usage: Usage
) -> list[tuple[Thing, BillLine]]:
    """What the plan's resources cost as they are declared."""
    way = Way.declared(list(declared))
    derived, unused = derive(usage, way), derive(Usage(), way)
    removed = {change.id for change in plan.changes if change.action == "delete" and change.step in (change.id, "")}
    return [
        ((one.change.kind, f"<{id_}>"), bill)
        for id_, one in found.items()
        if one.resource.wanted and id_ not in removed
        for bill in marked(one.resource.section, one.resource.cost(derived), one.resource.cost(unused))
    ]


def _lines_kept(
    plan: Plan,
    there: Mapping[Thing, State],
    found: Mapping[str, Surveyed],
    kinds: Mapping[str, KindCost],
    usage: Usage,
) -> list[tuple[Thing, BillLine]]:
    """What stays although nothing declares it."""
    kept = {(one.kind, one.name) for one in plan.left}
    declared = {(one.change.kind, one.state.name) for one in found.values() if one.state.exists and one.resource.wanted}
    staying = {key: state for key, state in there.items() if key in kept and key not in declared}
    return _lines_found(staying, {}, kinds, usage, Way(gateways=0, zones=1, services=0))


def _removed(plan: Plan) -> set[Thing]:
    return {(change.kind, change.found.name) for change in plan.changes if change.action == "delete"}


def _use_of(things: Mapping[Thing, State], found: Mapping[str, Surveyed], usage: Usage) -> Usage:
    """The use of what stands during a removal: none without a service, unless nobody looked whether one runs."""
    looked = any(one.change.kind == "Service" for one in found.values())
    return _idle(usage) if looked and not any(kind == "Service" for kind, _ in things) else usage


def _idle(usage: Usage) -> Usage:
    """The use that goes on when no task runs: what is stored stays stored."""
    none = {one.name: ZERO for one in fields(usage) if one.name not in _STORED and one.name != "endpoint_gib"}
    return replace(usage, **none, endpoint_gib={})


def _by_thing(
    lines: Iterable[tuple[Thing, PricedLine]], *, earlier: bool, into: Mapping[Thing, Price] | None = None
) -> dict[Thing, Price]:
    made = dict(into or {})
    for (kind, name), line in lines:
        # What exists under a declared id and what will stand there are the two sides of one change.
        keys = {(kind, name), (kind, f"<{line.resource}>")} if earlier else {(kind, name)}
        for key in keys:
            old = made.get(key, Price())
            usd = line.usd_per_month or ZERO
            hourly = usd / HOURS if line.fixed and not earlier else ZERO
            made[key] = Price(
                old.before + (usd if earlier else ZERO),
                old.after + (ZERO if earlier else usd),
                old.running_per_hour + hourly,
                old.unknown + (line.usd_per_month is None),
            )
    return made


def _left_price(one: Left, made: Mapping[Thing, Price]) -> Decimal | None:
    price = made.get((one.kind, one.name), Price())
    return None if price.unknown else round(price.after, 4)
