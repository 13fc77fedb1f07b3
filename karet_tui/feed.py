"""Carries events from the threads that work to the screen: none is lost, and a burst costs one message."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from karet_tui.messages import EventsArrived

if TYPE_CHECKING:
    from runbook.engine.events import Event


class Feed:
    """A queue whose reader is woken once, however many events come before it reads.

    Parameters
    ----------
    post: gives a message to the app; callable from any thread.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._woken = False

    def put(self, event: Event) -> None:
        """Hand over an event, from any thread."""
        with self._lock:
            self._events.append(event)
            if self._woken:
                return
            self._woken = True
        self._post(EventsArrived(self))

    def take(self) -> list[Event]:
        """Everything that has come since the last time, oldest first."""
        with self._lock:
            taken = list(self._events)
            self._events.clear()
            self._woken = False
        return taken
