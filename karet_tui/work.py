"""What the app does in threads: each function calls the library and posts what came of it; none touches the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from textual.message import Message

from karet_tui.guide import SIGNED_SECTION
from karet_tui.in_app import in_app
from karet_tui.log_lines import entry_line
from karet_tui.messages import (
    AllLooked,
    ChecklistRead,
    CodeAsked,
    Foreseen,
    LookFailed,
    Opened,
    OpenFailed,
    PlanReady,
    RunDone,
    RunRead,
    RunRefused,
    RunsListed,
    SectionsRead,
    Verified,
)
from runbook.errors import CancelledError, LockError, RunbookError, WaitingError

if TYPE_CHECKING:
    from pathlib import Path

    from karet_tui.feed import Feed
    from runbook.checks import CheckResult
    from runbook.engine.events import Event
    from runbook.engine.tasks import Stop
    from runbook.model import Change, Section
    from runbook.preflight.finding import Item
    from runbook.runs.options import Options
    from runbook.runs.runs import Planned, Runs
    from runbook.runs.sign_off import ChecklistItem

AskMfa: TypeAlias = Callable[[str], str]
OpenRuns: TypeAlias = "Callable[[Options, AskMfa], Runs]"
ReadSections: TypeAlias = "Callable[[], Sequence[Section]]"
Post: TypeAlias = Callable[[Message], object]

_LINES_SHOWN = 5000
"""Lines of one past run that the log shows; `karet log show` prints all of them."""

# -- opening ---------------------------------------------------------------------------------------------------------


def read_sections() -> Sequence[Section]:
    """The sections of the document; imported here, so that the first frame does not wait for it."""
    from runbook import document

    return document.sections()


def open_runs(options: Options, ask_mfa: AskMfa) -> Runs:
    """The library's one door; imported here, so that the first frame does not wait for boto3."""
    from runbook.runs.runs import Runs

    return Runs.open(options, ask_mfa=ask_mfa)


def open_stack(options: Options, sections: ReadSections, door: OpenRuns, post: Post, *, then_plan: int = 0) -> None:
    """Read the document, settle account and region, and fill in the texts."""
    from runbook import document

    def ask_mfa(question: str) -> str:
        reply: Future[str | None] = Future()
        post(CodeAsked(question, reply))
        try:
            code = reply.result()
        except FutureCancelledError:
            code = None
        if not code:
            raise WaitingError("no MFA code was given, so AWS lets nobody in", hint="Open the stack again.")
        return code

    try:
        post(SectionsRead(sections()))
        runs = door(options, ask_mfa)
        deployment = runs.place.deployment
        common = document.values(deployment)
        texts = {
            one.number: in_app(document.filled_text(one, common | dict(one.values(deployment))))
            for one in runs.sections
        }
    except RunbookError as error:
        post(OpenFailed(error))
    else:
        post(Opened(runs, texts, then_plan))


