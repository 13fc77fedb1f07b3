"""A plan is data: the ordered changes, for which account and region, with a hash of everything they rest on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from runbook.calls import Call, Permission, canonical, digest, read_shown, shown
from runbook.errors import PlanError, StaleError
from runbook.model import Change, Difference, State
from runbook.obstacle import Obstacle

_FORMAT = 1


@dataclass(frozen=True)
class Left:
    """A thing that stays although nothing would need it: data, or shared with others."""

    id: str
    kind: str
    name: str
    why: str
    monthly_usd: Decimal | None = None


@dataclass(frozen=True)
class Plan:
    """The ordered changes of one or more sections.

    Parameters
    ----------
    changes: in execution order; those with the action `none` are part of it, because others rest on them.
    sections: numbers of the sections that were asked for.
    left: what a destroy leaves, and why.
    destroys: whether this is a plan to remove.
    """

    account: str
    region: str
    stack: str
    sections: tuple[int, ...]
    changes: tuple[Change, ...]
    left: tuple[Left, ...] = ()
    destroys: bool = False

    @property
    def hash(self) -> str:
        """Covers what was found and what will be sent; nothing volatile."""
        changes = sorted((_essence(one) for one in self.changes), key=lambda essence: str(essence[0]))
        return digest([self.account, self.region, self.stack, self.destroys, changes])

    @property
    def acting(self) -> tuple[Change, ...]:
        """The changes that do something."""
        return tuple(change for change in self.changes if change.action != "none")

    @property
    def stops(self) -> tuple[Change, ...]:
        """The changes that keep the plan from being applied."""
        return tuple(change for change in self.changes if change.stop)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many changes of each action."""
        return Counter(change.action for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """The plan by the contract of the command line, and all that is needed to read it back."""
        return {
            "format": _FORMAT,
            "hash": self.hash,
            "account": self.account,
            "region": self.region,
            "stack": self.stack,
            "sections": list(self.sections),
            "destroys": self.destroys,
            "changes": [change.as_json() for change in self.changes],
            "left": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "name": one.name,
                    "why": one.why,
                    "monthly_usd": _money(one.monthly_usd),
                }
                for one in self.left
            ],
        }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _essence(change: Change) -> list[Any]:
    """What makes a change the same change."""
    found = change.found.fingerprint()
    return [change.step, change.action, found, [call.digest for call in change.calls]]


def save(plan: Plan, path: Path) -> None:
    """Write a plan so that it can be read, reviewed and applied later.

    Raises
    ------
    PlanError: the file cannot be written.
    """
    data = plan.as_json()
    data["more"] = {change.step: _more(change) for change in plan.changes}
    data["seal"] = digest(data)
    try:
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise PlanError(
            f"the plan cannot be written to {path}: {error.strerror}", hint="Choose another file."
        ) from error


