"""The first start: where there is no karet.toml, a short form writes one, and asks whether to rehearse first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from karet_tui.ask_screen import AskScreen
from karet_tui.place_line import badge
from karet_tui.plain import TYPED, lines_of, one_line
from runbook.errors import SettingsError
from runbook.runs.options import DEFAULT_CONFIG, Options

_WHERE = {
    "rehearsal": "Rehearse: an AWS inside this machine. No login, no cost.",
    "real": "Real account: log in to AWS. What is applied exists and is billed.",
}


class StartScreen(AskScreen[Options]):
    """The answer is the options to open the stack with; the settings file is written by then.

    Parameters
    ----------
    region: the region that the environment or the profile names; it is then not asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "write", show=False)]

    DEFAULT_CSS = """
    StartScreen #where { height: auto; margin: 0 1; border: round $border; background: $surface; }
    StartScreen #where:focus { border: round $primary; }
    StartScreen .asked { height: auto; padding: 0 1; margin: 1 0 0 0; color: $secondary; }
    StartScreen Input {
        height: 1; border: none; border-left: outer $border; padding: 0 1; margin: 0 1; background: $panel;
    }
    StartScreen Input:focus {
        border: none; border-left: outer $primary; background: $block-cursor-blurred-background;
    }
    StartScreen #problems { height: auto; padding: 0 1; margin: 1 0 0 0; color: $text-warning; }
    StartScreen #badge-line { height: 1; padding: 0 1; }
    StartScreen #problems-part { height: auto; }
    """

    def __init__(self, options: Options, region: str | None = None) -> None:
        from runbook.settings import questions

        super().__init__()
        self._options = options
        self._region = region
        self._questions = questions(region)

    def box_title(self) -> str:
        return "Welcome: nothing is decided yet, so a short form"

    def content(self) -> Iterable[Widget]:
        yield Static("", id="badge-line", markup=False)
        with VerticalScroll(id="middle", can_focus=False):
            where = OptionList(*(Option(words, id=name) for name, words in _WHERE.items()), id="where", markup=False)
            where.border_title = "Where?"
            yield where
            for number, question in enumerate(self._questions):
                yield Static(f"{one_line(question.text)}", classes="asked", markup=False)
                yield Input(question.default, id=f"answer-{number}", restrict=TYPED, select_on_focus=False)
            if self._region:
                yield Static(f"Region: {one_line(self._region)}, from your AWS profile", classes="asked", markup=False)
            with Vertical(id="problems-part"):
                yield Static("", id="problems", markup=False)

    def on_mount(self) -> None:
        self.query_one("#where", OptionList).highlighted = 0
        self.query_one("#where").focus()
        self._show()

    def keys(self) -> Sequence[tuple[str, str, str]]:
        return (
            ("Enter", "next field", "screen.next_field"),
            ("Ctrl+S", f"write {DEFAULT_CONFIG}, begin", "screen.write"),
            ("Esc", "leave", "screen.no"),
        )

    @property
    def path(self) -> Path:
        """The file that is written."""
        return self._options.config or Path(DEFAULT_CONFIG)

    @property
    def rehearses(self) -> bool:
        """Whether the rehearsal is chosen."""
        return self.query_one("#where", OptionList).highlighted != 1

    @property
    def _answers(self) -> dict[str, str]:
        given = {one.key: self.query_one(f"#answer-{at}", Input).value for at, one in enumerate(self._questions)}
        return given | ({"region": self._region} if self._region else {})

    def _problems(self) -> list[str]:
        """What keeps the answers from being written; checked with each key."""
        from runbook.settings import init_text

        missing = [
            f"still to be said: {one.text}" for one in self._questions if one.required and not self._answers[one.key]
        ]
        if missing:
            return missing
        try:
            init_text(self._answers)
        except SettingsError as error:
            return list(error.problems) or [error.message]
        return []

    @on(Input.Changed)
    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        chosen = "rehearsal" if self.rehearses else "real"
        for name, words in _WHERE.items():
            sign = "●" if name == chosen else "○"
            self.query_one("#where", OptionList).replace_option_prompt(name, f"{sign} {words}")
        said = (
            "nothing leaves this machine"
            if self.rehearses
            else "the account's number is shown before anything is changed"
        )
        self.query_one("#badge-line", Static).update(Content.assemble(badge(self.rehearses), f"  {said}"))
        problems = self._problems()
        text = "\n".join(f"! {lines_of(one)}" for one in problems) or f"Good. {self.path} can be written."
        self.query_one("#problems", Static).update(Content(text))
        self.call_after_refresh(self._fit)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def action_next_field(self) -> None:
        """Go to the next field; from the last one, write."""
        if self.focused is not None and self.focused.id == f"answer-{len(self._questions) - 1}":
            self.action_write()
        else:
            self.focus_next()

    def action_write(self) -> None:
        """Write the file, if everything that is asked for is there."""
        from runbook.settings import init_text

        if self._problems():
            self.notify("Something is missing or wrong; it is named below the fields.", markup=False, timeout=4)
            return
        try:
            with self.path.open("x", encoding="utf-8") as file:
                file.write(init_text(self._answers))
        except OSError as error:
            self.notify(f"{self.path} cannot be written: {os.strerror(error.errno or 0)}", markup=False)
            return
        self.dismiss(replace(self._options, config=self.path, rehearsal=self.rehearses))
