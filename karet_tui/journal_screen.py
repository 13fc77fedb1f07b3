"""The screen of the journal: the runs, the entries of one or of all, what stands in each, and exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from karet_tui.choice_screen import ChoiceScreen
from karet_tui.commands import Command
from karet_tui.details import Details
from karet_tui.entry_list import EntryList
from karet_tui.export_run import FORMATS, export_run
from karet_tui.journal_lines import cut_kept, entry_line, entry_text, run_line, run_text, sign_of
from karet_tui.plain import TYPED, one_line
from karet_tui.thread_screen import ThreadScreen
from runbook.engine.journal_search import SORTS, JournalSearch, Wanted

if TYPE_CHECKING:
    from textual.widget import Widget

    from runbook.engine.journal_read import RunSummary
    from runbook.runs.options import Options
    from runbook.runs.runs import Runs

_RUNS = 1000
"""Runs that are listed; `karet log list` has all."""

_ALL = "all runs"


@dataclass
class _RunsRead(Message):
    """The journal is open, and its runs are known, newest first."""

    journal: JournalSearch
    runs: Sequence[RunSummary]


@dataclass
class _Found(Message):
    """The numbers of the entries that were asked for."""

    wanted: Wanted
    numbers: Sequence[int]


@dataclass
class _Exported(Message):
    """A run was written into a file."""

    path: Path


class JournalScreen(ThreadScreen):
    """Runs, their entries, and the chosen entry in full."""

    KEYS: ClassVar[tuple[Command, ...]] = (
        Command("f", "sort", "Filter", "All entries, changing calls, checks, trouble, or sign-offs."),
        Command("o", "outcome", "Outcome", "Only the runs that ended in a certain way."),
        Command("slash", "find", "Find", "Only the entries that have a text in them, answers included."),
        Command("x", "export", "Export", "Write the run into a file: Markdown, HTML, JSON, notebook or script."),
        Command("r", "again", "Read again", "Read the journal again, for what has happened since.", shown="wide"),
        Command("enter", "into", "Into", "From the runs to the entries, from there to the whole entry.", shown="wide"),
    )

    DEFAULT_CSS = """
    JournalScreen #search { height: 1; border: none; padding: 0 1; margin: 0 1; background: $panel; display: none; }
    JournalScreen #search.asked { display: block; }
    JournalScreen #journal-body { height: 1fr; layout: vertical; }
    JournalScreen #runs-list { height: 5; padding: 0 1; }
    JournalScreen #entries-side { height: 1fr; width: 1fr; }
    JournalScreen #shown { height: 1; padding: 0 1; color: $secondary; text-wrap: nowrap; text-overflow: ellipsis; }
    JournalScreen #entries-list { padding: 0 1; }
    JournalScreen #entry { height: 38%; border-top: solid $border; padding: 0 1; }
    JournalScreen #entry:focus { border-top: solid $primary; }
    JournalScreen.-wide #journal-body { layout: horizontal; }
    JournalScreen.-wide #runs-list { height: 1fr; width: 44; border-right: solid $border; }
    """

    def __init__(self, runs: Runs, options: Options) -> None:
        super().__init__(runs, options)
        self.wanted = Wanted()
        self.outcome = ""
        self._journal: JournalSearch | None = None
        self._summaries: Sequence[RunSummary] = ()
        self._numbers: Sequence[int] = ()

    def part_title(self) -> str:
        return "Journal"

    def content(self) -> Iterable[Widget]:
        yield Input(
            id="search",
            restrict=TYPED,
            placeholder="a text, such as AccessDenied; Enter keeps the list, Esc shows all again",
        )
        with Container(id="journal-body"):
            yield EntryList(id="runs-list")
            with Vertical(id="entries-side"):
                yield Static("Reading the journal …", id="shown", markup=False)
                yield EntryList(id="entries-list")
                with VerticalScroll(id="entry") as pane:
                    pane.border_title = "Entry"
                    yield Details(id="entry-text")

    def on_mount(self) -> None:
        super().on_mount()
        self._runs_list.focus()
        self.action_again()

    def on_unmount(self) -> None:
        if self._journal:
            self._journal.close()

    @property
    def _runs_list(self) -> EntryList:
        return self.query_one("#runs-list", EntryList)

    @property
    def _entries_list(self) -> EntryList:
        return self.query_one("#entries-list", EntryList)

    @property
    def listed(self) -> Sequence[RunSummary]:
        """The runs with the outcome that is asked for."""
        return [one for one in self._summaries if not self.outcome or one.outcome == self.outcome]

    @property
    def chosen(self) -> RunSummary | None:
        """The run under the cursor; None for all of them."""
        at = self._runs_list.cursor - 1
        return self.listed[at] if 0 <= at < len(self.listed) else None

    def refused(self, command: Command) -> str:
        if command.action in ("sort", "outcome", "find") and self._journal is None:
            return "There is no journal yet: the first run on this stack makes it."
        if command.action == "export" and self.chosen is None:
            return "Choose one run first."
        return ""

    # -- reading -----------------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Read the journal from its file."""
        path = self.runs.place.journal
        if not path.exists():
            self.query_one("#shown", Static).update("There is no run of this stack on this machine yet.")
            self.show_keys()
            return

        def read() -> Message:
            journal = JournalSearch.read(path)
            return _RunsRead(journal, journal.runs(limit=_RUNS))

        self.in_thread("runs", "read the journal", read)

    @on(_RunsRead)
    def _runs_read(self, event: _RunsRead) -> None:
        event.stop()
        chosen = self.chosen
        if self._journal:
            self._journal.close()
        self._journal, self._summaries = event.journal, event.runs
        self._show_runs(chosen.id if chosen else (event.runs[0].id if event.runs else ""))

    def _show_runs(self, chosen: str) -> None:
        listed = self.listed
        ids = [one.id for one in listed]

        def lines(first: int, number: int) -> Sequence[str]:
            width = self._runs_list.scrollable_content_region.width
            return [
                run_line(listed[at - 1], width) if at else f"{_ALL} ({len(listed)})"
                for at in range(first, first + number)
            ]

        self._runs_list.show_lines(len(listed) + 1, lines, ids.index(chosen) + 1 if chosen in ids else 0)

    def _find(self) -> None:
        """Look for the entries that are asked for."""
        run = self.chosen
        self.wanted = replace(self.wanted, run=run.id if run else "")
        journal, wanted = self._journal, self.wanted
        if journal is not None:
            self.in_thread("find", "search the journal", lambda: _Found(wanted, journal.find(wanted)))

    @on(_Found)
    def _found(self, event: _Found) -> None:
        event.stop()
        journal = self._journal
        if event.wanted != self.wanted or journal is None:
            return
        numbers = self._numbers = event.numbers

        def lines(first: int, number: int) -> Sequence[str]:
            width = self._entries_list.scrollable_content_region.width
            return [entry_line(one, width) for one in journal.told(numbers[first : first + number])]

        self._entries_list.show_lines(len(numbers), lines)
        self.query_one("#shown", Static).update(self._said())
        self.show_keys()

    def _said(self) -> str:
        run = self.chosen
        whose = one_line(str(run.start.get("command", run.id))) if run else _ALL
        sort = {"all": "all entries", "calls": "changing calls"}.get(self.wanted.sort, self.wanted.sort)
        text = f', with "{one_line(self.wanted.text)}"' if self.wanted.text else ""
        outcome = f"; runs: {sign_of(self.outcome)}" if self.outcome else ""
        return cut_kept(f"{len(self._numbers):,} shown: {sort}{text} of {whose}{outcome}", 200)

    @on(EntryList.Chosen)
    def _line_chosen(self, event: EntryList.Chosen) -> None:
        event.stop()
        if event.control.id == "runs-list":
            self._find()
        else:
            self._show_entry(event.index)

    def _show_entry(self, index: int) -> None:
        run = self.chosen
        told = self._journal.told(self._numbers[index : index + 1]) if self._journal else []
        if told and told[0].entry.kind == "run_started" and run is not None:
            text = run_text(run)
        else:
            text = entry_text(told[0]) if told else Content("Nothing here fits.")
        self.query_one("#entry-text", Details).show(text)
        self.query_one("#entry", VerticalScroll).scroll_home(animate=False)

    # -- what the operator does --------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """The next sort of entries."""
        if not self.says_why("sort"):
            self.wanted = replace(self.wanted, sort=SORTS[(SORTS.index(self.wanted.sort) + 1) % len(SORTS)])
            self._find()

    def action_outcome(self) -> None:
        """The next outcome that some run had."""
        if self.says_why("outcome"):
            return
        outcomes = ["", *sorted({one.outcome for one in self._summaries})]
        self.outcome = outcomes[(outcomes.index(self.outcome) + 1) % len(outcomes)]
        self._show_runs("")

    def action_find(self) -> None:
        """Type a text."""
        if not self.says_why("find"):
            field = self.query_one("#search", Input)
            field.add_class("asked")
            field.focus()

    @on(Input.Changed, "#search")
    def _searching(self, event: Input.Changed) -> None:
        event.stop()
        self.wanted = replace(self.wanted, text=event.value.strip())
        self._find()

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._entries_list.focus()

    def action_into(self) -> None:
        """To the part that shows more of what is chosen."""
        (self._entries_list if self._runs_list.has_focus else self.query_one("#entry")).focus()

    def action_export(self) -> None:
        """Write the chosen run into a file in the working folder."""
        run = self.chosen
        if self.says_why("export") or run is None:
            return

        def chosen(word: str | None) -> None:
            if word is not None:
                job = partial(export_run, self.runs.place, run.id, FORMATS[word], Path.cwd())
                self.in_thread("export", "export this run", lambda: _Exported(job()))

        self.app.push_screen(ChoiceScreen("Export this run as", tuple(FORMATS)), chosen)

    @on(_Exported)
    def _exported(self, event: _Exported) -> None:
        event.stop()
        self.notify(f"Written: {one_line(event.path)}", markup=False, timeout=8)

    def action_back(self) -> None:
        """Out of the search, or back to the walk."""
        search = self.query_one("#search", Input)
        if search.has_class("asked"):
            search.remove_class("asked")
            search.value = ""
            self._entries_list.focus()
        else:
            super().action_back()
