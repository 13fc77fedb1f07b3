"""The part of a screen from which settings are written: work out what a change touches, ask, write, go and plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.message import Message

from karet_tui.error_screen import ErrorScreen
from karet_tui.full_screen import SettingsSaved
from karet_tui.save_screen import SaveScreen
from karet_tui.settings_change import Proposal, propose
from karet_tui.thread_screen import ThreadScreen
from karet_tui.walk_known import found_states, running
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from runbook.runs.options import Options
    from runbook.settings import Deployment


@dataclass
class Proposed(Message):
    """A change is worked out; the operator is asked now."""

    proposal: Proposal
    cost: str


class SavingScreen(ThreadScreen):
    """A screen over the walk that can write settings."""

    def ask_to_save(self, changes: Mapping[str, Any], cost: str = "", before: Mapping[str, Any] | None = None) -> None:
        """Work out the change in a thread, then ask; after the writing the screen is left, and the walk plans."""
        if why := running(self.app):
            self.notify(f"{why} is going on; settings wait for its end.", markup=False, timeout=4)
            return
        job = partial(_propose, self.options, self.runs.place.deployment, dict(changes), cost, before)
        self.in_thread("propose", "work out this change", job)

    @property
    def live(self) -> bool:
        """Whether something of the stack may exist already."""
        found = found_states(self.app)
        return found is None or any(one.exists for one in found.values())

    @on(Proposed)
    def _proposed(self, event: Proposed) -> None:
        event.stop()

        def decided(yes: bool | None) -> None:
            if yes:
                self._write(event.proposal)

        self.app.push_screen(SaveScreen(event.proposal, event.cost, live=self.live), decided)

    def _write(self, proposal: Proposal) -> None:
        try:
            proposal.save()
        except RunbookError as error:
            self.app.push_screen(ErrorScreen("The settings were not written", error))
        else:
            self.dismiss(SettingsSaved(plan=proposal.section))


def _propose(
    options: Options, now: Deployment, changes: Mapping[str, Any], cost: str, before: Mapping[str, Any] | None
) -> Message:
    return Proposed(propose(options, now, changes, before), cost)
