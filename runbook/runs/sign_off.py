"""The parity checklist with its evidence, and people's signatures under it, which are kept in the account.

A signature stands for the statement and for what the checks said when it was made. When either is another one later,
the signature is shown as outdated, because nobody has signed what is true now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from runbook.calls import digest
from runbook.cost.plan_prices import PlanPrices
from runbook.engine.events import OnEvent
from runbook.engine.graph import Graph
from runbook.engine.journal import Journal, Run
from runbook.engine.lock import Holder
from runbook.engine.plan import Plan, ordered
from runbook.errors import PlanError, RunbookError, SettingsError, StaleError
from runbook.kinds.kind import Owner
from runbook.kinds.sign_off import SignedStatement
from runbook.model import CheckResult, escape
from runbook.runs.outcome import Planned
from runbook.runs.runs import Runs
from runbook.sections.s13_points import POINTS, Point
from runbook.settings import Deployment

Outcome = Literal["passed", "failed", "not_rehearsed", "needs_person"]

SECTION = "13"
LONGEST_NOTE = 1000
"""Characters; with it a signature stays well below the 4 KB of a standard parameter."""


@dataclass(frozen=True)
class SignOff:
    """A signature under one point of the checklist.

    Parameters
    ----------
    by: ARN of the principal who signed.
    evidence_hash: hash of the statement and of what the checks said, see `evidence_hash`.
    """

    item: str
    statement: str
    by: str
    at: datetime
    note: str
    evidence_hash: str

    def as_json(self) -> dict[str, str]:
        """The signature as it is kept in the account."""
        return {
            "item": self.item,
            "statement": self.statement,
            "by": self.by,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "note": self.note,
            "evidence_hash": self.evidence_hash,
        }


@dataclass(frozen=True)
class ChecklistItem:
    """One point with what proves it, what came of that, and who has signed it.

    Parameters
    ----------
    judgement: what only a person can say about it; empty when reading is enough.
    read_by: ARN of the principal who read the evidence.
    """

    number: int
    id: str
    statement: str
    results: tuple[CheckResult, ...]
    outcome: Outcome
    sign_off: SignOff | None
    judgement: str = ""
    read_by: str = ""

    @property
    def evidence_hash(self) -> str:
        """What a signature made now would be for."""
        return evidence_hash(self.statement, self.results)

    @property
    def outdated(self) -> bool:
        """Whether somebody has signed, but something else than what is true now."""
        return self.sign_off is not None and self.sign_off.evidence_hash != self.evidence_hash

    @property
    def evidence(self) -> str:
        """What the checks said, in a line."""
        return "; ".join(one.detail for one in self.results) or "nothing was read"

    def as_json(self) -> dict[str, Any]:
        """The point as the contract of the command line gives it."""
        signed = None if self.sign_off is None else {**self.sign_off.as_json(), "outdated": self.outdated}
        return {
            "number": self.number,
            "id": self.id,
            "statement": self.statement,
            "outcome": self.outcome,
            "evidence": self.evidence,
            "evidence_hash": self.evidence_hash,
            "read_at": max((one.at.isoformat() for one in self.results), default=""),
            "read_by": self.read_by,
            "judgement": self.judgement,
            "checks": [one.id for one in self.results],
            "sign_off": signed,
        }


def evidence_hash(statement: str, results: Sequence[CheckResult]) -> str:
    """Hash of a statement and of what each check said about it; times and whole answers are no part of it."""
    return digest([statement, [[one.id, one.statement, one.outcome, one.detail] for one in results]])


# -- the checklist ---------------------------------------------------------------------------------------------------


def checklist(runs: Runs) -> list[ChecklistItem]:
    """Every point with fresh evidence and its signature; changes nothing and records nothing."""
    return checklist_of(runs.verify([SECTION]), signed(runs), read_by=runs.place.identity.arn)


def checklist_of(
    results: Sequence[CheckResult], signatures: Mapping[str, SignOff], *, read_by: str = ""
) -> list[ChecklistItem]:
    """The points, from results that were just made and signatures that were just read."""
    by_id = {one.id: one for one in results}
    return [_item(point, by_id, signatures.get(point.id), read_by) for point in POINTS]


def _item(point: Point, by_id: Mapping[str, CheckResult], signature: SignOff | None, read_by: str) -> ChecklistItem:
    results = tuple(by_id[id_] for id_ in point.checks if id_ in by_id)
    current = signature is not None and signature.evidence_hash == evidence_hash(point.statement, results)
    outcome = _outcome(point, results, signed_as_it_is=current)
    return ChecklistItem(point.number, point.id, point.statement, results, outcome, signature, point.judgement, read_by)


def _outcome(point: Point, results: Sequence[CheckResult], *, signed_as_it_is: bool) -> Outcome:
    outcomes = {one.outcome for one in results}
    if "failed" in outcomes:
        return "failed"
    if not results or (not signed_as_it_is and ("waiting" in outcomes or point.judgement)):
        return "needs_person"
    return "not_rehearsed" if "not_rehearsed" in outcomes else "passed"


# -- signatures ------------------------------------------------------------------------------------------------------


def signed(runs: Runs) -> dict[str, SignOff]:
    """Point -> its signature, as the account has it; what is no signature of ours counts as none."""
    prefix = runs.place.deployment.signed_parameter("").rstrip("/")
    answer = runs.place.session.look().read("ssm", "GetParametersByPath", Path=prefix)
    found = [_read(one["Value"]) for one in answer["Parameters"]]
    return {one.item: one for one in found if one is not None}


def _read(value: str) -> SignOff | None:
    try:
        kept = json.loads(value)
        at = datetime.fromisoformat(kept["at"])
        texts = {name: str(kept[name]) for name in ("item", "statement", "by", "note", "evidence_hash")}
    except (ValueError, KeyError, TypeError):
        return None
    return SignOff(at=at, **texts)


def to_sign(runs: Runs, item: str) -> ChecklistItem:
    """The point that somebody wants to sign, with fresh evidence.

    Parameters
    ----------
    item: its number or its name.

    Raises
    ------
    SettingsError: there is no such point.
    PlanError: it has failed, or nothing proves it: that cannot be signed away.
    """
    word = item.strip().lower()
    point = next((one for one in POINTS if word in (one.id, str(one.number))), None)
    if point is None:
        names = ", ".join(f"{one.number} {one.id}" for one in POINTS)
        raise SettingsError(f'the checklist has no point "{item}"', hint=f"Its points are: {names}.")
    found = next(one for one in checklist(runs) if one.id == point.id)
    if found.outcome == "failed" or not found.results:
        raise PlanError(
            f"point {found.number}, {found.statement[0].lower()}{found.statement[1:]}, has failed: {found.evidence}",
            hint="Put it right first; a signature is for what is true.",
        )
    return found


def sign(
    runs: Runs, item: str, *, note: str = "", seen: ChecklistItem | None = None, on_event: OnEvent = lambda _: None
) -> SignOff:
    """Sign one point: a parameter of the stack, written by a run of its own, with everything signed in the journal.

    Parameters
    ----------
    item: number or name of the point.
    seen: what the person was shown, from `to_sign`; it is refused when something else is true by now.

    Raises
    ------
    SettingsError: there is no such point, or the note cannot be kept.
    PlanError: the point has failed.
    StaleError: what was shown is not what is true now.
    LockError: an apply of this stack runs.
    """
    _refuse_note(note)
    now = to_sign(runs, item)
    if seen is not None and seen.evidence_hash != now.evidence_hash:
        raise StaleError([f"{now.id} was: {seen.evidence}; is: {now.evidence}"])
    place = runs.place
    signature = SignOff(
        item=now.id,
        statement=now.statement,
        by=place.identity.arn,
        at=place.clock.now().replace(microsecond=0),
        note=note,
        evidence_hash=now.evidence_hash,
    )
    signing = _Signing(
        place,
        runs.performers,
        runs.calls_in_flight,
        runs.rates,
        runs.budget,
        signature=signature,
        results=now.results,
    )
    result = signing.apply(signing.planned(), command=f"karet sign {now.id}", on_event=on_event)
    for step in result.report.steps:
        if step.became != "done":
            raise step.error or RunbookError(f"{step.change.id} was not signed: {step.became}")
    return signature


def _refuse_note(note: str) -> None:
    wrong = ""
    if len(note) > LONGEST_NOTE:
        wrong = f"has {len(note)} characters, {LONGEST_NOTE} are kept"
    elif "{{" in note:
        # AWS docs: Systems Manager API reference, PutParameter (Value): double brackets would name another parameter.
        wrong = "has double brackets, which Systems Manager refuses"
    elif not all(letter.isprintable() or letter == "\n" for letter in note):
        wrong = "has characters that cannot be shown"
    if wrong:
        raise SettingsError(f"the note {wrong}", hint="Change the note, and sign again.")


def _id_of(item: str) -> str:
    return f"parity.signed.{item}"


def signed_statement(deployment: Deployment, item: str, document: Mapping[str, Any]) -> SignedStatement:
    """The parameter that keeps a signature under a point."""
    return SignedStatement(
        id=_id_of(item),
        owner=Owner(deployment.stack, int(SECTION), tags=deployment.tags),
        name=deployment.signed_parameter(item),
        region=deployment.region,
        account=deployment.account or "",
        description=f"Somebody signed point {item} of the checklist of {deployment.stack}",
        document=document,
    )


@dataclass(frozen=True)
class _Signing(Runs):
    """Runs that declare one thing more than the sections do: the signature."""

    signature: SignOff = field(kw_only=True)
    results: tuple[CheckResult, ...] = field(kw_only=True)

    @property
    def _id(self) -> str:
        return _id_of(self.signature.item)

    @cached_property
    def graph(self) -> Graph:
        """What the sections declare, so that a run cut off before stays known, and the signature."""
        document = {name: escape(text) for name, text in self.signature.as_json().items()}
        signature = signed_statement(self.place.deployment, self.signature.item, document)
        return Graph([*Runs(self.place).graph.resources.values(), signature])

    def planned(self) -> Planned:
        """The plan to sign; it costs nothing, because parameters of the standard tier are free."""
        reads = self.place.session.look()
        found = self._survey([self._id], reads, lambda _: None)
        scope = self._scope([one for one in self.sections if str(one.number) == SECTION])
        changes = ordered([found[self._id].change], {self._id: ()}, [self._id])
        plan = Plan(scope.account, scope.region, scope.stack, scope.sections, changes)
        prices = PlanPrices(None, None, {}, self.place.deployment.usage, problem="a signature costs nothing")
        return Planned(plan, found, dict(reads.made), prices)

    def refuse_over_budget(self, planned: Planned) -> None:
        """A signature costs nothing."""

    def _begin(self, journal: Journal, plan: Plan, holder: Holder, on_event: OnEvent) -> Run:
        run = super()._begin(journal, plan, holder, on_event)
        # The whole of what is signed goes into the journal before the call, so that it is there whatever becomes of it.
        signed_for = [one.as_json() for one in self.results]
        journal.event(run, "sign_off", {**self.signature.as_json(), "results": signed_for}, self._id)
        return run
