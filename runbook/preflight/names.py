"""Names that are taken: what the plan would have to take over, and what keeps it from being applied."""

from __future__ import annotations

from runbook.engine.plan import Plan
from runbook.model import Change
from runbook.preflight.finding import Item


def name_items(plan: Plan) -> list[Item]:
    """One item for each thing that stands under a name of ours or stops the plan; one that is ok when nothing does."""
    found = [_item(change) for change in plan.changes if change.stop or change.action == "adopt"]
    if found:
        return found
    detail = f"{len(plan.changes)} resources looked at; none stands under the name of somebody else's"
    return [Item("names.free", "ok", "No name is taken", detail)]


def _item(change: Change) -> Item:
    # The planner stops at everything foreign until it is named with --adopt; only such a stop still has its calls.
    adoptable = change.action == "adopt" and bool(change.calls)
    return Item(
        f"names.{change.id}",
        "failed" if change.stop else "warning",
        f"{change.id} can be made or changed as planned",
        change.stop or f"{change.reason}; it is taken over",
        fix=f"Take it over with --adopt {change.id}, or choose another name." if adoptable else "",
    )
