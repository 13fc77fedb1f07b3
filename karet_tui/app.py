"""The app: what the operator can do, one action for each command of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from karet_tui import commands, screens, work
from karet_tui.hearing import Hearing
from karet_tui.place_line import PlaceLine
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.events import Key

    from karet_tui.full_screen import SettingsSaved
    from karet_tui.quit_screen import Leaving
    from runbook.runs.options import Options


def _table_provider() -> type[Provider]:
    """Imported when the palette opens: the first frame does not need it."""
    from karet_tui.palette import TableProvider

    return TableProvider


class KaretApp(Hearing):
    """Walks the operator through the sections; ends with the exit code of the command line."""

    TITLE = "Karet Runbook"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_table_provider}
    BINDINGS: ClassVar[list[BindingType]] = commands.BINDINGS

    def on_mount(self) -> None:
        # Nothing slides: each key shows its whole effect at once, over a slow line too.
        self.animation_level = "none"
        self._show()
        self.call_after_refresh(self._begin)

    def on_key(self, event: Key) -> None:
        # The screen below had it still in its queue when the question came up.
        if len(self.screen_stack) > 1:
            from karet_tui.ask_screen import AskScreen

            if isinstance(self.screen, AskScreen):
                self.screen.typed_early(event)

    async def _begin(self) -> None:
        """Make and load what the first frame did not need; what is slow, in a thread of its own."""
        await self.view.fill()
        await self.view.on_resize()
        if self.walk.undecided:
            self._ask_first()
        else:
            self._open()

    def _ask_first(self) -> None:
        """Ask what only a person can decide; without an answer there is nothing to show."""
        from karet_tui.start_screen import StartScreen
        from runbook.aws.session import profile_region

        environ, region = self.options.environ, self.options.region
        known = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")

        def decided(options: Options | None) -> None:
            if options is None:
                self.exit(0)
                return
            self.options = options
            self.walk.undecided = False
            self.query_one(PlaceLine).show_choice(options.rehearsal)
            self._show()
            self._open()

        self.push_screen(StartScreen(self.options, known or profile_region(self.options.profile)), decided)

    async def action_continue(self) -> None:
        """Do the next sensible thing."""
        step = self.walk.next_step
        if not self._refused("continue"):
            await self.run_action(f"app.{step.action}")

    def action_read_on(self) -> None:
        """Bring the text to the front, or its next screenful."""
        self.walk.resumes = False
        if self.view.reads:
            self.view.text.read_on()
        else:
            self.view.show_pane("text")

    def action_open_failed(self) -> None:
        """Show the check that failed, with what to do about it."""
        self.view.show_pane("checks")
        self.view.checks.choose_failed()
        self.walk.open_failed()
        self._show()

    def action_form(self) -> None:
        """Show the calls of the chosen resource in another form."""
        self.view.show_pane("resources")
        self.view.resources.show_next_form()

    def action_sign(self) -> None:
        """Sign the next item of the checklist."""
        if not self._refused("verify"):
            self._sign_next()

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
        self.view.sections.go_by(step)

    def action_plan(self) -> None:
        """Plan the section on the screen."""
        if not self._refused("plan"):
            self._plan()

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
            self._look_at_all()

    def action_open(self, name: str) -> None:
        """Open one of the other screens over the walk."""
        if self._refused(f"open('{name}')") or self.walk.runs is None:
            return
        try:
            opened = screens.make(name, self.walk.runs, self.options)
        except RunbookError as error:
            self.notify(error.message, markup=False, timeout=4)
            return
        self.push_screen(opened, self._screen_left)

    def _screen_left(self, left: SettingsSaved | None) -> None:
        """Go on after a screen: saved settings mean that the stack is opened anew, and what they change is planned."""
        if left is not None:
            self._open(then_plan=left.plan)

    def action_apply(self) -> None:
        """Ask whether to carry out the plan on the screen."""
        if not self._refused("apply") and self.walk.here.planned:
            if self.walk.here.stops:
                self._confirm(self.walk.number, self.walk.here.planned)
            else:
                self._foresee(self.walk.here.planned)

    def action_stop(self) -> None:
        """Stop the run between two calls."""
        if not self._refused("stop") and self.walk.at_work:
            self.walk.at_work.stop.request()
            self.walk.at_work.progress.note = self.walk.at_work.progress.stopping()
            self._show()

    def action_command_palette(self) -> None:
        """Find a command by its words; not over a question, which wants its own answer."""
        from karet_tui.ask_screen import AskScreen

        if not isinstance(self.screen, AskScreen):
            super().action_command_palette()

    def action_find(self) -> None:
        """Search, and go to what is found."""
        if self._refused("find"):
            return
        from karet_tui.find import find
        from karet_tui.find_screen import FindScreen

        log = list(self.view.log_pane.lines)
        self.push_screen(FindScreen(lambda words: find(self.walk, log, words)), self._go_to)

    def action_copy(self) -> None:
        """Copy what the pane in front shows."""
        from karet_tui.clipboard import copy

        copy(self, self.view.to_copy().text)

    def action_copy_python(self) -> None:
        """Copy the calls of the chosen resource as Python."""
        from karet_tui.clipboard import copy
        from karet_tui.copying import as_python

        copy(self, as_python(self.view.resources.chosen).text)

    def action_write(self) -> None:
        """Write what would be copied into a file."""
        from karet_tui.clipboard import write_file

        copied = self.view.to_copy()
        write_file(self, copied.text, copied.name)

    def action_theme(self) -> None:
        """The next theme; it is kept."""
        self._choose(replace(self.taste, theme=self.taste.next_theme))
        self.notify(f"Theme: {self.taste.theme}", markup=False, timeout=2)

    def action_mouse(self) -> None:
        """Use the mouse, or leave it to the terminal; it is kept."""
        self._choose(replace(self.taste, mouse=not self.taste.mouse))
        said = "The app uses the mouse." if self.taste.mouse else "The mouse is the terminal's: select text with it."
        self.notify(said, markup=False, timeout=4)

    def action_help(self) -> None:
        """Show the keys."""
        from karet_tui.help_screen import HelpScreen

        self.push_screen(HelpScreen(self.walk.situation))

    async def action_quit(self) -> None:
        """Leave; Textual's own key for it comes here too."""
        self.action_leave()

    def action_help_quit(self) -> None:
        """Leave; Textual's own Ctrl+C comes here too."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave at once, or ask what becomes of the run."""
        from karet_tui.quit_screen import QuitScreen

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


def run(options: Options) -> tuple[int, Options]:
    """Show the app until the operator leaves; gives the exit code, and the options with what the first form said."""
    app = KaretApp(options)
    ended = app.run(mouse=app.taste.mouse)
    return ended if ended is not None else app.return_code or 0, app.options