def load(path: Path) -> Plan:
    """Read a plan that `save` wrote.

    Raises
    ------
    PlanError: the file is no plan, of another format, or was edited.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != _FORMAT:
            raise PlanError(
                f"{path} has plan format {data.get('format')!r}, this version reads {_FORMAT}",
                hint="Make the plan again with `karet plan --out FILE`.",
            )
        seal = data.pop("seal")
        if digest(data) != seal:
            raise PlanError(
                f"{path} was edited: its content has the seal {digest(data)[:12]}, it says {str(seal)[:12]}",
                hint="A plan is applied as it was made; change karet.toml and plan again.",
            )
        return Plan(
            account=data["account"],
            region=data["region"],
            stack=data["stack"],
            sections=tuple(data["sections"]),
            destroys=data["destroys"],
            changes=tuple(_change(one, data["more"][one["step"]]) for one in data["changes"]),
            left=tuple(_left(one) for one in data["left"]),
        )
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"the plan {path} cannot be read: {error}", hint="Give the file that --out wrote.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"{path} is no plan: {error}", hint="Make it again with `karet plan --out FILE`.") from error


def _more(change: Change) -> dict[str, Any]:
    """What the contract leaves out of a change and a reader needs: the state found, the rest of each call."""
    state = change.found
    return {
        "state": {
            "status": state.status,
            "settings": shown(state.settings),
            "outputs": dict(state.outputs),
            "name": state.name,
            "tags": None if state.tags is None else dict(state.tags),
            "foreign": list(state.foreign),
            "reason": state.reason,
        },
        "calls": [
            {
                "keep": dict(call.keep),
                "permissions": [[one.action, one.resource, shown(one.condition)] for one in call.permissions],
                "on": call.on,
                "token": call.token,
                "done": list(call.done),
            }
            for call in change.calls
        ],
    }


def _change(data: Mapping[str, Any], more: Mapping[str, Any]) -> Change:
    state = more["state"]
    return Change(
        id=data["id"],
        step=data["step"],
        kind=data["kind"],
        section=data["section"],
        action=data["action"],
        reason=data["reason"],
        calls=tuple(_call(one, rest) for one, rest in zip(data["calls"], more["calls"], strict=True)),
        differences=tuple(
            Difference(one["setting"], read_shown(one["found"]), read_shown(one["declared"]))
            for one in data["differences"]
        ),
        stop=data["stop"],
        found=State(
            state["status"],
            read_shown(state["settings"]),
            state["outputs"],
            state["name"],
            state["tags"],
            tuple(state["foreign"]),
            state["reason"],
        ),
        obstacles=tuple(Obstacle(one["what"], one["effect"]) for one in data.get("obstacles", ())),
        needs=tuple(data["needs"]),
        expected_s=data["expected_s"],
        monthly_usd=_amount(data["monthly_usd"]),
    )


def _call(data: Mapping[str, Any], rest: Mapping[str, Any]) -> Call:
    return Call(
        data["service"],
        data["operation"],
        read_shown(data["params"]),
        keep=rest["keep"],
        permissions=tuple(Permission(*one) for one in rest["permissions"]),
        on=rest["on"],
        token=rest["token"],
        done=tuple(rest["done"]),
    )


def _left(data: Mapping[str, Any]) -> Left:
    return Left(data["id"], data["kind"], data["name"], data["why"], _amount(data["monthly_usd"]))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def check_still_true(saved: Plan, fresh: Plan) -> None:
    """Refuse a saved plan when anything it rests on is different now.

    Raises
    ------
    StaleError: naming each thing that changed, with what it was and what it is.
    """
    changed = [
        f"{label} was {before}, is {now}"
        for label, before, now in (
            ("account", saved.account, fresh.account),
            ("region", saved.region, fresh.region),
            ("stack", saved.stack, fresh.stack),
            ("the purpose", _purpose(saved), _purpose(fresh)),
        )
        if before != now
    ]
    before_by_step = {change.step: change for change in saved.changes}
    now_by_step = {change.step: change for change in fresh.changes}
    for step in dict.fromkeys([*before_by_step, *now_by_step]):
        changed.extend(_drift(step, before_by_step.get(step), now_by_step.get(step)))
    if changed:
        raise StaleError(changed)


def _purpose(plan: Plan) -> str:
    return "to remove" if plan.destroys else "to apply"


def _drift(step: str, before: Change | None, now: Change | None) -> Iterable[str]:
    if before is None or now is None:
        yield f"{step} {'is new' if before is None else 'is no longer part of the plan'}"
        return
    if before.found.status != now.found.status:
        yield f"{step} was {before.found.status}, is {now.found.status}"
        return
    old, new = before.found.settings, now.found.settings
    names = [name for name in sorted({*old, *new}) if shown(old.get(name)) != shown(new.get(name))]
    for name in names:
        yield f"{step}: {name} was {_short(old.get(name))}, is {_short(new.get(name))}"
    if not names and before.found.fingerprint() != now.found.fingerprint():
        yield f"{step} was {before.found.name}, is {now.found.name}"
    elif not names and _essence(before) != _essence(now):
        yield f"{step}: the settings of the deployment now ask for other calls"


def _short(value: Any) -> str:
    text = canonical(shown(value))
    return text if len(text) <= 120 else f"{text[:117]}..."


def ordered(changes: Iterable[Change], needs: Mapping[str, Iterable[str]], order: Iterable[str]) -> tuple[Change, ...]:
    """The changes in execution order, each knowing which steps come before it."""
    by_step = {change.step: change for change in changes}
    return tuple(replace(by_step[step], needs=tuple(needs[step])) for step in order)
