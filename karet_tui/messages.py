"""What threads and panes tell the app: one record for each thing that can come of the work they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from karet_tui.feed import Feed
    from runbook.checks import CheckResult
    from runbook.engine.journal_read import RunSummary
    from runbook.errors import RunbookError
    from runbook.model import Change, Section
    from runbook.preflight.finding import Item
    from runbook.runs.durations import Usual
    from runbook.runs.runs import Planned, RunResult, Runs
    from runbook.runs.sign_off import ChecklistItem


@dataclass
class SectionsRead(Message):
    """The sections are known, the stack is not opened yet."""

    sections: Sequence[Section]


@dataclass
class Opened(Message):
    """Settings are read and AWS has said who we are.

    Parameters
    ----------
    texts: per section its text with the operator's values.
    then_plan: number of the section to plan at once; 0 for none.
    """

    runs: Runs
    texts: Mapping[int, str]
    then_plan: int = 0


@dataclass
class OpenFailed(Message):
    """The stack cannot be opened."""

    error: RunbookError


@dataclass
class CodeAsked(Message):
    """A thread waits until the operator has typed an MFA code; None as the result means: there is none."""

    question: str
    reply: Future[str | None]


@dataclass
class EventsArrived(Message):
    """The feed holds events that the screen does not show yet."""

    feed: Feed


@dataclass
class AllLooked(Message):
    """Every declared resource was looked at.

    Parameters
    ----------
    changes: per section what would have to change.
    then_plan: number of the section that is planned now; 0 for none.
    """

    changes: Mapping[int, tuple[Change, ...]]
    then_plan: int = 0


@dataclass
class PlanReady(Message):
    """The plan of a section is made."""

    section: int
    planned: Planned
    then_confirm: bool = False
    """Whether the operator had asked to apply it."""


@dataclass
class Verified(Message):
    """A section was checked with fresh reads.

    Parameters
    ----------
    items: the checklist, if this is its section.
    note: why the results are not in the journal; empty when they are.
    """

    section: int
    results: Sequence[CheckResult]
    items: Sequence[ChecklistItem] = ()
    note: str = ""


@dataclass
class Foreseen(Message):
    """What speaks against a plan, or should be known before it is applied, was looked up.

    Parameters
    ----------
    usual: (kind, action) -> how long it took in earlier runs of this stack.
    """

    section: int
    planned: Planned
    items: Sequence[Item]
    usual: Mapping[tuple[str, str], Usual]


@dataclass
class ChecklistRead(Message):
    """The checklist was read with fresh evidence.

    Parameters
    ----------
    then_sign: the operator wants to sign the next item.
    """

    items: Sequence[ChecklistItem]
    then_sign: bool = False


@dataclass
class LookFailed(Message):
    """Reading came to an error; `doing` says in words what was being done, section 0 means all of them."""

    section: int
    doing: str
    error: RunbookError


@dataclass
class RunDone(Message):
    """An apply or an undo has come to its end, whichever."""

    section: int
    planned: Planned
    result: RunResult


@dataclass
class RunRefused(Message):
    """An apply or an undo could not begin, or lost its journal."""

    section: int
    planned: Planned
    error: RunbookError


@dataclass
class RunChosen(Message):
    """The operator wants to read a past run."""

    run: str


@dataclass
class RunsListed(Message):
    """The runs that the journal of this stack knows, newest first."""

    runs: Sequence[RunSummary]


@dataclass
class RunRead(Message):
    """The lines of one run of the journal."""

    run: str
    lines: Sequence[str]
