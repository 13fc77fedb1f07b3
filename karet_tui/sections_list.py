"""The sections at the left, each with its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from karet_tui.marks import TONES
from karet_tui.plain import cut
from karet_tui.standing import Standing

if TYPE_CHECKING:
    from runbook.model import Section


class SectionsList(OptionList):
    """One line for each section on a low terminal, two on a high one; the border repeats the chosen one's state."""

    DEFAULT_CSS = """
    SectionsList { height: 1fr; scrollbar-size-vertical: 1; }
    """

    @dataclass
    class Chosen(Message):
        """The operator went to a section."""

        number: int

    def __init__(self) -> None:
        super().__init__(id="sections", markup=False)
        self.border_title = "Sections"
        self._sections: Sequence[Section] = ()
        self._standings: Mapping[int, Standing] = {}

    def show_sections(self, sections: Sequence[Section], standings: Mapping[int, Standing]) -> None:
        """List these sections."""
        at = self.highlighted
        self._sections, self._standings = sections, standings
        with self.prevent(OptionList.OptionHighlighted):
            self.clear_options()
            self.add_options(Option(self._prompt(one), id=str(one.number)) for one in sections)
            self.highlighted = at if at is not None else 0

    def show_standings(self, numbers: Iterable[int]) -> None:
        """Draw these sections again."""
        for section in self._sections:
            if section.number in numbers:
                self.replace_option_prompt(str(section.number), self._prompt(section))
        self._draw_border()

    def go_to(self, number: int) -> None:
        """Choose a section."""
        self.highlighted = self.get_option_index(str(number))

    def go_by(self, step: int) -> None:
        """Choose the section so many places further on; pressed fast, each press counts from where the list is."""
        if self.highlighted is not None:
            self.highlighted = min(max(0, self.highlighted + step), len(self._sections) - 1)

    @property
    def chosen(self) -> int:
        """The number of the chosen section; 0 as long as none is listed."""
        return self._sections[self.highlighted].number if self.highlighted is not None and self._sections else 0

    def on_resize(self, event: Resize) -> None:
        del event
        self.show_standings({one.number for one in self._sections})

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._draw_border()
        if event.option_id is not None:
            self.post_message(self.Chosen(int(event.option_id)))

    def _prompt(self, section: Section) -> Content:
        mark = self._standings[section.number].mark
        width = max(16, self.scrollable_content_region.width or self.size.width) - 2
        title = cut(section.title, width - 5)
        line = Content.assemble((mark.symbol, TONES[mark.tone]), f" {section.number:>2} {title}")
        if not self.screen.has_class("-tall"):
            return line
        return Content.assemble(line, "\n", (f"     {cut(mark.words, width - 5)}", TONES[mark.tone]))

    def _draw_border(self) -> None:
        # On a high terminal the words stand in the list itself.
        if self.highlighted is None or not self._sections or self.screen.has_class("-tall"):
            self.border_subtitle = ""
            return
        mark = self._standings[self._sections[self.highlighted].number].mark
        self.border_subtitle = Content(cut(f"{mark.symbol} {mark.words}", max(8, self.size.width - 4)))
