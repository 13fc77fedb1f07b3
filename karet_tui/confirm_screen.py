"""The question before anything changes: where, as whom, what exactly; what deletes or costs wants a name typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from karet_tui.ask_screen import AskScreen
from karet_tui.in_app import in_app
from karet_tui.marks import ACTIONS, signed
from karet_tui.place_line import badge
from karet_tui.plain import counted, lines_of, one_line
from runbook.cost import price_text

if TYPE_CHECKING:
    from runbook.engine.plan import Plan
    from runbook.model import Change, Section
    from runbook.preflight.finding import Item
    from runbook.runs.place import Place
    from runbook.runs.runs import Planned

Decision: TypeAlias = Literal["yes", "adopt", "dependents"]

_ORDER = ("create", "update", "adopt", "replace", "delete")


@dataclass(frozen=True)
class Question:
    """What the operator is asked.

    Parameters
    ----------
    title: what would be done, such as `Apply section 2: S3 bucket`.
    cost: what everything that was looked at costs a month, before and afterwards.
    notes: more to know, a line each.
    warnings: what the doctor says about exactly this plan.
    takes: how long it usually takes; empty when nobody knows.
    """

    title: str
    plan: Plan
    principal: str
    rehearsal: bool
    notes: Sequence[str] = ()
    cost: str = ""
    warnings: Sequence[Item] = ()
    takes: str = ""

    @classmethod
    def about(
        cls, planned: Planned, section: Section, place: Place, *, warnings: Sequence[Item] = (), takes: str = ""
    ) -> Question:
        """The question about a plan of a section."""
        verb = "Undo" if planned.plan.destroys else "Apply"
        return cls(
            title=f"{verb} section {section.number}: {section.title}",
            plan=planned.plan,
            principal=place.identity.arn,
            rehearsal=place.rehearsal,
            notes=planned.applied.lines() if planned.applied else (),
            cost=price_text.now_and_afterwards(planned.prices),
            warnings=tuple(warnings),
            takes=takes,
        )

    @property
    def stops(self) -> tuple[Change, ...]:
        """What forbids it."""
        return self.plan.stops

    @property
    def adoptable(self) -> tuple[str, ...]:
        """Ids of things that stop it and that the operator may take over."""
        return tuple(one.id for one in self.stops if one.action == "adopt" and "--adopt" in one.stop)

    @property
    def has_dependents(self) -> bool:
        """Whether other sections depend on what would be removed."""
        return self.plan.destroys and bool(self.stops)

    @property
    def irreversible(self) -> tuple[str, ...]:
        """Ids of what is gone afterwards and cannot be had back by applying again."""
        # A replacement is two steps of one thing: what is new, and the end of what was there.
        return tuple(dict.fromkeys(one.id for one in self.plan.acting if one.action in ("delete", "replace")))

    @property
    def typed(self) -> bool:
        """Whether the stack's name must be typed: for a real account, and for everything that removes something."""
        return not self.rehearsal or self.plan.destroys or bool(self.irreversible)