# -- looking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """One piece of reading that the operator may turn away from.

    Parameters
    ----------
    section: its number; 0 for all sections.
    given_up: whether nobody waits for the result any more.
    """

    runs: Runs
    section: int
    feed: Feed
    post: Post
    given_up: Callable[[], bool]

    def _tell(self, event: Event) -> None:
        """Pass an event on; between two reads a look that nobody waits for ends."""
        if self.given_up():
            raise CancelledError("the operator turned to something else")
        self.feed.put(event)

    def _do(self, doing: str, read: Callable[[], Message]) -> None:
        message: Message
        try:
            message = read()
        except RunbookError as error:
            message = LookFailed(self.section, doing, error)
        if not self.given_up():
            self.post(message)

    @property
    def _words(self) -> tuple[str, ...]:
        return (str(self.section),)

    def everything(self, then_plan: int = 0) -> None:
        """See how far every section is."""

        def read() -> Message:
            found = self.runs.status().found
            changes: dict[int, list[Change]] = defaultdict(list)
            for one in found.values():
                changes[one.resource.section].append(one.change)
            return AllLooked({number: tuple(listed) for number, listed in changes.items()}, then_plan)

        self._do("look at all sections", read)

    def plan(self, adopt: Sequence[str] = ()) -> None:
        """Plan the section; with `adopt`, things with these ids are taken over."""
        self._do(
            f"plan section {self.section}",
            lambda: PlanReady(
                self.section,
                self.runs.plan(self._words, adopt=tuple(adopt), on_event=self._tell),
                then_confirm=bool(adopt),
            ),
        )

    def plan_removal(self, with_dependents: bool = False) -> None:
        """Plan to remove the section."""
        from runbook.runs.durations import history

        def read() -> Message:
            planned = self.runs.plan_destroy(self._words, with_dependents=with_dependents, on_event=self._tell)
            return Foreseen(self.section, planned, (), history(self.runs.place))

        self._do(f"plan to undo section {self.section}", read)

    def foresee(self, planned: Planned) -> None:
        """Look for what speaks against a plan before the operator is asked."""
        from runbook.runs import preflight
        from runbook.runs.durations import history

        def read() -> Message:
            try:
                items: Sequence[Item] = preflight.before_apply(self.runs, planned)
            except RunbookError as error:
                # A plan may be applied without this advice; that there is none is said.
                items = (_unseen(error),)
            return Foreseen(self.section, planned, items, history(self.runs.place))

        self._do("look for what speaks against the plan", read)

    def checklist(self, then_sign: bool = False) -> None:
        """Read the checklist with fresh evidence."""
        from runbook.runs.sign_off import checklist

        self._do("read the checklist", lambda: ChecklistRead(checklist(self.runs), then_sign))

    def sign(self, item: ChecklistItem, note: str, items: Sequence[ChecklistItem]) -> None:
        """Sign an item that the operator has seen, and go on to the next; each is checked anew when it is signed.

        Parameters
        ----------
        items: the checklist as it was read, so that it need not be read as a whole after each signature.
        """
        from runbook.runs.sign_off import checklist_of, sign, signed

        def read() -> Message:
            sign(self.runs, item.id, note=note, seen=item, on_event=self.feed.put)
            results = [result for one in items for result in one.results]
            after = checklist_of(results, signed(self.runs), read_by=item.read_by)
            return ChecklistRead(after, then_sign=True)

        self._do(f"sign item {item.number}", read)

    def _points(self, results: Sequence[CheckResult]) -> Sequence[ChecklistItem]:
        """The checklist from results that were just made, if they are those of its section."""
        if self.section != SIGNED_SECTION:
            return ()
        from runbook.runs.sign_off import checklist_of, signed

        return checklist_of(results, signed(self.runs))

    def verify(self) -> None:
        """Check the section, and record the evidence unless somebody else applies at this moment."""

        def read() -> Message:
            try:
                results = self.runs.verify(self._words, command=f"app: verify {self.section}", on_event=self._tell)
            except LockError as error:
                results = self.runs.verify(self._words, on_event=self._tell)
                note = f"not recorded in the journal: {error.message}"
                return Verified(self.section, results, self._points(results), note)
            return Verified(self.section, results, self._points(results))

        self._do(f"verify section {self.section}", read)


def _unseen(error: RunbookError) -> Item:
    from runbook.preflight.finding import Item

    return Item("preflight", "warning", "What speaks against the plan could not be looked up", error.message)


# -- changing --------------------------------------------------------------------------------------------------------


def carry_out(runs: Runs, section: int, planned: Planned, feed: Feed, stop: Stop, post: Post) -> None:
    """Apply a plan that the operator has seen and confirmed."""
    verb = "undo" if planned.plan.destroys else "apply"
    try:
        result = runs.apply(planned, command=f"app: {verb} {section}", on_event=feed.put, stop=stop)
    except RunbookError as error:
        post(RunRefused(section, planned, error))
    else:
        post(RunDone(section, planned, result))


# -- the journal -----------------------------------------------------------------------------------------------------


def list_runs(journal: Path, post: Post) -> None:
    """List the runs that the journal knows."""
    from runbook.engine.journal_read import JournalReader

    try:
        if not journal.exists():
            post(RunsListed(()))
            return
        with JournalReader.read(journal) as reader:
            post(RunsListed(reader.runs(limit=200)))
    except RunbookError as error:
        post(LookFailed(0, "read the journal", error))


def read_run(journal: Path, run: str, post: Post) -> None:
    """Read what one run recorded, as lines; of a very long one the first part."""
    from runbook.engine.journal_read import JournalReader

    lines: list[str] = []
    try:
        with JournalReader.read(journal) as reader:
            for entry in reader.entries(run):
                if len(lines) >= _LINES_SHOWN:
                    lines.append(f"… the rest: karet log show {run}")
                    break
                lines.append(entry_line(entry))
        post(RunRead(run, lines))
    except RunbookError as error:
        post(LookFailed(0, "read the journal", error))
