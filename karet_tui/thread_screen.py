"""A screen over the walk with threads of its own, which says why a command does not work now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.worker import get_current_worker

from karet_tui.error_screen import ErrorScreen
from karet_tui.full_screen import FullScreen
from karet_tui.plain import one_line
from runbook.errors import RunbookError


@dataclass
class Failed(Message):
    """A thread of the screen came to an error."""

    doing: str
    error: RunbookError


class ThreadScreen(FullScreen):
    """What all screens share that ask the library for something."""

    def in_thread(self, group: str, doing: str, job: Callable[[], Message]) -> None:
        """Do something that takes long; of a group only the newest counts, and an error is told as one."""

        def work() -> None:
            worker = get_current_worker()
            message: Message
            try:
                message = job()
            except RunbookError as error:
                message = Failed(doing, error)
            if not worker.is_cancelled:
                self.post_message(message)

        self.run_worker(work, thread=True, group=group, exclusive=True)

    def says_why(self, action: str) -> bool:
        """Whether a command does not work now; then the operator is told why."""
        why = next((self.refused(one) for one in self.KEYS if one.action == action), "")
        if why:
            self.notify(one_line(why), markup=False, timeout=4)
        return bool(why)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self.went_wrong()
        self.app.push_screen(ErrorScreen(f"Cannot {event.doing}", event.error))

    def went_wrong(self) -> None:
        """A thread came to an error; a screen that says what it is doing says so no more."""
