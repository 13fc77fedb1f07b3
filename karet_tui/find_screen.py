"""The search: a line to type in, and below it every place where that stands; Enter goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from karet_tui.ask_screen import AskScreen
from karet_tui.find import MOST, Place
from karet_tui.plain import counted, cut


class FindScreen(AskScreen[Place]):
    """The answer is the place that was chosen.

    Parameters
    ----------
    search: gives the places for words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    DEFAULT_CSS = """
    FindScreen #words { height: 1; border: none; padding: 0; margin: 0 1; background: $panel; }
    FindScreen #found-many { padding: 0 1; height: 1; margin: 1 0 0 0; color: $secondary; }
    FindScreen #middle { border: none; background: $surface; }
    """

    def __init__(self, search: Callable[[str], Sequence[Place]]) -> None:
        super().__init__()
        self._search = search
        self._places: Sequence[Place] = ()

    def box_title(self) -> str:
        return "Search in texts, calls and the log"

    def content(self) -> Iterable[Widget]:
        yield Input(id="words", placeholder="words, a resource, a call, a value")
        yield Static("", id="found-many", markup=False)
        found = OptionList(id="middle", markup=False)
        found.can_focus = False
        yield found

    def on_mount(self) -> None:
        self.query_one("#words").focus()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (("↑ ↓", "choose", "screen.move(1)"), ("Enter", "go there", "screen.go"), ("Esc", "back", "screen.no"))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._places = self._search(event.value)
        listed = self.query_one("#middle", OptionList)
        listed.clear_options()
        listed.add_options(Option(_line(one)) for one in self._places)
        listed.highlighted = 0 if self._places else None
        more = " or more" if len(self._places) == MOST else ""
        said = f"{counted(len(self._places), 'place')}{more}" if event.value.strip() else ""
        self.query_one("#found-many", Static).update(said)
        self.call_after_refresh(self._fit)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_go()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_go()

    def action_move(self, by: int) -> None:
        """Choose the next place, or the one before."""
        listed = self.query_one("#middle", OptionList)
        if self._places:
            listed.highlighted = ((listed.highlighted or 0) + by) % len(self._places)

    def action_go(self) -> None:
        """Go to the chosen place."""
        at = self.query_one("#middle", OptionList).highlighted
        self.dismiss(self._places[at] if self._places and at is not None else None)


def _line(place: Place) -> Content:
    where = f"{place.section:>2} {place.pane}" if place.section else "   log"
    return Content.assemble((f"{where:<13}", "$secondary"), cut(place.line, 400))