class ConfirmScreen(AskScreen[Decision]):
    """Shows what will happen and asks; the answer is a decision, or None for no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "yes", show=False),
        Binding("t", "more", show=False),
    ]

    DEFAULT_CSS = """
    ConfirmScreen.real > #box { border: heavy $error; }
    ConfirmScreen #facts { padding: 0 1; }
    ConfirmScreen #middle { border-top: solid $border; border-bottom: solid $border; min-height: 3; }
    ConfirmScreen #ask { padding: 0 1; }
    ConfirmScreen #name { height: 1; border: none; padding: 0; margin: 0 1; background: $panel; }
    """

    def __init__(self, question: Question) -> None:
        super().__init__(classes="rehearsal" if question.rehearsal else "real")
        self.question = question

    def box_title(self) -> str:
        return self.question.title

    def content(self) -> Iterable[Widget]:
        yield Static(Content("\n").join(self._facts()), id="facts", markup=False)
        with VerticalScroll(id="middle") as middle:
            yield Static(Content("\n").join(self._list()), id="list", markup=False)
        yield Static(self._ask(), id="ask", markup=False)
        if self._wants_name:
            yield Input(id="name", select_on_focus=False, placeholder=f"type {self.question.plan.stack} here")
        del middle

    def on_mount(self) -> None:
        if self._wants_name:
            self.query_one("#name").focus()
        else:
            self.query_one("#middle").focus()

    @property
    def _refused(self) -> bool:
        return bool(self.question.stops) or not self.question.plan.acting

    @property
    def _wants_name(self) -> bool:
        return self.question.typed and not self._refused

    def keys(self) -> Sequence[tuple[str, str, str]]:
        verb = "remove" if self.question.plan.destroys else "apply"
        answers: list[tuple[str, str, str]] = []
        if self._wants_name:
            answers.append(("Enter", f"{verb}, once the name is typed", "screen.yes"))
        elif not self._refused:
            answers.append(("Enter", verb, "screen.yes"))
        if self._refused and self.question.adoptable:
            answers.append(("t", "take them over, and ask again", "screen.more"))
        elif self._refused and self.question.has_dependents:
            answers.append(("t", "take the others along, and ask again", "screen.more"))
        return [*answers, ("Esc", "back, nothing happens", "screen.no")]

    def _facts(self) -> Iterator[Content]:
        plan = self.question.plan
        says = (
            "  nothing leaves this machine, nothing costs money"
            if self.question.rehearsal
            else "  this changes AWS for real and can cost money"
        )
        yield Content.assemble(badge(self.question.rehearsal), says)
        yield _fact("Account", plan.account)
        yield _fact("As", self.question.principal)
        yield _fact("Region", f"{one_line(plan.region)}, stack {one_line(plan.stack)}")
        counts = [f"{plan.counts[action]} {action}" for action in _ORDER if plan.counts[action]]
        yield _fact("Changes", ", ".join(counts) or "none")
        if self.question.cost and plan.acting:
            yield _fact("A month", self.question.cost)
        if self.question.takes:
            yield _fact("Takes", self.question.takes)
        if gone := self.question.irreversible:
            yield _fact("For good", f"{len(gone)} deleted or replaced: {', '.join(gone)}")

    def _list(self) -> Iterator[Content]:
        plan = self.question.plan
        for item in self.question.warnings:
            sign, style = ("✗ ", "bold $text-error") if item.outcome == "failed" else ("! ", "bold $text-warning")
            yield Content.assemble(
                (sign, style), (one_line(item.statement), "bold"), f": {lines_of(in_app(item.detail))}"
            )
            yield from (Content(f"    {one_line(in_app(line))}") for line in (item.fix, *item.lines) if line)
        if self.question.warnings:
            yield Content("")
        if self.question.stops:
            yield Content.styled("This cannot be done as it is", "bold $text-warning")
            for one in self.question.stops:
                yield Content.assemble(("! ", "bold $text-warning"), (one_line(one.id), "bold"))
                yield Content(f"    {lines_of(in_app(one.stop))}")
            yield Content("")
        for one in plan.acting:
            name = f" {one_line(one.found.name)}" if one.found.name else ""
            line = (one_line(one.id), (f"{name}: {one_line(one.reason)}", "$secondary"))
            yield Content.assemble(_padded(signed(ACTIONS, one.action)), *line)
        if not plan.acting:
            yield Content("Nothing would be changed.")
        if plan.left:
            yield Content.styled("\nWhat stays" if plan.acting else "What stays", "bold")
            for left in plan.left:
                yield Content(f"= {one_line(left.kind)} {one_line(left.name)}: {one_line(in_app(left.why))}")
        for note in self.question.notes:
            yield Content(one_line(note))

    def _ask(self) -> Content:
        if not self.question.stops and not self.question.plan.acting:
            return Content("There is nothing to do, so there is nothing to agree to.")
        if self._refused:
            return Content("Nothing is done before this is cleared up.")
        if not self._wants_name:
            return Content(f"Make {counted(len(self.question.plan.acting), 'change')}?")
        why = "This removes things." if self.question.plan.destroys else ""
        if not why:
            why = "This is not a rehearsal." if not self.question.rehearsal else "This replaces or deletes things."
        stack = one_line(self.question.plan.stack)
        return Content.assemble(f"{why} Type the name of the stack, ", (stack, "bold"), ", and press Enter.")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_yes()

    def action_yes(self) -> None:
        """Agree, if everything that is asked for is there."""
        if self._refused:
            return
        if self._wants_name and self.query_one("#name", Input).value != self.question.plan.stack:
            self.notify(f"The name of the stack is {one_line(self.question.plan.stack)}.", markup=False)
            return
        self.dismiss("yes")

    def action_more(self) -> None:
        """Ask for another plan: one that takes things over, or takes dependents along."""
        if self._refused and self.question.adoptable:
            self.dismiss("adopt")
        elif self._refused and self.question.has_dependents:
            self.dismiss("dependents")


def _fact(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<9}", "$secondary"), one_line(value))


def _padded(sign: Content) -> Content:
    return sign.pad_right(max(1, 11 - len(sign.plain)))
