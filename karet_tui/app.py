"""The app: it starts the threads that work, takes what they tell into the walk, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static
from textual.worker import get_current_worker

from karet_tui import commands, messages, work
from karet_tui.confirm_screen import ConfirmScreen, Decision, Question
from karet_tui.error_screen import ErrorScreen
from karet_tui.feed import Feed
from karet_tui.help_screen import HelpScreen
from karet_tui.keys_line import KeysLine
from karet_tui.log_pane import LogPane
from karet_tui.mfa_screen import MfaScreen
from karet_tui.place_line import PlaceLine
from karet_tui.progress_strip import ProgressStrip
from karet_tui.quit_screen import Leaving, QuitScreen
from karet_tui.sections_list import SectionsList
from karet_tui.theme import KARET_DARK
from karet_tui.walk import Walk
from karet_tui.walk_view import WalkView
from runbook.errors import CancelledError, RunbookError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from runbook.runs.options import Options
    from runbook.runs.runs import Planned

WIDE = 110
"""Columns from which the wide layout is used."""

TALL = 36
"""Rows from which the tall layout is used."""


class KaretApp(App[int]):
    """Walks the operator through the sections; ends with the exit code of the command line.

    Parameters
    ----------
    open_runs, read_sections: stand in for the library in tests.
    """

    TITLE = "Karet Runbook"
    CSS_PATH = "karet.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = commands.BINDINGS
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012  as Textual declares it

    def __init__(
        self,
        options: Options,
        *,
        open_runs: work.OpenRuns = work.open_runs,
        read_sections: work.ReadSections = work.read_sections,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(KARET_DARK)
        self.set_reactive(App.theme, KARET_DARK.name)  # its watcher would read all styles a second time
        self.stylesheet.set_variables(self.get_css_variables())
        self.options = options
        self.walk = Walk()
        self._open_runs = open_runs
        self._read_sections = read_sections
        self._asked: Future[str | None] | None = None
        self._feed = Feed(self.post_message)

    def compose(self) -> ComposeResult:
        yield PlaceLine(self.options.rehearsal)
        yield WalkView()
        yield ProgressStrip()
        yield Static("", id="next", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        self._show()
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        """Make and load what the first frame did not need; what is slow, in a thread of its own."""
        await self.view.fill()
        self._open()

    def on_unmount(self) -> None:
        """Let no thread wait for an app that is gone."""
        if self.walk.at_work:
            self.walk.at_work.stop.request()
        if self._asked:
            self._asked.cancel()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def view(self) -> WalkView:
        """The main part, also while a question lies over it."""
        return self.screen_stack[0].query_one(WalkView)

    def _show(self, touched: Iterable[int] = ()) -> None:
        """Draw what follows from the state: keys, next step, strip, and the sections that look different now."""
        base, numbers = self.screen_stack[0], set(touched)
        shown = commands.shown_now(self.walk.situation, wide=self.size.width >= WIDE)
        base.query_one(KeysLine).show_keys((one.shown_key, one.label, f"app.{one.action}") for one in shown)
        base.query_one("#next", Static).update(self.walk.next_step)
        base.query_one(ProgressStrip).show_progress(self.walk.progress)
        if numbers and self.walk.sections:
            self.view.sections.show_standings(numbers)
            if self.walk.number in numbers:
                self.view.show_standing(self.walk.section(self.walk.number), self.walk.here)

    def _note(self, *lines: str) -> None:
        """Add lines to the log of this session."""
        self.view.log_pane.add_lines(lines)

    def _refused(self, action: str) -> bool:
        """Whether an action does not work now; then the operator is told why."""
        why = commands.refusal(action, self.walk.situation)
        if why:
            self.notify(why, markup=False, timeout=4)
        return bool(why)

    # -- what the operator does --------------------------------------------------------------------------------------

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front."""
        self.view.show_pane(pane)
        if pane == "log":
            self._list_runs()

    def action_next(self) -> None:
        """Go to the next section."""
        if not self._refused("next"):
            self._go(1)

    def action_previous(self) -> None:
        """Go to the section before."""
        if not self._refused("previous"):
            self._go(-1)

    def _go(self, step: int) -> None:
        self.view.show_pane("text")
        self.view.sections.go_to(self.walk.neighbour(step))

    def action_plan(self) -> None:
        """Plan the section on the screen."""
        if not self._refused("plan"):
            self.view.show_pane("resources")
            self._look("planning", f"Planning section {self.walk.number}", work.Look.plan)

    def action_verify(self) -> None:
        """Verify the section on the screen."""
        if not self._refused("verify"):
            self.view.show_pane("checks")
            self._look("verifying", f"Verifying section {self.walk.number}", work.Look.verify)

    def action_undo(self) -> None:
        """Plan to remove the section on the screen; asks before anything is removed."""
        if not self._refused("undo"):
            self._look("planning", f"Planning to undo section {self.walk.number}", work.Look.plan_removal)

    def action_look(self) -> None:
        """See how far every section is."""
        if not self._refused("look"):
            self._look("", "Looking at all sections", work.Look.everything)

    def action_apply(self) -> None:
        """Ask whether to carry out the plan on the screen."""
        if not self._refused("apply") and self.walk.here.planned:
            self._confirm(self.walk.number, self.walk.here.planned)

    def action_stop(self) -> None:
        """Stop the run between two calls."""
        if not self._refused("stop") and self.walk.at_work:
            self.walk.at_work.stop.request()
            self.walk.at_work.progress.note = "Stopping after the current calls"
            self._show()

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(HelpScreen(self.walk.situation))

    async def action_quit(self) -> None:
        """Leave; Textual's own key for it comes here too."""
        self.action_leave()

    def action_help_quit(self) -> None:
        """Leave; Textual's own Ctrl+C comes here too."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave at once, or ask what becomes of the run."""
        if self.walk.at_work is None:
            self.exit(0)
        elif not isinstance(self.screen, QuitScreen):
            self.push_screen(QuitScreen(self.walk.at_work.progress.title), self._leave)

    def _leave(self, how: Leaving | None) -> None:
        if how is None:
            return
        self.walk.leaving = how
        if self.walk.at_work is None:
            self.exit(0)
        elif how == "stop":
            self.action_stop()
        self._show()

    @on(SectionsList.Chosen)
    async def _section_chosen(self, event: SectionsList.Chosen) -> None:
        self.walk.number = event.number
        await self._show_section()

    async def _show_section(self) -> None:
        number = self.walk.number
        await self.view.show_section(self.walk.section(number), self.walk.texts.get(number), self.walk.here)
        self._show()

    # -- threads -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._work("look", partial(work.open_stack, self.options, self._read_sections, self._open_runs))

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

    def _confirm(self, number: int, planned: Planned) -> None:
        """Ask, and carry out what is agreed to."""
        if self.walk.runs is None:
            return
        question = Question.about(planned, self.walk.section(number), self.walk.runs.place)

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

    @on(LogPane.RunChosen)
    def _run_chosen(self, event: LogPane.RunChosen) -> None:
        if self.walk.runs:
            self._work("journal", partial(work.read_run, self.walk.runs.place.journal, event.run))

    @on(messages.RunsListed)
    def _runs_listed(self, event: messages.RunsListed) -> None:
        self.view.log_pane.show_runs(event.runs)

    @on(messages.RunRead)
    def _run_read(self, event: messages.RunRead) -> None:
        self.view.log_pane.show_run(event.run, event.lines)

    # -- what the threads tell ---------------------------------------------------------------------------------------

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
        self.walk.texts = event.texts
        await self._show_section()
        self.walk.runs = event.runs
        self.action_look()

    @on(messages.OpenFailed)
    def _open_failed(self, event: messages.OpenFailed) -> None:
        def decided(answer: str | None) -> None:
            if answer == "again":
                self._open()
            else:
                self.exit(event.error.exit_code)

        self._show_error("The stack cannot be opened", event.error, decided)

    def _show_error(self, title: str, error: RunbookError, decided: Callable[[str | None], None] | None = None) -> None:
        self._note(f"error: {title}: {error}")
        self.push_screen(ErrorScreen(title, error, may_retry=decided is not None), decided)

    @on(messages.CodeAsked)
    def _code_asked(self, event: messages.CodeAsked) -> None:
        self._asked = event.reply
        self.push_screen(MfaScreen(event.question), event.reply.set_result)

    @on(messages.EventsArrived)
    def _events_arrived(self, event: messages.EventsArrived) -> None:
        self._take(event.feed)

    def _take(self, feed: Feed) -> None:
        events = feed.take()
        self.walk.take(events)
        self._note(*(one.line() for one in events))
        self.screen_stack[0].query_one(ProgressStrip).show_progress(self.walk.progress)
        if self.walk.at_work and self.walk.at_work.section == self.walk.number:
            self.view.resources.mark_live(self.walk.at_work.progress.signs)

    @on(messages.AllLooked)
    def _all_looked(self, event: messages.AllLooked) -> None:
        self._show(self.walk.looked(event.changes))

    @on(messages.PlanReady)
    def _plan_ready(self, event: messages.PlanReady) -> None:
        self._show(self.walk.plan_made(event.section, event.planned))
        if event.then_confirm:
            self._confirm(event.section, event.planned)

    @on(messages.RemovalReady)
    def _removal_ready(self, event: messages.RemovalReady) -> None:
        self._show(self.walk.look_ended())
        self._confirm(event.section, event.planned)

    @on(messages.Verified)
    def _verified(self, event: messages.Verified) -> None:
        if event.note:
            self._note(event.note)
        self._show(self.walk.checked(event.section, event.results))

    @on(messages.LookFailed)
    def _look_failed(self, event: messages.LookFailed) -> None:
        self._show(self.walk.look_ended())
        self._show_error(f"Cannot {event.doing}", event.error)

    @on(messages.RunDone)
    def _run_done(self, event: messages.RunDone) -> None:
        self._take(self._feed)
        result = event.result
        self._note(*result.warnings, *(f"left: {one.kind} {one.state.name}" for one in result.left))
        stopped_by = result.report.stopped_by
        wanted = stopped_by is None or isinstance(stopped_by, CancelledError)
        self._run_over(self.walk.run_ended(event.section, event.planned, result), None if wanted else stopped_by)

    @on(messages.RunRefused)
    def _run_refused(self, event: messages.RunRefused) -> None:
        self._take(self._feed)
        self._run_over(self.walk.run_ended(event.section, event.planned, None), event.error)

    def _run_over(self, touched: Iterable[int], error: RunbookError | None) -> None:
        """Show how the run ended, and leave if that was what the operator waited for."""
        self._show(touched)
        if self.walk.leaving:
            self.exit(CancelledError.exit_code if self.walk.leaving == "stop" else 0)
            return
        self._list_runs()
        if error is not None:
            self._show_error("The run has stopped", error)


def run(options: Options) -> int:
    """Show the app until the operator leaves, and give the exit code."""
    app = KaretApp(options)
    ended = app.run()
    return ended if ended is not None else app.return_code or 0
