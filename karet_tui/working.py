"""Starts what takes long: each piece of reading and each run is a thread, and a run begins only after a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from karet_tui import work
from karet_tui.stage import Stage

if TYPE_CHECKING:
    from karet_tui.confirm_screen import Decision
    from runbook.preflight.finding import Item
    from runbook.runs.runs import Planned
    from runbook.runs.sign_off import ChecklistItem


class Working(Stage):
    """The stage with the threads behind it."""

    def on_unmount(self) -> None:
        """Let no thread wait for an app that is gone."""
        if self.walk.at_work:
            self.walk.at_work.stop.request()
        if self._asked:
            self._asked.cancel()

    def _open(self, *, then_plan: int = 0) -> None:
        """Read the settings and log in; with a number, that section is planned afterwards."""
        job = partial(work.open_stack, self.options, self._read_sections, self._open_runs, then_plan=then_plan)
        self._work("look", job)

    def _work(self, group: str, job: Callable[[work.Post], None]) -> None:
        """Work in a thread; of reading only the newest counts, a change is never given up."""
        self.run_worker(partial(job, self.post_message), thread=True, group=group, exclusive=group != "apply")

    def _look(self, doing: str, title: str, job: Callable[[work.Look], None]) -> None:
        """Read something; what was being read before is given up."""
        if self.walk.runs is None:
            return
        runs, number, feed = self.walk.runs, self.walk.number if doing else 0, self._feed

        def look(post: work.Post) -> None:
            worker = get_current_worker()
            job(work.Look(runs, number, feed, post, lambda: worker.is_cancelled))

        touched = self.walk.begin_look(doing, title)
        self._work("look", look)
        self._show(touched)

    def _look_at_all(self, *, then_plan: int = 0) -> None:
        """See how far every section is; with a number, that section is planned afterwards."""
        self._look("", "Looking at all sections", partial(work.Look.everything, then_plan=then_plan))

    def _plan(self) -> None:
        """Plan the section on the screen."""
        self.view.show_pane("resources")
        self._look("planning", f"Planning section {self.walk.number}", work.Look.plan)

    def _foresee(self, planned: Planned) -> None:
        """Look for what speaks against a plan; the question comes with the answer."""
        self._look("checking", "Looking for what speaks against the plan", partial(work.Look.foresee, planned=planned))

    def _sign_next(self) -> None:
        """Read the checklist, and ask for the next signature."""
        self._look("checking", "Reading the checklist", partial(work.Look.checklist, then_sign=True))

    def _ask_signature(self, item: ChecklistItem, items: Sequence[ChecklistItem]) -> None:
        """Ask for a signature, and write it; the next question follows, from the same evidence."""
        from karet_tui.sign_screen import SignScreen

        if self.walk.runs is None:
            return

        def decided(note: str | None) -> None:
            if note is not None:
                job = partial(work.Look.sign, item=item, note=note, items=items)
                self._look("signing", f"Signing item {item.number}", job)

        left = self.walk.unsigned
        self.push_screen(SignScreen(item, self.walk.runs.place.identity.arn, left=left), decided)

    def _confirm(self, number: int, planned: Planned, warnings: Sequence[Item] = ()) -> None:
        """Ask, and carry out what is agreed to."""
        from karet_tui.confirm_screen import ConfirmScreen, Question

        if self.walk.runs is None:
            return
        section, place = self.walk.section(number), self.walk.runs.place
        takes = self.walk.run_of(planned).takes()
        question = Question.about(planned, section, place, warnings=warnings, takes=takes)

        def decided(decision: Decision | None) -> None:
            if decision == "yes":
                self._carry_out(number, planned)
            elif decision == "adopt":
                self._look("planning", f"Planning section {number}", partial(work.Look.plan, adopt=question.adoptable))
            elif decision == "dependents":
                again = partial(work.Look.plan_removal, with_dependents=True)
                self._look("planning", f"Planning to undo section {number} and what depends on it", again)

        self.push_screen(ConfirmScreen(question), decided)

    def _carry_out(self, number: int, planned: Planned) -> None:
        if self._refused("look") or self.walk.runs is None:
            return
        touched = self.walk.begin_run(number, planned)
        if self.walk.at_work:
            job = partial(work.carry_out, self.walk.runs, number, planned, self._feed, self.walk.at_work.stop)
            self.workers.cancel_group(self, "look")
            self._work("apply", job)
        self.view.show_pane("resources")
        self._show(touched)

    def _list_runs(self) -> None:
        if self.walk.runs:
            self._work("journal", partial(work.list_runs, self.walk.runs.place.journal))
