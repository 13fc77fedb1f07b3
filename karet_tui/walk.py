"""What the app knows: the sections, how far each is, which one is on the screen, and what goes on. No screen here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from karet_tui.commands import Situation
from karet_tui.guide import Step, next_step
from karet_tui.plain import counted
from karet_tui.progress import Progress
from karet_tui.standing import Standing

if TYPE_CHECKING:
    from karet_tui.quit_screen import Leaving
    from runbook.checks import CheckResult
    from runbook.engine.events import Event
    from runbook.engine.tasks import Stop
    from runbook.model import Change, Section
    from runbook.runs.durations import Usual
    from runbook.runs.runs import Planned, RunResult, Runs
    from runbook.runs.sign_off import ChecklistItem


@dataclass(frozen=True)
class AtWork:
    """The one apply or undo that goes on."""

    section: int
    stop: Stop
    progress: Progress


def to_be_signed(item: ChecklistItem) -> bool:
    """Whether an item can be signed and is not: what has failed is put right, not signed."""
    return item.outcome != "failed" and bool(item.results) and (item.sign_off is None or item.outdated)


@dataclass
class Walk:
    """The state of the app; whatever changes it gives the numbers of the sections that look different now.

    Parameters
    ----------
    runs: the library's door; None until the stack is open.
    texts: per section its text with the operator's values.
    number: of the section on the screen.
    looking: the reading that goes on; None when there is none.
    leaving: how the operator wants to leave once the run is over; None when he stays.
    read: numbers of the sections whose text was on the screen to its end.
    reading: how far the text on the screen is read, in words.
    unsigned: items of the checklist that nobody has signed.
    usual: (kind, action) -> how long it took in earlier runs of this stack.
    undecided: nobody has said yet what is to be deployed, and where.
    resumes: the stack was just opened, and the operator has not turned to any section yet.
    """

    runs: Runs | None = None
    sections: Sequence[Section] = ()
    texts: Mapping[int, str] = field(default_factory=dict)
    standings: dict[int, Standing] = field(default_factory=dict)
    number: int = 1
    looking: Progress | None = None
    at_work: AtWork | None = None
    leaving: Leaving | None = None
    read: set[int] = field(default_factory=set)
    reading: str = ""
    unsigned: int = 0
    usual: Mapping[tuple[str, str], Usual] = field(default_factory=dict)
    undecided: bool = False
    resumes: bool = False

    # -- what follows from it ----------------------------------------------------------------------------------------

    def section(self, number: int) -> Section:
        """The section of that number."""
        return next(one for one in self.sections if one.number == number)

    @property
    def here(self) -> Standing:
        """How far the section on the screen is."""
        return self.standings.get(self.number, Standing(built=False))

    @property
    def progress(self) -> Progress | None:
        """What goes on."""
        return self.at_work.progress if self.at_work else self.looking

    @property
    def situation(self) -> Situation:
        """What decides which keys work now."""
        numbers = [one.number for one in self.sections]
        return Situation(
            opened=self.runs is not None,
            running=self.at_work.progress.title if self.at_work else "",
            built=self.here.built,
            planned=bool(self.here.planned and (self.here.acting or self.here.stops)),
            first=not numbers or self.number == numbers[0],
            last=not numbers or self.number == numbers[-1],
            waits_for="" if self.next_step.action else self.next_step.words,
        )

    @property
    def next_step(self) -> Step:
        """What "continue" does at this moment."""
        return next_step(self)

    # -- what happens to it ------------------------------------------------------------------------------------------

    def read_sections(self, sections: Sequence[Section]) -> None:
        """The document is there, for the first time or with other settings; the section on the screen stays."""
        numbers = [one.number for one in sections]
        self.sections = sections
        self.standings = {one.number: Standing(built=one.built) for one in sections}
        if self.number not in numbers:
            self.number = numbers[0]

    def begin_look(self, doing: str, title: str) -> set[int]:
        """Something is being read; what was being read before is given up.

        Parameters
        ----------
        doing: what is done to the section on the screen, in one word; empty when all sections are looked at.
        """
        touched = self._end_look()
        self.looking = Progress(title)
        if doing:
            self.resumes = False
            self.standings[self.number] = self.here.busy(doing)
            touched.add(self.number)
        return touched

    def _end_look(self) -> set[int]:
        self.looking = None
        busy = {number for number, one in self.standings.items() if one.doing}
        for number in busy:
            self.standings[number] = self.standings[number].busy("")
        return busy

    def looked(self, changes: Mapping[int, tuple[Change, ...]]) -> set[int]:
        """All sections were looked at."""
        self._end_look()
        for number, standing in self.standings.items():
            if standing.built:
                self.standings[number] = standing.looked(changes.get(number, ()))
        return set(self.standings)

    def first_unfinished(self) -> int:
        """The section to go on with in a stack that is half done; 0 when nothing of it exists, or nothing is left."""
        seen = [change for standing in self.standings.values() for change in standing.changes or ()]
        if not any(one.found.exists for one in seen if one.action == "none"):
            return 0
        return next((number for number, one in sorted(self.standings.items()) if one.unfinished), 0)

    def open_failed(self) -> None:
        """The operator sees why a check failed."""
        self.standings[self.number] = replace(self.here, check_opened=True)

    def plan_made(self, number: int, planned: Planned) -> set[int]:
        """A section was planned."""
        touched = self._end_look() | {number}
        self.standings[number] = self.standings[number].with_plan(planned)
        return touched

    def look_ended(self) -> set[int]:
        """What was read is there and changes nothing here, or could not be read."""
        return self._end_look()

    def checklist_read(self, items: Sequence[ChecklistItem]) -> set[int]:
        """The checklist was read."""
        self.unsigned = sum(to_be_signed(one) for one in items)
        return self._end_look()

    @staticmethod
    def next_to_sign(items: Sequence[ChecklistItem]) -> ChecklistItem | None:
        """The first item that somebody can sign and nobody has."""
        return next((one for one in items if to_be_signed(one)), None)

    def text_read(self, number: int, screens_left: int) -> None:
        """A part of the text is on the screen."""
        if not screens_left:
            self.read.add(number)
        elif number == self.number:
            self.reading = f"read on, {counted(screens_left, 'more screen')}"

    def checked(self, number: int, results: Sequence[CheckResult]) -> set[int]:
        """A section was verified."""
        touched = self._end_look() | {number}
        self.standings[number] = self.standings[number].checked(results)
        return touched

    def run_of(self, planned: Planned, title: str = "") -> Progress:
        """A run of a plan before its first event."""
        rehearsal = self.runs is not None and self.runs.place.rehearsal
        return Progress.of_run(title, planned.plan, self.usual, rehearsal=rehearsal)

    def begin_run(self, number: int, planned: Planned) -> set[int]:
        """A plan is being carried out."""
        from runbook.engine.tasks import Stop

        touched = self._end_look() | {number}
        removes = planned.plan.destroys
        title = f"{'Undoing' if removes else 'Applying'} section {number}"
        self.at_work = AtWork(number, Stop(), self.run_of(planned, title))
        before = self.standings[number]
        shown = before.for_removal(planned) if removes else before
        self.standings[number] = shown.busy("undoing" if removes else "applying")
        return touched

    def take(self, events: Sequence[Event]) -> None:
        """Something was told by what goes on."""
        if progress := self.progress:
            for event in events:
                progress.take(event)

    def run_ended(self, number: int, planned: Planned, result: RunResult | None) -> set[int]:
        """The run is over; without a result it did not begin, or lost its journal."""
        self.at_work = None
        if result is None:
            self.standings[number] = self.standings[number].busy("")
            return {number}
        others = {one.section for one in planned.plan.acting if one.section != number} & self.standings.keys()
        for other in others:
            self.standings[other] = self.standings[other].forgotten()
        self.standings[number] = self.standings[number].after(planned, result)
        return {number, *others}
