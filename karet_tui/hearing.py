"""Takes what the threads tell into the state, and shows what became of it: one handler for each message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from textual import on

from karet_tui import messages, work
from karet_tui.feed import Feed
from karet_tui.place_line import PlaceLine
from karet_tui.progress_strip import ProgressStrip
from karet_tui.sections_list import SectionsList
from karet_tui.text_pane import TextPane
from karet_tui.walk_view import WalkView
from karet_tui.working import Working
from runbook.errors import CancelledError

_PICTURE_S = 0.05
"""How long what is told may be gathered before it is shown."""


class Hearing(Working):
    """The threads with somebody who listens to them."""

    @on(SectionsList.Chosen)
    async def _section_chosen(self, event: SectionsList.Chosen) -> None:
        if not self.screen_stack or event.number != self.view.sections.chosen:
            # The app goes down, or the operator is further on already; what is passed by need not be drawn.
            return
        if event.number != self.walk.number:
            self.walk.resumes = False
        self.walk.number = event.number
        await self._show_section()

    @on(TextPane.Read)
    def _text_read(self, event: TextPane.Read) -> None:
        self.walk.text_read(event.number, event.screens_left)
        # A text whose place changes while the app goes down tells so, too; by then there is no screen.
        if self.screen_stack:
            self._show_next()

    @on(WalkView.Continued)
    async def _continued(self) -> None:
        await self.run_action("app.continue")

    @on(messages.RunChosen)
    def _run_chosen(self, event: messages.RunChosen) -> None:
        if self.walk.runs:
            self._work("journal", partial(work.read_run, self.walk.runs.place.journal, event.run))

    @on(messages.RunsListed)
    def _runs_listed(self, event: messages.RunsListed) -> None:
        self.view.log_pane.show_runs(event.runs)

    @on(messages.RunRead)
    def _run_read(self, event: messages.RunRead) -> None:
        self.view.log_pane.show_run(event.run, event.lines)

    @on(messages.SectionsRead)
    async def _sections_read(self, event: messages.SectionsRead) -> None:
        self.walk.read_sections(event.sections)
        self.view.sections.show_sections(self.walk.sections, self.walk.standings)
        await self._show_section()

    @on(messages.Opened)
    async def _opened(self, event: messages.Opened) -> None:
        place = event.runs.place
        self.screen_stack[0].query_one(PlaceLine).show_place(place)
        self._note(f"opened stack {place.deployment.stack}; region from {place.region_source}", *place.notes)
        self._say_anew(place.notes)
        self.walk.texts = event.texts
        self.walk.runs = event.runs
        if event.then_plan:
            self.walk.number = event.then_plan
            self.view.sections.go_to(event.then_plan)
        await self._show_section()
        self.walk.resumes = not event.then_plan
        self._look_at_all(then_plan=event.then_plan)

    def _say_anew(self, notes: Sequence[str]) -> None:
        """Whoever comes back to a rehearsal that is empty by now hears it where it cannot be missed."""
        from runbook.runs.place import STARTED_ANEW

        if STARTED_ANEW in notes:
            self.notify(STARTED_ANEW, title="This rehearsal begins anew", severity="warning", markup=False, timeout=15)

    @on(messages.OpenFailed)
    def _open_failed(self, event: messages.OpenFailed) -> None:
        def decided(answer: str | None) -> None:
            if answer == "again":
                self._open()
            else:
                self.exit(event.error.exit_code)

        self._show_error("The stack cannot be opened", event.error, decided)

    @on(messages.CodeAsked)
    def _code_asked(self, event: messages.CodeAsked) -> None:
        from karet_tui.mfa_screen import MfaScreen

        self._asked = event.reply
        self.push_screen(MfaScreen(event.question), event.reply.set_result)

    @on(messages.EventsArrived)
    def _events_arrived(self, event: messages.EventsArrived) -> None:
        # A busy run tells hundreds of things a second; twenty pictures of them leave time for the keys.
        self.set_timer(_PICTURE_S, partial(self._take, event.feed))

    def _take(self, feed: Feed) -> None:
        events = feed.take()
        self.walk.take(events)
        if not self.screen_stack:
            return
        self._note(*(one.line() for one in events))
        self.screen_stack[0].query_one(ProgressStrip).show_progress(self.walk.progress)
        if self.walk.at_work and self.walk.at_work.section == self.walk.number:
            self.view.resources.mark_live(self.walk.at_work.progress.signs)

    @on(messages.AllLooked)
    def _all_looked(self, event: messages.AllLooked) -> None:
        self._show(self.walk.looked(event.changes))
        if event.then_plan and event.then_plan == self.walk.number:
            self._plan()
        elif self.walk.resumes and (number := self.walk.first_unfinished()) > self.walk.number:
            self.view.sections.go_to(number)
            self.notify(f"Going on with section {number}: what comes before it is done.", markup=False, timeout=4)
        self.walk.resumes = False

    @on(messages.PlanReady)
    def _plan_ready(self, event: messages.PlanReady) -> None:
        self._show(self.walk.plan_made(event.section, event.planned))
        if event.then_confirm:
            self._foresee(event.planned)

    @on(messages.Foreseen)
    def _foreseen(self, event: messages.Foreseen) -> None:
        self.walk.usual = event.usual
        self._show(self.walk.look_ended())
        self._confirm(event.section, event.planned, event.items)

    @on(messages.ChecklistRead)
    def _checklist_read(self, event: messages.ChecklistRead) -> None:
        self._show(self.walk.checklist_read(event.items))
        following = self.walk.next_to_sign(event.items)
        if event.then_sign and following is not None:
            self._ask_signature(following, event.items)

    @on(messages.Verified)
    def _verified(self, event: messages.Verified) -> None:
        if event.note:
            self._note(event.note)
        touched = self.walk.checked(event.section, event.results)
        if event.items:
            touched |= self.walk.checklist_read(event.items)
        self._show(touched)

    @on(messages.LookFailed)
    def _look_failed(self, event: messages.LookFailed) -> None:
        self._show(self.walk.look_ended())
        self._show_error(f"Cannot {event.doing}", event.error)

    @on(messages.RunDone)
    def _run_done(self, event: messages.RunDone) -> None:
        self._take(self._feed)
        title = self.walk.progress.title if self.walk.progress else ""
        result = event.result
        self._note(*result.warnings, *(f"left: {one.kind} {one.state.name}" for one in result.left))
        if self._run_over(self.walk.run_ended(event.section, event.planned, result)):
            return
        if result.report.outcome != "done":
            from karet_tui.outcome_screen import OutcomeScreen

            self.push_screen(OutcomeScreen(title, result.report), partial(self._after_outcome, event.section))

    def _after_outcome(self, number: int, answer: str | None) -> None:
        """Plan what is left, when the operator wants to go on."""
        if answer == "again" and not self._refused("plan") and self.walk.number == number:
            self._plan()

    @on(messages.RunRefused)
    def _run_refused(self, event: messages.RunRefused) -> None:
        self._take(self._feed)
        if not self._run_over(self.walk.run_ended(event.section, event.planned, None)):
            self._show_error("The run has stopped", event.error)

    def _run_over(self, touched: Iterable[int]) -> bool:
        """Show what the run has left; whether the app ends now, because the operator waited only for that."""
        self._show(touched)
        if self.walk.leaving:
            self.exit(CancelledError.exit_code if self.walk.leaving == "stop" else 0)
            return True
        self._list_runs()
        return False
