"""The stage of the app: the state it holds, the parts of the main screen, and how the state is drawn on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult

from karet_tui import commands, work
from karet_tui.feed import Feed
from karet_tui.keys_line import KeysLine
from karet_tui.place_line import PlaceLine
from karet_tui.progress_strip import ProgressStrip
from karet_tui.sections_list import SectionsList
from karet_tui.taste import Taste
from karet_tui.theme import THEMES
from karet_tui.walk import Walk
from karet_tui.walk_view import WalkView
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from textual.screen import Screen

    from karet_tui.find import Place
    from runbook.runs.options import Options

WIDE = 110
"""Columns from which the wide layout is used."""

TALL = 36
"""Rows from which the tall layout is used."""


def is_first(options: Options) -> bool:
    """Whether nothing says yet what is to be deployed, so that somebody has to be asked."""
    return options.settings_file is None and not options.overrides and not options.rehearsal


class Stage(App[int]):
    """Shows what the app knows; what changes it comes from the layers above.

    Parameters
    ----------
    open_runs, read_sections: stand in for the library in tests.
    """

    CSS_PATH = "karet.tcss"
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
        self.taste = Taste.read(options.state)
        for theme in THEMES.values():
            self.register_theme(theme)
        # Its watcher would read all styles a second time.
        self.set_reactive(App.theme, THEMES[self.taste.theme].name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.options = options
        self.walk = Walk(undecided=is_first(options))
        self._open_runs = open_runs
        self._read_sections = read_sections
        self._asked: Future[str | None] | None = None
        self._feed = Feed(self.post_message)

    def get_default_screen(self) -> Screen[object]:
        """The main screen, which knows from its first picture on how much room there is: told later, all would move."""
        screen = super().get_default_screen()
        width, height = self.size
        screen.add_class("-wide" if width >= WIDE else "-narrow", "-tall" if height >= TALL else "-low", update=False)
        return screen

    def compose(self) -> ComposeResult:
        yield PlaceLine(None if self.walk.undecided else self.options.rehearsal)
        yield WalkView()
        yield ProgressStrip()
        yield KeysLine(id="next")
        yield KeysLine(id="keys")

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def view(self) -> WalkView:
        """The main part, also while a question lies over it."""
        return self.screen_stack[0].query_one(WalkView)

    def _show(self, touched: Iterable[int] = ()) -> None:
        """Draw what follows from the state: keys, next step, strip, and the sections that look different now."""
        base, numbers = self.screen_stack[0], set(touched)
        shown = commands.shown_now(self.walk.situation, width=self.size.width)
        base.query_one("#keys", KeysLine).show_keys((one.shown_key, one.label, f"app.{one.action}") for one in shown)
        self._show_next()
        base.query_one(ProgressStrip).show_progress(self.walk.progress)
        if numbers and self.walk.sections:
            self.view.sections.show_standings(numbers)
            if self.walk.number in numbers:
                self.view.show_standing(self.walk.section(self.walk.number), self.walk.here)

    def _show_next(self) -> None:
        """Say what "continue" does now."""
        step = self.walk.next_step
        line = self.screen_stack[0].query_one("#next", KeysLine)
        if step.action:
            line.show_keys([("Enter", step.words, "app.continue")])
        else:
            line.show_words(step.words)

    def _choose(self, taste: Taste) -> None:
        """Take another taste, show it, and keep it for the next start."""
        self.taste = taste
        self.theme = THEMES[taste.theme].name
        self._use_mouse(taste.mouse)
        if not taste.keep(self.options.state):
            self._note(f"the choice cannot be kept in {self.options.state}")

    def _use_mouse(self, wanted: bool) -> None:
        """Tell the terminal whose the mouse is; Textual offers that only at its start, its driver at any time."""
        name = "_enable_mouse_support" if wanted else "_disable_mouse_support"
        tell = getattr(self._driver, name, None)
        if tell is not None:
            tell()

    async def _go_to(self, place: Place | None) -> None:
        """Show what was found."""
        if place is None:
            return
        if place.section and place.section != self.walk.number:
            self.walk.number = place.section
            with self.prevent(SectionsList.Chosen):
                self.view.sections.go_to(place.section)
            await self._show_section()
        self.view.show_pane(place.pane)
        self.view.go_to(place.pane, place.at, place.key)

    def _note(self, *lines: str) -> None:
        """Add lines to the log of this session."""
        self.view.log_pane.add_lines(lines)

    def _refused(self, action: str) -> bool:
        """Whether an action does not work now; then the operator is told why."""
        why = commands.refusal(action, self.walk.situation)
        if why:
            self.notify(why, markup=False, timeout=4)
        return bool(why)

    async def _show_section(self) -> None:
        number = self.walk.number
        await self.view.show_section(self.walk.section(number), self.walk.texts.get(number), self.walk.here)
        self._show()

    def _show_error(self, title: str, error: RunbookError, decided: Callable[[str | None], None] | None = None) -> None:
        from karet_tui.error_screen import ErrorScreen

        self._note(f"error: {title}: {error}")
        self.push_screen(ErrorScreen(title, error, may_retry=decided is not None), decided)
