"""What a run is doing, gathered from its events: how much is done, and what each resource does at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from karet_tui.marks import BECAME, DONE
from karet_tui.plain import counted, one_line

if TYPE_CHECKING:
    from runbook.engine.events import Event
    from runbook.engine.plan import Plan
    from runbook.runs.durations import Usual


@dataclass
class Progress:
    """The state of one run or look, for the strip at the bottom and the signs in the table.

    Parameters
    ----------
    title: what it is, such as `Applying section 2`.
    to_do: ids of the resources that a run acts on; empty for a look.
    plan, usual: what is carried out, and how long such steps took here; without them nothing is foretold.
    rehearsal: its clock runs ahead of the one on the wall, so every duration is told as AWS's.
    """

    title: str
    to_do: frozenset[str] = frozenset()
    plan: Plan | None = None
    usual: Mapping[tuple[str, str], Usual] = field(default_factory=dict)
    rehearsal: bool = False
    ended: dict[str, str] = field(default_factory=dict)
    """Per id what became of it."""
    now: dict[str, str] = field(default_factory=dict)
    """Per id what is being done with it, in the order in which it began."""
    began: dict[str, datetime] = field(default_factory=dict)
    """Per id when its step began."""
    at: datetime | None = None
    """Time of the last event; in a rehearsal that is the rehearsal's own time."""
    looked: int = 0
    note: str = ""

    @classmethod
    def of_run(
        cls, title: str, plan: Plan, usual: Mapping[tuple[str, str], Usual], *, rehearsal: bool = False
    ) -> Progress:
        """For a run of this plan; how long a rehearsal took says nothing about AWS, so that counts nothing."""
        to_do = frozenset(one.id for one in plan.changes if one.action != "none")
        return cls(title, to_do, plan, {} if rehearsal else usual, rehearsal)

    def take(self, event: Event) -> None:
        """Take in one event."""
        from runbook.engine import events

        self.at = event.at
        if isinstance(event, events.ChangeStarted):
            self.began[event.id] = event.at
        match event:
            case events.ChangeStarted(id=id_, action=action):
                self.now[id_] = "waiting until it is ready" if action == "none" else f"{action}: looking at it first"
            case events.CallStarted(id=id_, call=call, attempt=attempt):
                self.now[id_] = call + (f", attempt {attempt}" if attempt > 1 else "")
            case events.CallRetried(id=id_, service=service, operation=operation, code=code, in_s=in_s):
                self.now[id_] = f"{service}.{operation} got {code}, again in {in_s:.0f} s"
            case events.WaitProgress():
                usual = f", usually {event.typical_s:.0f} s" if event.typical_s is not None else ""
                detail = f", {event.detail}" if event.detail else ""
                clock = " of AWS's time" if self.rehearsal else ""
                self.now[event.id] = f"waiting for {event.what}: {event.waited_s:.0f} s{clock}{usual}{detail}"
            case events.ChangeFinished(id=id_, outcome=outcome):
                self._end(id_, outcome)
            case events.ChangeFailed(id=id_):
                self._end(id_, "failed")
            case events.ResourceLooked():
                self.looked += 1
            case _:
                return

    def _end(self, id_: str, outcome: str) -> None:
        self.now.pop(id_, None)
        self.ended[id_] = outcome

    @property
    def signs(self) -> dict[str, tuple[str, str]]:
        """Per resource the sign for the table, and in words what is being done with it."""
        actions = {one.id: one.action for one in self.plan.acting} if self.plan else {}
        words = {"done": "is ready", "failed": "has failed", "waiting": "waits for you", "not_started": "not begun"}
        over = {
            id_: (
                BECAME.get(end, (end, ""))[0],
                DONE.get(actions.get(id_, ""), words[end]) if end == "done" else words.get(end, end),
            )
            for id_, end in self.ended.items()
        }
        return over | {id_: ("… working", words) for id_, words in self.now.items()}

    def takes(self) -> str:
        """How long all of it usually takes and where that is known from; empty when it is a moment."""
        if self.plan is None:
            return ""
        from runbook.runs.durations import remaining, span

        whole = remaining(self.plan, self.usual, over={}, ran_s={})
        if whole.p90_s < 1:
            return ""
        if self.rehearsal:
            return f"on AWS about {span(whole.median_s)}, {span(whole.p90_s)} when slow; a rehearsal waits less"
        source = "as earlier runs of this stack took" if whole.seen else "as AWS usually takes"
        return f"about {span(whole.median_s)}, {span(whole.p90_s)} when slow; {source}"

    def foretold(self) -> str:
        """How long it still takes, in words; empty when nobody can tell."""
        if self.plan is None:
            return ""
        from runbook.runs.durations import remaining, span

        ran = {
            id_: (self.at - began).total_seconds() for id_, began in self.began.items() if self.at and id_ in self.now
        }
        left = remaining(self.plan, self.usual, over=self.ended, ran_s=ran)
        if left.p90_s < 1:
            return ""
        where = "on AWS " if self.rehearsal else ""
        return f"{where}about {span(left.median_s)} left, {span(left.p90_s)} when slow"

    def stopping(self) -> str:
        """What a stop leaves undone, in words."""
        left = len(self.to_do - self.ended.keys() - self.now.keys())
        return (
            f"Stopping after the current calls; {counted(left, 'step')} not begun"
            if left
            else "Stopping after the current calls"
        )

    def lines(self, width: int, height: int) -> list[str]:
        """At most so many lines: the sum first, then what is going on."""
        if not self.to_do:
            seen = f": looked at {counted(self.looked, 'resource')}" if self.looked else " …"
            return [f"{self.title}{seen}"]
        done = sum(1 for id_, end in self.ended.items() if end == "done" and id_ in self.to_do)
        failed = sum(1 for end in self.ended.values() if end == "failed")
        said = f"{self.title}: {done} of {len(self.to_do)} done" + (f", {failed} failed" if failed else "")
        foretold = self.note or self.foretold()
        if foretold:
            said += f". {foretold}" if self.note else f", {foretold}"
        room = width - len(said) - 2
        head = f"{said}  {_bar(done + failed, len(self.to_do), min(24, room))}" if room >= 8 else said
        going = [f"  … {one_line(id_)}  {one_line(what)}" for id_, what in self.now.items()]
        if len(going) > height - 1:
            more = len(going) - (height - 2)
            going = [*going[: height - 2], f"  … and {more} more"]
        return [head, *going]


def _bar(done: int, total: int, width: int) -> str:
    filled = round(width * done / total) if total else 0
    return "━" * filled + "─" * (width - filled)
